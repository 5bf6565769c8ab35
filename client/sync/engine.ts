import type { Bucket } from '../../domain/bucket.ts';
import { isKtError } from '../../domain/errors.ts';
import { dryRun } from './dry-run.ts';
import { EVERYTHING, planPull, planPush, sortOut, type Selection } from './plan.ts';
import type { Local, Ports, PushState } from './ports.ts';
import { areAllOthers, probe, type Probe } from './probe.ts';
import { pull } from './pull.ts';
import { push } from './push.ts';
import { pushedBucket, type Progress, type PulledBucket, type PushedBucket, type Report } from './report.ts';
import { beginPass, type Session } from './session.ts';

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
  const { local, remote, clock } = ports;
  const startedUs = clock.nowUs();
  const info = await local.info();
  const buckets = await local.buckets();
  const session = await beginPass(ports, info);
  const { book, registration } = session;

  const pushed = mode === 'pull' ? [] : await pushAll(ports, session, buckets, selection, onProgress);

  let pulled: PulledBucket[] = [];
  if (mode !== 'push') {
    const here = new Map(buckets.map((bucket) => [bucket.id, bucket]));
    const plan = planPull(book.state, registration, selection, here);
    // Our own events move the revision as well, so that it tells of others only where nothing was sent.
    // A device that a dry run did not register was told no revision.
    const nothingNew = !options.dryRun && plan.after === registration.revision && pushed.every(({ sent }) => sent === 0);
    if (!nothingNew) pulled = await pull({ local, remote, book, selection, here, onProgress }, plan);
  }

  return {
    deviceId: book.state.deviceId,
    newDevice: session.newDevice,
    dryRun: options.dryRun === true,
    pass: options.dryRun ? null : book.state.pass,
    startedUs,
    endedUs: clock.nowUs(),
    pushed,
    pulled,
  };
};

/** Pushes this device's own buckets; tells of the others why they are not pushed. */
const pushAll = async (
  { local, remote }: Ports,
  { book, registration }: Session,
  buckets: readonly Bucket[],
  selection: Selection,
  onProgress: SyncOptions['onProgress'],
): Promise<PushedBucket[]> => {
  const { own, skipped } = sortOut(buckets, book.state.copies, selection);
  const states = new Map(registration.pushed.map((state) => [state.bucketId, state]));
  const { probes, failed } = await probeAll(local, own, states);
  const allOthers = await areAllOthers(local, registration.pushed, probes);
  const steps = planPush({ own, states, probes, allOthers, tails: book.state.tails });

  const news: Record<string, string> = {};
  const { deviceId, pass } = book.state;
  const acknowledged = (bucketId: string, digest: string) => void (news[bucketId] = digest);
  try {
    const sent = await push({ local, remote, deviceId, pass, onProgress, acknowledged }, steps);
    return [...sent, ...failed, ...skipped.map(({ bucket, reason }) => ({ ...pushedBucket(bucket.id), outcome: 'skipped' as const, reason }))];
  } finally {
    if (Object.keys(news).length > 0) await book.note({ tails: { ...book.state.tails, ...news } });
  }
};

/** The small reads of every own bucket that the server knows; a bucket that can't be read fails alone. */
const probeAll = async (local: Local, own: readonly Bucket[], states: ReadonlyMap<string, PushState>) => {
  const probes = new Map<string, Probe>();
  const failed: PushedBucket[] = [];
  for (const { id } of own) {
    const state = states.get(id);
    if (!state) continue;
    try {
      probes.set(id, await probe(local, state));
    } catch (error) {
      if (!isKtError(error)) throw error;
      failed.push({ ...pushedBucket(id), outcome: 'failed', reason: error.message });
    }
  }
  return { probes, failed };
};
