/** The golden vectors of the query language, and how their header wants answers compared. */
import { readFileSync } from 'node:fs';
import type { JsonObject } from '../../domain/data.ts';
import type { StoredEvent } from '../../domain/event.ts';
import { parseLenientTime, secondsToNanos } from '../../domain/time.ts';

export type VectorEvent = { id: number; timestamp: string; duration: number; data: JsonObject };
export type VectorBucket = { id: string; type: string; client: string; hostname: string; events: VectorEvent[] };
export type Vector = {
  name: string;
  about: string;
  buckets: VectorBucket[] | string;
  timeperiods: string[];
  query: string[];
  expect: unknown[] | { error: string };
  unordered?: boolean;
  /** How many warnings the answer tells of; unset: not checked. */
  warnings?: number;
};

const file = JSON.parse(readFileSync(new URL('aw-query-vectors.json', import.meta.url), 'utf8')) as {
  header: { format: number };
  fixtures: Record<string, VectorBucket[]>;
  vectors: Vector[];
};
export const { header, vectors } = file;

/** An event of a vector as storage would hold it. */
export const storedEvent = ({ id, timestamp, duration, data }: VectorEvent): StoredEvent => ({
  id,
  startUs: parseLenientTime(timestamp)!,
  durationNs: secondsToNanos(duration)!,
  data,
});

/** The header's tolerance: 1 ms for the spelling of a time, 2 ms for numbers. Anything else must be the same. */
export const difference = (got: unknown, expected: unknown, path: string, unordered: boolean): string | null => {
  if (typeof got === 'number' && typeof expected === 'number') {
    return Math.abs(got - expected) <= 0.002 + 1e-9 ? null : `${path}: ${got} for ${expected}`;
  }
  if (Array.isArray(got) && Array.isArray(expected)) {
    if (got.length !== expected.length) return `${path}: ${got.length} items for ${expected.length}`;
    const [a, b] = unordered ? [[...got].sort(), [...expected].sort()] : [got, expected];
    return a.reduce<string | null>(
      (found, item, i) => found ?? difference(item, b[i], `${path}[${i}]`, unordered),
      null,
    );
  }
  if (typeof got === 'object' && typeof expected === 'object' && got && expected) {
    const [a, b] = [got as JsonObject, expected as JsonObject];
    const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
    const isEvent = 'timestamp' in b && 'duration' in b && 'data' in b;
    return keys.reduce<string | null>((found, key) => {
      if (found) return found;
      if (!(key in a) || !(key in b)) return `${path}.${key}: only ${key in a ? 'given' : 'expected'}`;
      if (!isEvent || key !== 'timestamp') return difference(a[key], b[key], `${path}.${key}`, unordered);
      const apart = parseLenientTime(String(a[key]))! - parseLenientTime(String(b[key]))!;
      return apart >= -1000n && apart <= 1000n ? null : `${path}.${key}: ${a[key]} for ${b[key]}`;
    }, null);
  }
  return got === expected ? null : `${path}: ${JSON.stringify(got)} for ${JSON.stringify(expected)}`;
};

/** The buckets that a vector is run over, in order of creation. */
export const bucketsOf = ({ buckets }: Vector): readonly VectorBucket[] =>
  typeof buckets === 'string' ? file.fixtures[buckets]! : buckets;
