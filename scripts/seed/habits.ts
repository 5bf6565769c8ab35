/** When the person is at which device: the plan of a day, by the date alone. */
import { chanceFor, type Chance } from './chance.ts';
import type { WallClock } from './wall-clock.ts';
import type { Mood } from './world.ts';

export const DEVICES = ['desktop', 'laptop', 'phone'] as const;
export type DeviceName = (typeof DEVICES)[number];
export const ofDevices = <T>(of: (name: DeviceName, place: number) => T): Record<DeviceName, T> => ({
  desktop: of('desktop', 0),
  laptop: of('laptop', 1),
  phone: of('phone', 2),
});

/** Somebody is at a device, from one time to another, in ms; on computers they are away in between. */
export type Session = { readonly start: number; readonly end: number; readonly mood: Mood };
/** Sessions by device, ascending, at least ten minutes apart; and what kind of day it is. */
export type Plan = Readonly<Record<DeviceName, readonly Session[]>> & {
  readonly isHostile: boolean;
  /** A computer that is locked over night, until this time, and not switched off; null: switched off. */
  readonly lockedUntil: number | null;
};

/** What chance is drawn for. */
const [DAYS, PHONE] = [1, 2];
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const APART = 10 * MINUTE;

/** Month and day. */
const HOLIDAYS = new Set(['01-01', '05-01', '10-03', '12-24', '12-25', '12-26', '12-31']);
const isVacation = (date: string): boolean => date >= '08-03' && date <= '08-16';
/** MM-DD of a day. */
const dateOf = (day: number): string => new Date(day * 24 * HOUR).toISOString().slice(5, 10);

/** Whether the night behind a day is worked through: once in four weeks, and whenever the clocks are changed. */
export const isNightShift = (day: number, { at, ahead }: WallClock): boolean =>
  day % 28 === 9 || ahead(at(day, 22 * 60)) !== ahead(at(day + 1, 5 * 60));

/**
 * The plan of a day: all of it lies between 06:30 and 06:15 of the next morning by the clock on the wall, so that what
 * happens on one day is known from that day alone.
 */
export const planOf = (day: number, clock: WallClock, seed: number): Plan => {
  const chance = chanceFor(seed, DAYS, day);
  const { at } = clock;
  const date = dateOf(day);
  const weekday = (day + 4) % 7;
  const isWeekend = weekday === 0 || weekday === 6;
  const isFree = isWeekend || HOLIDAYS.has(date);
  const isAway = isVacation(date) || (!isFree && chance.is(0.015));
  const hasNight = isNightShift(day, clock);
  const isAfterNight = isNightShift(day - 1, clock);
  const desktop: Session[] = [];
  const laptop: Session[] = [];
  /** From some minutes after midnight on, give or take, for so many minutes. */
  const sit = (on: Session[], minutes: number, give: number, length: number, mood: Mood): void => {
    const start = at(day, minutes + chance.whole(-give, give)) + chance.whole(0, 59_999);
    const end = start + length * MINUTE + chance.whole(0, 59_999);
    if (start - (on.at(-1)?.end ?? -Infinity) > APART) on.push({ start, end, mood });
  };

  if (!isAway && !isFree) {
    const office = weekday === 2 || weekday === 4 ? laptop : desktop;
    if (!isAfterNight) sit(office, 8 * 60 + 20, 30, chance.whole(205, 230), 'work');
    sit(office, 13 * 60 + 20, 15, chance.whole(200, 250), 'work');
    // Both at once: a meeting on one computer, and the work goes on on the other.
    if (chance.is(0.5)) sit(office === desktop ? laptop : desktop, 14 * 60 + 30, 20, chance.whole(35, 80), 'meeting');
    if (!hasNight && chance.is(0.6)) sit(laptop, 20 * 60, 25, chance.whole(60, 160), 'evening');
  } else if (!isAway) {
    if (!isAfterNight && chance.is(0.7)) sit(laptop, 10 * 60, 30, chance.whole(60, 150), 'evening');
    if (chance.is(0.6)) sit(desktop, 15 * 60 + 30, 40, chance.whole(90, 240), 'evening');
  }
  if (hasNight) {
    sit(desktop, 21 * 60 + 40, 10, chance.whole(410, 430), 'night');
    sit(laptop, 23 * 60 + 40, 10, chance.whole(170, 200), 'night');
  }
  return {
    desktop,
    laptop,
    phone: onThePhone(day, clock, hasNight, chanceFor(seed, PHONE, day)),
    isHostile: Number(date.slice(3)) % 7 === 5,
    lockedUntil: desktop.length > 0 && !hasNight && chance.is(0.15) ? at(day + 1, 4 * 60 + 50) : null,
  };
};

/** Some minutes at a time, whatever else goes on. */
const onThePhone = (day: number, { at }: WallClock, hasNight: boolean, chance: Chance): Session[] => {
  const from = at(day, 6 * 60 + 40);
  const to = at(day, (hasNight ? 27 : 23) * 60 + 20);
  const starts = Array.from({ length: chance.whole(8, 20) }, () => from + Math.floor(chance.next() * (to - from)));
  const sessions: Session[] = [];
  for (const start of starts.sort((a, b) => a - b)) {
    const length = (chance.is(0.15) ? chance.whole(10, 35) : chance.whole(1, 8)) * MINUTE + chance.whole(0, 59_999);
    if (start - (sessions.at(-1)?.end ?? -Infinity) < APART) continue;
    sessions.push({ start, end: start + length, mood: 'evening' });
  }
  return sessions;
};
