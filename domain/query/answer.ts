import type { JsonObject } from '../data.ts';
import { formatMicros } from '../time.ts';
import { lengthOf, type Span } from './transform/span.ts';
import { answerTooLarge, type AnswerLimit } from './limits.ts';
import { QueryError } from './query-error.ts';
import { isDict, isList, type Value } from './language/value.ts';

/**
 * An event in an answer: exactly the four keys that the Python client's constructor takes, `id` always there
 * (spec/query 1).
 */
export const spanToWire = (span: Span) => ({
  id: span.id,
  timestamp: formatMicros(span.start),
  duration: lengthOf(span) / 1e6,
  data: span.data,
});

/** A value as JSON, to be compared with event data. `spend` counts its parts. */
export const valueToJson = (value: Value, spend: (items: number) => void): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  spend(1);
  if (isList(value)) return value.map((item) => valueToJson(item, spend));
  if (isDict(value)) return Object.fromEntries([...value].map(([key, item]) => [key, valueToJson(item, spend)]));
  if (Object.hasOwn(value.data, 'subevents')) spend(dataSize(value.data));
  return spanToWire(value);
};

/** Writes values as the JSON text of the answer. */
export type AnswerWriter = (value: Value) => string;

/**
 * A writer for one request; `spend` counts the parts of values. It writes each event straight to text, and the text of
 * equal data once: building a tree of a hundred thousand events first would take three times as long and as much
 * memory. The text is counted as it is written, so that an answer beyond `limit` is never completed; a UTF-16 unit is
 * at least a byte.
 */
export const makeAnswerWriter = (spend: (items: number) => void, limit: AnswerLimit): AnswerWriter => {
  const texts = new Map<JsonObject, string>();
  let left = limit.bytes;
  const counted = (text: string): string => {
    left -= text.length + 1;
    if (left < 0) throw answerTooLarge(limit);
    return text;
  };
  const dataText = (data: JsonObject): string => {
    const known = texts.get(data);
    if (known !== undefined) return known;
    const text = JSON.stringify(data);
    texts.set(data, text);
    return text;
  };
  const write: AnswerWriter = (value) => {
    if (typeof value !== 'object' || value === null) return counted(JSON.stringify(value));
    spend(1);
    if (isList(value)) return `[${inStretches(value, write)}]`;
    if (isDict(value)) {
      return `{${[...value].map(([key, item]) => `${counted(JSON.stringify(key))}:${write(item)}`).join(',')}}`;
    }
    if (Object.hasOwn(value.data, 'subevents')) spend(dataSize(value.data, left, limit));
    const { id, start, data } = value;
    const seconds = lengthOf(value) / 1e6;
    return counted(`{"id":${id},"timestamp":"${formatMicros(start)}","duration":${seconds},"data":${dataText(data)}}`);
  };
  return write;
};

const STRETCH = 256;

/**
 * Writes and joins items a stretch at a time, so that their pieces are freed before the garbage collector promotes them
 * (a third of the time).
 */
const inStretches = (items: readonly Value[], write: AnswerWriter): string => {
  const stretches: string[] = [];
  for (let from = 0; from < items.length; from += STRETCH)
    stretches.push(
      items
        .slice(from, from + STRETCH)
        .map(write)
        .join(','),
    );
  return stretches.join(',');
};

/** A chunk of ten thousand events is about 60,000 values. */
const MOST_VALUES = 1_000_000;
const MOST_DEPTH = 256;

/**
 * How many values event data consists of, a shared one counted each time it occurs. Only `chunk_events_by_key` makes
 * data out of events, and then out of chunks of them. Fails with a QueryError before such data is too deep or too large
 * to be walked, or longer than the `left` of what may be answered.
 */
export const dataSize = (data: JsonObject, left = Infinity, limit?: AnswerLimit): number => {
  let size = 0;
  let length = 0;
  const walk = (value: unknown, depth: number): void => {
    if (++size > MOST_VALUES)
      throw new QueryError('QueryFunctionException', `an event holds more than ${MOST_VALUES} values`);
    if (typeof value === 'string' && limit && (length += value.length) > left) throw answerTooLarge(limit);
    if (typeof value !== 'object' || value === null) return;
    if (depth > MOST_DEPTH)
      throw new QueryError('QueryFunctionException', `an event's data is nested deeper than ${MOST_DEPTH} levels`);
    for (const item of Array.isArray(value) ? value : Object.values(value)) walk(item, depth + 1);
  };
  walk(data, 1);
  return size;
};
