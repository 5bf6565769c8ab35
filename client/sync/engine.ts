import { proveCopies, proveDoubtful, proveSuspects, reportUncounted, suspectsByCount } from './proof/at-once.ts';
import { comparing, planCompare, type ComparePlan } from './proof/comparing.ts';
import { makeCopies } from './pull/copies.ts';
import { makeApplying } from './pull/copy-counts.ts';
import { countCopies } from './proof/doubtful-copies.ts';
import { movingAt } from './proof/differences.ts';
import { dryRun } from './wrappers/dry-run.ts';
import { dropFormerCopies } from './proof/former-copies.ts';
import { heldAfterPush, tellHeld } from './proof/held.ts';
import { knownRows } from './known-rows.ts';
import { askAw } from './identity/local-aw.ts';
import { EVERYTHING, planPull } from './plan.ts';
import type { RunOptions } from './options.ts';
import type { Ports, PushResult, SyncState } from './ports.ts';
import type { ProofRun } from './proof/prove-own.ts';
import { pull } from './pull/pull.ts';
import { pushOwn, type OwnPush } from './push/push-own.ts';
import type { PulledBucket, PushedBucket, Report } from './report.ts';
import { beginPass } from './session.ts';
import { isDue } from './proof/suspicion.ts';
import { watched } from './wrappers/watched.ts';

export type SyncOptions = RunOptions & {
  /** Report what would be done, and change nothing anywhere. */
  readonly dryRun?: boolean;
  /** The server announced a change between two regular passes: only pull it. */
  readonly nudged?: boolean;
};

/**
 * One pass: gather → plan → apply → save. A bucket that fails does not stop the others; the report says why, and the
 * next pass tries it again. Fails with what stops every bucket: `unavailable`, `unauthenticated`, `forbidden` (either
 * server), `device_in_use`, `invalid` (the state file). May be killed at any moment and run again.
 */
export const sync = async (given: Ports, options: SyncOptions = {}): Promise<Report> => {
  const { mode = 'both', selection = EVERYTHING, nudged = false, onProgress } = options;
  const ports = options.dryRun ? dryRun(given) : given;
  const { local, clock } = ports;
  const { remote, isBroken } = watched(ports.remote);
  const startedUs = clock.nowUs();
  const nowMs = Number(startedUs / 1000n);
  const info = await askAw(local);
  const buckets = await local.buckets();
  const compares = !nudged && !options.dryRun;
  let plan: ComparePlan | null = null;
  const wanted = (state: SyncState) => {
    if (compares) plan = planCompare(state, buckets, selection, mode, nowMs);
    return plan?.asked;
  };
  const session = await beginPass(ports, info, { buckets, selection, wanted });
  const { saved, registration } = session;
  const { deviceId, pass } = saved.state;
  const known = (localId: string) => knownRows(saved.state, localId);
  const isHeld = (bucketId: string) => Object.hasOwn(saved.state.held, bucketId);
  let own: OwnPush | null = null;
  const stored = (standing: PushResult) => own?.stored(standing);
  const proof: ProofRun = {
    local,
    remote,
    deviceId,
    pass,
    stored,
    isMoving: movingAt(startedUs),
    isBroken,
    known,
    isHeld,
    repair: true,
    allowDeletes: false,
    onProgress,
  };
  const parts = compares ? comparing({ run: proof, saved, clock, startedUs, registration, plan }) : null;

  let pushed: PushedBucket[] = [];
  if (mode !== 'pull') {
    own = await pushOwn(ports, session, buckets, { selection, onProgress, moving: parts?.moving });
    const before = new Map(registration.pushed.map(({ bucketId, count }) => [bucketId, count]));
    const held = heldAfterPush(saved.state.held, own.reports);
    if (Object.keys(held).length < Object.keys(saved.state.held).length) await saved.note({ held });
    if (!options.dryRun) {
      const isProvenAgain = ([id]: readonly [string, string | null]) => isDue(saved.state.proofs[id], nowMs);
      const suspects = new Map([...suspectsByCount(saved, own, before)].filter(isProvenAgain));
      const proven = await proveSuspects(proof, saved, own, suspects, nowMs);
      const waiting = (await parts?.own(own, proven)) ?? [];
      // A part may have found events that came late. What it could not repair stays to do, and is reported.
      const counted = [...suspectsByCount(saved, own, before)].filter(([id]) => !suspects.has(id));
      await proveSuspects(proof, saved, own, new Map([...waiting, ...counted]), nowMs);
    }
    tellHeld(saved.state.held, own.reports);
    for (const report of own.reports) {
      report.here = own.counts.get(report.bucket) ?? null;
      report.there = own.standings.get(report.bucket)?.count ?? null;
    }
    pushed = own.reports;
  }

  const pulled = new Map<string, PulledBucket>();
  if (mode !== 'push') {
    const copies = makeCopies({ local, remote, saved, hostname: info.hostname, buckets });
    if (!options.dryRun) {
      const formers = registration.pushed.filter(({ bucketId }) => selection.has(bucketId));
      for (const report of await dropFormerCopies(proof, copies, formers, nowMs))
        pulled.set(`former ${report.localId}`, report);
    }
    const pulls = planPull(saved.state, registration, selection, copies.here);
    await proveCopies(proof, copies, pulls.prove, pulled);
    // This device's own pushes raise the revision too, so it shows other devices' changes only where nothing was sent.
    // A device that a dry run did not register has no revision.
    const nothingNew =
      !options.dryRun &&
      pulls.after === registration.revision &&
      pushed.every(({ sent, inserted, deleted }) => sent + inserted + deleted === 0);
    const applying = makeApplying(local, saved);
    const changed = new Map<string, Set<number>>();
    let whole = nothingNew;
    if (!whole) {
      try {
        whole = await pull({ ...copies, selection, applying, changed, reports: pulled, onProgress }, pulls);
      } finally {
        await applying.end();
      }
    }
    if (parts) {
      const mine = saved.state.copies.filter(
        ({ localId, bucket }) => copies.here.has(localId) && selection.has(bucket),
      );
      const { doubtful, uncounted } = await countCopies(local, saved, mine, nowMs);
      const proven = await proveDoubtful(proof, copies, doubtful, pulled, nowMs);
      reportUncounted(copies, uncounted, pulled);
      if (whole) await parts.copies(copies, pulled, changed, proven);
    }
  }

  return {
    deviceId,
    newDevice: session.newDevice,
    dryRun: options.dryRun === true,
    pass: options.dryRun ? null : pass,
    startedUs,
    pushed,
    pulled: [...pulled.values()],
    compared: parts ? await parts.end(pushed) : null,
    endedUs: clock.nowUs(),
  };
};
