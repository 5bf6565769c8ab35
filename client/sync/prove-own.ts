import { compareOwnDay, type IsMoving, type OwnDifference } from './differences.ts';
import { dayOf, differingDays, makeDigest, type Days } from './digest.ts';
import { eventsOfDay } from './day.ts';
import type { Local, RemoteDay, SourceHash } from './ports.ts';
import type { ProofRow } from './proof-report.ts';
import { breaker, deleteMissing, eventHere, sendAgain, type OwnBucket, type RepairRun } from './repair.ts';
import { noteRefused, type Progress } from './report.ts';
import { walk } from './walk.ts';

export type ProofRun = RepairRun & {
  readonly isMoving: IsMoving;
  /** The server fails for all buckets: a proof does not go on with the next. */
  readonly isBroken: () => boolean;
  readonly repair: boolean;
  readonly allowDeletes: boolean;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
};

/** Missing events that are asked for by id: of more, most are deleted. */
const MOST_ASKED = 1000;

const pushedDays = (days: readonly RemoteDay[]): Days => new Map(days.map(({ day, pushed, pushedHash }) => [day, { events: pushed, hash: pushedHash }]));

/** Looks at days one by one, here and there, `each` with what differs; answers those on which more than what moves does. */
const look = async (
  run: ProofRun,
  { bucket }: OwnBucket,
  remoteId: string,
  days: readonly number[],
  about: (day: number) => number,
  each: (difference: OwnDifference, here: ReadonlySet<number>) => Promise<void>,
): Promise<number[]> => {
  const differing: number[] = [];
  for (const day of days) {
    const there = await run.remote.sources(remoteId, day);
    const here = await eventsOfDay(run.local, bucket.id, day, about(day));
    const difference = compareOwnDay(here, there, run.isMoving);
    if (difference.send.length > difference.moving || difference.missing.length > 0) differing.push(day);
    await each(difference, new Set(here.map(({ id }) => id)));
  }
  return differing;
};

/** The days on which what is missing on its own day is here all the same, under its id. */
const daysOf = async (local: Local, bucketId: string, missing: readonly SourceHash[]): Promise<number[]> => {
  const days = new Set<number>();
  for (const { sourceId } of missing) {
    const event = await eventHere(local, bucketId, sourceId);
    if (event !== null && event !== 'unreadable') days.add(dayOf(event));
  }
  return [...days].sort((a, b) => a - b);
};

/**
 * Proves one own whole bucket: walks it, compares day by day with the server's digest, and fills the row (sync.md section 4). With
 * `repair` it heals what differs, and looks at those days once more. Fails as Local and Remote do.
 */
export const proveOwn = async (run: ProofRun, own: OwnBucket, remoteId: string, row: ProofRow): Promise<void> => {
  const { bucket } = own;
  const digest = makeDigest();
  for await (const { events, unreadable } of walk(run.local, bucket.id)) {
    digest.add(events);
    noteRefused(row.rejected, unreadable);
    run.onProgress?.({ phase: 'prove', bucket: bucket.id, done: digest.events, total: null });
  }
  const there = await run.remote.digest(remoteId);
  row.here = digest.events;
  row.there = there.reduce((sum, { pushed }) => sum + pushed, 0);
  row.kept = there.reduce((sum, { events, pushed }) => sum + events - pushed, 0);

  // An event that moved to another day is missing on the one and to be sent on the other: it is no deletion.
  const seen = new Set<number>();
  let missing: SourceHash[] = [];
  const about = (day: number) => digest.days.get(day)?.events ?? 0;
  const looked = new Set<number>();
  for (let days = differingDays(digest.days, pushedDays(there)); days.length > 0; ) {
    const differing = await look(run, own, remoteId, days, about, async (difference, here) => {
      row.toSend += difference.send.length - difference.moving;
      row.moving += difference.moving;
      missing.push(...difference.missing);
      for (const id of here) seen.add(id);
      if (run.repair && difference.send.length > 0) await sendAgain(run, own, difference.send, row);
    });
    row.days = [...row.days, ...differing].sort((a, b) => a - b);
    for (const day of days) looked.add(day);
    missing = missing.filter(({ sourceId }) => !seen.has(sourceId));
    // The other day may seem equal: where ids are others now, its event may be there under another id.
    days = missing.length > MOST_ASKED ? [] : (await daysOf(run.local, bucket.id, missing)).filter((day) => !looked.has(day));
  }
  row.toDelete = missing.length;
  // What is refused is missing there, however new it is.
  if (row.days.length > 0 || row.rejected.length > 0) row.outcome = 'differs';
  if (row.days.length === 0 || !run.repair) return;

  const held = run.allowDeletes ? null : breaker(missing.length, row.here);
  if (held !== null) return void Object.assign(row, { outcome: 'held', reason: held });
  await deleteMissing(run, own, missing, row);
  const left = await look(run, own, remoteId, row.days, about, async () => undefined);
  if (left.length === 0 && row.rejected.length === 0) row.outcome = 'equal';
};
