/** Export and import of whole buckets, in aw-server's own file format: spec/rest 6. */
import type { WireBucket } from '../../domain/wire.ts';
import type { BucketRow } from '../resolvers/buckets.ts';
import { okStream } from './answer.ts';
import { attachment } from './attachment.ts';
import { asStored } from './buckets.ts';
import type { Call, Handler } from './route.ts';

const EVERYTHING = { startUs: null, endUs: null };

/**
 * A bucket with its origin: the device, by the id it registered under, and the bucket's id there (spec/rest DEV-21).
 * Other servers ignore that.
 */
type ExportedBucket = WireBucket & { readonly kt?: { readonly device: string; readonly bucketId: string } };

export const one: Handler = async (call) => {
  const bucket = await call.resolvers.buckets.get(call.viewer, call.bucket);
  return exported(call, [bucket], bucket.publicId);
};

export const all: Handler = async (call) =>
  exported(call, await call.resolvers.buckets.list(call.viewer), 'all buckets');

const exported = async (call: Call, rows: readonly BucketRow[], what: string): Promise<Response> => {
  const devices = new Map(
    (await call.resolvers.devices.list(call.viewer)).map((device) => [device.id, device.deviceId]),
  );
  const buckets = (await asStored(call.resolvers, call.viewer, rows)).map((bucket, i): ExportedBucket => {
    const device = devices.get(rows[i]!.deviceUuid);
    return device === undefined ? bucket : { ...bucket, kt: { device, bucketId: rows[i]!.id } };
  });
  const name = buckets.length === 1 ? `aw-bucket-export_${buckets[0]!.id}.json` : 'aw-buckets-export.json';
  await call.resolvers.accountLog.exported(call.viewer, what);
  return okStream(file(call, buckets, rows), { 'content-disposition': attachment(name) }, call.onBroken);
};

/**
 * The file, streamed. Fails, which cuts the response off, when a bucket is deleted meanwhile: half of a bucket must not
 * look complete.
 */
async function* file(
  { viewer, resolvers }: Call,
  buckets: readonly ExportedBucket[],
  rows: readonly BucketRow[],
): AsyncGenerator<string | Uint8Array> {
  yield '{"buckets":{';
  for (const [i, bucket] of buckets.entries()) {
    const { events: _, ...facts } = bucket;
    yield `${i === 0 ? '' : ','}${JSON.stringify(bucket.id)}:${JSON.stringify(facts).slice(0, -1)},"events":[`;
    // The name may have passed to another bucket by now.
    const { number } = rows[i]!;
    for await (const { json } of resolvers.events.texts(viewer, { number, id: bucket.id }, EVERYTHING)) yield json;
    yield ']}';
  }
  yield '}}';
}
