import type { Bucket } from '../../../domain/bucket.ts';
import { isKtError } from '../../../domain/errors.ts';
import type { Moving } from '../../../domain/sync/parts.ts';
import { type PushCursor, type PushState, WITNESSES } from '../../../domain/sync/push.ts';
import { knownAlso, knownAnew, refusedRow, type Known } from '../known-rows.ts';
import { planPush, sortOut, type Selection } from '../plan.ts';
import type { DaySums, Local, Ports } from '../ports.ts';
import type { CountsAhead } from './count-ahead.ts';
import type { TailMinutes } from './minutes.ts';
import { areAllOthers, probe, type Probe } from './probe.ts';
import { push } from './push.ts';
import { pushedBucket, type Progress, type PushedBucket } from '../report.ts';
import type { Session } from '../session.ts';
import { findTakeOvers } from './take-over.ts';

/** Where an own bucket stands on the server. */
type Standing = { readonly epoch: number; readonly cursor: PushCursor | null; readonly count: number };

/** The result of pushing this device's own buckets. */
export type OwnPush = {
  readonly own: readonly Bucket[];
  readonly reports: PushedBucket[];
  /** For the buckets that the server knows by now. */
  readonly standings: ReadonlyMap<string, Standing>;
  /** Records the standing of a bucket after another write to it. */
  readonly stored: (standing: Standing & { readonly bucketId: string }) => void;
  /** How many events each whole bucket had before its tail was read. */
  readonly counts: ReadonlyMap<string, number>;
  /** What the server holds for the days that events were sent for, by bucket; null if it did not answer that. */
  readonly compared: ReadonlyMap<
    string,
    ReadonlyMap<number, { readonly events: number; readonly hash: bigint } | null>
  >;
  /** Buckets whose ids have changed, and whose new epoch did not begin. */
  readonly left: ReadonlySet<string>;
};

export type PushOwnOptions = {
  readonly selection: Selection;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Send only the tails: nothing is walked, and no epoch begins. */
  readonly tailsOnly?: boolean | undefined;
  /** What counts as moving, if this pass compares. */
  readonly moving?: Moving | null | undefined;
  /** Counts of local buckets that were asked for before. */
  readonly ahead?: CountsAhead | undefined;
};

/** Pushes this device's own buckets, and reports why the other ones are not pushed. */
export const pushOwn = async (
  { local, remote }: Ports,
  { saved, registration }: Session,
  buckets: readonly Bucket[],
  options: PushOwnOptions,
): Promise<OwnPush> => {
  const { selection, onProgress, tailsOnly = false, moving = null } = options;
  const { own, skipped } = sortOut(buckets, saved.state.copies, selection);
  const states = new Map(registration.pushed.map((state) => [state.bucketId, state]));
  const { probes, failed } = await probeAll(local, own, states, options.ahead);
  if (failed.length > 0) holdDoubtful(probes, states, failed);
  const allOthers = await areAllOthers(local, registration.pushed, probes);
  // Saved before anything is sent, and for missing buckets too: the first new epoch ends the detection itself.
  const over = allOthers
    ? Object.fromEntries(registration.pushed.map(({ bucketId, epoch }) => [bucketId, epoch]))
    : saved.state.over;
  const { takeOvers, unread } = await findTakeOvers(local, tailsOnly ? [] : own, states, registration.imported ?? []);
  for (const [id, reason] of unread) failed.push({ ...pushedBucket(id), outcome: 'failed', reason });
  const readable = own.filter(({ id }) => !unread.has(id));
  const plan = planPush({ own: readable, states, probes, over, tails: saved.state.tails, takeOvers });
  const steps = plan.filter((step) => !tailsOnly || step.kind === 'rest' || !step.walk);
  // It is another database: what was written into its copies may be lost as well.
  if (allOthers && !tailsOnly) await saved.note({ over, unproven: saved.state.copies.map(({ localId }) => localId) });

  const standings = new Map<string, Standing>(states);
  const counts = new Map([...probes].flatMap(([id, { count }]) => (count === null ? [] : [[id, count] as const])));
  const left = new Set(
    plan.flatMap((step) =>
      step.kind === 'send' && step.renewed !== null && !steps.includes(step) ? [step.bucket.id] : [],
    ),
  );
  const news: Record<string, string> = {};
  let { known } = saved.state;
  const { deviceId, pass } = saved.state;
  const acknowledged = (bucketId: string, digest: string) => void (news[bucketId] = digest);
  const minutes: Record<string, TailMinutes> = {};
  const acknowledgedMinutes = (bucketId: string, long: TailMinutes) => void (minutes[bucketId] = long);
  const stored = ({ bucketId, epoch, cursor, count }: Standing & { bucketId: string }) =>
    void standings.set(bucketId, { epoch, cursor, count });
  const comparedDays = new Map<string, Map<number, { events: number; hash: bigint } | null>>();
  const compared = (bucketId: string, days: readonly number[], sums: DaySums | null): void => {
    const known = comparedDays.get(bucketId) ?? new Map<number, { events: number; hash: bigint } | null>();
    comparedDays.set(bucketId, known);
    for (const day of days) known.set(day, sums?.get(day) ?? null);
  };
  try {
    const sent = await push(
      {
        local,
        remote,
        deviceId,
        pass,
        onProgress,
        acknowledged,
        minutes: saved.state.minutes,
        acknowledgedMinutes,
        stored,
        moving,
        compared,
      },
      steps,
    );
    const apart = skipped.map(({ bucket, reason }) => ({
      ...pushedBucket(bucket.id),
      outcome: 'skipped' as const,
      reason,
    }));
    known = sent.reduce(noteSeen, known);
    return { own, reports: [...sent, ...failed, ...apart], standings, stored, counts, left, compared: comparedDays };
  } finally {
    // A tail that is short again needs no record of its minutes.
    const long = Object.entries(saved.state.minutes).filter(
      ([id]) => probes.get(id)?.tail?.full !== false && own.some((bucket) => bucket.id === id),
    );
    const isNews =
      Object.keys({ ...news, ...minutes }).length > 0 ||
      long.length < Object.keys(saved.state.minutes).length ||
      known !== saved.state.known;
    if (isNews)
      await saved.note({
        tails: { ...saved.state.tails, ...news },
        minutes: { ...Object.fromEntries(long), ...minutes },
        known,
      });
  }
};

/** Records what a push found unreadable or refused. If the ids have changed, the rows known before are dropped. */
const noteSeen = (known: Known, { bucket, renewed, rejected }: PushedBucket): Known => {
  const rows = rejected.map(refusedRow);
  return renewed === null ? knownAlso(known, bucket, rows) : knownAnew(known, bucket, rows);
};

/**
 * If one bucket can't be read, not all of the device's witnesses were checked, and whether the whole database has
 * changed is unknown. Buckets with too few witnesses of their own, most of which are missing, wait for the next pass.
 */
const holdDoubtful = (
  probes: Map<string, Probe>,
  states: ReadonlyMap<string, PushState>,
  failed: PushedBucket[],
): void => {
  for (const [id, { stand }] of probes) {
    const called = states.get(id)!.witnesses.length;
    if (called >= WITNESSES || 2 * stand.length >= called) continue;
    probes.delete(id);
    failed.push({
      ...pushedBucket(id),
      outcome: 'failed',
      reason:
        'its events may have other ids now, and another bucket that could tell can not be read: ' +
        'it is not pushed in this pass',
    });
  }
};

/**
 * Makes the small reads of every own bucket that the server knows; a bucket that can't be read does not stop the
 * others.
 */
const probeAll = async (
  local: Local,
  own: readonly Bucket[],
  states: ReadonlyMap<string, PushState>,
  ahead: CountsAhead | undefined,
) => {
  const probes = new Map<string, Probe>();
  const failed: PushedBucket[] = [];
  for (const { id } of own) {
    const state = states.get(id);
    if (!state) continue;
    try {
      probes.set(id, await probe(local, state, ahead));
    } catch (error) {
      if (!isKtError(error)) throw error;
      failed.push({ ...pushedBucket(id), outcome: 'failed', reason: error.message });
    }
  }
  return { probes, failed };
};
