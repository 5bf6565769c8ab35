import type { JsonObject } from './data.ts';
import { canonicalData } from './shared-data.ts';
import { floorDiv, isNanosInRange, type Micros, type Nanos } from './time.ts';

/**
 * What happened, from when, for how long. Zero and negative durations are legal, and so are overlaps and equal events.
 */
export type Event = {
  readonly startUs: Micros;
  readonly durationNs: Nanos;
  readonly data: JsonObject;
};

/** An event with its id in the server that holds it: a whole number below 2^53. */
export type StoredEvent = Event & { readonly id: number };

/**
 * An event's id as text; null unless it is a whole number of 64 bits, as ids are in every aw-server. Above 2^53 a
 * double is inexact, which does no harm: no event here has such an id.
 */
export const parseEventId = (text: string): number | null => {
  if (!/^[+-]?\d{1,40}$/.test(text)) return null;
  const id = BigInt(text.replace('+', ''));
  return BigInt.asIntN(64, id) === id ? Number(id) : null;
};

/** The same for a number from JSON. 2^63 may have been 2^63 - 1 before rounding, and is refused all the same. */
export const isEventId = (id: unknown): id is number =>
  typeof id === 'number' && Number.isInteger(id) && id >= -(2 ** 63) && id < 2 ** 63;

/** An event of a device, as a server has it: `sourceId` is its id in the device’s own aw-server. */
export type SourcedEvent = Event & { readonly sourceId: number };

/** An event's end in nanoseconds since 1970: exactly the printed timestamp plus the printed duration. */
export const endNs = (event: Event): Nanos => event.startUs * 1000n + event.durationNs;

/** Are start and end both within what aw-server can store (spec/rest DEV-3)? */
export const isEventInRange = (event: Event): boolean =>
  isUsual(event) ||
  (isNanosInRange(event.startUs * 1000n) && isNanosInRange(event.durationNs) && isNanosInRange(endNs(event)));

/** Whether it lies between 1970 and 2223 and lasts less than 31 years, which nearly every event does. */
const isUsual = ({ startUs, durationNs }: Event): boolean =>
  startUs >= 0n && startUs <= 8_000_000_000_000_000n && durationNs >= 0n && durationNs <= 1_000_000_000_000_000_000n;

/**
 * The start floored to the millisecond, before 1970 too: that is all the Python aw-server keeps, and so all that two
 * servers can agree on.
 */
export const instantOf = (event: Event): bigint => floorDiv(event.startUs, 1000n);

/** The duration in whole microseconds, halves rounded up: sync compares durations this way. */
export const durationUs = (event: Event): bigint => floorDiv(event.durationNs + 500n, 1000n);

/**
 * Instant and canonical data (spec/sync 1.3). Equal keys are the same activity at the same time; duration may differ.
 */
export const keyOf = (event: Event): string => `${instantOf(event)} ${canonicalData(event.data)}`;

/** Listing order of aw-server (spec/rest 3.6): newest start first; ties by the earlier end, then the lower id. */
export const inListingOrder = (a: StoredEvent, b: StoredEvent): number => {
  if (a.startUs !== b.startUs) return a.startUs > b.startUs ? -1 : 1;
  if (a.durationNs !== b.durationNs) return a.durationNs < b.durationNs ? -1 : 1;
  return a.id - b.id;
};

/**
 * Cuts an event to a period, each bound optional (spec/rest 3.6). One that only touches a bound is left with no
 * duration.
 *   event   [-----------]
 *   period       [----------]
 *   out          [------]
 */
export const clip = <E extends Event>(event: E, start: Micros | null, end: Micros | null): E => {
  const startUs = start !== null && start > event.startUs ? start : event.startUs;
  const ownEnd = endNs(event);
  const cutEnd = end !== null && end * 1000n < ownEnd ? end * 1000n : ownEnd;
  return { ...event, startUs, durationNs: cutEnd - startUs * 1000n };
};
