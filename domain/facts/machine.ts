import type { JsonObject } from '../data.ts';
import { filterKeyvals } from '../query/transform/filter-keyvals.ts';
import { filterPeriodIntersect } from '../query/transform/filter-period-intersect.ts';
import { oncePerData } from '../query/transform/once-per-data.ts';
import { periodUnion } from '../query/transform/period-union.ts';
import { sortByTimestamp } from '../query/transform/sort-by-timestamp.ts';
import type { Span } from '../query/transform/span.ts';
import { unionNoOverlap } from '../query/transform/union-no-overlap.ts';
import type { Steps } from '../steps.ts';
import { isInWindow } from './browsers.ts';
import { floodedDay, REACH_US, type Day } from './flooded-day.ts';

/** The events of a bucket that may concern a day, as stored (not cut), in listing order: newest first. */
type Recorded = readonly Span[];

/**
 * What was recorded on one computer or phone around a day, by kind of bucket, each kind in order of creation. No `afk`
 * at all: what its windows say counts as it is (a phone). A bucket of the browser `web` is named by its id.
 */
export type Machine = {
  readonly windows: readonly Recorded[];
  readonly afk: readonly Recorded[];
  readonly web: readonly { readonly bucketId: string; readonly events: Recorded }[];
};

/** What else counts as active, by the account's settings: time of a browser that plays sound. */
export type ActiveRules = { readonly audible: boolean };

/** What a machine did on a day: ascending, each list without overlap. */
export type Timeline = {
  /** Whether `present` is known from input, of keyboard and mouse. */
  readonly byInput: boolean;
  /** When somebody was there, without data. */
  readonly present: readonly Span[];
  /** The active windows meanwhile: never beside `present`. */
  readonly windows: readonly Span[];
  /** The tabs of browsers while they were the active window, whether or not somebody was there. */
  readonly web: readonly Span[];
  /** When the active window changed, in µs, ascending; the first may be before the day. */
  readonly changes: readonly number[];
};

/**
 * A day of a machine, as ActivityWatch's standard query has it (spec/query 5, steps 1 to 5): that query over the day
 * alone, and besides it gaps that lie across the day's borders are closed. A step is some 20 ms where each bucket has
 * 20,000 events.
 */
export function* timelineOf(machine: Machine, day: Day, rules: ActiveRules): Steps<Timeline> {
  const windowLists: Span[][] = [];
  for (const events of machine.windows) {
    windowLists.push(floodedDay(events, day));
    yield;
  }
  const windows = yield* joined(windowLists);
  const webLists: (readonly Span[])[] = [];
  for (const { bucketId, events } of machine.web) {
    const isOpen = isInWindow(bucketId);
    const open = windows.filter(oncePerSpan(({ app }) => typeof app === 'string' && isOpen(app)));
    const flooded = floodedDay(events, day);
    yield;
    webLists.push(filterPeriodIntersect(flooded, open));
    yield;
  }
  const web = yield* joined(webLists);
  const changes = changesOf(windows, machine.windows, day);
  yield;
  if (machine.afk.length === 0) return { byInput: false, present: periodUnion(windows, []), windows, web, changes };
  let present: readonly Span[] = [];
  for (const events of machine.afk) {
    present = periodUnion(present, filterKeyvals(floodedDay(events, day), 'status', ['not-afk']));
    yield;
  }
  if (rules.audible) present = periodUnion(present, filterKeyvals(web, 'audible', [true]));
  yield;
  return { byInput: true, present, windows: ofLength(filterPeriodIntersect(windows, present)), web, changes };
}

/** Buckets of one kind as one: at each instant the first that has something counts. Ascending. */
function* joined(lists: readonly (readonly Span[])[]): Steps<readonly Span[]> {
  if (lists.length === 1) return ofLength(lists[0]!);
  let all: readonly Span[] = [];
  for (const list of lists) {
    all = unionNoOverlap(all, list);
    yield;
  }
  return sortByTimestamp(ofLength(all)).slice();
}

const ofLength = (spans: readonly Span[]): readonly Span[] => spans.filter(({ start, end }) => end > start);

const oncePerSpan = (test: (data: JsonObject) => boolean): ((span: Span) => boolean) => {
  const tested = oncePerData(test);
  return ({ data }) => tested(data);
};

/** A window that was cut where the day begins has been there since its event began. */
const changesOf = (windows: readonly Span[], recorded: readonly Recorded[], { from }: Day): number[] => {
  const begun = new Map<number | null, number>();
  for (const events of recorded)
    for (const { id, start, end } of events) if (start < from && end >= from - REACH_US) begun.set(id, start);
  const changes: number[] = [];
  let last: Span | null = null;
  for (const span of windows) {
    if (last?.end !== span.start || last.data !== span.data)
      changes.push(span.start <= from ? (begun.get(span.id) ?? span.start) : span.start);
    last = span;
  }
  return changes;
};
