import type { JsonObject } from '../../domain/data.ts';
import type { Period } from '../../domain/query/dataset.ts';
import type { Span } from '../../domain/transform/span.ts';
import { fromJsonb } from './jsonb.ts';

type Row = { readonly id: number; readonly start: number; readonly ns: number; readonly data: JsonObject };

/**
 * Reads the text of a page (sql/event-page.ts) as spans, in listing order and cut to the period. Pure, so that it may run far from
 * the database. `known` holds the data read so far by their text: with it, equal data of any page are one object.
 */
export const spansOfPage = (text: string, period: Period, known: Map<string, JsonObject>): Span[] => {
  const rows: Row[] = [];
  for (let at = 0; at < text.length; ) {
    const tab = text.indexOf('\t', at);
    const lineEnd = text.indexOf('\n', tab);
    const end = lineEnd < 0 ? text.length : lineEnd;
    readLine(text, at, tab, dataOf(text.slice(tab + 1, end), known), rows);
    at = end + 1;
  }
  // Each line is in order already, or nearly: the sort merges runs.
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

const dataOf = (text: string, known: Map<string, JsonObject>): JsonObject => {
  const found = known.get(text);
  if (found) return found;
  const data = fromJsonb(text);
  known.set(text, data);
  return data;
};

/** `id start duration,…` between two places, digit by digit: splitting would make three strings an event. */
const readLine = (text: string, from: number, to: number, data: JsonObject, rows: Row[]): void => {
  let at = from;
  const number = (): number => {
    const negative = text.charCodeAt(at) === 45;
    if (negative) at++;
    let value = 0;
    for (; at < to; at++) {
      const digit = text.charCodeAt(at) - 48;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    at++;
    return negative ? -value : value;
  };
  while (at < to) rows.push({ id: number(), start: number(), ns: number(), data });
};
