/** What devices told of their proofs (spec/sync 4.10): the last report of each, checked by resolvers/told-proofs.ts. */
import { Prisma } from '../../prisma/generated/client/client.ts';
import type { Tx } from './database.ts';
import { fromJsonb, toJsonb } from './jsonb.ts';

/**
 * A bucket of a report, by its number in the account. Times are in µs by the device's clock, days since 1970;
 * `equal`: first day (null: from the beginning), last day, as of when; `differing`: day, events there, events here;
 * `repaired`: when, inserted, updated, deleted.
 */
export type StoredBucketProof = {
  readonly bucket: number;
  readonly outcome: 'in_step' | 'held' | 'failed';
  readonly reason: string | null;
  readonly atDevice: number | null;
  readonly atServer: number | null;
  readonly wholeUs: number | null;
  readonly equal: readonly (readonly [number | null, number, number])[];
  readonly differing: readonly (readonly [number, number, number])[];
  readonly repaired: readonly [number, number, number, number] | null;
};

/** `revision` is that of the account when the pass began. */
export type StoredProof = {
  readonly passUs: number;
  readonly revision: string;
  readonly buckets: readonly StoredBucketProof[];
};

/** Keeps a device's report in place of its last one. */
export const put = async (tx: Tx, account: number, device: string, at: Date, report: StoredProof): Promise<void> => {
  await tx.$executeRaw`
    insert into device_proofs (account, device_uuid, told_at, report)
    values (${account}::int, ${device}::uuid, ${at}::timestamptz, ${toJsonb(report)}::jsonb)
    on conflict (account, device_uuid) do update set told_at = excluded.told_at, report = excluded.report`;
};

/** The account's buckets as devices name them. `device` is the id that theirs registered under. */
export const places = (
  tx: Tx,
  account: number,
): Promise<{ readonly number: number; readonly bucket: string; readonly device: string }[]> => tx.$queryRaw`
  select number, bucket_id as bucket, device_id as device
  from buckets join devices on devices.account = buckets.account and devices.id = buckets.device_uuid
  where buckets.account = ${account}::int`;

export type ToldRow = { readonly device: string; readonly toldAt: Date; readonly report: StoredProof };

/**
 * The reports of an account, or of one of its devices (both by UUID); null where they take more than `bytes` as they
 * are stored.
 */
export const list = async (
  tx: Tx,
  account: number,
  device: string | null,
  bytes: number,
): Promise<ToldRow[] | null> => {
  const ours = Prisma.sql`account = ${account}::int
    ${device === null ? Prisma.empty : Prisma.sql`and device_uuid = ${device}::uuid`}`;
  const [size] = await tx.$queryRaw<{ bytes: number }[]>`
    select coalesce(sum(pg_column_size(report)), 0)::float8 as bytes from device_proofs where ${ours}`;
  if (size!.bytes > bytes) return null;
  const rows = await tx.$queryRaw<{ device: string; told_at: Date; report: string }[]>`
    select device_uuid::text as device, told_at, report::text as report from device_proofs where ${ours}`;
  return rows.map(({ device: uuid, told_at, report }) => ({
    device: uuid,
    toldAt: told_at,
    report: fromJsonb<StoredProof>(report),
  }));
};

/**
 * Which of these buckets changed after the revision named with each, by their places in the list. Leans on the indexes
 * of events and tombstones on the revision: two probes a bucket.
 */
export const changedSince = async (
  tx: Tx,
  account: number,
  asked: readonly { readonly number: number; readonly revision: bigint }[],
): Promise<ReadonlySet<number>> => {
  if (asked.length === 0) return new Set();
  const since = (table: string) => Prisma.sql`exists (select from ${Prisma.raw(table)} row
    where row.account = ${account}::int and row.bucket = asked.number and row.revision > 0
      and row.revision > asked.revision)`;
  const rows = await tx.$queryRaw<{ place: number }[]>`
    select (place - 1)::int as place
    from unnest(${asked.map(({ number }) => number)}::int[], ${asked.map(({ revision }) => revision)}::bigint[])
      with ordinality as asked (number, revision, place)
    where ${since('events')} or ${since('deleted_events')}`;
  return new Set(rows.map(({ place }) => place));
};
