/**
 * A probe of a staged bucket of an import, the same as probe-events.ts reads from a bucket. Leans on the stage's key.
 */
import { Prisma } from '../../../prisma/generated/client/client.ts';
import { ofImport, type ImportKey } from './stage-events.ts';
import { instant, micros, timestamptz } from './time.ts';

export type StagedMarkRow = { readonly at_ms: bigint; readonly data: string };

/** Events with larger data are not in a probe, as in probe-events.ts. */
const MOST_BYTES = 16_000;
/** Events of one instant that are read at most. */
const MOST_AT_ONCE = 100;

/** The first and last start (µs) of the staged events; both null when there are none. */
export const spanOfStaged = (key: ImportKey, number: number): Prisma.Sql => Prisma.sql`
  select ${micros(Prisma.sql`min(timestamp)`)} as first_us, ${micros(Prisma.sql`max(timestamp)`)} as last_us
  from import_events where ${ofImport(key, number)}`;

/** The newest `count` of them. */
export const newestStaged = (key: ImportKey, number: number, count: number): Prisma.Sql => Prisma.sql`
  select ${instant(Prisma.sql`timestamp`)} as at_ms, data::text as data from (
    select timestamp, data, data_bytes from import_events where ${ofImport(key, number)}
      order by timestamp desc, place desc limit ${count}
  ) newest
  where data_bytes <= ${MOST_BYTES}`;

/** Those that start at each of these instants (ms). */
export const stagedAtMarks = (key: ImportKey, number: number, instants: readonly bigint[]): Prisma.Sql => Prisma.sql`
  select instants.at_ms, event.data::text as data
  from unnest(${instants}::bigint[]) as instants (at_ms)
  cross join lateral (
    select data, data_bytes from import_events
    where ${ofImport(key, number)}
      and timestamp >= ${timestamptz(Prisma.sql`instants.at_ms * 1000`)}
      and timestamp < ${timestamptz(Prisma.sql`(instants.at_ms + 1) * 1000`)}
    order by timestamp, place limit ${MOST_AT_ONCE}
  ) event
  where event.data_bytes <= ${MOST_BYTES}`;

/** The first that starts at or after each of these moments (µs), each once. */
export const spreadStaged = (key: ImportKey, number: number, moments: readonly bigint[]): Prisma.Sql => Prisma.sql`
  select distinct on (found.timestamp, found.place) ${instant(Prisma.sql`found.timestamp`)} as at_ms,
    found.data::text as data
  from unnest(${moments}::bigint[]) as moment (at_us)
  cross join lateral (
    select timestamp, place, data, data_bytes from import_events
    where ${ofImport(key, number)} and timestamp >= ${timestamptz(Prisma.sql`moment.at_us`)}
    order by timestamp, place limit 1
  ) found
  where found.data_bytes <= ${MOST_BYTES}`;
