/** Export and import of whole buckets, in aw-server's own file format: aw-rest-api.md section 6. */
import type { WireBucket } from '../../domain/wire.ts';
import { okStream } from './answer.ts';
import { attachment } from './attachment.ts';
import { toWire } from './buckets.ts';
import { eventPages } from './event-list.ts';
import type { Call, Handler } from './route.ts';

const EVERYTHING = { startUs: null, endUs: null };

export const one: Handler = async (call) => exported(call, await toWire(call.resolvers, [await call.resolvers.buckets.get(call.viewer, call.bucket)]));

export const all: Handler = async (call) => exported(call, await toWire(call.resolvers, await call.resolvers.buckets.list(call.viewer)));

const exported = (call: Call, buckets: readonly WireBucket[]): Response => {
  const name = buckets.length === 1 ? `aw-bucket-export_${buckets[0]!.id}.json` : 'aw-buckets-export.json';
  return okStream(file(call, buckets), { 'content-disposition': attachment(name) }, call.onBroken);
};

/**
 * The file as it is read. Fails, which cuts the answer off, when a bucket goes away meanwhile: half of a bucket must not look like
 * the whole.
 */
async function* file({ viewer, resolvers }: Call, buckets: readonly WireBucket[]): AsyncGenerator<string> {
  yield '{"buckets":{';
  for (const [i, bucket] of buckets.entries()) {
    const { events: _, ...facts } = bucket;
    yield `${i === 0 ? '' : ','}${JSON.stringify(bucket.id)}:${JSON.stringify(facts).slice(0, -1)},"events":[`;
    // By its name in the account, as the list has it, whatever the device that asks calls so.
    const account = { ...viewer, deviceId: null };
    yield* eventPages(null, (most, after) => resolvers.events.list(account, bucket.id, EVERYTHING, most, after));
    yield ']}';
  }
  yield '}}';
}
