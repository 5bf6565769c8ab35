/** Marks of the days whose facts are out of date (spec/product 4.4): a part of every statement that writes events. */
import { REACH_US } from '../../../domain/facts/flooded-day.ts';
import { Prisma } from '../../../prisma/generated/client/client.ts';
import type { BucketKey } from '../bucket-key.ts';

/** The scope of all devices as one. */
export const UNION = '00000000-0000-0000-0000-000000000000';

/**
 * An event that reaches over more days than this marks those alone that were computed or are marked, of which there are
 * few: an event may last 200 years, and what was never computed needs no mark.
 */
const LONGEST_DAYS = 31;

/** The UTC day of a time in µs (a bigint expression), before 1970 too: no time is 200,000 days before it. */
const dayOf = (us: string): string => `((${us}) / 86400000000 + ((${us}) % 86400000000 >> 63))::int`;

/** Columns first_day and last_day of what has start_us and duration_ns: the days that an event concerns. */
export const EXTENT = `${dayOf(`start_us - ${REACH_US}`)} as first_day,
  ${dayOf(`start_us + greatest(duration_ns, 0) / 1000 + 1 + ${REACH_US}`)} as last_day`;

/**
 * Marks the days from first_day to last_day of each row of `extents` (account, device, first_day, last_day: a name),
 * for the device and for the union. A day that is marked already is only looked up, so that a heartbeat which grows
 * costs no row; one that is being computed is taken from who computes it. The caller holds the account's lock, in a
 * statement before. Leans on fact_marks_pkey, a probe per day.
 */
export const markExtents = (extents: string): string => `
  insert into fact_marks (account, scope, day)
  select touched.account, scope.id, touched.day
  from (
    select account, device, day from ${extents} short
    cross join lateral generate_series(first_day, last_day) day
    where last_day - first_day <= ${LONGEST_DAYS}
    union
    select account, device, known.day from (
      select account, device, min(first_day) as first_day, max(last_day) as last_day from ${extents}
      where last_day - first_day > ${LONGEST_DAYS} group by account, device
    ) long
    cross join lateral (
      select day from day_facts
      where account = long.account and scope = '${UNION}'::uuid and day between long.first_day and long.last_day
      union all
      select day from fact_marks
      where account = long.account and scope = '${UNION}'::uuid and day between long.first_day and long.last_day
    ) known
  ) touched
  cross join lateral (values (touched.device), ('${UNION}'::uuid)) scope (id)
  left join lateral (
    select claim, day from fact_marks
    where account = touched.account and scope = scope.id and day = touched.day offset 0
  ) there on true
  where there.day is null or there.claim is not null
  on conflict (account, scope, day) do update set claim = null`;

/**
 * The same for events of one bucket: `events` selects start_us (bigint) and duration_ns of each as it is now, and as it
 * was.
 */
export const markDays = ({ account, number }: BucketKey, events: Prisma.Sql): Prisma.Sql => Prisma.sql`
  with extent as materialized (
    select distinct ${account}::int as account,
      (select device_uuid from buckets where account = ${account}::int and number = ${number}::int) as device,
      ${Prisma.raw(EXTENT)}
    from (${events}) event
  ) ${Prisma.raw(markExtents('extent'))}`;
