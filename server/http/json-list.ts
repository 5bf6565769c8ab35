import { BODY_LIMIT, bodyChunks, mustBeJson } from './body.ts';
import { makeJsonReader } from './json-reader.ts';

/**
 * The elements of a request's JSON list as they arrive, a few at a time, so that a list of a hundred megabytes is never
 * held in memory; `read`: see `elements` of json-reader.ts. A value that is not a list counts as a list of one. Fails
 * as `bodyChunks` and makeJsonReader do, and with `unsupported` for a body that is not JSON.
 */
export async function* jsonElements(
  request: Request,
  limit = BODY_LIMIT,
  read?: (piece: string) => unknown,
): AsyncGenerator<unknown[]> {
  mustBeJson(request);
  const reader = makeJsonReader(bodyChunks(request, limit));
  if ((await reader.kind()) === 'array') yield* reader.elements(read);
  else yield [await reader.value()];
  await reader.end();
}
