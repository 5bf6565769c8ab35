/** What a pass will do with each local bucket, and why. Pure: facts in, steps out. */
import type { Bucket } from '../../domain/bucket.ts';
import type { PushCursor, PushState } from '../../domain/sync/push.ts';
import type { TakeOver } from '../../domain/sync/take-over.ts';
import { notOursReason } from './pull/ownership.ts';
import type { Copy, EventPage, Registration, SyncState } from './ports.ts';
import type { Probe } from './push/probe.ts';
import { tailDigest } from './push/tail.ts';
import { areOthers, wasCreatedAgain } from './push/witness.ts';

/** Which buckets the user wants synced, by their ids on their own devices. */
export type Selection = { readonly globs: readonly string[]; has(bucketId: string): boolean };

export const EVERYTHING: Selection = { globs: ['*'], has: () => true };

/** The local buckets that are this device's own to push, and those that are not, each with the reason. */
export type Ownership = {
  readonly own: readonly Bucket[];
  readonly skipped: readonly { bucket: Bucket; reason: string }[];
};

export const sortOut = (local: readonly Bucket[], copies: readonly Copy[], selection: Selection): Ownership => {
  const own: Bucket[] = [];
  const skipped: { bucket: Bucket; reason: string }[] = [];
  for (const bucket of [...local].sort((a, b) => (a.id < b.id ? -1 : 1))) {
    const reason =
      notOursReason(bucket, copies) ??
      (selection.has(bucket.id) ? null : 'not among the `buckets` of the configuration');
    if (reason === null) own.push(bucket);
    else skipped.push({ bucket, reason });
  }
  return { own, skipped };
};

export type PushStep =
  /** Nothing is new since the last acknowledged tail. */
  | { readonly kind: 'rest'; readonly bucket: Bucket }
  | {
      readonly kind: 'send';
      readonly bucket: Bucket;
      /** The bucket's current epoch, or the next one, which begins with this push. */
      readonly epoch: number;
      /** Why a new epoch begins; null if none does. */
      readonly renewed: string | null;
      readonly cursor: PushCursor | null;
      /**
       * The tail to send, as aw-server printed it (`full`: it is longer, and has to be walked); null if there is none.
       */
      readonly tail: EventPage | null;
      /** Walk what was never sent: from the newest event, or from the cursor's foot down. */
      readonly walk: boolean;
      readonly known: boolean;
      /** The imported bucket that this one takes over with its first push. */
      readonly takeOver?: TakeOver | undefined;
    };

export type PushFacts = {
  readonly own: readonly Bucket[];
  readonly states: ReadonlyMap<string, PushState>;
  /** For buckets the server knows. A bucket missing here could not be read, and gets no step. */
  readonly probes: ReadonlyMap<string, Probe>;
  /** Epochs that have ended, by bucket: the device's own witnesses said that all ids have changed. */
  readonly over: SyncState['over'];
  readonly tails: Readonly<Record<string, string>>;
  /** What imports created for buckets that the server does not know from this device. */
  readonly takeOvers?: ReadonlyMap<string, TakeOver>;
};

/**
 * Why the source ids that the server knows no longer belong to this bucket's events (spec/sync 1.5); null if they still
 * do.
 */
const renewal = (bucket: Bucket, state: PushState, probe: Probe, over: PushFacts['over']): string | null => {
  if (over[bucket.id] === state.epoch)
    return (
      'the events of this aw-server have other ids than those that were pushed (database rebuilt, ' +
      'restored or replaced)'
    );
  if (wasCreatedAgain(bucket, state)) return 'the bucket was created again since it was pushed';
  const [called, stand] = [state.witnesses.length, probe.stand.length];
  if (!areOthers(called, stand)) return null;
  return (
    `only ${stand} of its ${called} newest pushed events are still here under their ids (database rebuilt, ` +
    'restored or imported)'
  );
};

/**
 * One step per own bucket, ordered by id. If the ids have changed a new epoch begins: the bucket is walked again, and
 * the server matches each event to the row it already has.
 */
export const planPush = ({ own, states, probes, over, tails, takeOvers }: PushFacts): PushStep[] =>
  own.flatMap((bucket): PushStep[] => {
    const state = states.get(bucket.id);
    const whole = { kind: 'send', bucket, cursor: null, tail: null, walk: true, known: false } as const;
    if (!state) {
      const takeOver = takeOvers?.get(bucket.id);
      return [{ ...whole, epoch: 1, renewed: null, ...(takeOver ? { takeOver } : {}) }];
    }
    const probe = probes.get(bucket.id);
    if (!probe) return [];
    const { epoch, cursor } = state;
    const renewed = renewal(bucket, state, probe, over);
    if (renewed !== null) return [{ ...whole, epoch: epoch + 1, renewed }];

    const send = { kind: 'send', bucket, epoch, renewed, cursor, known: true } as const;
    if (cursor === null) return [{ ...send, tail: null, walk: true }];
    const walk = cursor.footMs !== null;
    const tail = tailToSend(bucket, state, probe, tails[bucket.id]);
    return tail === null && !walk ? [{ kind: 'rest', bucket }] : [{ ...send, tail, walk }];
  });

const tailToSend = (
  bucket: Bucket,
  state: PushState,
  { tail }: Probe,
  acknowledged: string | undefined,
): EventPage | null => {
  if (tail === null || tail.full) return tail;
  if (tail.events.length === 0) return null;
  return tailDigest(tail.events, state.cursor!, bucket, state.epoch) === acknowledged ? null : tail;
};

export type PullPlan = {
  /** The revision to continue from; 0 is always right, only slow. */
  readonly after: bigint;
  /**
   * Copies to recreate if they are missing, and to prove: the cursor has already passed what they lack (spec/sync 3.8).
   */
  readonly prove: readonly Copy[];
};

/**
 * Where the pull goes on. From 0 when the cursor is of another account, or above the account's revision (a restored
 * server), and when other buckets are selected than those it moved under.
 */
export const planPull = (
  state: SyncState,
  registration: Registration,
  selection: Selection,
  local: ReadonlyMap<string, unknown>,
): PullPlan => {
  const sameGlobs =
    state.globs.length === selection.globs.length && state.globs.every((glob, i) => glob === selection.globs[i]);
  const goesOn = state.account === registration.account && state.pulled <= registration.revision && sameGlobs;
  const prove = state.copies.filter(
    ({ localId, bucket }) => selection.has(bucket) && (!local.has(localId) || state.unproven.includes(localId)),
  );
  return { after: goesOn ? state.pulled : 0n, prove };
};
