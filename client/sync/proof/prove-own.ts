import { dayOf, type DayDigest } from '../../../domain/sync/day-digest.ts';
import type { SourceHash } from '../../../domain/sync/push.ts';
import { compareOwnDay, type IsMoving, type OwnDifference } from './differences.ts';
import { differingDays, type Days, type Digest } from './digest.ts';
import { digestBoth } from './digest-both.ts';
import { eventsOfDay } from './events-of-day.ts';
import { knownById, refusedRow } from '../known-rows.ts';
import type { KnownRow, Local } from '../ports.ts';
import { markDiffering, markEqual, markHeld, type ProofRow } from './proof-report.ts';
import { breaker, deleteMissing, eventHere, sendAgain, type OwnBucket, type RepairRun } from './repair.ts';
import { noteRefused, type Progress } from '../report.ts';

export type ProofRun = RepairRun & {
  readonly isMoving: IsMoving;
  /** Does the server fail for every bucket? Then the proof stops. */
  readonly isBroken: () => boolean;
  readonly repair: boolean;
  readonly allowDeletes: boolean;
  /** The known rows of a local bucket (spec/sync 4.8). */
  readonly known: (localId: string) => readonly KnownRow[];
  /** Are deletions of an own bucket held (spec/sync 4.6)? */
  readonly isHeld: (bucketId: string) => boolean;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
};

/** How many missing events are looked up by id: if more are missing, most were deleted. */
const MOST_ASKED = 1000;

const pushedDays = (days: readonly DayDigest[]): Days =>
  new Map(days.map(({ day, pushed, pushedHash }) => [day, { events: pushed, hash: pushedHash }]));

/**
 * Ids of known rows, which count as no difference. `pushed`: those that the server nevertheless has, in an earlier
 * form.
 */
type Aside = { readonly ids: ReadonlySet<number>; readonly pushed: Set<number> };

const asideOf = (row: ProofRow, pushed = new Set<number>()): Aside => ({
  ids: new Set(row.rejected.flatMap(({ sourceId }) => (sourceId === null ? [] : [sourceId]))),
  pushed,
});

const knownOf = (row: ProofRow, { pushed }: Aside): KnownRow[] =>
  row.rejected.map((refusal) => ({
    ...refusedRow(refusal),
    ...(pushed.has(refusal.sourceId ?? NaN) ? { on: 'both' } : {}),
  }));

/**
 * Compares days one by one (`about` says how many events a day has here), calls `each` with the differences, and
 * returns the days on which more differs than moving events.
 */
const look = async (
  run: ProofRun,
  { bucket }: OwnBucket,
  remoteId: string,
  days: readonly number[],
  about: Days,
  aside: Aside,
  each: (difference: OwnDifference, here: ReadonlySet<number>) => Promise<void>,
): Promise<number[]> => {
  const found: number[] = [];
  for (const day of days) {
    const there = await run.remote.sources(remoteId, day);
    const here = await eventsOfDay(run.local, bucket.id, day, about.get(day)?.events ?? 0);
    for (const { sourceId } of there) if (aside.ids.has(sourceId)) aside.pushed.add(sourceId);
    const difference = compareOwnDay(
      here.filter(({ id }) => !aside.ids.has(id)),
      there.filter(({ sourceId }) => !aside.ids.has(sourceId)),
      run.isMoving,
    );
    if (difference.send.length > difference.moving || difference.missing.length > 0) found.push(day);
    await each(difference, new Set(here.map(({ id }) => id)));
  }
  return found;
};

/** The days that now hold the events missing on the day where the server has them. */
const daysOf = async (local: Local, bucketId: string, missing: readonly SourceHash[]): Promise<number[]> => {
  const days = new Set<number>();
  for (const { sourceId } of missing) {
    const event = await eventHere(local, bucketId, sourceId);
    if (event !== null && event !== 'unreadable') days.add(dayOf(event));
  }
  return [...days].sort((a, b) => a - b);
};

/** The days on which the server's digest differs from that of the events walked here. */
const differing = async (run: ProofRun, remoteId: string, walked: Digest): Promise<number[]> =>
  differingDays(walked.days, pushedDays(await run.remote.digest(remoteId)));

/**
 * Compares days, sends what the server lacks if this is a repair, and returns what is missing here. An event that moved
 * to another day is missing on the first and to be sent for the second: that is no deletion. If ids changed, further
 * days are compared: a day that now holds a missing id, even if it seems equal (the server has its event under another
 * id), and the days that changed because a sent id moved away from them.
 */
const lookAtDays = async (
  run: ProofRun,
  own: OwnBucket,
  remoteId: string,
  walked: Digest,
  first: readonly number[],
  row: ProofRow,
  aside: Aside,
): Promise<SourceHash[]> => {
  const seen = new Set<number>();
  const looked = new Set<number>();
  let missing: SourceHash[] = [];
  for (let days = first; days.length > 0; ) {
    let sent = 0;
    const found = await look(
      run,
      own,
      remoteId,
      days,
      walked.days,
      aside,
      async ({ send, moving, missing: absent }, here) => {
        row.toSend += send.length - moving;
        row.moving += moving;
        missing.push(...absent);
        for (const id of here) seen.add(id);
        if (!run.repair || send.length === 0) return;
        sent += send.length;
        await sendAgain(run, own, send, row);
      },
    );
    row.days = [...row.days, ...found].sort((a, b) => a - b);
    for (const day of days) looked.add(day);
    missing = missing.filter(({ sourceId }) => !seen.has(sourceId));
    const strays = missing.length > MOST_ASKED ? [] : await daysOf(run.local, own.bucket.id, missing);
    const changed = sent > 0 ? await differing(run, remoteId, walked) : [];
    days = [...new Set([...strays, ...changed])].filter((day) => !looked.has(day)).sort((a, b) => a - b);
  }
  return missing;
};

/**
 * Proves one own whole bucket: walks it, compares it day by day with the server's digest, and fills the row
 * (spec/sync 4.2). With `repair`, it repairs what differs and compares again. Fails as Local and Remote do.
 */
export const proveOwn = async (run: ProofRun, own: OwnBucket, remoteId: string, row: ProofRow): Promise<void> => {
  const { bucket } = own;
  // A repair tries refused events again; otherwise they are left out as known rows.
  const refused = run.repair ? new Map<number, KnownRow>() : knownById(run.known(bucket.id));
  run.onProgress?.({ phase: 'prove', bucket: bucket.id, done: 0, total: null });
  const { here: walked, there } = await digestBoth(run.local, run.remote, bucket.id, remoteId, {
    aside: refused,
    onPage(page, { events: done }) {
      noteRefused(row.rejected, page.unreadable);
      if (refused.size > 0)
        noteRefused(
          row.rejected,
          page.events.flatMap(({ id, startUs }) =>
            refused.has(id) ? [{ sourceId: id, startUs, reason: refused.get(id)!.reason }] : [],
          ),
        );
      run.onProgress?.({ phase: 'prove', bucket: bucket.id, done, total: null });
    },
  });
  row.here = walked.events;
  row.there = there.reduce((sum, { pushed }) => sum + pushed, 0);
  row.kept = there.reduce((sum, { events, pushed }) => sum + events - pushed, 0);

  const aside = asideOf(row);
  const missing = await lookAtDays(
    run,
    own,
    remoteId,
    walked,
    differingDays(walked.days, pushedDays(there)),
    row,
    aside,
  );
  row.known = knownOf(row, aside);
  row.toDelete = missing.length;
  if (row.days.length > 0) markDiffering(row);
  if (row.days.length === 0 || !run.repair) return;

  // Only deletions need the server's count of the last day.
  const lastDay = run.allowDeletes || missing.length === 0 ? 0 : await run.remote.trashedLastDay(remoteId);
  const held = run.allowDeletes
    ? null
    : breaker({ now: missing.length, lastDay, here: row.here, there: row.there, held: run.isHeld(bucket.id) });
  if (held !== null) return markHeld(row, held);
  await deleteMissing(run, own, missing, row);
  const refusedNow = asideOf(row, aside.pushed);
  const left = await look(
    run,
    own,
    remoteId,
    await differing(run, remoteId, walked),
    walked.days,
    refusedNow,
    async () => undefined,
  );
  row.known = knownOf(row, refusedNow);
  if (left.length === 0) markEqual(row);
};
