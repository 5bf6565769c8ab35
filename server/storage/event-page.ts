import type { JsonObject } from '../../domain/data.ts';
import { inListingOrder, type StoredEvent } from '../../domain/event.ts';
import type { PageColumns, Period } from '../../domain/query/dataset.ts';
import type { Span } from '../../domain/query/transform/span.ts';
import { fromJsonb } from './jsonb.ts';

/** 2000-01-01 in µs, from which PostgreSQL counts. */
const EPOCH_US = 946_684_800_000_000;

const viewOf = (column: Uint8Array): DataView => new DataView(column.buffer, column.byteOffset, column.byteLength);

/**
 * Eight bytes as a number: exact up to 2^53, which suffices for ids, for durations of 104 days, and from 1714 to 2255.
 */
const int8 = (column: DataView, row: number): number =>
  column.getInt32(row * 8) * 4_294_967_296 + column.getUint32(row * 8 + 4);

/** The rows of a page, in listing order, read in place: objects would cost more than all that is made of them. */
export class PageRows {
  readonly count: number;
  readonly #ids: DataView;
  readonly #starts: DataView;
  readonly #durations: DataView;
  readonly #values: DataView;

  constructor({ ids, starts, durations, values }: Omit<PageColumns, 'data'>) {
    this.#ids = viewOf(ids);
    this.#starts = viewOf(starts);
    this.#durations = viewOf(durations);
    this.#values = viewOf(values);
    this.count = values.length / 4;
  }

  id(row: number): number {
    return int8(this.#ids, row);
  }
  startUs(row: number): number {
    return int8(this.#starts, row) + EPOCH_US;
  }
  durationNs(row: number): number {
    return int8(this.#durations, row);
  }
  value(row: number): number {
    return this.#values.getInt32(row * 4);
  }
  /** A row without its data, exact whatever its times are. */
  exactly(row: number): Omit<StoredEvent, 'data'> {
    return {
      id: this.id(row),
      startUs: this.#starts.getBigInt64(row * 8) + BigInt(EPOCH_US),
      durationNs: this.#durations.getBigInt64(row * 8),
    };
  }
}

/** Sorts rows that start together, in place, as the listing has them: the order of the others is right already. */
export const sortTies = ({ ids, starts, durations, values }: Omit<PageColumns, 'data'>): void => {
  const rows = new PageRows({ ids, starts, durations, values });
  const at = viewOf(starts);
  const isTie = (row: number): boolean =>
    at.getInt32(row * 8 + 4) === at.getInt32(row * 8 - 4) && at.getInt32(row * 8) === at.getInt32(row * 8 - 8);
  for (let from = 0, to = 1; to <= rows.count; to++) {
    if (to < rows.count && isTie(to)) continue;
    if (to - from > 1) {
      const tied = Array.from({ length: to - from }, (_, i) => ({
        ...rows.exactly(from + i),
        data: {},
        value: rows.value(from + i),
      })).sort(inListingOrder);
      const [idsAt, durationsAt, valuesAt] = [viewOf(ids), viewOf(durations), viewOf(values)];
      for (const [i, { id, durationNs, value }] of tied.entries()) {
        idsAt.setBigInt64((from + i) * 8, BigInt(id));
        durationsAt.setBigInt64((from + i) * 8, durationNs);
        valuesAt.setInt32((from + i) * 4, value);
      }
    }
    from = to;
  }
};

/** The first `count` rows. */
export const firstOf = (columns: Omit<PageColumns, 'data'>, count: number): Omit<PageColumns, 'data'> => ({
  ids: columns.ids.subarray(0, count * 8),
  starts: columns.starts.subarray(0, count * 8),
  durations: columns.durations.subarray(0, count * 8),
  values: columns.values.subarray(0, count * 4),
});

/** What the text of a page's data says of each: the value's number in the account, its size, and jsonb's text. */
export type DataLine = { readonly value: number; readonly bytes: number; readonly json: string };

export function* dataLines(data: string): Generator<DataLine> {
  for (let at = 0; at < data.length; ) {
    const first = data.indexOf('\t', at);
    const second = data.indexOf('\t', first + 1);
    const lineEnd = data.indexOf('\n', second);
    const end = lineEnd < 0 ? data.length : lineEnd;
    const [value, bytes] = [Number(data.slice(at, first)), Number(data.slice(first + 1, second))];
    yield { value, bytes, json: data.slice(second + 1, end) };
    at = end + 1;
  }
}

/**
 * A page as spans, in listing order and cut to the period. Pure, so that it can run in another thread. `known` keeps
 * the account's parsed data by the value's number: equal data of all pages are one object.
 */
export const spansOfPage = (page: PageColumns, period: Period, known: Map<number, JsonObject>): Span[] => {
  for (const { value, json } of dataLines(page.data)) if (!known.has(value)) known.set(value, fromJsonb(json));
  const rows = new PageRows(page);
  const from = Number(period.startUs);
  const to = Number(period.endUs);
  const spans: Span[] = [];
  for (let row = 0; row < rows.count; row++) {
    const stored = rows.startUs(row);
    const start = stored < from ? from : stored;
    const ended = stored + Math.floor((rows.durationNs(row) + 500) / 1000);
    const end = ended > to ? to : ended;
    spans.push({ id: rows.id(row), start, end: end < start ? start : end, data: known.get(rows.value(row))! });
  }
  return spans;
};

/** A page that has all of its data as complete events, exact and not cut. Equal data are one object. */
export const eventsOfPage = (page: PageColumns): StoredEvent[] => {
  const known = new Map<number, JsonObject>();
  for (const { value, json } of dataLines(page.data)) known.set(value, fromJsonb(json));
  const rows = new PageRows(page);
  return Array.from({ length: rows.count }, (_, row) => ({
    ...rows.exactly(row),
    data: known.get(rows.value(row))!,
  }));
};
