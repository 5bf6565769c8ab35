import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { JsonObject } from '../../domain/data.ts';
import { isKtError } from '../../domain/errors.ts';
import type { StoredEvent } from '../../domain/event.ts';
import { QueryError } from '../../domain/query/query-error.ts';
import { runQuery } from '../../domain/query/run-query.ts';
import { parseLenientTime, secondsToNanos } from '../../domain/time.ts';
import { makeMemoryDataset } from './memory-dataset.ts';

type VectorEvent = { id: number; timestamp: string; duration: number; data: JsonObject };
type VectorBucket = { id: string; type: string; client: string; hostname: string; events: VectorEvent[] };
type Vector = {
  name: string;
  about: string;
  buckets: VectorBucket[] | string;
  timeperiods: string[];
  query: string[];
  expect: unknown[] | { error: string };
  unordered?: boolean;
};

const { header, fixtures, vectors } = JSON.parse(readFileSync(new URL('aw-query-vectors.json', import.meta.url), 'utf8')) as {
  header: { format: number };
  fixtures: Record<string, VectorBucket[]>;
  vectors: Vector[];
};

const stored = ({ id, timestamp, duration, data }: VectorEvent): StoredEvent => ({
  id,
  startUs: parseLenientTime(timestamp)!,
  durationNs: secondsToNanos(duration)!,
  data,
});

/** The header's tolerance: 1 ms for the spelling of a time, 2 ms for numbers. Anything else must be the same. */
const difference = (got: unknown, expected: unknown, path: string, unordered: boolean): string | null => {
  if (typeof got === 'number' && typeof expected === 'number') {
    return Math.abs(got - expected) <= 0.002 + 1e-9 ? null : `${path}: ${got} for ${expected}`;
  }
  if (Array.isArray(got) && Array.isArray(expected)) {
    if (got.length !== expected.length) return `${path}: ${got.length} items for ${expected.length}`;
    const [a, b] = unordered ? [[...got].sort(), [...expected].sort()] : [got, expected];
    return a.reduce<string | null>((found, item, i) => found ?? difference(item, b[i], `${path}[${i}]`, unordered), null);
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

const golden = suite('query vectors');

golden('are of the format that this runner knows, and all there', () => {
  assert.is(header.format, 1);
  assert.is(vectors.length, 111);
});

for (const { name, about, buckets, timeperiods, query, expect, unordered = false } of vectors) {
  golden(`${name}: ${about}`, async () => {
    const given = typeof buckets === 'string' ? fixtures[buckets]! : buckets;
    const dataset = makeMemoryDataset(given.map((bucket) => ({ ...bucket, events: bucket.events.map(stored) })));
    const answer = runQuery({ query, timeperiods }, { dataset, now: () => performance.now() });
    if (Array.isArray(expect)) {
      const fault = difference(await answer, expect, 'answer', unordered);
      assert.is(fault, null, fault ?? '');
      return;
    }
    const error = await answer.then(
      () => assert.unreachable('must fail'),
      (reason: unknown) => reason,
    );
    if (expect.error === 'any') {
      assert.ok(isKtError(error, 'invalid') || isKtError(error, 'malformed'), String(error));
    } else {
      assert.instance(error, QueryError);
      assert.is((error as QueryError).type, expect.error);
    }
  });
}

golden.run();
