import { isKtError } from '../../../domain/errors.ts';
import { dayOfInstant } from '../../../domain/sync/day-digest.ts';
import type { Instant } from '../../../domain/sync/changes.ts';
import { applyInstants, fillInstants } from './apply-instants.ts';
import type { Applying } from './copy-counts.ts';
import { ensureCopy, type Copies } from './copies.ts';
import { makeFilled, type Filled } from './filled.ts';
import { knownAtInstants } from '../known-rows.ts';
import { notTheirsReason } from './ownership.ts';
import type { PullPlan, Selection } from '../plan.ts';
import type { ChangePage, Remote, RemoteBucket } from '../ports.ts';
import { fail, pulledBucket, skip, type Progress, type PulledBucket } from '../report.ts';

export type PullRun = Copies & {
  readonly selection: Selection;
  readonly applying: Applying;
  /** The days it wrote to, by the copy's local id. */
  readonly changed: Map<string, Set<number>>;
  /** What was done so far, by the server's name of the bucket; the pull adds to it. */
  readonly reports: Map<string, PulledBucket>;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
};

/**
 * Pulls the changes of other devices, page by page (spec/sync 3.3–3.7). The cursor is saved after each page is written.
 * A bucket that fails does not stop the others, but the cursor stays before the page where it failed, so that the next
 * pass applies that page again. What stops every bucket (the server) is thrown. True if it reached the end of the
 * changes.
 */
export const pull = async (run: PullRun, plan: PullPlan): Promise<boolean> => {
  const { local, remote, saved, selection, reports, applying, changed } = run;
  await saved.note({ pulled: plan.after, globs: selection.globs });

  /** The copies that were created in this pass. */
  const filled = new Map<string, Filled>();

  /** Applies one bucket's part of a page; false if it failed, now or on an earlier page. */
  const apply = async (bucket: RemoteBucket, instants: readonly Instant[]): Promise<boolean> => {
    const report = reports.get(bucket.id) ?? pulledBucket(bucket);
    reports.set(bucket.id, report);
    const reason =
      notTheirsReason(bucket) ??
      (selection.has(bucket.bucketId) ? null : 'not among the `buckets` of the configuration');
    if (reason !== null) skip(report, reason);
    if (report.outcome !== 'in_step') return report.outcome === 'skipped';
    try {
      const { localId, isNew } = await ensureCopy(run, bucket);
      report.localId = localId;
      if (isNew) filled.set(localId, makeFilled());
      changed.set(
        report.localId,
        new Set([...(changed.get(report.localId) ?? []), ...instants.map(({ atMs }) => dayOfInstant(atMs))]),
      );
      await applying.begin(report.localId);
      const before = report.aside.length;
      const { fresh, others } = filled.get(localId)?.part(instants) ?? { fresh: [], others: instants };
      await fillInstants(local, localId, fresh, report);
      await applyInstants(local, localId, others, report);
      const known = knownAtInstants(
        saved.state.known,
        report.localId,
        new Set(instants.map(({ atMs }) => atMs)),
        report.aside.slice(before),
      );
      if (known !== saved.state.known) await saved.note({ known });
      return true;
    } catch (error) {
      if (!isKtError(error)) throw error;
      fail(report, error.message);
      return false;
    }
  };

  let held = false;
  const total = await totalOf(run, plan);
  let done = 0;
  run.onProgress?.({ phase: 'pull', bucket: '', done, total });
  const ask = (after: bigint, rest: string | null): Promise<ChangePage> => {
    const answer = changesAfter(remote, after, rest, saved.state.deviceId);
    answer.catch(() => undefined); // thrown where it is awaited
    return answer;
  };
  let asked = ask(plan.after, null);
  try {
    for (;;) {
      const page: ChangePage = await asked;
      // The next page comes while this one is written: one of them waits, no more.
      if (page.more) asked = ask(page.revision, page.rest ?? null);
      let worked = page.buckets.length === 0;
      for (const { bucket, instants } of page.buckets) {
        const ok = await apply(bucket, instants);
        held ||= !ok;
        worked ||= ok;
        done += instants.reduce((sum, { events }) => sum + events.length, 0);
        run.onProgress?.({ phase: 'pull', bucket: bucket.bucketId, done, total });
      }
      if (!held) await saved.note({ pulled: page.revision });
      if (!page.more || !worked) return !page.more;
    }
  } finally {
    await asked.catch(() => undefined); // a pull that stops leaves no request behind
  }
};

/** How many events a pull from the beginning will bring, for the progress bar; null where that is unknown. */
const totalOf = async (
  { remote, saved, selection, onProgress }: PullRun,
  { after }: PullPlan,
): Promise<number | null> => {
  if (!onProgress || after !== 0n) return null;
  const theirs = (await remote.buckets()).filter(
    ({ deviceId, bucketId }) => deviceId !== saved.state.deviceId && selection.has(bucketId),
  );
  return theirs.reduce((sum, { events }) => sum + events, 0);
};

/** A page of changes, or the rest of one; starts over from 0 if the server no longer knows the cursor. */
const changesAfter = async (
  remote: Remote,
  after: bigint,
  rest: string | null,
  excludeDevice: string,
): Promise<ChangePage> => {
  try {
    return await remote.changes({ after, excludeDevice, rest });
  } catch (error) {
    if (!isKtError(error, 'resync_required') || after === 0n) throw error;
    return await remote.changes({ after: 0n, excludeDevice });
  }
};
