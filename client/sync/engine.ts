import type { Bucket } from '../../domain/bucket.ts';
import { proveCopies, proveDoubtful, proveSuspects, reportUncounted, suspectsOf } from './proof/at-once.ts';
import { comparing, planCompare, type ComparePlan } from './proof/comparing.ts';
import { makeCopies } from './pull/copies.ts';
import { makeApplying } from './pull/copy-counts.ts';
import { countCopies } from './proof/doubtful-copies.ts';
import { movingAt } from './proof/differences.ts';
import { dryRun } from './wrappers/dry-run.ts';
import { dropFormerCopies } from './proof/former-copies.ts';
import { tellHeld, withoutRenewed } from './proof/held.ts';
import { knownRows } from './known-rows.ts';
import { askAw, type AwInfo } from './identity/local-aw.ts';
import { EVERYTHING, planPull, sortOut, type Selection } from './plan.ts';
import type { RunOptions } from './options.ts';
import type { Ports, SyncState } from './ports.ts';
import type { ProofRun } from './proof/prove-own.ts';
import { pull } from './pull/pull.ts';
import { countAhead, type CountsAhead } from './push/count-ahead.ts';
import { pushOwn, type OwnPush } from './push/push-own.ts';
import type { PulledBucket, PushedBucket, Report } from './report.ts';
import { beginPass, type Session } from './session.ts';
import { isDue } from './proof/suspicion.ts';
import { watched } from './wrappers/watched.ts';

export type SyncOptions = RunOptions & {
  /** Report what would be done, and change nothing anywhere. */
  readonly dryRun?: boolean;
  /** The server announced a change between two regular passes: only pull it. */
  readonly nudged?: boolean;
};

/** What the two halves of a pass share. */
type PassRun = {
  readonly ports: Ports;
  readonly options: SyncOptions & { readonly selection: Selection };
  readonly session: Session;
  readonly info: AwInfo;
  readonly buckets: readonly Bucket[];
  readonly proof: ProofRun;
  /** Null for a pass that compares nothing. */
  readonly parts: ReturnType<typeof comparing> | null;
  /** What was counted before the pass had its number. */
  readonly ahead: CountsAhead | undefined;
  readonly nowMs: number;
};

/**
 * Pushes own buckets, then proves those that raise a suspicion, and parts of the others. Calls `onPushed` before the
 * first proof, whose writes change where a bucket stands.
 */
const pushHalf = async (run: PassRun, onPushed: (own: OwnPush) => void): Promise<PushedBucket[]> => {
  const { ports, session, buckets, proof, parts, ahead, nowMs } = run;
  const { saved, registration } = session;
  const { selection, dryRun: isDry, onProgress } = run.options;
  const own = await pushOwn(ports, session, buckets, { selection, onProgress, moving: parts?.moving, ahead });
  onPushed(own);
  const before = new Map(registration.pushed.map(({ bucketId, count }) => [bucketId, count]));
  const held = withoutRenewed(saved.state.held, own.reports);
  const doubts = withoutRenewed(saved.state.doubts, own.reports);
  if (held !== saved.state.held || doubts !== saved.state.doubts) await saved.note({ held, doubts });
  if (!isDry) {
    const isProvenAgain = ([id]: readonly [string, string | null]) => isDue(saved.state.proofs[id], nowMs);
    const suspects = new Map([...suspectsOf(saved, own, before)].filter(isProvenAgain));
    const proven = await proveSuspects(proof, saved, own, suspects, nowMs);
    const waiting = (await parts?.own(own, proven)) ?? [];
    // A part may have found events that came late. What it could not repair stays to do, and is reported.
    const counted = [...suspectsOf(saved, own, before)].filter(([id]) => !suspects.has(id));
    await proveSuspects(proof, saved, own, new Map([...waiting, ...counted]), nowMs);
  }
  tellHeld(saved.state.held, own.reports);
  for (const report of own.reports) {
    report.here = own.counts.get(report.bucket) ?? null;
    report.there = own.standings.get(report.bucket)?.count ?? null;
  }
  return own.reports;
};

/**
 * Pulls into copies, then proves those that raise a suspicion, and parts of the others. Returns their reports, by the
 * server's name of the bucket.
 */
const pullHalf = async (run: PassRun, pushed: readonly PushedBucket[]): Promise<Map<string, PulledBucket>> => {
  const { session, info, buckets, proof, parts, nowMs } = run;
  const { saved, registration } = session;
  const { selection, dryRun: isDry, onProgress } = run.options;
  const { local, remote } = proof;
  const pulled = new Map<string, PulledBucket>();
  const copies = makeCopies({ local, remote, saved, hostname: info.hostname, buckets });
  if (!isDry) {
    const formers = registration.pushed.filter(({ bucketId }) => selection.has(bucketId));
    for (const report of await dropFormerCopies(proof, copies, formers, nowMs))
      pulled.set(`former ${report.localId}`, report);
  }
  const plan = planPull(saved.state, registration, selection, copies.here);
  await proveCopies(proof, copies, plan.prove, pulled, nowMs);
  // This device's own pushes raise the revision too, so it shows other devices' changes only where nothing was sent.
  // A device that a dry run did not register has no revision.
  const nothingNew =
    !isDry &&
    plan.after === registration.revision &&
    pushed.every(({ sent, inserted, deleted }) => sent + inserted + deleted === 0);
  const applying = makeApplying(local, saved);
  const changed = new Map<string, Set<number>>();
  let whole = nothingNew;
  if (!whole) {
    try {
      whole = await pull({ ...copies, selection, applying, changed, reports: pulled, onProgress }, plan);
    } finally {
      await applying.end();
    }
  }
  if (parts) {
    const mine = saved.state.copies.filter(({ localId, bucket }) => copies.here.has(localId) && selection.has(bucket));
    const { doubtful, uncounted } = await countCopies(local, saved, mine, nowMs);
    const proven = await proveDoubtful(proof, copies, doubtful, pulled, nowMs);
    reportUncounted(copies, uncounted, pulled);
    if (whole) await parts.copies(copies, { reports: pulled, changed, applying }, proven);
  }
  return pulled;
};

/**
 * One pass: gather → plan → apply → save. A bucket that fails does not stop the others; the report says why, and the
 * next pass tries it again. Fails with what stops every bucket: `unavailable`, `unauthenticated`, `forbidden` (either
 * server), `device_in_use`, `invalid` (the state file). May be killed at any moment and run again.
 */
export const sync = async (given: Ports, options: SyncOptions = {}): Promise<Report> => {
  const { mode = 'both', selection = EVERYTHING, nudged = false, dryRun: isDry = false, onProgress } = options;
  const ports = isDry ? dryRun(given) : given;
  const { local, clock } = ports;
  const { remote, isBroken } = watched(ports.remote);
  const startedUs = clock.nowUs();
  const nowMs = Number(startedUs / 1000n);
  const info = await askAw(local);
  const buckets = await local.buckets();
  const compares = !nudged && !isDry;
  let plan: ComparePlan | null = null;
  let ahead: CountsAhead | undefined;
  const wanted = (state: SyncState) => {
    // What was pushed before is counted while the server answers.
    if (mode !== 'pull') {
      const { own } = sortOut(buckets, state.copies, selection);
      const ids = own.map(({ id }) => id).filter((id) => Object.hasOwn(state.tails, id));
      ahead = countAhead(local, ids);
    }
    if (compares) plan = planCompare(state, buckets, selection, mode, nowMs);
    return plan?.asked;
  };
  const session = await beginPass(ports, info, { buckets, selection, wanted }).catch((error: unknown) => {
    ahead?.stop();
    throw error;
  });
  const { saved, registration, newDevice } = session;
  const { deviceId, pass } = saved.state;
  let own: OwnPush | null = null;
  const proof: ProofRun = {
    local,
    remote,
    deviceId,
    pass,
    stored: (standing) => own?.stored(standing),
    isMoving: movingAt(startedUs),
    isBroken,
    known: (localId) => knownRows(saved.state, localId),
    isHeld: (bucketId) => Object.hasOwn(saved.state.held, bucketId),
    repair: true,
    allowDeletes: false,
    onProgress,
  };
  const parts = compares ? comparing({ run: proof, saved, clock, startedUs, registration, plan }) : null;
  const run: PassRun = {
    ports,
    options: { ...options, selection },
    session,
    info,
    buckets,
    proof,
    parts,
    ahead,
    nowMs,
  };

  const pushed = mode === 'pull' ? [] : await pushHalf(run, (done) => void (own = done));
  const pulled = mode === 'push' ? [] : [...(await pullHalf(run, pushed)).values()];
  const compared = parts ? await parts.end(pushed, pulled) : null;
  const took = { startedUs, endedUs: clock.nowUs() };
  return { deviceId, newDevice, dryRun: isDry, pass: isDry ? null : pass, pushed, pulled, compared, ...took };
};
