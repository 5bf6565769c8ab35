/** What a device tells the server of its proofs, out of what its passes noted (spec/sync 4.10). Pure. */
import { DAY_MS } from '../../../domain/day.ts';
import {
  MOST_DIFFERING,
  MOST_REASON,
  MOST_TOLD_BUCKETS,
  type DifferingDay,
  type EqualDays,
  type ToldOutcome,
  type ToldProof,
} from '../../../domain/sync/told-proof.ts';
import type { SyncState } from '../ports.ts';
import type { Outcome, PulledBucket, PushedBucket } from '../report.ts';
import { freshRound, type Round, type Target } from './round.ts';

/** How a pass that compared left a bucket, and what it counted. */
export type NotedBucket = Target & {
  readonly outcome: ToldOutcome;
  readonly reason: string | null;
  readonly here: number | null;
  readonly there: number | null;
};

/** The last pass that compared: when it began by this device's clock, and the account's revision then. */
export type NotedPass = {
  readonly passMs: number;
  readonly revision: string;
  readonly buckets: readonly NotedBucket[];
};

/** What a repair wrote on either side, and when its pass began by this device's clock. */
export type NotedRepair = {
  readonly atMs: number;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
};

const toldOutcome = (outcome: Outcome | undefined): ToldOutcome =>
  outcome === 'held' || outcome === 'failed' ? outcome : 'in_step';

type Reports = { readonly pushed: readonly PushedBucket[]; readonly pulled: readonly PulledBucket[] };

/** How a pass left the buckets that it compares. A bucket that no report names was left as it was: in step. */
export const notedBuckets = (
  targets: readonly Target[],
  { pushed, pulled }: Reports,
  countOf: (localId: string) => number | null,
): NotedBucket[] => {
  const own = new Map(pushed.map((report) => [report.bucket, report]));
  const copies = new Map(pulled.map((report) => [report.localId, report]));
  return targets.slice(0, MOST_TOLD_BUCKETS).map((target) => {
    const { localId, deviceId } = target;
    if (deviceId === null) {
      const report = own.get(localId);
      const { here = null, there = null, outcome, reason = null } = report ?? {};
      return { ...target, outcome: toldOutcome(outcome), reason, here, there };
    }
    const report = copies.get(localId);
    const { outcome, reason = null } = report ?? {};
    return { ...target, outcome: toldOutcome(outcome), reason, here: countOf(localId), there: null };
  });
};

/**
 * The repairs with one more, by the pass or proof that began at `atMs`. Of a bucket the last that wrote something is
 * kept; what one pass writes at several places adds up.
 */
export const withRepair = (
  before: SyncState['repairs'],
  localId: string,
  atMs: number,
  { inserted, updated, deleted }: Omit<NotedRepair, 'atMs'>,
): SyncState['repairs'] => {
  if (inserted + updated + deleted === 0) return before;
  const last = Object.hasOwn(before, localId) ? before[localId]! : null;
  const same = last?.atMs === atMs ? last : { inserted: 0, updated: 0, deleted: 0 };
  const repair = {
    atMs,
    inserted: same.inserted + inserted,
    updated: same.updated + updated,
    deleted: same.deleted + deleted,
  };
  return { ...before, [localId]: repair };
};

const micros = (ms: number): bigint => BigInt(ms) * 1000n;
const dayAt = (ms: number): number => Math.floor(ms / DAY_MS);

/** The days that the walks of a bucket found equal: of the current one only while it skipped nothing. */
const equalDays = ({ walked, at }: Round, localId: string): EqualDays[] => {
  const state = Object.hasOwn(walked, localId) ? walked[localId]! : null;
  if (!state) return [];
  const { fromMs, wholeMs, torn } = state;
  const whole = wholeMs === null ? [] : [{ firstDay: null, lastDay: dayAt(wholeMs), atUs: micros(wholeMs) }];
  if (torn || at?.localId !== localId || at.before === null || at.before > dayAt(fromMs)) return whole;
  return [...whole, { firstDay: at.before, lastDay: dayAt(fromMs), atUs: micros(fromMs) }];
};

/** The days of each bucket that differ for good, newest first: what both sides held is how a round settles them. */
const differingDays = ({ settled }: Round): Map<string, DifferingDay[]> => {
  const found = new Map<string, DifferingDay[]>();
  for (const [key, what] of Object.entries(settled)) {
    const [, localId, day] = /^(.*) (-?\d+)$/s.exec(key) ?? [];
    const [here, , there] = what.split(' ').map(Number);
    if (localId === undefined || !Number.isSafeInteger(here) || !Number.isSafeInteger(there)) continue;
    const days = found.get(localId) ?? [];
    found.set(localId, days);
    days.push({ day: Number(day), here: here!, there: there! });
  }
  for (const days of found.values()) days.sort((a, b) => b.day - a.day);
  return found;
};

/** What is to be told; null before a pass has compared. */
export const toldProof = ({ account, lastCompared, round, repairs }: SyncState): ToldProof | null => {
  if (lastCompared === null || account === null) return null;
  const walks = round ?? freshRound(lastCompared.passMs);
  const differing = differingDays(walks);
  return {
    account,
    passUs: micros(lastCompared.passMs),
    revision: BigInt(lastCompared.revision),
    buckets: lastCompared.buckets.map(({ localId, bucketId, deviceId, outcome, reason, here, there }) => {
      const wholeMs = Object.hasOwn(walks.walked, localId) ? walks.walked[localId]!.wholeMs : null;
      const repair = Object.hasOwn(repairs, localId) ? repairs[localId]! : null;
      return {
        bucketId,
        deviceId,
        outcome,
        reason: reason?.slice(0, MOST_REASON) ?? null,
        here,
        there,
        wholeUs: wholeMs === null ? null : micros(wholeMs),
        equal: equalDays(walks, localId),
        differing: (differing.get(localId) ?? []).slice(0, MOST_DIFFERING),
        repaired: repair && {
          atUs: micros(repair.atMs),
          inserted: repair.inserted,
          updated: repair.updated,
          deleted: repair.deleted,
        },
      };
    }),
  };
};
