import { Prisma } from '../../../prisma/generated/client/client.ts';
import { eventColumns } from './event-columns.ts';
import { instant } from './time.ts';

/** Whether a bucket has rows that no device owns: the usual answer is no, and spares the look at adoption. */
export const hasOwnerlessEvents = (bucket: string): Prisma.Sql => Prisma.sql`
  select exists (select from events where bucket_uuid = ${bucket}::uuid and source_id is null) as found`;

/**
 * The rows without owner that start at one of `instants` (ms), which an event with an unknown source id may take over
 * (spec/sync 1.6).
 */
export const adoptableEvents = (bucket: string, instants: readonly bigint[]): Prisma.Sql =>
  Prisma.sql`${eventsStartingAt(bucket, instants)} and source_id is null`;

/** The rows that start at one of `instants` (ms), whoever owns them. */
export const eventsStartingAt = (bucket: string, instants: readonly bigint[]): Prisma.Sql => Prisma.sql`
  select ${eventColumns} from events
  where bucket_uuid = ${bucket}::uuid and ${instant(Prisma.sql`timestamp`)} = any(${instants}::bigint[])
    and timestamp >= timestamptz 'epoch' + ${min(instants)} / 1000 * interval '1 second' - interval '1 second'
    and timestamp <= timestamptz 'epoch' + ${max(instants)} / 1000 * interval '1 second' + interval '1 second'`;

/** Which of `sourceIds` the bucket has. */
export const knownSourceIds = (bucket: string, sourceIds: readonly number[]): Prisma.Sql => Prisma.sql`
  select source_id from events where bucket_uuid = ${bucket}::uuid and source_id = any(${sourceIds}::bigint[])`;

/**
 * Gives rows to their device: `pairs` is JSON text of `[{id, source_id}]`. Adoption alone is no change, so no revision.
 */
export const adoptEvents = (bucket: string, pairs: string): Prisma.Sql => Prisma.sql`
  update events set source_id = pair.source_id
  from json_to_recordset(${pairs}::json) as pair (id bigint, source_id bigint)
  where events.id = pair.id and events.bucket_uuid = ${bucket}::uuid and events.source_id is null`;

const min = (values: readonly bigint[]): Prisma.Sql => Prisma.sql`${values.reduce((a, b) => (b < a ? b : a))}::bigint`;
const max = (values: readonly bigint[]): Prisma.Sql => Prisma.sql`${values.reduce((a, b) => (b > a ? b : a))}::bigint`;
