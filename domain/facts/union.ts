import type { JsonObject } from '../data.ts';
import { filterPeriodIntersect } from '../query/transform/filter-period-intersect.ts';
import type { Span } from '../query/transform/span.ts';
import type { Steps } from '../steps.ts';
import type { Timeline } from './machine.ts';

/** A machine's part of a union: what of its timeline counts there. */
export type Share = Pick<Timeline, 'present' | 'windows' | 'web'>;

/**
 * `shares` are in the order of the timelines. `dropped`: when a device was present that does not count, once for each
 * such device beside the first: present seconds of all devices are those of the union and these.
 */
export type Union = { readonly shares: readonly Share[]; readonly dropped: readonly Span[] };

/** A machine's timeline, and the number of its device: several machines may be of one, one after the other. */
export type Member = { readonly timeline: Timeline; readonly device: number };

/**
 * The days of several machines as one, in which at each instant one machine counts at most: one with input before one
 * without, either before one where nobody is and only a browser shows something; then the one whose window changed
 * last; then the first. So the sum is never more than the time of the clock.
 *
 *   laptop    [vim, input        ]
 *   phone                [chat        ]
 *   laptop's  [vim               ]
 *   phone's                       [chat]
 */
export function* unionOf(members: readonly Member[]): Steps<Union> {
  if (members.length <= 1) return { shares: members.map(({ timeline }) => timeline), dropped: [] };
  const walks = members.map(({ timeline }) => makeWalk(timeline));
  const wins = members.map((): Stretch[] => []);
  /** What was dropped of the second, of the third, … that was present. */
  const dropped = members.map((): Stretch[] => []);
  const times = timesOf(members);
  for (let i = 1; i < times.length; i++) {
    if (i % TIMES_AT_ONCE === 0) yield;
    const start = times[i - 1]!;
    const end = times[i]!;
    let best = -1;
    let bestRank = 0;
    let bestChange = 0;
    // Machines of one device stand together.
    let present = 0;
    let lastDevice = -1;
    for (let place = 0; place < walks.length; place++) {
      const walk = walks[place]!;
      walk.moveTo(start);
      const rank = walk.rank();
      const { device } = members[place]!;
      if (rank >= PRESENT && device !== lastDevice) {
        present++;
        lastDevice = device;
      }
      if (rank > bestRank || (rank > 0 && rank === bestRank && walk.change() > bestChange)) {
        best = place;
        bestRank = rank;
        bestChange = walk.change();
      }
    }
    if (best >= 0) extend(wins[best]!, start, end);
    for (let more = 1; more < present; more++) extend(dropped[more]!, start, end);
  }
  const shares: Share[] = [];
  for (const [place, { timeline }] of members.entries()) {
    const within = (spans: readonly Span[]) =>
      filterPeriodIntersect(spans, wins[place]!).filter(({ start, end }) => end > start);
    yield;
    const [present, windows] = [within(timeline.present), within(timeline.windows)];
    yield;
    shares.push({ present, windows, web: within(timeline.web) });
  }
  return { shares, dropped: dropped.flat() };
}

/** Times that are looked at in one step; with ten machines some ms. */
const TIMES_AT_ONCE = 2_000;

/** Ranks of a machine at an instant; 0: it does nothing. */
const [SHOWING, PRESENT, WITH_INPUT] = [1, 2, 3];

/** Every time at which the answer may change, ascending, each once. */
const timesOf = (members: readonly Member[]): Float64Array => {
  const times: number[] = [];
  for (const { timeline } of members) {
    for (const spans of [timeline.present, timeline.web]) for (const { start, end } of spans) times.push(start, end);
    for (const change of timeline.changes) times.push(change);
  }
  const ascending = Float64Array.from(times).sort();
  return ascending.filter((time, i) => i === 0 || time !== ascending[i - 1]);
};

/** A timeline that is walked through from its beginning. */
const makeWalk = ({ byInput, present, web, changes }: Timeline) => {
  let now = 0;
  let [atPresent, atWeb, atChange] = [0, 0, 0];
  const on = (spans: readonly Span[], at: number): boolean => at < spans.length && spans[at]!.start <= now;
  return {
    moveTo: (time: number): void => {
      now = time;
      while (atPresent < present.length && present[atPresent]!.end <= now) atPresent++;
      while (atWeb < web.length && web[atWeb]!.end <= now) atWeb++;
      while (atChange < changes.length && changes[atChange]! <= now) atChange++;
    },
    rank: (): number => (on(present, atPresent) ? (byInput ? WITH_INPUT : PRESENT) : on(web, atWeb) ? SHOWING : 0),
    /** When its window changed last. */
    change: (): number => (atChange === 0 ? -Infinity : changes[atChange - 1]!),
  };
};

const extend = (spans: Stretch[], start: number, end: number): void => {
  const last = spans.at(-1);
  if (last?.end === start) last.end = end;
  else spans.push({ id: null, start, end, data: NONE });
};

/** A span that is being made. */
type Stretch = { id: null; start: number; end: number; data: JsonObject };
const NONE: JsonObject = {};
