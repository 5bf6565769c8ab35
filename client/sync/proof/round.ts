/**
 * The walk through everything that is compared, one part per whole pass (spec/sync 4.4): its position, how much a pass
 * reads, and how long ago each bucket was proven. Pure.
 */
import { DAY_MS } from '../../../domain/day.ts';
import { MOST_COMPARED_BUCKETS, MOST_COMPARED_EVENTS, type WantedParts } from '../../../domain/sync/parts.ts';

/** A bucket of this device (`deviceId` null), or a copy of another's. */
export type Target = { readonly localId: string; readonly bucketId: string; readonly deviceId: string | null };

/** The state of a bucket's walks. */
export type Walked = {
  /** When the current or last walk began, in ms by this device's clock. */
  readonly fromMs: number;
  /** When the last walk began that covered all of it and found no difference; null if there was none. */
  readonly wholeMs: number | null;
  /** The current walk skipped a day that could not be compared. */
  readonly torn: boolean;
};

export type Round = {
  /** Where the walk continues: below this day of this bucket (null: with its newest); null: from the beginning. */
  readonly at: { readonly localId: string; readonly before: number | null } | null;
  readonly beganMs: number;
  /** When the last whole pass began. */
  readonly passMs: number;
  /**
   * `total`: events to compare in a round, as the last pass counted them. `read`: those that the walk of this round has
   * read, without the newest days, which each pass compares. `msPerEvent`: how long one took.
   */
  readonly total: number;
  readonly read: number;
  readonly msPerEvent: number;
  /** The bucket whose newest days the last pass did not reach. */
  readonly recentAt: string | null;
  readonly walked: Readonly<Record<string, Walked>>;
  /** Days that differ and were looked into without anything to repair: by bucket and day, what both sides held. */
  readonly settled: Readonly<Record<string, string>>;
};

const MINUTE_MS = 60_000;
/** Most time a pass spends reading locally, in ms; up to the second where a round would else take longer than a day. */
const BUDGET_MS = 500;
const MOST_BUDGET_MS = 5_000;
/** Share of that for the newest days, for own buckets and for copies each. */
const NEWEST_SHARE = 0.25;
/**
 * How long a round takes at leisure, once everything was proven: as fast as it can, a year would be read anew every
 * hour, for as much CPU as all the rest of the passes.
 */
const LEISURE_MS = 6 * 3_600_000;
/** The least time for the walk, in ms. */
const LEAST_WALK_MS = 20;
/** Allows for failed passes and a night's sleep, so that a round still ends in time. */
const SPARE = 1.5;
/** Events that a walk asks for while the reading speed is unknown. */
const FIRST_EVENTS = 5_000;

export const freshRound = (nowMs: number): Round => ({
  at: null,
  beganMs: nowMs,
  passMs: nowMs,
  total: 0,
  read: 0,
  msPerEvent: 0,
  recentAt: null,
  walked: {},
  settled: {},
});

/** How long a pass may read here, in ms: the newest days, the walk, and all of it together. */
export type Budget = { readonly newestMs: number; readonly walkMs: number; readonly mostMs: number };

/**
 * Until everything was proven, the walk takes what there is; then what a round within `LEISURE_MS` asks for. A clock
 * that was set back does not make passes look rarer than they are.
 */
export const budgetOf = (round: Round, targets: readonly Target[], nowMs: number): Budget => {
  const { beganMs, passMs, total, read, msPerEvent, walked } = round;
  const every = Math.min(DAY_MS, Math.max(MINUTE_MS, Math.abs(nowMs - passMs)));
  const neededFor = (spanMs: number): number => {
    const passes = Math.max(1, Math.floor((beganMs + spanMs - nowMs) / every));
    return (Math.max(0, total - read) * msPerEvent * SPARE) / passes;
  };
  const mostMs = Math.min(MOST_BUDGET_MS, Math.max(BUDGET_MS, neededFor(DAY_MS)));
  const isProven = targets.every(({ localId }) => Object.hasOwn(walked, localId) && walked[localId]!.wholeMs !== null);
  const walkMs = isProven ? Math.min(mostMs, Math.max(LEAST_WALK_MS, neededFor(LEISURE_MS))) : mostMs;
  return { newestMs: mostMs * NEWEST_SHARE, walkMs, mostMs };
};

/** The targets from the walk's position to the end; all of them if its bucket is gone. */
export const fromHere = (round: Round, targets: readonly Target[]): readonly Target[] => {
  const at = targets.findIndex(({ localId }) => localId === round.at?.localId);
  return at === -1 ? targets : targets.slice(at);
};

/** What to ask the server for: first the targets of the walk, then those whose newest days alone are needed. */
export const wantedOf = (round: Round, targets: readonly Target[], nowMs: number): WantedParts => {
  const walk = fromHere(round, targets);
  const ordered = [...walk, ...targets.filter((target) => !walk.includes(target))].slice(0, MOST_COMPARED_BUCKETS);
  const budget = budgetOf(round, targets, nowMs).walkMs;
  const events =
    round.msPerEvent === 0
      ? FIRST_EVENTS
      : Math.min(MOST_COMPARED_EVENTS, Math.max(FIRST_EVENTS / 5, Math.ceil((1.25 * budget) / round.msPerEvent)));
  const nowUs = BigInt(nowMs) * 1000n;
  const hourUs = 3_600_000_000n;
  return {
    moving: { fromUs: nowUs - hourUs, toUs: nowUs + hourUs },
    since: Math.floor(nowMs / DAY_MS) - 1,
    events,
    buckets: ordered.map(({ localId, bucketId, deviceId }) => ({
      bucketId,
      deviceId,
      before: round.at?.localId === localId ? round.at.before : null,
    })),
  };
};

/** What was compared, and since when. */
export type Compared = {
  /** Events here, as counted. */
  readonly events: number;
  /** The time of the oldest proof involved, in ms by this device's clock; null until everything is proven. */
  readonly sinceMs: number | null;
  /** Days with something not proven yet; null if unknown. */
  readonly daysLeft: number | null;
};

/**
 * Summarises the walks of these buckets. `firstDays`: the day of each one's oldest event on the server (null: it has
 * none).
 */
export const comparedOf = (
  round: Round,
  firstDays: ReadonlyMap<string, number | null>,
  events: number,
  isKnown: boolean,
  nowMs: number,
): Compared => {
  const today = Math.floor(nowMs / DAY_MS);
  let since = nowMs;
  let oldest = Infinity;
  let newest = -Infinity;
  for (const [localId, firstDay] of firstDays) {
    const wholeMs = Object.hasOwn(round.walked, localId) ? round.walked[localId]!.wholeMs : null;
    if (wholeMs !== null) {
      since = Math.min(since, wholeMs);
      continue;
    }
    const last = round.at?.localId === localId && round.at.before !== null ? round.at.before - 1 : today;
    newest = Math.max(newest, last);
    oldest = Math.min(oldest, firstDay ?? last, last);
  }
  if (!isKnown) return { events, sinceMs: null, daysLeft: null };
  return oldest === Infinity
    ? { events, sinceMs: since, daysLeft: 0 }
    : { events, sinceMs: null, daysLeft: newest - oldest + 1 };
};

/** The round after a proof found these buckets equal as a whole. */
export const provenWhole = (round: Round | null, localIds: readonly string[], nowMs: number): Round => {
  const before = round ?? freshRound(nowMs);
  const whole: Walked = { fromMs: nowMs, wholeMs: nowMs, torn: false };
  return { ...before, walked: { ...before.walked, ...Object.fromEntries(localIds.map((id) => [id, whole])) } };
};
