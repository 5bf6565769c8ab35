import type { JsonObject } from '../data.ts';
import { filterKeyvals } from '../query/transform/filter-keyvals.ts';
import { filterPeriodIntersect } from '../query/transform/filter-period-intersect.ts';
import { oncePerData } from '../query/transform/once-per-data.ts';
import { periodUnion } from '../query/transform/period-union.ts';
import { sortByTimestamp } from '../query/transform/sort-by-timestamp.ts';
import type { Span } from '../query/transform/span.ts';
import { unionNoOverlap } from '../query/transform/union-no-overlap.ts';
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
 * alone, and besides it gaps that lie across the day's borders are closed.
 */
export const timelineOf = (machine: Machine, day: Day, rules: ActiveRules): Timeline => {
  const windows = joined(machine.windows.map((events) => floodedDay(events, day)));
  const web = joined(
    machine.web.map(({ bucketId, events }) => {
      const isOpen = isInWindow(bucketId);
      const open = windows.filter(oncePerSpan(({ app }) => typeof app === 'string' && isOpen(app)));
      return filterPeriodIntersect(floodedDay(events, day), open);
    }),
  );
  const changes = changesOf(windows, machine.windows, day);
  if (machine.afk.length === 0) return { byInput: false, present: periodUnion(windows, []), windows, web, changes };
  let present: readonly Span[] = [];
  for (const events of machine.afk)
    present = periodUnion(present, filterKeyvals(floodedDay(events, day), 'status', ['not-afk']));
  if (rules.audible) present = periodUnion(present, filterKeyvals(web, 'audible', [true]));
  return { byInput: true, present, windows: ofLength(filterPeriodIntersect(windows, present)), web, changes };
};

/** Buckets of one kind as one: at each instant the first that has something counts. Ascending. */
const joined = (lists: readonly (readonly Span[])[]): readonly Span[] =>
  lists.length === 1
    ? ofLength(lists[0]!)
    : sortByTimestamp(ofLength(lists.reduce<readonly Span[]>((all, list) => unionNoOverlap(all, list), []))).slice();

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
