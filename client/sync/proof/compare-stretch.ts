/** Compares one bucket's stretch of days with what the server says it holds, and looks into the days that differ. */
import { isKtError } from '../../../domain/errors.ts';
import type { WantedParts } from '../../../domain/sync/parts.ts';
import type { DaySums, Local, RemotePart } from '../ports.ts';
import type { Look } from './mend-day.ts';
import { differing, readDays, type Stopwatch, type Stretch } from './read-days.ts';
import type { Budget, Round, Target } from './round.ts';
import type { RoundNotes } from './round-notes.ts';

/** What to do with one bucket. */
export type Work = {
  readonly target: Target;
  readonly part: RemotePart;
  /**
   * Days of which more is known than the part says, because the pass wrote there; null for a day of unknown content.
   */
  readonly better: ReadonlyMap<number, { readonly events: number; readonly hash: bigint } | null>;
  look(day: number, about: number): Promise<Look>;
  /** Called if the bucket could not be read or repaired. */
  failed(reason: string): void;
};

/** What all parts of a pass share. */
export type PartsRun = {
  readonly local: Local;
  /** Does the server fail for every bucket? */
  readonly isBroken: () => boolean;
  readonly asked: WantedParts;
  /** The round as it was when the pass began. */
  readonly before: Round;
  /** The targets from the walk's position to the end. */
  readonly walk: readonly Target[];
  readonly watch: Stopwatch;
  /** How long the pass may read here, by the stopwatch. */
  readonly budget: Budget;
  readonly notes: RoundNotes;
};

/**
 * `untilMs`: when the time for a stretch ends, in ms by the stopwatch. `mustCome`: read at least some of it even so.
 * `wants`: collects the buckets that need a whole proof.
 */
export type StretchLimits = { readonly untilMs: number; readonly mustCome: boolean; readonly wants: Set<string> };

/**
 * `from`: the first day that was read, null for all. `clean`: nothing in it is left unproven. `read`: how many events.
 */
export type StretchEnd = { readonly from: number | null; readonly clean: boolean; readonly read: number };

/**
 * Reads and compares a stretch; null if the time ended before any of it was read. Fails as Local, Remote and `look` do.
 */
export const compareStretch = async (
  { local, asked, watch, notes }: PartsRun,
  { target: { localId }, better, look }: Work,
  stretch: Stretch,
  there: DaySums,
  { untilMs, mustCome, wants }: StretchLimits,
): Promise<StretchEnd | null> => {
  const isOver = () => watch.spentMs >= untilMs;
  const here = await readDays(local, localId, stretch, there, asked.moving, watch, isOver, mustCome);
  if (here === null) return null;
  notes.reads(here.read);
  const { from } = here;
  const { before } = stretch;
  const isWithin = (day: number) => (from === null || day >= from) && (before === null || day < before);
  const known = new Map(there);
  let clean = true;
  for (const [day, sum] of better) {
    if (sum !== null) known.set(day, sum);
    // The next pass compares the newest days anyway; for older ones the walk has to come back.
    else if (day < asked.since && isWithin(day)) clean = false;
  }
  for (const day of differing(here.sums, known, { from, before })) {
    if (better.get(day) === null) continue;
    const [a, b] = [here.sums.get(day), known.get(day)];
    const what = `${a?.events ?? 0} ${a?.hash ?? 0} ${b?.events ?? 0} ${b?.hash ?? 0}`;
    if (notes.isSettled(localId, day, what)) continue;
    const { wantsWhole, wrote } = await look(day, Math.max(a?.events ?? 0, b?.events ?? 0));
    if (wantsWhole) {
      clean = false;
      wants.add(localId);
    } else if (!wrote) notes.settle(localId, day, what);
  }
  return { from, clean, read: here.read };
};

/** If a bucket can't be read or repaired only its walk is marked torn; what stops every bucket is thrown. */
export const attempt = async (
  { isBroken, notes }: PartsRun,
  work: Work,
  compare: () => Promise<void>,
): Promise<void> => {
  try {
    await compare();
  } catch (error) {
    if (!isKtError(error) || isBroken()) throw error;
    work.failed(error.message);
    notes.tear(work.target.localId);
  }
};
