/** What the person does on a day, to the ms: what is meant, before watchers record it (recorded.ts). */
import type { JsonObject } from '../../domain/data.ts';
import { chanceFor, type Chance } from './chance.ts';
import { DEVICES, planOf, type DeviceName, type Session } from './habits.ts';
import type { WallClock } from './wall-clock.ts';
import { BROWSERS, LOCKED, phoneWindow, windowsOf, type Browser, type Tab, type Window } from './world.ts';

/** From one time to another, in ms since 1970. */
export type Meant<T> = { readonly start: number; readonly end: number; readonly what: T };
/** A window; those of equal data have the same object, within a day. */
type MeantWindow = Pick<Window, 'data' | 'category'> & { readonly browser: Browser | null };
type Presence = { readonly isHere: boolean };

/**
 * A day on a device. Each list ascends without overlap; what does not touch is at least six seconds apart. Somebody is
 * here only where there is a window. Two windows that touch have different data.
 */
export type DeviceDay = {
  readonly windows: readonly Meant<MeantWindow>[];
  /** By keyboard and mouse; null on a device that does not record it. */
  readonly presence: readonly Meant<Presence>[] | null;
  readonly tabs: Readonly<Record<Browser, readonly Meant<Tab>[]>>;
};
export type PersonDay = { readonly day: number; readonly devices: Readonly<Record<DeviceName, DeviceDay>> };

const SECOND = 1000;
const MINUTE = 60 * SECOND;
/** Gaps below this are closed by the next one beginning earlier. */
const NARROW = 6 * SECOND;

export const dayOf = (day: number, clock: WallClock, seed: number): PersonDay => {
  const plan = planOf(day, clock, seed);
  const made = {} as Record<DeviceName, DeviceDay>;
  for (const [place, name] of DEVICES.entries()) {
    const chance = chanceFor(seed, 10 + place, day);
    if (name === 'phone') made[name] = phoneDay(plan.phone, chance);
    else {
      // Now and then windows of both computers change at the same instant.
      const others = name === 'laptop' ? made.desktop.windows.map(({ start }) => start) : [];
      const locked = name === 'desktop' ? plan.lockedUntil : null;
      made[name] = computerDay(plan[name], locked, { day, isHostile: plan.isHostile, others, chance });
    }
  }
  return { day, devices: made };
};

type On = {
  readonly day: number;
  readonly isHostile: boolean;
  readonly others: readonly number[];
  readonly chance: Chance;
};

const computerDay = (sessions: readonly Session[], lockedUntil: number | null, on: On): DeviceDay => {
  const windows: Meant<MeantWindow>[] = [];
  const presence: Meant<Presence>[] = [];
  const tabs: Record<Browser, Meant<Tab>[]> = { firefox: [], chrome: [] };
  const intern = makeIntern();
  const { chance } = on;
  for (const session of sessions) {
    const away = awayIn(session, chance);
    for (const { start, end, window } of windowsIn(session, away, on)) {
      const { data, category, showing } = window;
      append(windows, { start, end, what: { data: intern(data), category, browser: showing?.browser ?? null } });
      if (showing) append(tabs[showing.browser], tabOf(start, end, { ...showing.tab, data: intern(showing.tab.data) }));
    }
    // Nobody was at it before and after: it takes some seconds to log in, and to leave.
    presence.push(...presenceIn(session.start + 2 * SECOND, session.end - 3 * SECOND, away));
    for (const browser of BROWSERS) tabs[browser] = inBackground(tabs[browser], session.end, chance);
  }
  const last = sessions.at(-1);
  if (last && lockedUntil !== null) {
    windows.push({ start: last.end, end: lockedUntil, what: { ...LOCKED, data: intern(LOCKED.data), browser: null } });
    presence.push({ start: presence.at(-1)!.end, end: lockedUntil, what: { isHere: false } });
  }
  return { windows: settled(windows), presence: settled(presence), tabs };
};

/** When somebody leaves for some minutes, ascending, well apart from each other and from both ends. */
const awayIn = ({ start, end, mood }: Session, chance: Chance): (readonly [from: number, to: number])[] => {
  const away: [number, number][] = [];
  const stays = mood === 'meeting' ? 30 : 45;
  for (let at = start; ; ) {
    const from = at + chance.whole(stays / 3, stays * 1.4) * MINUTE + chance.whole(0, 59_999);
    const to = from + (chance.is(0.7) ? chance.whole(3, 6) : chance.whole(7, 25)) * MINUTE + chance.whole(0, 59_999);
    if (to > end - 2 * MINUTE) return away;
    away.push([from, to]);
    at = to;
  }
};

const presenceIn = (start: number, end: number, away: readonly (readonly [number, number])[]): Meant<Presence>[] => {
  const spans: Meant<Presence>[] = [];
  let at = start;
  for (const [from, to] of away) {
    spans.push({ start: at, end: from, what: { isHere: true } }, { start: from, end: to, what: { isHere: false } });
    at = to;
  }
  spans.push({ start: at, end, what: { isHere: true } });
  return spans;
};

/** The windows of a session, one behind the other; one that is open when somebody leaves stays until they are back. */
function* windowsIn({ start, end, mood }: Session, away: readonly (readonly [number, number])[], on: On) {
  const { chance, others } = on;
  const draw = windowsOf(on.day, mood, on.isHostile, chance);
  let next = 0;
  for (let at = start; at < end; ) {
    let until = at + lengthOf(chance);
    if (others.length > 0 && chance.is(0.05)) {
      const other = others.find((time) => time > at + 2 * SECOND) ?? Infinity;
      if (other - at < MINUTE) until = other;
    }
    while (next < away.length && away[next]![1] <= at) next++;
    if (next < away.length && until > away[next]![0]) until = away[next]![1] + chance.whole(1, 20_000);
    if (until > end - 2 * SECOND) until = end;
    yield { start: at, end: until, window: draw() };
    at = until;
  }
}

/** How long a window is looked at, in seconds, and how often it is so. */
const LENGTHS: readonly (readonly [share: number, least: number, most: number])[] = [
  [0.38, 1, 5],
  [0.46, 5, 30],
  [0.15, 30, 120],
  [0.01, 120, 900],
];

const lengthOf = (chance: Chance): number => {
  let left = chance.next();
  const [, least, most] = LENGTHS.find(([share]) => (left -= share) < 0) ?? LENGTHS[0]!;
  return chance.whole(least * SECOND, most * SECOND);
};

/** A page begins some ms before or after its window does. */
const tabOf = (start: number, end: number, what: Tab): Meant<Tab> => ({ start: start + 120, end: end + 120, what });

/** The extension goes on to record while its browser is not in front: a third of the pages stay until the next one. */
const inBackground = (tabs: readonly Meant<Tab>[], end: number, chance: Chance): Meant<Tab>[] => {
  const open = tabs.map((tab, i) => {
    const until = Math.min(tabs[i + 1]?.start ?? end, tab.end + 20 * MINUTE);
    return until > tab.end && until <= end && chance.is(0.3) ? { ...tab, end: until } : tab;
  });
  const whole: Meant<Tab>[] = [];
  // A page may have stayed until it was in front again.
  for (const tab of settled(open)) append(whole, tab);
  return whole;
};

const phoneDay = (sessions: readonly Session[], chance: Chance): DeviceDay => {
  const windows: Meant<MeantWindow>[] = [];
  const intern = makeIntern();
  for (const { start, end } of sessions) {
    for (let at = start; at < end; ) {
      const until = Math.min(end, at + chance.whole(1, 240) * SECOND + chance.whole(0, 999));
      const { data, category } = phoneWindow(chance);
      append(windows, { start: at, end: until, what: { data: intern(data), category, browser: null } });
      // The screen goes dark.
      at = until + (chance.is(0.2) ? chance.whole(NARROW, 90 * SECOND) : 0);
    }
  }
  return { windows: settled(windows), presence: null, tabs: { firefox: [], chrome: [] } };
};

const makeIntern = () => {
  const known = new Map<string, JsonObject>();
  return (data: JsonObject): JsonObject => {
    const text = JSON.stringify(data);
    const found = known.get(text) ?? data;
    known.set(text, found);
    return found;
  };
};

/** Adds one behind the others, or to the last one, if it goes on with the same. */
const append = <T extends { readonly data: JsonObject }>(to: Meant<T>[], next: Meant<T>): void => {
  const last = to.at(-1);
  if (last?.end === next.start && last.what.data === next.what.data) to[to.length - 1] = { ...last, end: next.end };
  else to.push(next);
};

/** No gap is so narrow that ActivityWatch would close it (spec/query 3.5: up to 5 s). */
const settled = <T>(spans: readonly Meant<T>[]): Meant<T>[] =>
  spans.map((span, i) => {
    const next = spans[i + 1];
    return next && next.start - span.end < NARROW ? { ...span, end: next.start } : span;
  });
