/**
 * Copies that receive nothing any more because their origin was taken over (spec/sync 7.3): by this device, which now
 * has the bucket as its own, or by another device whose bucket already had a copy. Such a copy is deleted once a proof
 * has found every event of it on the server.
 */
import type { Bucket } from '../../../domain/bucket.ts';
import { isKtError } from '../../../domain/errors.ts';
import type { PushState } from '../../../domain/sync/push.ts';
import type { Copies } from '../pull/copies.ts';
import { without } from './doubts.ts';
import { eventsOfDay } from './events-of-day.ts';
import { compareCopyDay } from './differences.ts';
import { differingDays, makeDigest } from './digest.ts';
import { isCopyAt, isCopyOf, placeOf } from '../pull/ownership.ts';
import type { Copy, RemoteBucket } from '../ports.ts';
import { allDays } from './prove-copy.ts';
import type { ProofRun } from './prove-own.ts';
import { fail, hold, pulledBucket, type PulledBucket } from '../report.ts';
import { isDue } from './suspicion.ts';
import { walk } from '../push/walk.ts';

/** A copy to be deleted, and the server's bucket that holds its events. */
export type FormerCopy = { readonly bucket: Bucket; readonly origin: RemoteBucket };

/** The former copies that exist here, according to the server's list of buckets. */
export const formerCopies = (
  here: ReadonlyMap<string, Bucket>,
  facts: readonly RemoteBucket[],
  deviceId: string,
  copies: readonly Copy[],
): FormerCopy[] =>
  facts.flatMap((origin) => {
    if (!origin.former) return [];
    const place = origin.deviceId === deviceId ? null : placeOf(origin, here, copies);
    return [...here.values()]
      .filter((bucket) => bucket.id !== place && isCopyOf(bucket, origin))
      .map((bucket) => ({ bucket, origin }));
  });

/** How many events a copy has, and how many of them the bucket on the server neither has nor has deleted. */
const lackingThere = async (
  run: ProofRun,
  { bucket, origin }: FormerCopy,
): Promise<{ events: number; lacking: number }> => {
  const { local, remote } = run;
  const digest = makeDigest();
  let lacking = 0;
  for await (const page of walk(local, bucket.id)) {
    digest.add(page);
    lacking += page.unreadable.length;
  }
  const there = allDays(await remote.digest(origin.id));
  for (const day of differingDays(digest.days, there)) {
    const about = digest.days.get(day)?.events ?? 0;
    if (about === 0) continue;
    lacking += compareCopyDay(
      await eventsOfDay(local, bucket.id, day, about),
      await remote.instants(origin.id, day),
      run.isMoving,
    ).kept.length;
  }
  return { events: digest.events, lacking };
};

/** How many events were deleted with the copy, or why it stays. */
type Dropped = { readonly deleted: number; readonly stays: string | null };

/** Deletes a copy if all of it is on the server. */
export const dropFormer = async (
  run: ProofRun,
  { saved, here }: Pick<Copies, 'saved' | 'here'>,
  former: FormerCopy,
): Promise<Dropped> => {
  const { id } = former.bucket;
  const { events, lacking } = await lackingThere(run, former);
  const name = former.origin.bucketId;
  if (lacking > 0) {
    const stays =
      `it is a copy of what became "${name}", and ${lacking} of its events are not on the server: it stays; ` +
      'delete it in ActivityWatch if they are of no use';
    return { deleted: 0, stays };
  }
  await run.local.deleteBucket(id);
  here.delete(id);
  const { copies, unproven, doubts } = saved.state;
  await saved.note({
    copies: copies.filter(({ localId }) => localId !== id),
    unproven: unproven.filter((other) => other !== id),
    doubts: without(doubts, [id]),
  });
  return { deleted: events, stays: null };
};

/**
 * Handles the copies of what became this device's own buckets, as reported by the registration: proves each at most
 * once an hour, and deletes those whose events are all on the server. `reports` gets an entry for each; it is not in
 * step as long as it stays.
 */
export const dropFormerCopies = async (
  run: ProofRun,
  copies: Copies,
  pushed: readonly PushState[],
  nowMs: number,
): Promise<PulledBucket[]> => {
  const { saved, here, remote } = copies;
  const formers = pushed.flatMap(({ former }) => (former ? [former] : []));
  const found = [...here.values()].filter((bucket) => formers.some((former) => isCopyAt(bucket, former)));
  if (found.length === 0) return [];
  const reports: PulledBucket[] = [];
  let facts: readonly RemoteBucket[] | null = null;
  for (const bucket of found) {
    const former = formers.find((place) => isCopyAt(bucket, place))!;
    const report = { ...pulledBucket({ ...former, deviceHostname: bucket.hostname }), localId: bucket.id };
    reports.push(report);
    if (!isDue(saved.state.proofs[bucket.id], nowMs)) {
      hold(report, STAYS);
      continue;
    }
    try {
      facts ??= await remote.facts();
      const origin = facts.find((one) => one.deviceId === run.deviceId && isCopyOf(bucket, one));
      if (!origin) continue;
      await saved.note({ proofs: { ...saved.state.proofs, [bucket.id]: nowMs } });
      const { deleted, stays } = await dropFormer(run, copies, { bucket, origin });
      report.deleted = deleted;
      if (stays !== null) hold(report, stays);
    } catch (error) {
      if (!isKtError(error) || run.isBroken()) throw error;
      fail(report, error.message);
    }
  }
  return reports;
};

const STAYS =
  'it is a copy of what became a bucket of this device, and the last proof, less than an hour ago, ' +
  'did not find all of its events on the server: `kt-client verify --repair` looks again';
