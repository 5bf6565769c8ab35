/**
 * aw-server's JSON of many events, written as bytes: the same bytes as JSON.stringify makes of `eventToWire`, without
 * an object for each event. 100,000 events take 40 ms, where objects took 600.
 */
import type { JsonObject } from './data.ts';
import { formatDay } from './day.ts';
import type { StoredEvent } from './event.ts';
import { eventToWire } from './wire.ts';

/** The most that `{"id":…,"timestamp":…,"duration":…,"data":` of an event takes, in bytes, with what closes it. */
export const FACTS_BYTES = 140;

const DAY_US = 86_400_000_000;
/** From this on a duration (ns) has more than the 15 digits for which decimals and doubles are one to one. */
const MOST_EXACT_NS = 1e15;
/** Below this many ns a number of seconds is written with an exponent. */
const LEAST_DECIMAL_NS = 1_000;

/**
 * Whether `writeFacts` takes these numbers: of nearly every event. Starts before 1970 or beyond 2^53, negative
 * durations and very long ones are left to JSON.stringify.
 */
export const isPlain = (id: number, startUs: number, durationNs: number): boolean =>
  id >= 0 &&
  id <= Number.MAX_SAFE_INTEGER &&
  startUs >= 0 &&
  startUs <= Number.MAX_SAFE_INTEGER &&
  (durationNs === 0 || (durationNs >= LEAST_DECIMAL_NS && durationNs < MOST_EXACT_NS));

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));
const ID = ascii('{"id":');
const TIMESTAMP = ascii(',"timestamp":"');
const DURATION = ascii('Z","duration":');
const [ZERO, POINT, COLON] = [0x30, 0x2e, 0x3a];

const put = (out: Uint8Array, at: number, bytes: Uint8Array): number => {
  for (let i = 0; i < bytes.length; i++) out[at + i] = bytes[i]!;
  return at + bytes.length;
};

/** A whole number from 0 to 2^53. */
const putWhole = (out: Uint8Array, at: number, value: number): number => {
  let end = at + 1;
  for (let power = 10; power <= value; power *= 10) end++;
  let rest = value;
  for (let i = end - 1; i >= at; i--) {
    const quotient = Math.floor(rest / 10);
    out[i] = ZERO + (rest - quotient * 10);
    rest = quotient;
  }
  return end;
};

const put2 = (out: Uint8Array, at: number, value: number): number => {
  const tens = (value / 10) | 0;
  out[at] = ZERO + tens;
  out[at + 1] = ZERO + value - tens * 10;
  return at + 2;
};

const put3 = (out: Uint8Array, at: number, value: number): number => {
  const hundreds = (value / 100) | 0;
  out[at] = ZERO + hundreds;
  return put2(out, at + 1, value - hundreds * 100);
};

/** The last day written, as far as its `T`: events come in order of days. */
let written = { days: Number.NaN, text: ascii('') };

const putTime = (out: Uint8Array, from: number, us: number): number => {
  const days = Math.floor(us / DAY_US);
  if (days !== written.days) written = { days, text: ascii(`${formatDay(days)}T`) };
  const ofDay = us - days * DAY_US;
  const second = Math.floor(ofDay / 1_000_000);
  const micros = ofDay - second * 1_000_000;
  const hours = (second / 3600) | 0;
  const minutes = ((second - hours * 3600) / 60) | 0;
  let at = put2(out, put(out, from, written.text), hours);
  out[at++] = COLON;
  at = put2(out, at, minutes);
  out[at++] = COLON;
  at = put2(out, at, second - hours * 3600 - minutes * 60);
  if (micros === 0) return at;
  out[at++] = POINT;
  const ms = (micros / 1000) | 0;
  at = put3(out, at, ms);
  return micros === ms * 1000 ? at : put3(out, at, micros - ms * 1000);
};

/** As JSON.stringify writes `nanosToSeconds`: the shortest decimal of that double, which is the exact one here. */
const putSeconds = (out: Uint8Array, from: number, ns: number): number => {
  const seconds = Math.floor(ns / 1e9);
  let at = putWhole(out, from, seconds);
  const rest = ns - seconds * 1e9;
  if (rest === 0) return at;
  const ms = (rest / 1_000_000) | 0;
  const us = ((rest - ms * 1_000_000) / 1000) | 0;
  out[at++] = POINT;
  at = put3(out, put3(out, put3(out, at, ms), us), rest - ms * 1_000_000 - us * 1000);
  while (out[at - 1] === ZERO) at--;
  return at;
};

/**
 * Writes `{"id":…,"timestamp":…,"duration":…` of an event that `isPlain` into `out` from `at` on, where at least
 * FACTS_BYTES are left; returns where it ends.
 */
export const writeFacts = (out: Uint8Array, at: number, id: number, startUs: number, durationNs: number): number => {
  const timed = putTime(out, put(out, putWhole(out, put(out, at, ID), id), TIMESTAMP), startUs);
  return putSeconds(out, put(out, timed, DURATION), durationNs);
};

/** The same for any event, exactly. */
export const writeFactsOf = (out: Uint8Array, at: number, event: Omit<StoredEvent, 'data'>): number => {
  const [startUs, durationNs] = [Number(event.startUs), Number(event.durationNs)];
  if (isPlain(event.id, startUs, durationNs)) return writeFacts(out, at, event.id, startUs, durationNs);
  const { data: _, ...facts } = eventToWire({ ...event, data: {} });
  return put(out, at, ascii(JSON.stringify(facts).slice(0, -1)));
};

const encoder = new TextEncoder();
/** What follows the facts of an event with this data, a JSON text. */
export const dataTail = (json: string): Uint8Array => encoder.encode(`,"data":${json}}`);

const COMMA = 0x2c;

/**
 * Events that are objects already, as `eventToWire` each, separated by commas. Data that they share is printed once.
 */
export const bytesOfEvents = (events: readonly StoredEvent[]): Uint8Array<ArrayBuffer> => {
  const tails = new Map<JsonObject, Uint8Array>();
  let size = 0;
  for (const { data } of events) {
    let tail = tails.get(data);
    if (!tail) tails.set(data, (tail = dataTail(JSON.stringify(data))));
    size += FACTS_BYTES + tail.length;
  }
  const out = new Uint8Array(size);
  let end = 0;
  for (const event of events) {
    if (end > 0) out[end++] = COMMA;
    end = writeFactsOf(out, end, event);
    const tail = tails.get(event.data)!;
    out.set(tail, end);
    end += tail.length;
  }
  return out.subarray(0, end);
};
