/**
 * Finds imports made before this device's first push: which of its own buckets they are the history of (spec/sync 7.2).
 */
import type { Bucket } from '../../../domain/bucket.ts';
import { isKtError } from '../../../domain/errors.ts';
import { isSameHistory, markKey, PROBED } from '../../../domain/sync/history.ts';
import type { PushState } from '../../../domain/sync/push.ts';
import type { ImportedBucket, TakeOver } from '../../../domain/sync/take-over.ts';
import { heldHere, probeHere } from '../identity/history.ts';
import type { Local } from '../ports.ts';

export type TakeOvers = {
  /** What the first push of an own bucket takes over, by the bucket's id. */
  readonly takeOvers: ReadonlyMap<string, TakeOver>;
  /** Buckets that could not be read, and why. Pushed now, they would stay separate from their import for ever. */
  readonly unread: ReadonlyMap<string, string>;
};

/**
 * Finds, for each own bucket that the server does not know, the imported bucket of its id and type that holds its
 * history. If none of the imported events is here, the first one is named anyway: only the server can tell what part of
 * this history it holds. Reads nothing if nothing was imported under the id.
 */
export const findTakeOvers = async (
  local: Local,
  own: readonly Bucket[],
  states: ReadonlyMap<string, PushState>,
  imported: readonly ImportedBucket[],
): Promise<TakeOvers> => {
  const takeOvers = new Map<string, TakeOver>();
  const unread = new Map<string, string>();
  for (const bucket of own) {
    if (states.has(bucket.id)) continue;
    const candidates = imported.filter(({ bucketId, type }) => bucketId === bucket.id && type === bucket.type);
    if (candidates.length === 0) continue;
    try {
      takeOvers.set(bucket.id, await chosen(local, bucket.id, candidates));
    } catch (error) {
      if (!isKtError(error)) throw error;
      unread.set(bucket.id, error.message);
    }
  }
  return { takeOvers, unread };
};

const chosen = async (local: Local, bucketId: string, candidates: readonly ImportedBucket[]): Promise<TakeOver> => {
  const probe = await probeHere(local, bucketId);
  let best: TakeOver | null = null;
  for (const { id, probe: there } of candidates) {
    const held = await heldHere(local, bucketId, [...there.newest, ...there.spread]);
    if (isSameHistory(there, held)) return { id, probe, held: onlyOf(held, there) };
    if (best === null || held.length > best.held.length) best = { id, probe, held: onlyOf(held, there) };
  }
  return best!;
};

/** The held marks of a probe, without other events that start at the same instants. */
const onlyOf = (held: TakeOver['held'], { newest, spread }: ImportedBucket['probe']): TakeOver['held'] => {
  const wanted = new Set([...newest, ...spread].map(markKey));
  return held.filter((mark) => wanted.has(markKey(mark))).slice(0, 4 * PROBED);
};
