/**
 * The walk through all that is compared, a part in each whole pass (spec/sync 4.4): where it stands, how much a pass
 * reads, and how long ago each bucket was proven. Pure.
 */
import { MOST_COMPARED_BUCKETS, MOST_COMPARED_EVENTS, type WantedParts } from '../../../domain/sync/parts.ts';

/** A bucket of this device (`deviceId` null), or a copy of another's. */
export type Target = { readonly localId: string; readonly bucketId: string; readonly deviceId: string | null };

/** What a bucket's walks came to. */
export type Walked = {
  /** When the walk began that is on, or was on last, in ms by this device's clock. */
  readonly fromMs: number;
  /** When the last walk began that came through all of it and found nothing that differs; null for none. */
  readonly wholeMs: number | null;
  /** The walk that is on passed over a day that could not be compared. */
  readonly torn: boolean;
};

export type Round = {
  /** Where it goes on: below this day of this bucket (null: with its newest); null: it begins anew. */
  readonly at: { readonly localId: string; readonly before: number | null } | null;
  readonly beganMs: number;
  /** When the last whole pass began. */
  readonly passMs: number;
  /**
   * Events to be compared in all, as the last pass counted them; those that the walk of this round has read, without
   * the newest days, which each pass compares; and how long one took, in ms.
   */
  readonly total: number;
  readonly read: number;
  readonly msPerEvent: number;
  /** The bucket whose newest days the last pass did not come to. */
  readonly recentAt: string | null;
  readonly walked: Readonly<Record<string, Walked>>;
  /**
   * Days that differ and were looked at, with nothing to be mended: by bucket and day, what both sides held of it then.
   */
  readonly settled: Readonly<Record<string, string>>;
};

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** Local reading of a pass, in ms: this, or up to so much where a round would take longer than a day. */
const BUDGET_MS = 500;
const MOST_BUDGET_MS = 5_000;
/** A pass that fails, or a night's sleep, must not be what makes a round too long. */
const SPARE = 1.5;
/** Events that a walk asks for while nobody knows how fast they are read. */
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

/** How long this pass may read here, in ms. A clock that was set back makes a pass no rarer than it is. */
export const budgetMs = ({ beganMs, passMs, total, read, msPerEvent }: Round, nowMs: number): number => {
  const every = Math.min(DAY_MS, Math.max(MINUTE_MS, Math.abs(nowMs - passMs)));
  const passes = Math.max(1, Math.floor((beganMs + DAY_MS - nowMs) / every));
  const needed = (Math.max(0, total - read) * msPerEvent * SPARE) / passes;
  return Math.min(MOST_BUDGET_MS, Math.max(BUDGET_MS, needed));
};

/** The targets from where the walk stands to their end; all of them where that bucket is gone. */
export const fromHere = (round: Round, targets: readonly Target[]): readonly Target[] => {
  const at = targets.findIndex(({ localId }) => localId === round.at?.localId);
  return at === -1 ? targets : targets.slice(at);
};

/** What to ask the server for. The walk's targets come first, then those of which the newest days alone are wanted. */
export const wantedOf = (round: Round, targets: readonly Target[], nowMs: number): WantedParts => {
  const walk = fromHere(round, targets);
  const ordered = [...walk, ...targets.filter((target) => !walk.includes(target))].slice(0, MOST_COMPARED_BUCKETS);
  const budget = budgetMs(round, nowMs);
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
  /** The oldest proof that all of it stands on, in ms by this device's clock; null while not all is proven. */
  readonly sinceMs: number | null;
  /** Days of which something is not proven yet; null where that is not known. */
  readonly daysLeft: number | null;
};

/**
 * What the walks say of these buckets; `firstDays`: the day of each one's oldest event on the server (null: it has
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

/** After a proof that found these buckets equal, whole. */
export const provenWhole = (round: Round | null, localIds: readonly string[], nowMs: number): Round => {
  const before = round ?? freshRound(nowMs);
  const whole: Walked = { fromMs: nowMs, wholeMs: nowMs, torn: false };
  return { ...before, walked: { ...before.walked, ...Object.fromEntries(localIds.map((id) => [id, whole])) } };
};
