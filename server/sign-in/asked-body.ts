/** What goes in and out of /auth: a few short texts. */
import { isJsonObject, type JsonObject } from '../../domain/data.ts';
import { KtError } from '../../domain/errors.ts';
import { mediaType, readBody, readJson } from '../http/body.ts';

/** Answers of /auth are for whom asked, and for no frame. */
export const HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' };

/** One text; a key has 46 characters. */
const BODY = { bytes: 1_000, values: 10, depth: 2 };

/**
 * What an authenticator answered: an id of up to 1,023 bytes, twice, a key, and what some browsers add of both once
 * more.
 */
export const CREDENTIAL = { bytes: 20_000, values: 200, depth: 8 };

/** The object in a request's body. Fails with `malformed` where it is none, and as `readJson` does. */
export const objectIn = async (request: Request, limits = BODY): Promise<JsonObject> => {
  const body = await readJson(request, limits);
  if (!isJsonObject(body)) throw new KtError('malformed', 'send one JSON object');
  return body;
};

/** The text of this name in a request's body. Fails with `malformed`, and as `readJson` does. */
export const textNamed = async (request: Request, name: string): Promise<string> => {
  const body = await readJson(request, BODY);
  const text = isJsonObject(body) ? body[name] : undefined;
  if (typeof text !== 'string') throw new KtError('malformed', `send {"${name}": "…"}`);
  return text.trim();
};

/** The fields of a form, as OAuth sends its requests. Fails with `unsupported` for another body, and as `readBody`. */
export const formIn = async (request: Request): Promise<URLSearchParams> => {
  if (mediaType(request) !== 'application/x-www-form-urlencoded')
    throw new KtError('unsupported', 'send a form, with the header "Content-Type: application/x-www-form-urlencoded"');
  return new URLSearchParams(Buffer.from(await readBody(request, BODY.bytes)).toString('utf8'));
};
