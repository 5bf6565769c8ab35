import type { JsonObject } from '../../domain/data.ts';
import { inListingOrder, type StoredEvent } from '../../domain/event.ts';
import type { Period } from '../../domain/query/dataset.ts';
import type { Span } from '../../domain/query/transform/span.ts';
import { fromJsonb } from './jsonb.ts';

type Row = { readonly id: number; readonly start: number; readonly ns: number; readonly data: JsonObject };

/**
 * Parses the text of a page (sql/event-page.ts) into spans, in listing order and cut to the period. Pure, so that it
 * can run in another thread. `known` keeps the account's parsed data by the value's number: equal data of all pages are
 * one object.
 */
export const spansOfPage = (text: string, period: Period, known: Map<number, JsonObject>): Span[] => {
  const rows: Row[] = [];
  for (const { bytes, value, json } of linesOf(text)) {
    const data = known.get(value) ?? fromJsonb<JsonObject>(json);
    known.set(value, data);
    for (let at = 0; at < bytes.length; at += EVENT)
      rows.push({ id: int8(bytes, at), start: int8(bytes, at + 8) + EPOCH_US, ns: int8(bytes, at + 16), data });
  }
  // Each line is in order already, or nearly, and the sort merges such runs.
  rows.sort((a, b) => b.start - a.start || a.ns - b.ns || a.id - b.id);
  const from = Number(period.startUs);
  const to = Number(period.endUs);
  return rows.map(({ id, start: stored, ns, data }) => {
    const start = stored < from ? from : stored;
    const ended = stored + Math.floor((ns + 500) / 1000);
    const end = ended > to ? to : ended;
    return { id, start, end: end < start ? start : end, data };
  });
};

/** The same text as complete events, exact and not cut. Equal data of the page are one object. */
export const eventsOfPage = (text: string): StoredEvent[] => {
  const events: StoredEvent[] = [];
  for (const { bytes, json } of linesOf(text)) {
    const data = fromJsonb(json);
    for (let at = 0; at < bytes.length; at += EVENT) {
      events.push({
        id: int8(bytes, at),
        startUs: bytes.readBigInt64BE(at + 8) + BigInt(EPOCH_US),
        durationNs: bytes.readBigInt64BE(at + 16),
        data,
      });
    }
  }
  return events.sort(inListingOrder);
};

/** 2000-01-01 in µs, from which PostgreSQL counts. */
const EPOCH_US = 946_684_800_000_000;
/** An event within a line: id, start, duration, eight bytes each. */
const EVENT = 24;

/** The lines of a page: the events of one value, its number, and its data as jsonb's text. */
const linesOf = function* (text: string): Generator<{ bytes: Buffer; value: number; json: string }> {
  for (let at = 0; at < text.length; ) {
    const first = text.indexOf('\t', at);
    const second = text.indexOf('\t', first + 1);
    const lineEnd = text.indexOf('\n', second);
    const end = lineEnd < 0 ? text.length : lineEnd;
    yield {
      bytes: Buffer.from(text.slice(at, first), 'hex'),
      value: Number(text.slice(first + 1, second)),
      json: text.slice(second + 1, end),
    };
    at = end + 1;
  }
};

/**
 * Eight bytes as a number. Exact up to 2^53, which suffices for ids and starts; a duration of more than 100 days is
 * exact to the microsecond.
 */
const int8 = (bytes: Buffer, at: number): number => bytes.readInt32BE(at) * 4_294_967_296 + bytes.readUInt32BE(at + 4);
