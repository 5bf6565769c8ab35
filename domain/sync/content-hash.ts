import { hash } from 'node:crypto';
import type { JsonObject } from '../data.ts';
import { durationUs, instantOf, type Event } from '../event.ts';
import { canonicalData } from '../shared-data.ts';

/**
 * 64 bits, signed, over instant, duration in µs and canonical data (spec/sync 1.3). Shows that an event changed; never
 * identifies one. Server and client both compute it here, so that their digests can be compared. The first 8 bytes of
 * SHA-256, so that nobody can make two titles collide on purpose. Node's own implementation, because every event is
 * hashed on its way in, on its way out and in every proof: 0.6 µs, where pure JavaScript takes 5
 * (docs/decisions/0003-a-hash-from-node.md).
 */
export const contentHash = (event: Event): bigint => contentHashWith(event, canonicalData(event.data));

/** The same where the data's canonical form is known: a batch has the same few data again and again. */
export const contentHashWith = (event: Event, canonical: string): bigint => signed64(`${timesOf(event)} ${canonical}`);

/** Instant and duration as text: in doubles, where they are exact, at a fraction of the cost of bigint. */
const timesOf = (event: Event): string => {
  const [startUs, rounded] = [Number(event.startUs), Number(event.durationNs) + 500];
  if (startUs >= 0 && startUs <= MOST_EXACT && rounded >= 500 && rounded <= MOST_EXACT)
    return `${(startUs - (startUs % 1000)) / 1000} ${(rounded - (rounded % 1000)) / 1000}`;
  return `${instantOf(event)} ${durationUs(event)}`;
};

const MOST_EXACT = Number.MAX_SAFE_INTEGER - 1000;

/** The same over canonical data alone: probes and witnesses identify an event by it (spec/sync 7.1). */
export const dataHash = (data: JsonObject): bigint => signed64(canonicalData(data));

const view = new DataView(new ArrayBuffer(8));

/** As binary text, which is a character a byte and so half as long as hexadecimal text, and needs no parsing. */
const signed64 = (text: string): bigint => {
  const bytes = hash('sha256', text, 'binary');
  for (let i = 0; i < 8; i++) view.setUint8(i, bytes.charCodeAt(i));
  return view.getBigInt64(0);
};
