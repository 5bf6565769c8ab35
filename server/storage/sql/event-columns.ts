import { Prisma } from '../../../prisma/generated/client/client.ts';
import type { BucketKey } from '../bucket-key.ts';
import { micros } from './time.ts';

/** A row of `events` with its data as the statements here return it. `data` is jsonb's text: see jsonb.ts. */
export type EventRow = { id: bigint; start_us: bigint; duration_ns: bigint; data: string; source_id: bigint | null };

/**
 * `columns` of one value (expressions for its account and number), to be joined laterally; no row where there is none.
 * "The first from this one on": a probe of event_values_pkey, which has that order. Of an equality the index on hashes
 * is taken for as good by a planner who expects few values of the account, and all of them are read each time.
 */
export const valueOf = (account: Prisma.Sql, value: Prisma.Sql, columns: Prisma.Sql): Prisma.Sql => Prisma.sql`lateral (
  select ${columns} from (
    select value as found, data, data_bytes from event_values where account = ${account} and value >= ${value}
    order by value limit 1
  ) first where found = ${value}
)`;

/**
 * The rows of an account with this id (an expression), one or none, to be selected from. "The first from this one on",
 * for the same reason: of an equality, any index is as good to a planner who expects few rows of the account.
 */
export const eventOfId = (account: number, id: Prisma.Sql): Prisma.Sql => Prisma.sql`(
  select * from (select * from events where account = ${account}::int and id >= ${id} order by id limit 1) first
  where id = ${id}
) event`;

/**
 * The bucket's row with the first source id from this one on, to be selected from; none where there is none. The
 * comparison of all three columns as one bounds a scan of events_account_bucket_source_id_key, in whose order the first
 * is taken. Of equalities the index on starts is taken for as good by a planner who expects few rows of the bucket, and
 * each probe reads the bucket (a batch of 5,000 took 85 s); of this comparison it expects a third of all. (A second
 * comparison, as an upper bound, would not end the scan: PostgreSQL 15 goes on to the end of the index.)
 */
const fromSource = (key: Prisma.Sql, when = Prisma.sql`true`): Prisma.Sql => Prisma.sql`(
  select * from events where (account, bucket, source_id) >= (${key}) and source_id is not null and ${when}
  order by account, bucket, source_id limit 1
) first`;

const keyOf = ({ account, number }: BucketKey, source: Prisma.Sql): Prisma.Sql =>
  Prisma.sql`${account}::int, ${number}::int, ${source}`;

/**
 * `columns` of a bucket's row with this source id (an expression), to be joined laterally; no row where there is none,
 * or where `when` is not true, which is asked before the index.
 */
export const eventOfSource = (
  bucket: BucketKey,
  source: Prisma.Sql,
  columns: Prisma.Sql,
  when?: Prisma.Sql,
): Prisma.Sql => {
  const key = keyOf(bucket, source);
  return Prisma.sql`lateral (
    select ${columns} from ${fromSource(key, when)} where (account, bucket, source_id) = (${key})
  )`;
};

/** Selects a row without columns where the bucket has a source id from `least` to `most`. */
export const anySource = (bucket: BucketKey, least: number, most: number): Prisma.Sql => Prisma.sql`
  select from ${fromSource(keyOf(bucket, Prisma.sql`${least}::bigint`))}
  where account = ${bucket.account}::int and bucket = ${bucket.number}::int and source_id <= ${most}::bigint`;

/** Joins the data of `event`, a row of `events`, as `held` (data, data_bytes). */
export const withData = Prisma.sql`
  cross join ${valueOf(Prisma.sql`event.account`, Prisma.sql`event.value`, Prisma.sql`data, data_bytes`)} held`;

/** What to select the event with an id from, with its data, as `eventsWithData`. */
export const eventOfIdWithData = (account: number, id: Prisma.Sql): Prisma.Sql =>
  Prisma.sql`${eventOfId(account, id)} ${withData}`;

/**
 * What to select events with their data from: `event` is the row of `events`, `held` its value (data, data_bytes). Only
 * those two columns are added, so that events' own need no prefix.
 */
export const eventsWithData = Prisma.sql`events event ${withData}`;

/** The columns of an `EventRow`, out of `eventsWithData`. */
export const eventColumns = Prisma.sql`event.id, ${micros(Prisma.sql`event.timestamp`)} as start_us,
  event.duration_ns, held.data::text as data, event.source_id`;
