/**
 * The tail of a bucket: everything that *ends* one hour before its head or later (spec/sync 2.4). So an event that
 * still grows is in it, whenever it began. A tail with the same digest as the last acknowledged one is not sent.
 */
import { contentHash } from '../../../domain/sync/content-hash.ts';
import { clip, endNs, type StoredEvent } from '../../../domain/event.ts';
import type { Bucket } from '../../../domain/bucket.ts';
import { floorDiv, type Micros } from '../../../domain/time.ts';
import type { PushCursor } from '../../../domain/sync/push.ts';

const TAIL_MS = 3_600_000n;

/** Where the tail of a bucket with this cursor begins. */
export const tailStartUs = (cursor: PushCursor): Micros => (cursor.headMs - TAIL_MS) * 1000n;

const msDown = (us: Micros): bigint => floorDiv(us, 1000n);
const msUp = (us: Micros): bigint => -floorDiv(-us, 1000n);

/** The newest start among some events, rounded down to ms; `least` if none is later. */
export const headOf = (events: readonly StoredEvent[], least: bigint | null): bigint | null => {
  let newest: Micros | null = null;
  for (const { startUs } of events) if (newest === null || startUs > newest) newest = startUs;
  const head = newest === null ? null : msDown(newest);
  return head === null || (least !== null && least > head) ? least : head;
};

/** The oldest start among some events, rounded up to ms; null for none. */
export const footOf = (events: readonly StoredEvent[]): bigint | null => {
  let oldest: Micros | null = null;
  for (const { startUs } of events) if (oldest === null || startUs < oldest) oldest = startUs;
  return oldest === null ? null : msUp(oldest);
};

/**
 * A digest of a tail, summed up event by event in any order, so that a walk of any length needs no memory for it.
 * Events are hashed as aw-server prints them in the tail, clipped at its start, so that a later read of the tail can be
 * compared directly.
 */
export type TailDigest = { add(events: readonly StoredEvent[]): void; text(bucket: Bucket, epoch: number): string };

const SPREAD = 0x9e3779b97f4a7c15n;

export const makeTailDigest = (cursor: PushCursor): TailDigest => {
  const startUs = tailStartUs(cursor);
  let count = 0;
  let sum = 0n;
  return {
    add(events) {
      for (const event of events) {
        if (endNs(event) < startUs * 1000n) continue;
        count++;
        sum += contentHash(clip(event, startUs, null)) ^ (BigInt(event.id) * SPREAD);
      }
    },
    // The metadata is part of the digest: a bucket whose metadata changed is sent again.
    text(bucket, epoch) {
      const { type, client, hostname, data } = bucket;
      const facts = contentHash({
        startUs: bucket.createdUs ?? 0n,
        durationNs: 0n,
        data: { type, client, hostname, data },
      });
      const digest = BigInt.asUintN(64, sum + facts).toString(16);
      return `${epoch} ${cursor.headMs} ${cursor.footMs ?? 'whole'} ${count} ${digest}`;
    },
  };
};

/** The digest of a tail that is in memory. */
export const tailDigest = (
  events: readonly StoredEvent[],
  cursor: PushCursor,
  bucket: Bucket,
  epoch: number,
): string => {
  const digest = makeTailDigest(cursor);
  digest.add(events);
  return digest.text(bucket, epoch);
};
