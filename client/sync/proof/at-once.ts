/** What a pass proves and repairs at once, without waiting for the walk to reach it (spec/sync 3.8, 4.5). */
import { isKtError } from '../../../domain/errors.ts';
import type { SavedState } from '../saved-state.ts';
import { ensureCopy, type Copies } from '../pull/copies.ts';
import { doubtOf, doubtsAfter, withDoubts, without } from './doubts.ts';
import { heldAfter } from './held.ts';
import { knownAnew, knownCount } from '../known-rows.ts';
import { noteCount } from '../pull/copy-counts.ts';
import type { Doubtful, Uncounted } from './doubtful-copies.ts';
import { originOf } from '../pull/ownership.ts';
import type { Copy, RemoteBucket } from '../ports.ts';
import { copyRow, proofRow, type ProofRow } from './proof-report.ts';
import { proveCopy } from './prove-copy.ts';
import { proveOwn, type ProofRun } from './prove-own.ts';
import type { OwnPush } from '../push/push-own.ts';
import { fail, hold, noteRefused, pulledBucket, pulledCopy, type PulledBucket, type PushedBucket } from '../report.ts';
import { isDue, isSuspect } from './suspicion.ts';
import { withRepair } from './told-proof.ts';

/** Added for a bucket that differs although all of it was compared less than an hour ago. */
const AGAIN =
  'and all of it was compared less than an hour ago: it is compared again within the hour, ' +
  'or now by `kt-client verify --repair`';

/** Carries a proof's row over into the bucket's report. */
const intoPush = (row: ProofRow, report: PushedBucket): void => {
  report.inserted += row.inserted;
  report.updated += row.updated;
  report.deleted += row.deleted;
  noteRefused(report.rejected, row.rejected);
  if (row.outcome === 'held') hold(report, row.reason);
  if (row.outcome === 'differs') hold(report, 'it still differs after a repair: see `kt-client verify`');
};

/**
 * Why each own bucket is to be proven whole, by its id; null for one whose deletions are held, since the state has that
 * reason.
 */
export type Suspects = ReadonlyMap<string, string | null>;

/**
 * The whole buckets whose counts raise a suspicion, whose deletions are held, or in which a part found what only a
 * proof may end. Known rows do not count.
 */
export const suspectsOf = (saved: SavedState, push: OwnPush, before: ReadonlyMap<string, number>): Suspects =>
  new Map(
    push.reports.flatMap(({ bucket, outcome, renewed }): [string, string | null][] => {
      const [counted, standing] = [push.counts.get(bucket), push.standings.get(bucket)];
      if (counted === undefined || standing?.cursor?.footMs !== null || outcome !== 'in_step' || renewed !== null)
        return [];
      const here = counted - knownCount(saved.state, bucket);
      const counts = { here, before: before.get(bucket) ?? here, after: standing.count };
      // Held deletions are reported together with the others.
      if (saved.state.held[bucket] !== undefined) return [[bucket, null]];
      const why = isSuspect(counts)
        ? `it has ${here} events here and ${standing.count} on the server`
        : doubtOf(saved.state, bucket);
      return why === null ? [] : [[bucket, why]];
    }),
  );

/**
 * Proves these own buckets, each at most once an hour; the server is asked for its `buckets` only if one is due.
 * Returns those that were proven.
 */
export const proveSuspects = async (
  run: ProofRun,
  saved: SavedState,
  push: OwnPush,
  suspects: Suspects,
  nowMs: number,
): Promise<Set<string>> => {
  const proven = new Set<string>();
  let facts: readonly RemoteBucket[] | null = null;
  for (const report of push.reports) {
    const bucket = push.own.find(({ id }) => id === report.bucket);
    const standing = push.standings.get(report.bucket);
    const why = suspects.get(report.bucket);
    if (!bucket || !standing || why === undefined) continue;
    if (!isDue(saved.state.proofs[bucket.id], nowMs)) {
      if (why !== null && saved.state.held[bucket.id] === undefined) hold(report, `${why}, ${AGAIN}`);
      continue;
    }
    try {
      facts ??= await run.remote.facts();
      const there = facts.find(({ deviceId, bucketId }) => deviceId === run.deviceId && bucketId === bucket.id);
      if (!there) continue;
      const row = proofRow({
        side: 'own',
        bucket: bucket.id,
        device: run.deviceId,
        hostname: bucket.hostname,
        localId: bucket.id,
      });
      await proveOwn(run, { bucket, epoch: standing.epoch }, there.id, row);
      intoPush(row, report);
      if (row.outcome === 'equal') proven.add(bucket.id);
      const known = knownAnew(saved.state.known, bucket.id, row.known ?? []);
      await saved.note({
        proofs: { ...saved.state.proofs, [bucket.id]: nowMs },
        held: heldAfter(saved.state.held, [row], true),
        doubts: doubtsAfter(saved.state.doubts, [row], true),
        known,
        repairs: withRepair(saved.state.repairs, bucket.id, nowMs, row),
      });
    } catch (error) {
      if (!isKtError(error) || run.isBroken()) throw error;
      fail(report, error.message);
    }
  }
  return proven;
};

/**
 * Recreates copies that are missing, and proves them: the cursor has already passed what they lack. The state lists
 * them until they are proven, so a kill in between loses none. `reports` gets one entry for each, by the server's name.
 */
export const proveCopies = async (
  run: ProofRun,
  copies: Copies,
  wanted: readonly Copy[],
  reports: Map<string, PulledBucket>,
  nowMs: number,
): Promise<void> => {
  if (wanted.length === 0) return;
  const { saved, remote } = copies;
  await saved.note({ unproven: [...new Set([...saved.state.unproven, ...wanted.map(({ localId }) => localId)])] });
  const facts = await remote.facts();
  for (const copy of wanted) {
    const found = originOf(copy, facts);
    // What became this device's own bucket is not copied any more (former-copies.ts).
    const origin = found?.deviceId === run.deviceId ? undefined : found;
    if (origin) {
      const report = pulledBucket(origin);
      reports.set(origin.id, report);
      if (!(await proveOne(run, copies, origin, report, nowMs))) continue;
    }
    // A copy whose origin is gone can't be proven, and is not recreated.
    const isLost = !origin && !copies.here.has(copy.localId);
    await saved.note({
      unproven: saved.state.unproven.filter((id) => id !== copy.localId),
      doubts: without(saved.state.doubts, [copy.localId]),
      ...(isLost ? { copies: saved.state.copies.filter(({ localId }) => localId !== copy.localId) } : {}),
    });
  }
};

/** False if it failed, and is to be tried again. */
const proveOne = async (
  run: ProofRun,
  copies: Copies,
  origin: RemoteBucket,
  report: PulledBucket,
  nowMs: number,
): Promise<boolean> => {
  const row = copyRow(origin);
  try {
    const { localId } = await ensureCopy(copies, origin);
    report.localId = localId;
    await proveCopy(run, origin, localId, row);
    const { state, note } = copies.saved;
    const repairs = withRepair(state.repairs, localId, nowMs, row);
    if (row.known !== null) await note({ known: knownAnew(state.known, localId, row.known), repairs });
    await noteCount(copies.saved, report.localId, await copies.local.count(report.localId));
    if (row.outcome === 'differs') hold(report, 'it still lacks events after a repair: see `kt-client verify`');
    return true;
  } catch (error) {
    if (!isKtError(error) || run.isBroken()) throw error;
    fail(report, error.message);
    return false;
  } finally {
    report.inserted += row.inserted;
    report.replaced += row.updated;
    report.deleted += row.deleted;
    report.unwritable += row.unwritable;
  }
};

const hostnameOf = ({ here }: Copies, { device, localId }: Copy): string => here.get(localId)?.hostname ?? device;

/**
 * Proves the copies that are in doubt, each at most once an hour. One that may not be proven yet is reported as a
 * difference until it is, unless its last apply was only interrupted.
 */
export const proveDoubtful = async (
  run: ProofRun,
  copies: Copies,
  doubtful: readonly Doubtful[],
  reports: Map<string, PulledBucket>,
  nowMs: number,
): Promise<Set<string>> => {
  const { saved, remote } = copies;
  const proven = new Set<string>();
  const told = new Map<string, string>();
  let facts: readonly RemoteBucket[] | null = null;
  const reported = (localId: string) => [...reports.values()].find((report) => report.localId === localId);
  for (const { copy, here, why, due } of doubtful) {
    const known = reported(copy.localId);
    if (known && known.outcome !== 'in_step') continue;
    if (!due) {
      if (why === null) continue;
      const report = known ?? pulledCopy(copy, hostnameOf(copies, copy));
      hold(report, `${why}, ${AGAIN}`);
      if (!known) reports.set(copy.localId, report);
      told.set(copy.localId, why);
      continue;
    }
    facts ??= await remote.facts();
    const origin = facts.find(({ deviceId, bucketId }) => deviceId === copy.device && bucketId === copy.bucket);
    // The origin is gone from the server: there is nothing left to compare with.
    if (!origin) await noteCount(saved, copy.localId, here);
    else {
      const report = known ?? pulledBucket(origin);
      if (!known) reports.set(origin.id, report);
      if (!(await proveOne(run, copies, origin, report, nowMs))) continue;
      if (report.outcome === 'in_step') proven.add(copy.localId);
    }
    const { proofs, doubts } = saved.state;
    await saved.note({ proofs: { ...proofs, [copy.localId]: nowMs }, doubts: without(doubts, [copy.localId]) });
  }
  const doubts = withDoubts(saved.state.doubts, told);
  if (doubts !== saved.state.doubts) await saved.note({ doubts });
  return proven;
};

/** Copies that could not be counted were not compared. */
export const reportUncounted = (
  copies: Copies,
  uncounted: readonly Uncounted[],
  reports: Map<string, PulledBucket>,
): void => {
  for (const { copy, reason } of uncounted) {
    const known = [...reports.values()].find(({ localId }) => localId === copy.localId);
    if (known?.outcome === 'failed') continue;
    const report = known ?? pulledCopy(copy, hostnameOf(copies, copy));
    fail(report, reason);
    if (!known) reports.set(copy.localId, report);
  }
};
