import { Prisma } from '../../../prisma/generated/client/client.ts';
import type { BucketKey } from '../bucket-key.ts';
import { bigints } from './columns.ts';
import { eventColumns, eventOfSource, eventsWithData, withData } from './event-columns.ts';
import { ofBucket } from './event-rows.ts';
import { timestamptz } from './time.ts';

/**
 * Rows of a bucket that start at one of `instants` (ms, each once), with or without an owner; or only those without
 * one, which events with unknown source ids may adopt (spec/sync 1.6). Leans on events_account_bucket_timestamp_idx, a
 * probe per instant.
 */
export const eventsStartingAt = (
  bucket: BucketKey,
  instants: readonly bigint[],
  which: 'all' | 'ownerless',
): Prisma.Sql => Prisma.sql`
  select found.* from unnest(${bigints(instants)}) as instants (at_ms)
  cross join lateral (
    select ${eventColumns} from ${eventsWithData}
    where ${ofBucket(bucket)}
      and timestamp >= ${timestamptz(Prisma.sql`instants.at_ms * 1000`)}
      and timestamp < ${timestamptz(Prisma.sql`(instants.at_ms + 1) * 1000`)}
      ${which === 'ownerless' ? Prisma.sql`and source_id is null` : Prisma.empty} offset 0
  ) found`;

/** Which of `sourceIds` the bucket has. */
export const knownSourceIds = (bucket: BucketKey, sourceIds: readonly number[]): Prisma.Sql => Prisma.sql`
  select string_agg(input.source_id::text, ',') as known
  from unnest(${bigints(sourceIds)}) as input (source_id)
  cross join ${eventOfSource(bucket, Prisma.sql`input.source_id`, Prisma.sql`id`)} known`;

/** The bucket's rows of these source ids, each once. */
export const eventsOfSources = (bucket: BucketKey, sourceIds: readonly number[]): Prisma.Sql => Prisma.sql`
  select ${eventColumns} from unnest(${bigints(sourceIds)}) as input (source_id)
  cross join ${eventOfSource(bucket, Prisma.sql`input.source_id`, Prisma.sql`*`)} event ${withData}`;

/**
 * Makes rows the device's: the k-th of `ids` gets the k-th of `sourceIds`. Adoption alone is not a change, so it takes
 * no revision. Written as an insert that always conflicts: an update that joins its input may be planned as a scan of
 * the whole account, where this probes events_pkey per row.
 */
export const adoptEvents = (
  bucket: BucketKey,
  ids: readonly number[],
  sourceIds: readonly number[],
): Prisma.Sql => Prisma.sql`
  insert into events (account, bucket, id, timestamp, duration_ns, value, source_id, content_hash, revision)
  select account, bucket, old.id, timestamp, duration_ns, value, pair.source_id, content_hash, revision
  from unnest(${bigints(ids)}, ${bigints(sourceIds)}) as pair (id, source_id)
  cross join lateral (
    select account, bucket, id, timestamp, duration_ns, value, content_hash, revision from events
    where account = ${bucket.account}::int and events.id = pair.id and bucket = ${bucket.number}::int
      and source_id is null offset 0
  ) old
  on conflict (account, id) do update set source_id = excluded.source_id`;
