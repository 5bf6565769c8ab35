/**
 * What a server holds, read without the sync's own means: complete listings over REST, as sorted text, so that two
 * sides can be compared as multisets.
 */
import { canonicalJson } from '../../domain/data.ts';
import { parsePythonJson } from '../support/fake-aw/json.ts';

type Get = (path: string) => Promise<Response>;
export type WireEvent = {
  readonly id: number;
  readonly timestamp: string;
  readonly duration: number;
  readonly data: unknown;
};

/** Milliseconds of a printed time, floored: all that every aw-server keeps of it. */
const millis = (printed: string): number => {
  const [, seconds = '', fraction = '', zone = ''] = /^([^.]*?:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/.exec(printed) ?? [];
  return Date.parse(seconds + zone) + Number(fraction.slice(0, 3).padEnd(3, '0'));
};

/**
 * Whether all of its numbers are valid in JSON. No server stores other rows, and they are not a difference
 * (spec/sync 4.8).
 */
export const isReadable = (data: unknown): boolean =>
  typeof data === 'number'
    ? Number.isFinite(data)
    : typeof data !== 'object' || data === null || Object.values(data).every(isReadable);

/** An event as text: start in ms, canonical data, duration in µs. The first two are its key. */
export const textOf = ({ timestamp, duration, data }: Omit<WireEvent, 'id'>): string =>
  `${millis(timestamp)} ${canonicalJson(data)} ${Math.round(duration * 1e6)}`;
export const keyOf = (text: string): string => text.slice(0, text.lastIndexOf(' '));

/** A bucket's events from any ActivityWatch server; none where there is no such bucket. */
export const listing = async (get: Get, bucket: string): Promise<WireEvent[]> => {
  const response = await get(`/api/0/buckets/${encodeURIComponent(bucket)}/events?limit=-1`);
  if (response.status === 404) return [];
  if (response.status !== 200) throw new Error(`the events of ${bucket}: ${response.status}`);
  const rows = parsePythonJson(new Uint8Array(await response.arrayBuffer())) as unknown as WireEvent[];
  return rows.filter(({ data }) => isReadable(data));
};

export const textsOf = (events: readonly WireEvent[]): string[] => events.map(textOf).sort();

/** How often each text occurs. */
export const counted = <Key>(keys: Iterable<Key>): Map<Key, number> => {
  const counts = new Map<Key, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
};

/** What the first multiset has beyond the second. */
export const beyond = (many: readonly string[], few: readonly string[]): string[] => {
  const left = counted(few);
  return many.filter((text) => {
    const n = left.get(text) ?? 0;
    if (n > 0) left.set(text, n - 1);
    return n === 0;
  });
};
