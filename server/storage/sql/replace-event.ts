import { Prisma } from '../../../prisma/generated/client/client.ts';
import type { BucketKey } from '../bucket-key.ts';
import { noteEvents } from './event-rows.ts';
import { markDays } from './fact-marks.ts';
import { instant, micros, timestamptz } from './time.ts';

export type Replacement = {
  readonly id: number;
  readonly startUs: bigint;
  readonly durationNs: bigint;
  /** The number of its data among the account's values. */
  readonly value: number;
  readonly contentHash: bigint;
};

/**
 * Replaces one event that no device owns, and leaves a tombstone at its old instant if its start or data changed.
 * Returns the row's id, or nothing when the bucket has no such row. The caller holds the locks of the account and of
 * the bucket.
 */
export const replaceEvent = (bucket: BucketKey, revision: bigint, event: Replacement): Prisma.Sql => Prisma.sql`
  with old as materialized (
    select id, timestamp, duration_ns, value from events
    where account = ${bucket.account}::int and id = ${event.id}::bigint and bucket = ${bucket.number}::int
      and source_id is null
  ),
  written as (
    update events
    set timestamp = ${timestamptz(Prisma.sql`${event.startUs}::bigint`)}, duration_ns = ${event.durationNs}::bigint,
        value = ${event.value}::int, content_hash = ${event.contentHash}::bigint, revision = ${revision}::bigint
    where account = ${bucket.account}::int and id = (select id from old)
    returning id, timestamp, duration_ns, value
  ),
  tombstones as (
    insert into deleted_events (account, bucket, instant, revision)
    select ${bucket.account}::int, ${bucket.number}::int, ${instant(Prisma.sql`old.timestamp`)}, ${revision}::bigint
    from written, old
    where ${instant(Prisma.sql`old.timestamp`)} <> ${instant(Prisma.sql`written.timestamp`)}
      or old.value <> written.value
    on conflict (account, bucket, instant) do update set revision = excluded.revision
  ),
  noted as (${noteEvents(bucket, Prisma.sql`0`, event.durationNs)}),
  marked as (${markDays(
    bucket,
    Prisma.sql`select ${micros(Prisma.sql`timestamp`)} as start_us, duration_ns from (
      select timestamp, duration_ns from old union all select timestamp, duration_ns from written
    ) both_of_it`,
  )})
  select id from written`;
