import { proveCopies, proveSuspects } from './at-once.ts';
import { makeCopies } from './copies.ts';
import { movingAt } from './differences.ts';
import { dryRun } from './dry-run.ts';
import { dropFormerCopies } from './former-copies.ts';
import { heldAfterPush, tellHeld } from './held.ts';
import { knownRows } from './known.ts';
import { askAw } from './local-aw.ts';
import { EVERYTHING, planPull, type Selection } from './plan.ts';
import type { Ports } from './ports.ts';
import type { ProofRun } from './prove-own.ts';
import { pull } from './pull.ts';
import { pushOwn } from './push-own.ts';
import type { Progress, PulledBucket, PushedBucket, Report } from './report.ts';
import { beginPass } from './session.ts';
import { watched } from './watched.ts';

export type Mode = 'push' | 'pull' | 'both';

export type SyncOptions = {
  readonly mode?: Mode;
  /** Buckets to sync, in both directions; all of them by default. */
  readonly selection?: Selection;
  /** Tell what would be done, and change nothing anywhere. */
  readonly dryRun?: boolean;
  /** Called now and then during long work. Costs a count per new bucket, and one of the server's lists. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
};

/**
 * One pass: gather → plan → apply → save. A bucket that fails does so alone, and the report says why; the next pass takes
 * it up again. Fails with what stops all of them: `unavailable`, `unauthenticated`, `forbidden` (either server),
 * `device_in_use`, `invalid` (the state file). It may be killed at any moment and run again.
 */
export const sync = async (given: Ports, options: SyncOptions = {}): Promise<Report> => {
  const { mode = 'both', selection = EVERYTHING, onProgress } = options;
  const ports = options.dryRun ? dryRun(given) : given;
  const { local, clock } = ports;
  const { remote, isBroken } = watched(ports.remote);
  const startedUs = clock.nowUs();
  const info = await askAw(local);
  const buckets = await local.buckets();
  const session = await beginPass(ports, info, { buckets, selection });
  const { book, registration } = session;
  const { deviceId, pass } = book.state;
  const proof: ProofRun = { local, remote, deviceId, pass, isMoving: movingAt(startedUs), isBroken, known: (localId) => knownRows(book.state, localId), repair: true, allowDeletes: false, onProgress };

  let pushed: PushedBucket[] = [];
  if (mode !== 'pull') {
    const own = await pushOwn(ports, session, buckets, { selection, onProgress });
    const before = new Map(registration.pushed.map(({ bucketId, count }) => [bucketId, count]));
    const held = heldAfterPush(book.state.held, own.reports);
    if (Object.keys(held).length < Object.keys(book.state.held).length) await book.note({ held });
    if (!options.dryRun) await proveSuspects(proof, book, own, before, Number(startedUs / 1000n));
    tellHeld(book.state.held, own.reports);
    pushed = own.reports;
  }

  const pulled = new Map<string, PulledBucket>();
  if (mode !== 'push') {
    const copies = makeCopies({ local, remote, book, hostname: info.hostname, buckets });
    if (!options.dryRun) {
      const formers = registration.pushed.filter(({ bucketId }) => selection.has(bucketId));
      for (const report of await dropFormerCopies(proof, copies, formers, Number(startedUs / 1000n))) pulled.set(`former ${report.localId}`, report);
    }
    const plan = planPull(book.state, registration, selection, copies.here);
    await proveCopies(proof, copies, plan.prove, pulled);
    // Our own events move the revision as well, so that it tells of others only where nothing was sent.
    // A device that a dry run did not register was told no revision.
    const nothingNew = !options.dryRun && plan.after === registration.revision && pushed.every(({ sent, inserted, deleted }) => sent + inserted + deleted === 0);
    if (!nothingNew) await pull({ ...copies, selection, reports: pulled, onProgress }, plan);
  }

  return {
    deviceId,
    newDevice: session.newDevice,
    dryRun: options.dryRun === true,
    pass: options.dryRun ? null : pass,
    startedUs,
    endedUs: clock.nowUs(),
    pushed,
    pulled: [...pulled.values()],
  };
};
