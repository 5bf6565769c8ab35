import { isJsonObject } from '../../domain/data.ts';
import { KtError } from '../../domain/errors.ts';
import type { Event } from '../../domain/event.ts';
import type { ZoneNote } from '../../domain/time.ts';
import { bucketFromWire, eventFromWire } from '../../domain/wire.ts';
import { makeJsonReader, type JsonReader } from '../http/json-reader.ts';
import type { ImportPart, ImportPlace } from '../resolvers/stage-import.ts';

const malformed = (message: string) => new KtError('malformed', message);

/**
 * What a file of buckets holds, as it is read: `{"buckets": {"ID": {…, "events": […]}}}`. Ids of events are ignored
 * (spec/rest DEV-15); elements that are not events yield the reason why. `zones` records times without a zone. Fails
 * with `invalid` for what is not JSON, and with `malformed` for another shape.
 */
export async function* importParts(chunks: AsyncIterable<Uint8Array>, zones?: ZoneNote): AsyncGenerator<ImportPart> {
  const reader = makeJsonReader(chunks);
  if ((await reader.kind()) !== 'object') throw malformed('the file must be {"buckets": {…}}');
  let found = false;
  for await (const key of reader.members()) {
    if (key !== 'buckets') await reader.value();
    else {
      if (found) throw malformed('the file has "buckets" twice');
      found = true;
      yield* bucketsOf(reader, zones);
    }
  }
  await reader.end();
  if (!found) throw malformed('the file has no "buckets": an export of ActivityWatch has');
}

async function* bucketsOf(reader: JsonReader, zones: ZoneNote | undefined): AsyncGenerator<ImportPart> {
  if ((await reader.kind()) !== 'object') throw malformed('"buckets" must be an object: bucket ids and their buckets');
  for await (const name of reader.members()) {
    const what = `bucket ${JSON.stringify(name)}`;
    if ((await reader.kind()) !== 'object') throw malformed(`${what} must be a JSON object`);
    // The list of events may come before the properties of its bucket.
    const facts: [string, unknown][] = [];
    let listed = false;
    for await (const key of reader.members()) {
      if (key === 'events' && (await reader.kind()) === 'array') {
        if (listed) throw malformed(`${what} has "events" twice`);
        listed = true;
        for await (const items of reader.elements()) yield { events: items.map((item) => eventOrReason(item, zones)) };
      } else if (facts.length < MAX_FACTS) facts.push([key, await reader.value()]);
      else throw new KtError('too_large', `${what} has more than ${MAX_FACTS} fields`);
    }
    const all = Object.fromEntries(facts);
    yield { bucket: bucketOf(name, what, all, zones), kt: placeOf(all) };
  }
}

/** Fields of a bucket besides its events at most. An export has nine. */
const MAX_FACTS = 100;

/** An element of a list of events, or the reason why it is not an event. */
const eventOrReason = (item: unknown, zones: ZoneNote | undefined): Event | string => {
  try {
    return eventFromWire(item, 'event', zones);
  } catch (error) {
    if (error instanceof KtError) return error.message;
    throw error;
  }
};

/** The bucket's origin, if the file is an export of kt-server (spec/rest DEV-21); any other value there is ignored. */
const placeOf = ({ kt }: { readonly kt?: unknown }): ImportPlace | null => {
  const { device, bucketId } = isJsonObject(kt) ? kt : {};
  return typeof device === 'string' && typeof bucketId === 'string' ? { deviceId: device, bucketId } : null;
};

/** A bucket is named by its own id, or by its key in the map if it has none. */
const bucketOf = (name: string, what: string, facts: object, zones: ZoneNote | undefined) => {
  try {
    const { events: _, ...bucket } = bucketFromWire(facts, zones);
    return { ...bucket, id: bucket.id ?? name };
  } catch (error) {
    throw error instanceof KtError ? new KtError(error.code, `${what}: ${error.message}`) : error;
  }
};
