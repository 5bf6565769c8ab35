/**
 * Digests of a backup's rows: equal on both sides only where all rows are. They do not depend on the order of rows or
 * on where pages end.
 */
import { hash } from 'node:crypto';
import type { Kind, Page } from '../storage/backup/kinds.ts';

/**
 * How many rows there are of a kind, of each bucket where the kind has buckets, and the sum of their hashes: 64 bits of
 * SHA-256 over all values, modulo 2^64, in hexadecimal. Of events also the sync's own digest (spec/sync 4.1): the exact
 * sum of the content hashes, of all and of those that a device pushed.
 */
export type Digest = {
  readonly kind: string;
  readonly bucket?: string;
  readonly rows: number;
  readonly sum: string;
  readonly hash?: string;
  readonly pushed?: number;
  readonly pushedHash?: string;
};

type Running = { rows: number; sum: bigint; hash: bigint; pushed: number; pushedHash: bigint };

export type Tally = { add(page: Page): void; digests(): Digest[] };

const place = (kind: Kind, name: string): number => kind.columns.findIndex((column) => column.name === name);

/** Kinds with a digest for each bucket. */
const BY_BUCKET = new Set(['events', 'tombstones', 'trash']);

/** Adds up the digests of pages, in about 2 µs a row. */
export const makeTally = (): Tally => {
  const found = new Map<string, Map<string, Running>>();
  const runningOf = (kind: string, bucket: string): Running => {
    let ofKind = found.get(kind);
    if (!ofKind) found.set(kind, (ofKind = new Map()));
    let running = ofKind.get(bucket);
    if (!running) ofKind.set(bucket, (running = { rows: 0, sum: 0n, hash: 0n, pushed: 0, pushedHash: 0n }));
    return running;
  };
  return {
    add: ({ kind, rows, columns }) => {
      const [bucket, contentHash, sourceId] = ['bucket', 'contentHash', 'sourceId'].map((name) => place(kind, name));
      const isEvents = kind.name === 'events';
      for (let row = 0; row < rows; row++) {
        const text = JSON.stringify(columns.map((values) => values[row]));
        const running = runningOf(kind.name, BY_BUCKET.has(kind.name) ? columns[bucket!]![row]! : '');
        running.rows++;
        running.sum = BigInt.asUintN(64, running.sum + BigInt(`0x${hash('sha256', text).slice(0, 16)}`));
        if (!isEvents) continue;
        const content = BigInt(columns[contentHash!]![row]!);
        running.hash += content;
        if (columns[sourceId!]![row] === null) continue;
        running.pushed++;
        running.pushedHash += content;
      }
    },
    digests: () =>
      [...found].flatMap(([kind, buckets]) =>
        [...buckets].map(([bucket, { rows, sum, hash: contents, pushed, pushedHash }]) => ({
          kind,
          ...(bucket === '' ? {} : { bucket }),
          rows,
          sum: sum.toString(16).padStart(16, '0'),
          ...(kind === 'events' ? { hash: String(contents), pushed, pushedHash: String(pushedHash) } : {}),
        })),
      ),
  };
};

const KEYS = ['kind', 'bucket', 'rows', 'sum', 'hash', 'pushed', 'pushedHash'];
const textOf = (digest: Digest): string => JSON.stringify(digest, KEYS);

/** The first of some digests that is not among others. */
const missing = (some: readonly Digest[], others: readonly Digest[]): Digest | undefined => {
  const there = new Set(others.map(textOf));
  return some.find((digest) => !there.has(textOf(digest)));
};

/** What differs first between two sides, in words; null where they are the same. */
export const difference = (wanted: readonly Digest[], found: readonly Digest[]): string | null => {
  const odd = missing(wanted, found) ?? missing(found, wanted);
  return odd === undefined ? null : `${odd.kind}${odd.bucket === undefined ? '' : ` of the bucket ${odd.bucket}`}`;
};
