/**
 * Proves the part of a whole pass (spec/sync 4.4): own buckets after their tails were sent, copies after changes were
 * pulled.
 */
import type { WantedParts } from '../../../domain/sync/parts.ts';
import type { SavedState } from '../saved-state.ts';
import type { Clock, RemotePart } from '../ports.ts';
import type { Applying } from '../pull/copy-counts.ts';
import type { OwnPush } from '../push/push-own.ts';
import { fail, noteRefused, pulledCopy, type PulledBucket, type PushedBucket } from '../report.ts';
import type { PartsRun, Work } from './compare-stretch.ts';
import { mendCopyDay, mendOwnDay, type Look } from './mend-day.ts';
import { proveNewestDays } from './newest-days.ts';
import { proofRow, type ProofRow } from './proof-report.ts';
import type { ProofRun } from './prove-own.ts';
import { makeStopwatch } from './read-days.ts';
import type { OwnBucket } from './repair.ts';
import { budgetOf, freshRound, fromHere, type Round, type Target } from './round.ts';
import { makeRoundNotes } from './round-notes.ts';
import { withRepair, type NotedPass } from './told-proof.ts';
import { walkOn } from './walk-on.ts';

/** Share of the budget for all own buckets, if there are copies too. */
const OWN_SHARE = 0.75;
/** A pass that has run this long compares nothing more: what is moving was computed when it began. */
const STALE_US = 1_800_000_000n;

export type PartsOptions = {
  readonly run: ProofRun;
  readonly saved: SavedState;
  readonly clock: Clock;
  readonly startedUs: bigint;
  readonly targets: readonly Target[];
  readonly asked: WantedParts;
  readonly parts: readonly RemotePart[];
};

/** What a pass did to copies, as far as the parts need it. */
export type CopiesDone = {
  /** By the server's name of the bucket; a part adds the ones it changes. */
  readonly reports: Map<string, PulledBucket>;
  /** The days this pass wrote to, by local id. */
  readonly changed: ReadonlyMap<string, ReadonlySet<number>>;
  readonly applying: Applying;
  /** Null for a copy that this pass deleted. */
  readonly hostnameOf: (localId: string) => string | null;
};

/** Notes what a look into a bucket wrote. */
type Repairing = (localId: string, wrote: Pick<ProofRow, 'inserted' | 'updated' | 'deleted'>) => Promise<void>;

/** Looks into a day of an own bucket, and reports what was sent. */
const lookOwn = async (
  run: ProofRun,
  repaired: Repairing,
  report: PushedBucket,
  own: OwnBucket,
  remoteId: string,
  day: number,
  about: number,
): Promise<Look> => {
  const { id, hostname } = own.bucket;
  const row = proofRow({ side: 'own', bucket: id, device: run.deviceId, hostname, localId: id });
  try {
    return await mendOwnDay(run, own, remoteId, day, about, row);
  } finally {
    report.inserted += row.inserted;
    report.updated += row.updated;
    report.deleted += row.deleted;
    noteRefused(report.rejected, row.rejected);
    await repaired(id, row);
  }
};

/**
 * Work for an own bucket if it is whole and in step: only then does its part say what the server holds after the push.
 * Without a cursor, there was nothing here to send.
 */
const ownWork = (run: ProofRun, repaired: Repairing, target: Target, part: RemotePart, push: OwnPush): Work[] => {
  const { localId } = target;
  const report = push.reports.find(({ bucket }) => bucket === localId);
  const standing = push.standings.get(localId);
  const bucket = push.own.find(({ id }) => id === localId);
  if (!bucket || !report || !standing || (standing.cursor !== null && standing.cursor.footMs !== null)) return [];
  if (report.outcome !== 'in_step' || report.renewed !== null) return [];
  const own = { bucket, epoch: standing.epoch };
  return [
    {
      target,
      part,
      better: push.compared.get(localId) ?? new Map(),
      look: (day, about) => lookOwn(run, repaired, report, own, part.id, day, about),
      failed: (reason) => fail(report, reason),
    },
  ];
};

/** Work for a copy, if it exists here and is in step. */
const copyWork = (run: ProofRun, repaired: Repairing, target: Target, part: RemotePart, copies: CopiesDone): Work[] => {
  const { localId, bucketId, deviceId } = target;
  const { reports, changed, applying, hostnameOf } = copies;
  const hostname = hostnameOf(localId);
  if (deviceId === null || hostname === null) return [];
  const known = [...reports.values()].find((report) => report.localId === localId);
  if (known && known.outcome !== 'in_step') return [];
  const report: PulledBucket = known ?? pulledCopy({ device: deviceId, bucket: bucketId, localId }, hostname);
  const tell = () => {
    if (!known) reports.set(part.id, report);
  };
  return [
    {
      target,
      part,
      better: new Map([...(changed.get(localId) ?? [])].map((day) => [day, null])),
      async look(day, about) {
        const before = { ...report };
        try {
          const end = await mendCopyDay(run, part, localId, day, about, report, applying);
          if (end.wrote) tell();
          return end;
        } finally {
          await applying.end();
          await repaired(localId, {
            inserted: report.inserted - before.inserted,
            updated: report.replaced - before.replaced,
            deleted: report.deleted - before.deleted,
          });
        }
      },
      failed(reason) {
        fail(report, reason);
        tell();
      },
    },
  ];
};

/** The parts of one pass. `own` and `copies` return, by local id, which buckets need a whole proof. */
export const makeParts = ({ run: proof, saved, clock, startedUs, targets, asked, parts }: PartsOptions) => {
  const nowMs = Number(startedUs / 1000n);
  const before = saved.state.round ?? freshRound(nowMs);
  const compared = new Set([...saved.state.copies, ...targets].map(({ localId }) => localId));
  const notes = makeRoundNotes(before, nowMs, (localId) => compared.has(localId));
  const run: PartsRun = {
    local: proof.local,
    isBroken: proof.isBroken,
    asked,
    before,
    walk: fromHere(before, targets),
    watch: makeStopwatch(clock),
    budget: budgetOf(before, targets, nowMs),
    notes,
  };
  const repaired: Repairing = async (localId, wrote) => {
    const repairs = withRepair(saved.state.repairs, localId, nowMs, wrote);
    if (repairs !== saved.state.repairs) await saved.note({ repairs });
  };
  const isStale = () => clock.nowUs() - startedUs > STALE_US;

  /** The work for targets that the server answered about and that this pass has not proven whole already. */
  const worksOf = (
    wanted: readonly Target[],
    proven: ReadonlySet<string>,
    workOf: (target: Target, part: RemotePart) => Work[],
  ): Work[] =>
    wanted.flatMap((target) => {
      const { localId, bucketId, deviceId } = target;
      const part = parts.find((one) => one.bucketId === bucketId && one.deviceId === (deviceId ?? proof.deviceId));
      return part && !proven.has(localId) ? workOf(target, part) : [];
    });

  /** Proves the newest days of some buckets, then continues the walk within them. */
  const prove = async (works: readonly Work[], share: number): Promise<Set<string>> => {
    const wants = new Set<string>();
    await proveNewestDays(run, works, wants);
    const { walkMs, mostMs } = run.budget;
    await walkOn(run, works, Math.min(mostMs * share, run.watch.spentMs + walkMs * share), wants);
    return wants;
  };

  const mine = targets.filter(({ deviceId }) => deviceId === null);
  const theirs = targets.filter(({ deviceId }) => deviceId !== null);
  return {
    own: async (push: OwnPush, proven: ReadonlySet<string>): Promise<Set<string>> => {
      if (isStale()) return new Set();
      const works = worksOf(mine, proven, (target, part) => ownWork(proof, repaired, target, part, push));
      return prove(works, theirs.length > 0 ? OWN_SHARE : 1);
    },

    copies: async (copies: CopiesDone, proven: ReadonlySet<string>): Promise<Set<string>> => {
      if (isStale()) return new Set();
      return prove(
        worksOf(theirs, proven, (target, part) => copyWork(proof, repaired, target, part, copies)),
        1,
      );
    },

    /** A whole proof found this bucket equal: this round is done with it. */
    whole: notes.whole,

    /** Notes how far the walk came, and how the pass left each bucket; `total`: events to compare in a round. */
    end: async (total: number, lastCompared: NotedPass): Promise<Round> => {
      const next = notes.next({ total, spentMs: run.watch.spentMs, isStale: isStale() });
      await saved.note({ round: next, lastCompared });
      return next;
    },
  };
};
