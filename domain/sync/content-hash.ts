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
export const contentHash = (event: Event): bigint => signed64(`${timesOf(event)} ${canonicalData(event.data)}`);

/** Instant and duration as text: in doubles, where they are exact, at a fraction of the cost of bigint. */
const timesOf = (event: Event): string => {
  const [startUs, rounded] = [Number(event.startUs), Number(event.durationNs) + 500];
  if (startUs >= 0 && startUs <= MOST_EXACT && rounded >= 500 && rounded <= MOST_EXACT)
    return `${(startUs - (startUs % 1000)) / 1000} ${(rounded - (rounded % 1000)) / 1000}`;
  return `${instantOf(event)} ${durationUs(event)}`;
};

/** The most µs or ns that a hash is made of in doubles. */
export const MOST_EXACT = Number.MAX_SAFE_INTEGER - 1000;

/** Events as columns: whole numbers, none negative or above `MOST_EXACT`, and for each event its place in `data`. */
export type HashColumns = {
  readonly startsUs: readonly number[];
  readonly durationsNs: readonly number[];
  readonly dataIndex: readonly number[];
  readonly data: readonly JsonObject[];
};

/** An exact sum of up to 2^21 content hashes, in the two halves of 64 bits: a bigint for each would be garbage. */
export type HashSum = { high: number; low: number };
export const totalOf = ({ high, low }: HashSum): bigint => (BigInt(high) << 32n) + BigInt(low);

/** Room for two numbers of 16 digits, each with a blank behind it. */
const ROOM = 34;
/** Bytes for the data of some columns; the longest of them that are put there. */
const [SLAB, LONGEST] = [256 * 1024, 2_000];
const [ZERO, BLANK] = [0x30, 0x20];

/** Canonical data as bytes, each with room for the times before it; made when it is first asked for. */
let slab: Uint8Array | null = null;

/** Writes a whole number and a blank into the slab, to end at `end`; returns where they begin. */
const writeBefore = (bytes: Uint8Array, end: number, value: number): number => {
  let at = end;
  bytes[--at] = BLANK;
  // In two parts that are integers to the processor: dividing doubles takes ten times as long.
  let high = Math.floor(value / 1e8);
  let low = value - high * 1e8;
  for (let digits = high > 0 ? 8 : 1; digits > 0 || low > 0; digits--) {
    const tenth = (low / 10) | 0;
    bytes[--at] = ZERO + low - tenth * 10;
    low = tenth;
  }
  while (high > 0) {
    const tenth = (high / 10) | 0;
    bytes[--at] = ZERO + high - tenth * 10;
    high = tenth;
  }
  return at;
};

/** Gets the two halves of a row's hash, each as an integer of 32 bits with a sign. */
type TakeHash = (row: number, high: number, low: number) => void;

/**
 * The content hashes of those rows of columns that `wants` says yes to. Each distinct data is turned into bytes once,
 * and the times are written before it: 0.6 µs an event, where a text of its own and a bigint take 1.7 (Node 20.20,
 * 2026-11).
 */
const eachHash = (columns: HashColumns, wants: (row: number) => boolean, take: TakeHash): void => {
  const { startsUs, durationsNs, dataIndex, data } = columns;
  const bytes = (slab ??= new Uint8Array(SLAB));
  const encoder = new TextEncoder();
  /** Where each data begins and ends in the slab, if it is there, and the last view of it with times before it. */
  const begins: number[] = [];
  const ends: number[] = [];
  const views: Uint8Array[] = [];
  const texts: string[] = [];
  let filled = 0;
  const place = (index: number): void => {
    const text = (texts[index] = canonicalData(data[index]!));
    begins[index] = -1;
    // A character takes three bytes at most.
    if (text.length > LONGEST || filled + ROOM + 3 * text.length > SLAB) return;
    const begin = filled + ROOM;
    filled = begin + encoder.encodeInto(text, bytes.subarray(begin)).written;
    begins[index] = begin;
    ends[index] = filled;
  };
  for (let row = 0; row < startsUs.length; row++) {
    if (!wants(row)) continue;
    const [us, ns, index] = [startsUs[row]!, durationsNs[row]! + 500, dataIndex[row]!];
    const [ms, roundedUs] = [(us - (us % 1000)) / 1000, (ns - (ns % 1000)) / 1000];
    if (begins[index] === undefined) place(index);
    const begin = begins[index]!;
    let hashed: string;
    if (begin < 0) hashed = hash('sha256', `${ms} ${roundedUs} ${texts[index]!}`, 'binary');
    else {
      const at = writeBefore(bytes, writeBefore(bytes, begin, roundedUs), ms);
      let view = views[index];
      if (view === undefined || view.byteOffset !== at) views[index] = view = bytes.subarray(at, ends[index]!);
      hashed = hash('sha256', view, 'binary');
    }
    take(row, int32At(hashed, 0), int32At(hashed, 4));
  }
};

/** Adds each content hash to the sum that `sumOf` gives for its row; null leaves a row out. */
export const addHashes = (columns: HashColumns, sumOf: (row: number) => HashSum | null): void => {
  let sum: HashSum | null = null;
  eachHash(
    columns,
    (row) => (sum = sumOf(row)) !== null,
    (_row, high, low) => {
      sum!.high += high;
      sum!.low += low >>> 0;
    },
  );
};

/** The content hashes of events, of which each has the data at its place. */
export const contentHashes = (
  events: readonly Event[],
  data: readonly JsonObject[],
  places: readonly number[],
): bigint[] => {
  const startsUs = events.map(({ startUs }) => Number(startUs));
  const durationsNs = events.map(({ durationNs }) => Number(durationNs));
  const hashes: bigint[] = [];
  eachHash(
    { startsUs, durationsNs, dataIndex: places, data },
    (row) => {
      if (isExact(startsUs[row]!) && isExact(durationsNs[row]!)) return true;
      hashes[row] = contentHash(events[row]!);
      return false;
    },
    (row, high, low) => {
      view.setInt32(0, high);
      view.setInt32(4, low);
      hashes[row] = view.getBigInt64(0);
    },
  );
  return hashes;
};

const isExact = (value: number): boolean => value >= 0 && value <= MOST_EXACT;

const int32At = (bytes: string, at: number): number =>
  (bytes.charCodeAt(at) << 24) |
  (bytes.charCodeAt(at + 1) << 16) |
  (bytes.charCodeAt(at + 2) << 8) |
  bytes.charCodeAt(at + 3);

/** The same over canonical data alone: probes and witnesses identify an event by it (spec/sync 7.1). */
export const dataHash = (data: JsonObject): bigint => signed64(canonicalData(data));

const view = new DataView(new ArrayBuffer(8));

/** As binary text, which is a character a byte and so half as long as hexadecimal text, and needs no parsing. */
const signed64 = (text: string): bigint => {
  const bytes = hash('sha256', text, 'binary');
  for (let i = 0; i < 8; i++) view.setUint8(i, bytes.charCodeAt(i));
  return view.getBigInt64(0);
};
