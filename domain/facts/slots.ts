import type { Span } from '../query/transform/span.ts';
import type { Day } from './flooded-day.ts';

/** Slots of a day: a quarter of an hour each, for zones at :30 and :45. */
export const SLOTS = 96;
const SLOT_US = 900_000_000;
export const SLOT_MS = 900_000;

/** How long a value was there in one slot of a day, in ms. */
type Slot = { readonly slot: number; readonly ms: number };
/** The slots of a day by value, both ascending. What has no value of its own is under 0. */
export type SlotsOfValues = readonly (readonly [value: number, slots: readonly Slot[]])[];

/**
 * Sums spans of a day by value and slot. What is finer than a ms is carried into the value's next slot, so that a day's
 * sum is at most a ms short, and never too long.
 */
export const slotsOf = (spans: readonly Span[], { from }: Day, valueOf: (span: Span) => number): SlotsOfValues => {
  /** µs by value and slot, as one number that sorts as both do. */
  const sums = new Map<number, number>();
  for (const span of spans) {
    const first = valueOf(span) * SLOTS;
    for (let { start } = span; start < span.end; ) {
      const slot = Math.floor((start - from) / SLOT_US);
      const end = Math.min(span.end, from + (slot + 1) * SLOT_US);
      sums.set(first + slot, (sums.get(first + slot) ?? 0) + end - start);
      start = end;
    }
  }
  const found: [value: number, slots: Slot[]][] = [];
  let last = -1;
  let us = 0;
  let told = 0;
  for (const key of Float64Array.from(sums.keys()).sort()) {
    const slot = key % SLOTS;
    const value = (key - slot) / SLOTS;
    if (value !== last) {
      found.push([value, []]);
      [last, us, told] = [value, 0, 0];
    }
    us += sums.get(key)!;
    const ms = Math.floor(us / 1000) - told;
    told += ms;
    if (ms > 0) found.at(-1)![1].push({ slot, ms });
  }
  return found;
};

/**
 * The same as bytes, all numbers in groups of seven bits, the lowest first: for each value its distance to the last
 * one, how many bytes follow for it, and in these for each slot the distance to the last one and the ms. About 5 bytes
 * a slot.
 */
export const packSlots = (values: SlotsOfValues): Uint8Array<ArrayBuffer> => {
  const bytes: number[] = [];
  let lastValue = 0;
  for (const [value, slots] of values) {
    if (slots.length === 0) continue;
    const own: number[] = [];
    let lastSlot = 0;
    for (const { slot, ms } of slots) {
      put(own, slot - lastSlot);
      put(own, ms);
      lastSlot = slot;
    }
    put(bytes, value - lastValue);
    put(bytes, own.length);
    for (const byte of own) bytes.push(byte);
    lastValue = value;
  }
  return Uint8Array.from(bytes);
};

const put = (bytes: number[], number: number): void => {
  for (; number >= 128; number = Math.floor(number / 128)) bytes.push((number % 128) | 128);
  bytes.push(number);
};

/** Tells the values that packed slots have, without looking at the slots. */
export const valuesIn = (bytes: Uint8Array, each: (value: number) => void): void => {
  let value = 0;
  for (const reader = makeReader(bytes); reader.at < bytes.length; reader.at = reader.end) {
    value = reader.enter(value);
    each(value);
  }
};

/**
 * Sums packed slots by value and part of the day: `partOf[base + slot]` is the number of the part that a slot is in,
 * which never descends; slots beside `partOf` are left out. For each value `enter` says whether it counts; `each` then
 * gets its parts that are not empty, in order. A year has half a million slots: they are added up here.
 */
export const sumSlots = (
  bytes: Uint8Array,
  partOf: Int32Array,
  base: number,
  enter: (value: number) => boolean,
  each: (part: number, ms: number) => void,
): void => {
  // Nearly always one part has the whole day: then nobody looks at which.
  const [first, last] = [base, base + SLOTS - 1];
  const whole = first >= 0 && last < partOf.length && partOf[first] === partOf[last];
  let value = 0;
  for (const reader = makeReader(bytes); reader.at < bytes.length; reader.at = reader.end) {
    value = reader.enter(value);
    if (!enter(value)) continue;
    let { at } = reader;
    let part = whole ? partOf[first]! : -1;
    let sum = 0;
    for (let slot = base; at < reader.end; ) {
      slot += bytes[at++]!;
      let byte = bytes[at++]!;
      let ms = byte & 127;
      for (let unit = 7; byte >= 128; unit += 7) {
        byte = bytes[at++]!;
        ms |= (byte & 127) << unit;
      }
      if (!whole) {
        if (slot < 0 || slot >= partOf.length) continue;
        const of = partOf[slot]!;
        if (of !== part) {
          if (sum > 0) each(part, sum);
          part = of;
          sum = 0;
        }
      }
      sum += ms;
    }
    if (sum > 0) each(part, sum);
  }
};

/** Where one is in packed slots; `end` is that of the value that was entered. */
const makeReader = (bytes: Uint8Array) => {
  const next = (): number => {
    let number = 0;
    for (let unit = 1; ; unit *= 128) {
      const byte = bytes[reader.at++]!;
      number += (byte & 127) * unit;
      if (byte < 128) return number;
    }
  };
  const reader = {
    at: 0,
    end: 0,
    enter: (last: number): number => {
      const value = last + next();
      const length = next();
      reader.end = reader.at + length;
      return value;
    },
  };
  return reader;
};
