/**
 * Rows that only one side can hold, and that are known as such (spec/sync 4.8): unreadable here, refused by the server,
 * not storable in the local aw-server, or present only in a copy. They are reported but are no difference: counts are
 * compared without them. Pure.
 */
import type { Event } from '../../domain/event.ts';
import { floorDiv, formatTime } from '../../domain/time.ts';
import type { KnownRow, Refusal, SyncState } from './ports.ts';

export type Known = SyncState['known'];
type Knowing = Pick<SyncState, 'known'>;

/** How many rows of a bucket are kept one by one. With more, the whole bucket has a problem, and its counts show it. */
export const MOST_KNOWN = 1000;
/** Longest reason kept; it may quote text from outside. */
const REASON_LENGTH = 200;

const rowsOf = ({ known }: Knowing, localId: string): readonly KnownRow[] =>
  Object.hasOwn(known, localId) ? known[localId]! : [];

/** The known rows of a local bucket. */
export const knownRows = rowsOf;

/** How many rows of a local bucket are known to exist only here: left out of the local count. */
export const knownCount = (state: Knowing, localId: string): number =>
  rowsOf(state, localId).filter(({ on }) => on === undefined).length;

/** How many events of a copy's origin are known to exist only on the server: left out of the server's count. */
export const knownThere = (state: Knowing, localId: string): number =>
  rowsOf(state, localId).filter(({ on }) => on === 'there').length;

/** The known rows of a local bucket that have an id, by id. */
export const knownById = (rows: readonly KnownRow[]): ReadonlyMap<number, KnownRow> =>
  new Map(rows.flatMap((one) => (one.id === null ? [] : [[one.id, one]])));

/** Identifies a row: by its id, else by its start. Rows that have neither share one key. */
export const rowKey = ({ id, startUs, on }: Pick<KnownRow, 'id' | 'startUs' | 'on'>): string =>
  `${on === 'there' ? 'there' : 'here'} ${id ?? `at ${startUs ?? 'no time'}`}`;

const row = (id: number | null, startUs: bigint | null, reason: string): KnownRow => ({
  id,
  startUs,
  reason: reason.slice(0, REASON_LENGTH),
});

export const refusedRow = ({ sourceId, startUs, reason }: Refusal): KnownRow => row(sourceId, startUs ?? null, reason);
/** An event that the server has and this aw-server can't store. */
export const unwritableRow = (
  { startUs }: Pick<Event, 'startUs'>,
  reason = 'this aw-server can’t store it',
): KnownRow => ({ ...row(null, startUs, reason), on: 'there' });
/** An event of a copy that its origin does not have. */
export const keptRow = ({ id, startUs }: Event & { readonly id: number }): KnownRow =>
  row(id, startUs, 'only this copy has it');

const unique = (rows: readonly KnownRow[]): readonly KnownRow[] =>
  [...new Map(rows.map((one) => [rowKey(one), one])).values()].slice(0, MOST_KNOWN);

const put = (known: Known, localId: string, rows: readonly KnownRow[]): Known => {
  const { [localId]: _, ...others } = known;
  return rows.length === 0 ? others : { ...others, [localId]: unique(rows) };
};

/** After all of a bucket was read: these rows replace what was known. */
export const knownAnew = (known: Known, localId: string, rows: readonly KnownRow[]): Known => put(known, localId, rows);

/** After part of a bucket was read: adds these rows. Returns the same record if none is new. */
export const knownAlso = (known: Known, localId: string, rows: readonly KnownRow[]): Known => {
  const before = rowsOf({ known }, localId);
  const seen = new Set(before.map(rowKey));
  const others = rows.filter((one) => !seen.has(rowKey(one)));
  return others.length === 0 || before.length >= MOST_KNOWN ? known : put(known, localId, [...before, ...others]);
};

/** After a copy was written at these instants (ms): replaces what was known there of rows only the server has. */
export const knownAtInstants = (
  known: Known,
  localId: string,
  instants: ReadonlySet<bigint>,
  rows: readonly KnownRow[],
): Known => {
  const before = rowsOf({ known }, localId);
  const others = before.filter(
    ({ on, startUs }) => on !== 'there' || startUs === null || !instants.has(floorDiv(startUs, 1000n)),
  );
  return others.length === before.length && rows.length === 0 ? known : put(known, localId, [...others, ...rows]);
};

/** A row in a few words: "event 7 (it is no JSON)". */
const rowText = ({ id, startUs, reason }: Omit<KnownRow, 'on'>): string => {
  const what =
    id !== null ? `event ${id}` : startUs !== null ? `an event at ${formatTime(startUs)}` : 'an event without id';
  return `${what} (${reason})`;
};

/** Some rows in one line: the first few, and how many more. */
export const rowsText = (rows: readonly Omit<KnownRow, 'on'>[]): string | null => {
  const [first] = rows;
  if (!first) return null;
  if (rows.length === 1) return rowText(first);
  const atLeast = rows.length > MOST_KNOWN ? 'more than ' : '';
  return `${rowText(first)}, and ${atLeast}${Math.min(rows.length, MOST_KNOWN + 1) - 1} more`;
};
