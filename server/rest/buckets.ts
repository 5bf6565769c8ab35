import type { BucketBounds } from '../../domain/bucket.ts';
import { bucketFromWire, bucketToWire, type WireBucket } from '../../domain/wire.ts';
import type { Viewer } from '../auth/viewer.ts';
import type { BucketRow } from '../resolvers/buckets.ts';
import type { Resolvers } from '../resolvers/resolvers.ts';
import { done, ok, unchanged } from './answer.ts';
import type { Handler } from './route.ts';

const NO_BOUNDS: BucketBounds = { firstStartUs: null, lastEndUs: null };

/** Buckets under their names in the account's flat list (spec/product 4.2), with their hostnames as stored. */
export const asStored = async (
  resolvers: Resolvers,
  viewer: Viewer,
  rows: readonly BucketRow[],
): Promise<WireBucket[]> => {
  const bounds = await resolvers.buckets.bounds(
    viewer,
    rows.map((row) => row.number),
  );
  return rows.map((row) => bucketToWire({ ...row, id: row.publicId }, bounds.get(row.number) ?? NO_BOUNDS));
};

/** The same with hostnames that tell devices apart (spec/rest DEV-22). */
const asShown = async (resolvers: Resolvers, viewer: Viewer, rows: readonly BucketRow[]): Promise<WireBucket[]> => {
  const { ofBucket } = await resolvers.devices.hostnames(viewer);
  return asStored(
    resolvers,
    viewer,
    rows.map((row) => ({ ...row, hostname: ofBucket(row) })),
  );
};

export const list: Handler = async ({ viewer, resolvers }) => {
  const buckets = await asShown(resolvers, viewer, await resolvers.buckets.list(viewer));
  return ok(Object.fromEntries(buckets.map((bucket) => [bucket.id, bucket])));
};

export const get: Handler = async ({ viewer, bucket, resolvers }) => {
  const [found] = await asShown(resolvers, viewer, [await resolvers.buckets.get(viewer, bucket)]);
  return ok(found);
};

/** The path names the bucket, whatever `id` the body has (spec/rest 2). */
export const create: Handler = async ({ viewer, bucket, body, zones, resolvers }) => {
  const { events, ...facts } = bucketFromWire(body, zones);
  const { created } = await resolvers.buckets.create(viewer, { ...facts, id: bucket }, events);
  return created ? done() : unchanged();
};

/** `force` and a body, which the Python client sends, are ignored (spec/rest 3.5). */
export const remove: Handler = async ({ viewer, bucket, resolvers }) => {
  await resolvers.buckets.delete(viewer, bucket);
  return done();
};
