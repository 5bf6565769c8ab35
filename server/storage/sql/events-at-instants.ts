import { Prisma } from '../../../prisma/generated/client/client.ts';

/** An SQL bigint of milliseconds since 1970 as timestamptz, plus this many more. */
const at = (ms: Prisma.Sql, more = 0): Prisma.Sql =>
  Prisma.sql`timestamptz 'epoch' + ${ms} / 1000 * interval '1 second'
    + (${ms} % 1000 + ${more}::int) * interval '1 millisecond'`;

/**
 * The events that start in each of `instants` (a relation of bucket, at_ms), to be joined laterally. "offset 0" forces
 * a probe of the index per instant: joined on the bucket alone and filtered by time afterwards, as a planner with poor
 * statistics prefers, 5,000 instants of 50,000 events take ten minutes.
 */
export const eventsAtInstants = Prisma.sql`lateral (
  select id, timestamp, duration_ns, data, data_bytes from events
  where bucket_uuid = instants.bucket
    and timestamp >= ${at(Prisma.sql`instants.at_ms`)}
    and timestamp < ${at(Prisma.sql`instants.at_ms`, 1)}
  offset 0
)`;

/**
 * Whether an event that started in an instant was deleted or moved. Without "offset 0" the planner hashes the
 * tombstones of all accounts, even for an empty page.
 */
export const isGone = Prisma.sql`exists (select from deleted_events gone where gone.bucket_uuid = instants.bucket
  and gone.instant = instants.at_ms offset 0)`;
