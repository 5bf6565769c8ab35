import { Prisma } from '../../../prisma/generated/client/client.ts';
import { candidates, type Part } from './events-in-period.ts';

/** The columns of a page, each in base64, as PostgreSQL sends them in binary; null where there are no events. */
export type EventPageRow = {
  ids: string | null;
  starts: string | null;
  durations: string | null;
  numbers: string | null;
};

/** All that an expression gives as one, in base64; null where there are no rows. */
export const column = (bytes: Prisma.Sql): Prisma.Sql => Prisma.sql`encode(string_agg(${bytes}, ''), 'base64')`;

/**
 * A page of a part of a list, for every reader of more than a few events, as columns: ids, starts (µs since 2000) and
 * durations in eight bytes each, and the numbers of their values in four; the data by value-data.ts. The first `limit`
 * of the part, newest first, and all that start with the last of them, for the reader to sort and to cut; or, where
 * these are too many (MOST_TIES), the first `limit` alone, `crowded`.
 *
 * Rows are aggregated as the index gives them (events_account_bucket_timestamp_idx, read backwards), so that nothing is
 * sorted, and no row is copied: 3 ms for 5,000, where sorting them, adding up the sizes of their data and printing
 * those again in each page took 18.
 */
export const eventPage = (part: Part, limit: number, crowded = false): Prisma.Sql => Prisma.sql`
  select ${column(Prisma.sql`int8send(id)`)} as ids, ${column(Prisma.sql`timestamptz_send(timestamp)`)} as starts,
    ${column(Prisma.sql`int8send(duration_ns)`)} as durations, ${column(Prisma.sql`int4send(value)`)} as numbers
  from (${candidates(part, limit, crowded)}) found`;
