/**
 * Everything a whole pass compares besides what it sends and pulls (spec/sync 4.4), from what to ask the server for to
 * the summary at the end.
 */
import type { Bucket } from '../../../domain/bucket.ts';
import type { WantedParts } from '../../../domain/sync/parts.ts';
import { proveDoubtful, proveSuspects, type Suspects } from './at-once.ts';
import { withDoubts } from './doubts.ts';
import type { SavedState } from '../saved-state.ts';
import { countOf } from '../pull/copy-counts.ts';
import type { Copies } from '../pull/copies.ts';
import type { Mode } from '../options.ts';
import { sortOut, type Selection } from '../plan.ts';
import type { Clock, Registration, SyncState } from '../ports.ts';
import { makeParts, type CopiesDone } from './prove-parts.ts';
import type { ProofRun } from './prove-own.ts';
import type { OwnPush } from '../push/push-own.ts';
import type { PulledBucket, PushedBucket } from '../report.ts';
import { comparedOf, freshRound, wantedOf, type Compared, type Target } from './round.ts';
import { isDue } from './suspicion.ts';
import { notedBuckets } from './told-proof.ts';

export type ComparePlan = {
  readonly targets: readonly Target[];
  readonly asked: WantedParts;
  readonly round: SyncState['round'];
};

/** This device's own buckets, then the copies that exist here. */
export const planCompare = (
  state: SyncState,
  buckets: readonly Bucket[],
  selection: Selection,
  mode: Mode,
  nowMs: number,
): ComparePlan => {
  const here = new Set(buckets.map(({ id }) => id));
  const own =
    mode === 'pull'
      ? []
      : sortOut(buckets, state.copies, selection).own.map(
          ({ id }): Target => ({ localId: id, bucketId: id, deviceId: null }),
        );
  const copies =
    mode === 'push' ? [] : state.copies.filter(({ localId, bucket }) => here.has(localId) && selection.has(bucket));
  const targets = [
    ...own,
    ...copies.map(({ device, bucket, localId }): Target => ({ localId, bucketId: bucket, deviceId: device })),
  ];
  return { targets, asked: wantedOf(state.round ?? freshRound(nowMs), targets, nowMs), round: state.round };
};

export type ComparingOptions = {
  readonly run: ProofRun;
  readonly saved: SavedState;
  readonly clock: Clock;
  readonly startedUs: bigint;
  readonly registration: Registration;
  readonly plan: ComparePlan | null;
};

const PART_MISSING = 'a part of it holds what is not here any more';

export const comparing = ({ run, saved, clock, startedUs, registration, plan }: ComparingOptions) => {
  const nowMs = Number(startedUs / 1000n);
  const targets = plan?.targets ?? [];
  const asked = plan?.asked ?? wantedOf(freshRound(nowMs), [], nowMs);
  // If the account is not the one that was assumed, the answers begin somewhere else.
  const isSame = plan !== null && saved.state.round === plan.round;
  const parts = makeParts({ run, saved, clock, startedUs, targets, asked, parts: isSame ? registration.compared : [] });
  return {
    moving: asked.moving,

    /**
     * Proves parts of own buckets, and whole ones where a part requires it. Returns those that would require it but
     * were proven less than an hour ago.
     */
    own: async (push: OwnPush, proven: ReadonlySet<string>): Promise<Suspects> => {
      for (const id of proven) parts.whole(id);
      const wants = await parts.own(push, proven);
      const [due, waiting] = [new Map<string, string>(), new Map<string, string>()];
      for (const id of wants) (isDue(saved.state.proofs[id], nowMs) ? due : waiting).set(id, PART_MISSING);
      for (const id of await proveSuspects(run, saved, push, due, nowMs)) parts.whole(id);
      const doubts = withDoubts(saved.state.doubts, waiting);
      if (doubts !== saved.state.doubts) await saved.note({ doubts });
      return waiting;
    },

    copies: async (
      copies: Copies,
      done: Omit<CopiesDone, 'hostnameOf'>,
      proven: ReadonlySet<string>,
    ): Promise<void> => {
      for (const id of proven) parts.whole(id);
      const hostnameOf = (localId: string) => copies.here.get(localId)?.hostname ?? null;
      const wants = await parts.copies({ ...done, hostnameOf }, proven);
      const doubtful = saved.state.copies
        .filter(({ localId }) => wants.has(localId))
        .map((copy) => ({
          copy,
          here: countOf(saved.state, copy.localId)?.events ?? 0,
          why: 'it holds events that went from its origin',
          due: isDue(saved.state.proofs[copy.localId], nowMs),
        }));
      for (const id of await proveDoubtful(run, copies, doubtful, done.reports, nowMs)) parts.whole(id);
    },

    /** Notes how far the walk came, and returns what is proven by now. */
    end: async (pushed: readonly PushedBucket[], pulled: readonly PulledBucket[]): Promise<Compared> => {
      const ours = pushed.filter(({ outcome }) => outcome !== 'skipped');
      const copies = targets.filter(({ deviceId }) => deviceId !== null);
      const events =
        ours.reduce((sum, { here, there }) => sum + (here ?? there ?? 0), 0) +
        copies.reduce((sum, { localId }) => sum + (countOf(saved.state, localId)?.events ?? 0), 0);
      const buckets = notedBuckets(targets, { pushed, pulled }, (id) => countOf(saved.state, id)?.events ?? null);
      const round = await parts.end(events, { passMs: nowMs, revision: String(registration.revision), buckets });
      const firstDays = new Map<string, number | null>();
      let isKnown = true;
      for (const { localId, bucketId, deviceId } of targets) {
        const part = registration.compared.find(
          (one) => one.bucketId === bucketId && one.deviceId === (deviceId ?? run.deviceId),
        );
        if (part) firstDays.set(localId, part.firstDay);
        else if (deviceId === null) isKnown = false; // it was pushed for the first time in this pass
      }
      const fresh = saved.state.copies.some(({ localId }) => !targets.some((target) => target.localId === localId));
      return comparedOf(round, firstDays, events, isKnown && !fresh, nowMs);
    },
  };
};
