/**
 * What the clock on the wall shows, of its own making: the server's calendar (domain/facts/calendar.ts) is held against
 * it. Days are numbers since 1970, times are ms.
 */
import { DAY_MS } from '../../domain/day.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const QUARTER = 15 * MINUTE;

export type WallClock = {
  /** When it shows so many minutes after midnight of a day; the first time, if it does so twice. */
  readonly at: (day: number, minutes: number) => number;
  /** How far it is ahead of UTC. */
  readonly ahead: (ms: number) => number;
  /** When its hours begin between two times, the first of which counts as a beginning; one that comes twice is two. */
  readonly hours: (from: number, to: number) => number[];
};

export const makeWallClock = (timeZone: string): WallClock => {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const ahead = (ms: number): number => {
    const of: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
    for (const { type, value } of format.formatToParts(ms)) of[type] = Number(value);
    const shown = Date.UTC(of.year!, of.month! - 1, of.day, of.hour, of.minute, of.second);
    return shown - Math.floor(ms / 1000) * 1000;
  };
  return {
    ahead,
    at: (day, minutes) => {
      const shown = day * DAY_MS + minutes * MINUTE;
      // A clock that is changed within a day of it was so much ahead before, and is so much ahead after.
      const before = shown - ahead(shown - DAY_MS);
      const after = shown - ahead(shown + DAY_MS);
      const found = [before, after].filter((ms) => ms + ahead(ms) === shown);
      return found.length > 0 ? Math.min(...found) : before;
    },
    hours: (from, to) => {
      const starts: number[] = [];
      const isSteady = ahead(from) === ahead(to);
      let last = ahead(from);
      for (let ms = from; ms < to; ms += QUARTER) {
        const now = isSteady ? last : ahead(ms);
        if (ms === from || now !== last || (ms + now) % HOUR === 0) starts.push(ms);
        last = now;
      }
      return starts;
    },
  };
};
