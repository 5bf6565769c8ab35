/**
 * Looks into one day that differs, when a part is proven (spec/sync 4.4). Sends and inserts what is lacking, and
 * deletes nothing: that takes a whole proof.
 */
import type { StoredEvent } from '../../../domain/event.ts';
import { applyInstants } from '../pull/apply-instants.ts';
import type { Applying } from '../pull/copy-counts.ts';
import { eventsOfDay } from './events-of-day.ts';
import { compareCopyDay, compareOwnDay } from './differences.ts';
import type { RemoteBucket } from '../ports.ts';
import type { ProofRow } from './proof-report.ts';
import type { ProofRun } from './prove-own.ts';
import type { PulledBucket } from '../report.ts';
import { eventHere, sendAgain, type OwnBucket } from './repair.ts';

/** How many missing events are looked up by id: if there are more, most of them were deleted. */
const MOST_ASKED = 100;

/** `wantsWhole`: the server has something that is not here. `wrote`: something was changed on one of the sides. */
export type Look = { readonly wantsWhole: boolean; readonly wrote: boolean };

/** Sends what a day of an own bucket lacks on the server, and events that are on another day there. */
export const mendOwnDay = async (
  run: ProofRun,
  own: OwnBucket,
  remoteId: string,
  day: number,
  about: number,
  row: ProofRow,
): Promise<Look> => {
  const there = await run.remote.sources(remoteId, day);
  const here = await eventsOfDay(run.local, own.bucket.id, day, about);
  const { send, missing } = compareOwnDay(here, there, run.isMoving);
  const moved: StoredEvent[] = [];
  let gone = 0;
  for (const { sourceId } of missing.slice(0, MOST_ASKED)) {
    const event = await eventHere(run.local, own.bucket.id, sourceId);
    if (event === null) gone++;
    else if (event !== 'unreadable') moved.push(event);
  }
  const lacking = [...send.filter((event) => !run.isMoving(event)), ...moved];
  const before = row.inserted + row.updated;
  if (lacking.length > 0) await sendAgain(run, own, lacking, row);
  return { wantsWhole: gone > 0 || missing.length > MOST_ASKED, wrote: row.inserted + row.updated > before };
};

/** Inserts and replaces what a day of a copy lacks; what it holds then is what it should hold (spec/sync 4.5). */
export const mendCopyDay = async (
  { local, remote, isMoving }: ProofRun,
  origin: Pick<RemoteBucket, 'id'>,
  localId: string,
  day: number,
  about: number,
  report: PulledBucket,
  applying: Applying,
): Promise<Look> => {
  const instants = await remote.instants(origin.id, day);
  const { lacking, gone } = compareCopyDay(await eventsOfDay(local, localId, day, about), instants, isMoving);
  if (lacking > 0) {
    const ascending = instants
      .map((instant) => ({ ...instant, gone: false }))
      .sort((a, b) => (a.atMs < b.atMs ? -1 : 1));
    await applying.begin(localId);
    await applyInstants(local, localId, ascending, report);
  }
  return { wantsWhole: gone > 0, wrote: lacking > 0 };
};
