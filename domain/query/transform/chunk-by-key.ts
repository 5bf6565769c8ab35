import { equalJson, type JsonObject } from '../../data.ts';
import { lengthOf, type Span } from './span.ts';

/** How far after the end of the last event of the list another may start and still join its chunk; see below. */
const NEAR_US = 5_000_000;

/**
 * Joins neighbours with an equal value under `key`: the start of the first, the durations' sum, and as data the value
 * and the events themselves, written by `write`. Ends for good at the first event without the key.
 *
 *   in    [A][A]      [A]  [B][A]
 *   out   [A          ]    [B][A]        (oldest first)
 *
 * Kept for old clients. The condition on time is Python's, and odd: it compares with the end of the last event of the
 * whole list, so it holds for every event of a list that is oldest first, and only near the list's end for one that is
 * newest first (spec/query 3.10).
 */
export const chunkByKey = (spans: readonly Span[], key: string, write: (span: Span) => JsonObject): Span[] => {
  const listEnd = spans.at(-1)?.end ?? 0;
  const chunks: { value: unknown; start: number; length: number; subevents: JsonObject[] }[] = [];
  for (const span of spans) {
    if (!Object.hasOwn(span.data, key)) break;
    const value = span.data[key];
    const last = chunks.at(-1);
    if (last && span.start - listEnd < NEAR_US && equalJson(last.value, value)) {
      last.length += lengthOf(span);
      last.subevents.push(write(span));
    } else {
      chunks.push({ value, start: span.start, length: lengthOf(span), subevents: [write(span)] });
    }
  }
  return chunks.map(({ value, start, length, subevents }) => ({
    id: null,
    start,
    end: start + length,
    data: Object.fromEntries([
      [key, value],
      ['subevents', subevents],
    ]),
  }));
};
