import { Prisma } from '../../../prisma/generated/client/client.ts';

/** A timestamptz column as exact microseconds since 1970 (numeric arithmetic; Prisma's DateTime would cut to ms). */
export const micros = (column: Prisma.Sql): Prisma.Sql => Prisma.sql`(extract(epoch from ${column}) * 1000000)::bigint`;

/** A timestamptz column as its instant: whole milliseconds, floored, before 1970 too. */
export const instant = (column: Prisma.Sql): Prisma.Sql =>
  Prisma.sql`floor(extract(epoch from ${column}) * 1000)::bigint`;

/**
 * Microseconds (an SQL bigint expression) as timestamptz. Whole seconds and the rest are added separately: `us *
 * interval '1 microsecond'` goes through a double and is 1 µs off beyond the year 2255.
 */
export const timestamptz = (us: Prisma.Sql): Prisma.Sql =>
  Prisma.sql`(timestamptz 'epoch' + (${us}) / 1000000 * interval '1 second' + (${us}) % 1000000 * interval
    '1 microsecond')`;

/** An event's end, floored to the microsecond like every time, even when its duration is negative. */
export const end = Prisma.sql`(timestamp + duration_ns / 1000000000 * interval '1 second' + floor(duration_ns %
  1000000000 / 1000.0) * interval '1 microsecond')`;

/** An event's end in nanoseconds since 1970, exact (numeric, since it may exceed a bigint by a little). */
export const exactEndNs = Prisma.sql`(extract(epoch from timestamp) * 1000000000 + duration_ns)`;
