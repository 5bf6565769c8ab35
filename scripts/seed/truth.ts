/**
 * What is true of the generated person: days of the account, counted from what was meant, by nothing that the server
 * counts with. It is what `activity` has to say (spec/product 4.4).
 */
import { DAY_MS, formatDay } from '../../domain/day.ts';
import { makeCounter, sumOf, type Counted, type Sums } from './counted.ts';
import { DEVICES, ofDevices, type DeviceName } from './habits.ts';
import type { DeviceDay, Meant, PersonDay } from './person.ts';
import { makeWallClock } from './wall-clock.ts';

/** How the account counts days, and whether a browser that plays sound counts as somebody there. */
export type Counting = {
  readonly zone: string;
  /** When a day begins, in minutes after midnight. */
  readonly startOfDay: number;
  readonly audible: boolean;
};

export type TrueDay = {
  /** YYYY-MM-DD */
  readonly date: string;
  readonly startMs: number;
  readonly endMs: number;
  /** Each device for itself. */
  readonly devices: Readonly<Record<DeviceName, Sums>>;
  /** What each device counts in the union of all; and the union. */
  readonly shares: Readonly<Record<DeviceName, Sums>>;
  readonly union: Sums;
  /** How long devices were in use that did not count in the union. */
  readonly overlapMs: number;
};

/** The days of the account that something happened on, ascending; of `days`, which ascend. */
export function* truthOf(days: Iterable<PersonDay>, { zone, startOfDay, audible }: Counting): Generator<TrueDay> {
  const clock = makeWallClock(zone);
  const open = new Map<number, ReturnType<typeof makeDay>>();
  const dayAt = (ms: number) => {
    let number = Math.floor((ms + clock.ahead(ms)) / DAY_MS);
    // The day before, until a day begins.
    if (clock.at(number, startOfDay) > ms) number--;
    const day = open.get(number) ?? makeDay(formatDay(number), clock, number, startOfDay);
    open.set(number, day);
    return day;
  };
  let current: ReturnType<typeof makeDay> | null = null;
  for (const person of days) {
    const moments = momentsOf(person, audible);
    for (const moment of moments) {
      for (let at = moment.start; at < moment.end; ) {
        if (!current || at < current.startMs || at >= current.endMs) current = dayAt(at);
        const until = Math.min(moment.end, current.next(at));
        current.count(moment, at, until - at);
        at = until;
      }
    }
    // Whatever comes later is of a later day of the person.
    const done = moments.at(-1)?.end ?? -Infinity;
    for (const [number, day] of open) {
      if (day.endMs > done) continue;
      yield day.told();
      open.delete(number);
    }
  }
  for (const day of open.values()) yield day.told();
}

const makeDay = (date: string, clock: ReturnType<typeof makeWallClock>, number: number, startOfDay: number) => {
  const [startMs, endMs] = [clock.at(number, startOfDay), clock.at(number + 1, startOfDay)];
  const hours = clock.hours(startMs, endMs);
  const counters = DEVICES.map(() => ({ alone: makeCounter(), share: makeCounter() }));
  let overlapMs = 0;
  const hourAt = (ms: number): number => hours.findLastIndex((start) => start <= ms);
  return {
    startMs,
    endMs,
    /** When the next hour or day begins. */
    next: (ms: number): number => hours[hourAt(ms) + 1] ?? endMs,
    count: ({ counts, winner, dropped }: Moment, at: number, ms: number): void => {
      const hour = hours[hourAt(at)]!;
      for (const [place, counted] of counts.entries()) {
        counters[place]!.alone.count(counted, hour, ms);
        if (place === winner) counters[place]!.share.count(counted, hour, ms);
      }
      overlapMs += dropped * ms;
    },
    told: (): TrueDay => {
      const shares = ofDevices((_, place) => counters[place]!.share.sums());
      const devices = ofDevices((_, place) => counters[place]!.alone.sums());
      return { date, startMs, endMs, devices, shares, union: sumOf(Object.values(shares)), overlapMs };
    },
  };
};

/** A stretch of time in which nothing changes. */
type Moment = {
  readonly start: number;
  readonly end: number;
  /** Of each device. */
  readonly counts: readonly Counted[];
  /** The device that counts in the union; -1: none. */
  readonly winner: number;
  /** How many devices are in use that don't count. */
  readonly dropped: number;
};

const momentsOf = ({ devices }: PersonDay, audible: boolean): Moment[] => {
  const all = DEVICES.map((name) => devices[name]);
  const spans = all.flatMap(({ windows, presence, tabs }) => [windows, presence ?? [], tabs.firefox, tabs.chrome]);
  const times = [...new Set(spans.flat().flatMap(({ start, end }) => [start, end]))].sort((a, b) => a - b);
  const looks = all.map((device) => makeLook(device, audible));
  const moments: Moment[] = [];
  for (const [i, start] of times.slice(0, -1).entries()) {
    const seen = looks.map((look) => look(start));
    // spec/product 4.4: with input before without; then the one whose window changed last; then the first.
    let winner = -1;
    for (const [place, { rank, changed }] of seen.entries()) {
      const best = seen[winner];
      if (rank > (best?.rank ?? 0) || (best && rank === best.rank && changed > best.changed)) winner = place;
    }
    const present = seen.filter(({ counted }) => counted.isPresent).length;
    const counts = seen.map(({ counted }) => counted);
    moments.push({ start, end: times[i + 1]!, counts, winner, dropped: Math.max(0, present - 1) });
  }
  return moments;
};

/** What a device shows at a time, which only goes on. */
const makeLook = ({ windows, presence, tabs }: DeviceDay, audible: boolean) => {
  const cursors = {
    window: makeCursor(windows),
    presence: makeCursor(presence ?? []),
    firefox: makeCursor(tabs.firefox),
    chrome: makeCursor(tabs.chrome),
  };
  return (ms: number) => {
    const window = cursors.window(ms);
    const here = cursors.presence(ms)?.what.isHere === true;
    const shown = { firefox: cursors.firefox(ms), chrome: cursors.chrome(ms) };
    const browser = window?.what.browser ?? null;
    const tab = browser === null ? null : (shown[browser]?.what ?? null);
    const isPresent = presence === null ? window !== null : here || (audible && tab?.data['audible'] === true);
    const counted: Counted = {
      isPresent,
      window: window && {
        app: window.what.data['app'] as string,
        title: (window.what.data['title'] as string | undefined) ?? null,
        category: window.what.category,
      },
      tab: tab && { domain: tab.domain, url: tab.data['url'] as string },
    };
    const rank = isPresent ? (presence === null ? 2 : 3) : tab ? 1 : 0;
    return { counted, rank, changed: window?.start ?? -Infinity };
  };
};

/** The span that a time lies in, of times that ascend. */
const makeCursor = <T>(spans: readonly Meant<T>[]) => {
  let at = 0;
  return (ms: number): Meant<T> | null => {
    while (at < spans.length && spans[at]!.end <= ms) at++;
    const span = spans[at];
    return span && span.start <= ms ? span : null;
  };
};
