import { Prisma } from '../../../prisma/generated/client/client.ts';
import { eventColumns } from './event-columns.ts';
import { instant } from './time.ts';

/** Whether a bucket has rows that no device owns. Usually it has none, and adoption needs no further query. */
export const hasOwnerlessEvents = (bucket: string): Prisma.Sql => Prisma.sql`
  select exists (select from events where bucket_uuid = ${bucket}::uuid and source_id is null) as found`;

/**
 * Rows without an owner that start at one of `instants` (ms), which events with unknown source ids may adopt
 * (spec/sync 1.6).
 */
export const adoptableEvents = (bucket: string, instants: readonly bigint[]): Prisma.Sql =>
  Prisma.sql`${eventsStartingAt(bucket, instants)} and source_id is null`;

/** Rows that start at one of `instants` (ms), with or without an owner. */
export const eventsStartingAt = (bucket: string, instants: readonly bigint[]): Prisma.Sql => Prisma.sql`
  select ${eventColumns} from events
  where bucket_uuid = ${bucket}::uuid and ${instant(Prisma.sql`timestamp`)} = any(${instants}::bigint[])
    and timestamp >= timestamptz 'epoch' + ${min(instants)} / 1000 * interval '1 second' - interval '1 second'
    and timestamp <= timestamptz 'epoch' + ${max(instants)} / 1000 * interval '1 second' + interval '1 second'`;

/** Which of `sourceIds` the bucket has. */
export const knownSourceIds = (bucket: string, sourceIds: readonly number[]): Prisma.Sql => Prisma.sql`
  select source_id from events where bucket_uuid = ${bucket}::uuid and source_id = any(${sourceIds}::bigint[])`;

/**
 * Makes rows the device's: `pairs` is JSON text of `[{id, source_id}]`. Adoption alone is not a change, so it takes no
 * revision.
 */
export const adoptEvents = (bucket: string, pairs: string): Prisma.Sql => Prisma.sql`
  update events set source_id = pair.source_id
  from json_to_recordset(${pairs}::json) as pair (id bigint, source_id bigint)
  where events.id = pair.id and events.bucket_uuid = ${bucket}::uuid and events.source_id is null`;

const min = (values: readonly bigint[]): Prisma.Sql => Prisma.sql`${values.reduce((a, b) => (b < a ? b : a))}::bigint`;
const max = (values: readonly bigint[]): Prisma.Sql => Prisma.sql`${values.reduce((a, b) => (b > a ? b : a))}::bigint`;
