import { Prisma } from '../../../prisma/generated/client/client.ts';

/** An SQL bigint of milliseconds since 1970 as timestamptz, plus this many more. */
const at = (ms: Prisma.Sql, more = 0): Prisma.Sql =>
  Prisma.sql`timestamptz 'epoch' + ${ms} / 1000 * interval '1 second'
    + (${ms} % 1000 + ${more}::int) * interval '1 millisecond'`;

/**
 * The events that start in each of `instants` (a relation of account, bucket, at_ms), to be joined laterally: a probe
 * of the index on time per instant. Written like `within` of by-time.ts; joined on the bucket alone and filtered by
 * time afterwards, as a planner with poor statistics prefers, 5,000 instants of 50,000 events take ten minutes.
 */
export const eventsAtInstants = Prisma.sql`lateral (
  select account, id, timestamp, duration_ns, value from events
  where account = instants.account and bucket = instants.bucket
    and timestamp >= ${at(Prisma.sql`instants.at_ms`)} and timestamp < ${at(Prisma.sql`instants.at_ms`, 1)}
  order by timestamp offset 0
)`;

/**
 * Whether an event that started in an instant was deleted or moved. Without "offset 0" the planner hashes the
 * tombstones of all accounts, even for an empty page.
 */
export const isGone = Prisma.sql`exists (select from deleted_events gone where gone.account = instants.account
  and gone.bucket = instants.bucket and gone.instant = instants.at_ms offset 0)`;
