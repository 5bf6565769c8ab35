import type { Instant } from '../../../domain/sync/changes.ts';
import type { DayDigest } from '../../../domain/sync/day-digest.ts';
import { applyInstants } from '../pull/apply-instants.ts';
import { eventsOfDay } from './events-of-day.ts';
import { compareCopyDay, type CopyDifference } from './differences.ts';
import { differingDays, type Days } from './digest.ts';
import { digestBoth } from './digest-both.ts';
import { keptRow, MOST_KNOWN, refusedRow, unwritableRow } from '../known-rows.ts';
import type { KnownRow, RemoteBucket } from '../ports.ts';
import { markDiffering, type ProofRow } from './proof-report.ts';
import type { ProofRun } from './prove-own.ts';
import { noteRefused, pulledBucket } from '../report.ts';

export const allDays = (days: readonly DayDigest[]): Days =>
  new Map(days.map(({ day, events, hash }) => [day, { events, hash }]));
const ascending = (instants: readonly Instant[]): Instant[] => [...instants].sort((a, b) => (a.atMs < b.atMs ? -1 : 1));

/** Makes the copy hold what the server says at these instants, and counts in the row what was written. */
const apply = async (
  { local }: ProofRun,
  origin: RemoteBucket,
  localId: string,
  instants: readonly Instant[],
  row: ProofRow,
): Promise<void> => {
  const report = pulledBucket(origin);
  try {
    await applyInstants(local, localId, ascending(instants), report);
  } finally {
    row.inserted += report.inserted;
    row.updated += report.replaced;
    row.deleted += report.deleted;
  }
};

/**
 * Proves one copy: walks it, compares it day by day with all that its origin holds on the server, and fills the row
 * (spec/sync 4.2). With `repair`, the instants of the days that differ are applied as in a pull, and those days are
 * compared again. An event is never deleted from a copy just because the server lacks it: the copy may be the last one.
 * Fails as Local and Remote do.
 */
export const proveCopy = async (run: ProofRun, origin: RemoteBucket, localId: string, row: ProofRow): Promise<void> => {
  const { local, remote } = run;
  run.onProgress?.({ phase: 'prove', bucket: localId, done: 0, total: null });
  const known: KnownRow[] = [];
  const noteKnown = (rows: readonly KnownRow[]) => void known.push(...rows.slice(0, MOST_KNOWN - known.length));
  const { here: digest, there } = await digestBoth(local, remote, localId, origin.id, {
    onPage({ unreadable }, { events: done }) {
      noteRefused(row.rejected, unreadable);
      run.onProgress?.({ phase: 'prove', bucket: localId, done, total: null });
    },
  });
  row.here = digest.events;
  row.there = there.reduce((sum, { events }) => sum + events, 0);

  const look = async (
    days: readonly number[],
    each: (difference: CopyDifference, instants: readonly Instant[]) => Promise<void>,
  ): Promise<number[]> => {
    const differing: number[] = [];
    for (const day of days) {
      const instants = await remote.instants(origin.id, day);
      const difference = compareCopyDay(
        await eventsOfDay(local, localId, day, digest.days.get(day)?.events ?? 0),
        instants,
        run.isMoving,
      );
      if (difference.lacking + difference.gone > 0) differing.push(day);
      await each(difference, instants);
    }
    return differing;
  };
  row.days = await look(
    differingDays(digest.days, allDays(there)),
    async ({ lacking, moving, gone, kept, unwritable }, instants) => {
      row.toSend += lacking;
      row.toDelete += gone;
      row.moving += moving;
      row.kept += kept.length;
      row.unwritable += unwritable.length;
      noteKnown([...kept.map(keptRow), ...unwritable.map((event) => unwritableRow(event))]);
      if (run.repair && lacking + moving + gone > 0) await apply(run, origin, localId, instants, row);
    },
  );
  let lacks = row.toSend > 0;
  if (run.repair && row.days.length > 0) {
    lacks = false;
    await look(row.days, async ({ lacking }) => void (lacks ||= lacking > 0));
  }
  if (lacks) markDiffering(row);
  row.known = [...row.rejected.map(refusedRow), ...known];
};
