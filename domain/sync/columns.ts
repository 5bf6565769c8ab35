/**
 * Events as columns, the form in which pushes and changes carry them (spec/sync 2.9): numbers in lists of their own,
 * and each distinct data once. What graphql-js does for a value it does for a column, and a page of 5,000 events has
 * few distinct data, so this is a fraction of the work and of the bytes of a list of objects.
 */
import type { JsonObject } from '../data.ts';
import { KtError } from '../errors.ts';
import { instantOf, type Event, type StoredEvent } from '../event.ts';
import { markShared } from '../shared-data.ts';
import type { Micros, Nanos } from '../time.ts';
import type { Instant } from './changes.ts';

/** A whole number in JSON: a number where a double is exact, decimal text beyond 2^53. */
export type Whole = number | string;
export type Column = readonly Whole[];

/** `starts` in µs since 1970, `durations` in ns; `dataIndex` says for each event which of `data` is its own. */
export type EventColumns<Data = JsonObject> = {
  readonly starts: Column;
  readonly durations: Column;
  readonly dataIndex: Column;
  readonly data: readonly Data[];
};
/** Events of a device, each with its id there. */
export type SourcedColumns<Data = JsonObject> = EventColumns<Data> & { readonly sourceIds: Column };
/** Instants with their events; `gone` are those from which one went away, in ms since 1970. */
export type InstantColumns<Data = JsonObject> = EventColumns<Data> & { readonly gone: Column };

const malformed = (message: string): KtError => new KtError('malformed', message);

/** Digits of a number at most: 64 bits have 19. */
const WHOLE = /^-?\d{1,20}$/;
const isWhole = (value: unknown): value is Whole =>
  typeof value === 'number' ? Number.isSafeInteger(value) : typeof value === 'string' && WHOLE.test(value);

/** A column from JSON. Fails with `malformed`, which names the place, unless it is a list of exact whole numbers. */
export const readColumn = (value: unknown): Column => {
  if (!Array.isArray(value)) throw malformed('a column is a list of whole numbers');
  const odd = value.findIndex((one) => !isWhole(one));
  if (odd >= 0) throw malformed(`[${odd}]: a column has whole numbers, as text from 2^53 on, and nothing else`);
  return value;
};

/** A whole number as it is sent. */
const wholeOf = (value: bigint): Whole => {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
};

/** Gives data their places: equal ones, by their text, have the same. */
const makePlaces = () => {
  const byObject = new Map<JsonObject, number>();
  const byText = new Map<string, number>();
  const data: JsonObject[] = [];
  const placeOf = (one: JsonObject): number => {
    let place = byObject.get(one);
    if (place !== undefined) return place;
    const text = JSON.stringify(one);
    place = byText.get(text);
    if (place === undefined) {
      place = data.push(one) - 1;
      byText.set(text, place);
    }
    byObject.set(one, place);
    return place;
  };
  return { data, placeOf };
};

/** Events as columns, in their order. */
export const columnsOf = (events: readonly Event[]): EventColumns => {
  const { data, placeOf } = makePlaces();
  return {
    starts: events.map(({ startUs }) => wholeOf(startUs)),
    durations: events.map(({ durationNs }) => wholeOf(durationNs)),
    dataIndex: events.map((event) => placeOf(event.data)),
    data,
  };
};

/** A device's events, by their ids there. */
export const sourcedColumnsOf = (events: readonly StoredEvent[]): SourcedColumns => ({
  sourceIds: events.map(({ id }) => id),
  ...columnsOf(events),
});

/** Instants as columns. One that nothing starts in, and nothing went away from, says nothing: it is left out. */
export const instantColumnsOf = (instants: readonly Instant[]): InstantColumns => ({
  ...columnsOf(instants.flatMap(({ events }) => events)),
  gone: instants.filter(({ gone }) => gone).map(({ atMs }) => wholeOf(atMs)),
});

/** An event as columns have it: its data may be anything, and its times any numbers. */
export type EventRow<Data = JsonObject> = {
  readonly startUs: Micros;
  readonly durationNs: Nanos;
  readonly data: Data;
};

const checkLength = (place: string, name: string, column: Column, starts: Column): void => {
  if (column.length === starts.length) return;
  throw malformed(`${place}.${name} has ${column.length} values, and starts ${starts.length}: a row takes one of each`);
};

type MakeRow<Data, Row> = (row: number, startUs: Micros, durationNs: Nanos, data: Data) => Row;

/** What `make` makes of each row. Fails as `rowsOf`. */
const eachRow = <Data, Row>(columns: EventColumns<Data>, place: string, make: MakeRow<Data, Row>): Row[] => {
  const { starts, durations, dataIndex, data } = columns;
  checkLength(place, 'durations', durations, starts);
  checkLength(place, 'dataIndex', dataIndex, starts);
  const used = new Uint8Array(data.length);
  return starts.map((start, row) => {
    const index = dataIndex[row]!;
    if (typeof index !== 'number' || index < 0 || index >= data.length)
      throw malformed(`${place}.dataIndex[${row}] is ${index}, and data has ${data.length} values`);
    const own = data[index]!;
    if (used[index]! < 2 && ++used[index]! === 2 && typeof own === 'object' && own !== null)
      markShared(own as JsonObject);
    return make(row, BigInt(start), BigInt(durations[row]!), own);
  });
};

/**
 * The events of columns; those with the same `dataIndex` share one object. Fails with `malformed`, which
 * names the place, when the columns are not of one length, or an index is not one of `data`. `place` is
 * what the columns are called.
 */
export const rowsOf = <Data>(columns: EventColumns<Data>, place: string): EventRow<Data>[] =>
  eachRow(columns, place, (_row, startUs, durationNs, data) => ({ startUs, durationNs, data }));

/** The same of a device's events; `sourceId` may be any whole number. Fails as `rowsOf`. */
export const sourcedRowsOf = <Data>(
  columns: SourcedColumns<Data>,
  place: string,
): (EventRow<Data> & { readonly sourceId: Whole })[] => {
  const { sourceIds } = columns;
  checkLength(place, 'sourceIds', sourceIds, columns.starts);
  return eachRow(columns, place, (row, startUs, durationNs, data) => ({
    sourceId: sourceIds[row]!,
    startUs,
    durationNs,
    data,
  }));
};

/** The instants of columns, ascending. Fails as `rowsOf`. */
export const instantsOf = (columns: InstantColumns, place: string): Instant[] => {
  const instants = new Map<bigint, { readonly atMs: bigint; gone: boolean; readonly events: Event[] }>();
  const at = (atMs: bigint) => {
    let instant = instants.get(atMs);
    if (!instant) instants.set(atMs, (instant = { atMs, gone: false, events: [] }));
    return instant;
  };
  for (const event of rowsOf(columns, place)) at(instantOf(event)).events.push(event);
  for (const ms of columns.gone) at(BigInt(ms)).gone = true;
  return [...instants.values()].sort((a, b) => (a.atMs < b.atMs ? -1 : a.atMs > b.atMs ? 1 : 0));
};
