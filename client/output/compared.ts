/** Puts into words what was compared, and how long ago, and claims no more than that. */
import type { Compared } from '../sync/proof/round.ts';

const UNITS: readonly [ms: number, unit: string][] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
];

/** A span rounded up, in a unit of which there are at least two: "5 h", "1 min". */
const withinText = (ms: number): string => {
  const [size, unit] = UNITS.find(([least]) => ms >= 2 * least) ?? [60_000, 'min'];
  return `${Math.max(1, Math.ceil(ms / size))} ${unit}`;
};

const some = (count: number, noun: string): string =>
  `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;

/**
 * "12,304 events, all proven within 5 h", or how much is not proven yet. A clock that was set back makes nothing older.
 */
export const comparedText = ({ events, sinceMs, daysLeft }: Compared, nowMs: number): string => {
  if (sinceMs !== null)
    return `${some(events, 'event')}, all proven within ${withinText(Math.max(0, nowMs - sinceMs))}`;
  return daysLeft === null ? 'what is new was not proven yet' : `${some(daysLeft, 'day')} not yet proven`;
};

/** The same for a sync that is otherwise in step. */
export const inStepText = (compared: Compared, nowMs: number): string =>
  `in step${compared.sinceMs === null ? ' as far as compared:' : ';'} ${comparedText(compared, nowMs)}`;
