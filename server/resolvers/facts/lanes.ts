/** What was there when, packed for drawing: in bins from facts of days, or exactly from events (spec/product 4.6). */
import { batches } from '../../../domain/batch.ts';
import { KtError } from '../../../domain/errors.ts';
import { cutDays, utcDays } from '../../../domain/facts/calendar.ts';
import { dayNumbered } from '../../../domain/facts/flooded-day.ts';
import {
  binFor,
  COARSE_BINS,
  exactLane,
  FINE_BINS,
  makeBins,
  ROW_BYTES,
  type LaneColumns,
  type Stretch,
} from '../../../domain/facts/lane.ts';
import { timelineOf } from '../../../domain/facts/machine.ts';
import { readShares } from '../../../domain/facts/shares.ts';
import { SLOT_MS, SLOTS, sumSlots } from '../../../domain/facts/slots.ts';
import { unionOf, type Member, type Share } from '../../../domain/facts/union.ts';
import { clientHasGone } from '../../../domain/query/query-error.ts';
import type { Span } from '../../../domain/query/transform/span.ts';
import type { Viewer } from '../../auth/viewer.ts';
import { revisionNow } from '../../storage/changes.ts';
import * as rows from '../../storage/day-facts.ts';
import { portOf, run } from '../../storage/database.ts';
import * as settings from '../../storage/settings.ts';
import { makeConcurrencyLimit } from '../concurrency-limit.ts';
import type { Deps } from '../deps.ts';
import { inTurns, yieldToOthers } from '../yield-to-others.ts';
import { checkRange, chosenDevices } from './activity.ts';
import { calendarOf } from './calendar-settings.ts';
import type { makeCategories } from './categories.ts';
import { AUDIBLE, BLOCK, bucketsOf, noValues, readDays, recordedBy, sourcesOf } from './compute-days.ts';
import type { KeepFacts } from './keep-facts.ts';

/** What a lane shows: when somebody was there, the active window, the tab of a browser, or the window's category. */
export type LaneKind = 'PRESENCE' | 'WINDOW' | 'BROWSER' | 'CATEGORY';

/**
 * Values are the numbers of event values; of `PRESENCE` 0 alone, of `CATEGORY` places in the list of categories.
 * `deviceId`: null for all devices as one.
 */
export type Lane = { readonly kind: LaneKind; readonly deviceId: string | null; readonly columns: LaneColumns };

export type Lanes = {
  readonly revision: bigint;
  readonly missingDays: number;
  /** The range: where the lanes begin, and end before; and how long one of their units is. */
  readonly startMs: number;
  readonly endMs: number;
  readonly unitMs: number;
  readonly lanes: readonly Lane[];
  readonly categories: readonly (readonly string[])[];
};

const MOST_PIXELS = 10_000;
/** Bytes of all lanes together: some 300,000 rows. */
const MOST_BYTES = 4_000_000;
/** Stretches that are told exactly; what has more is told in bins of a minute. */
const MOST_EXACT = 100_000;
/** Events that one question reads; for more it is answered from facts. */
const MOST_EVENTS = 100_000;
const MOST_LIMITS = { block: BLOCK.events, bucket: 20_000, all: MOST_EVENTS };
/** Questions of an account that read events at once, and those that may wait. */
const [AT_ONCE, WAITING] = [1, 50];

/** The lanes that a device has, or all devices as one; each of stretches, or of bins. */
type Found<T> = Record<Exclude<LaneKind, 'CATEGORY'>, T>;
const KINDS = { PRESENCE: 'presence', WINDOW: 'window', BROWSER: 'web' } as const;
const NAMES = Object.keys(KINDS) as (keyof typeof KINDS)[];

/** Found by device (UUID); '' for all as one. */
type ByScope<T> = Map<string, Found<T>>;
const ofScope = <T>(found: ByScope<T>, scope: string, make: () => T): Found<T> => {
  let lanes = found.get(scope);
  if (!lanes) found.set(scope, (lanes = { PRESENCE: make(), WINDOW: make(), BROWSER: make() }));
  return lanes;
};

type Asked = { readonly account: number; readonly startMs: number; readonly endMs: number };

/** Days of one device and kind that are put into bins before others have their turn: some ms. */
const ROWS_AT_ONCE = 50;

export const makeLanes = (
  { database }: Pick<Deps, 'database'>,
  keep: KeepFacts,
  categories: ReturnType<typeof makeCategories>,
) => {
  const perAccount = makeConcurrencyLimit(
    { running: AT_ONCE, waiting: WAITING },
    () =>
      new KtError('rate_limited', `${WAITING} lanes of this account wait already: ask again when some are answered`),
    clientHasGone,
  );

  /** Stretches from events, of all devices; null where that takes too many. Days are those that facts would have. */
  const fromEvents = async (
    { account, startMs, endMs }: Asked,
    chosen: ReadonlyMap<string, string>,
    [first, last]: readonly [number, number],
    signal: AbortSignal,
  ): Promise<ByScope<Stretch[]> | null> => {
    const found: ByScope<Stretch[]> = new Map();
    const sources = await sourcesOf(database, account);
    const buckets = bucketsOf(sources);
    const audible = (await settings.find(portOf(database), account, AUDIBLE))?.value === true;
    const days = Array.from({ length: last - first + 1 }, (_, i) => first + i);
    const known = noValues();
    let read = 0;
    for (let at = 0; at < days.length; ) {
      let together = days.slice(at, at + known.most.days);
      let block = await readDays(database, buckets, together, known, MOST_LIMITS, signal);
      while (block === null) {
        known.most.days = Math.ceil(together.length / 2);
        together = together.slice(0, known.most.days);
        block = await readDays(database, buckets, together, known, MOST_LIMITS, signal);
      }
      read += block.read;
      if (read > MOST_EVENTS && together.length < days.length) return null;
      const { spans } = block;
      for (const day of together) {
        if (signal.aborted) throw clientHasGone();
        const members: (Member & { readonly id: string })[] = [];
        for (const [device, { id, machines }] of sources.entries())
          for (const machine of machines) {
            const recorded = recordedBy(machine, spans, day - together[0]!);
            members.push({
              id,
              device,
              timeline: await inTurns(account, timelineOf(recorded, dayNumbered(day), { audible })),
            });
          }
        const addAll = (scope: string, shares: readonly Share[]): void => {
          const lanes = ofScope<Stretch[]>(found, scope, () => []);
          const add = (to: Stretch[], of: (share: Share) => readonly Span[], valueOf: (span: Span) => number): void => {
            // Shares of several machines are never at the same instant, but one behind the other.
            const sorted = shares.flatMap(of).sort((a, b) => a.start - b.start);
            for (const span of sorted) {
              const [from, to_] = [Math.max(span.start / 1000, startMs), Math.min(span.end / 1000, endMs)];
              if (to_ > from) to.push({ start: from - startMs, end: to_ - startMs, value: valueOf(span) });
            }
          };
          const value = ({ data }: Span): number => known.numbers.get(data)!;
          add(
            lanes.PRESENCE,
            ({ present }) => present,
            () => 0,
          );
          add(lanes.WINDOW, ({ windows }) => windows, value);
          add(lanes.BROWSER, ({ web }) => web, value);
        };
        const { shares } = await inTurns(account, unionOf(members));
        addAll(
          '',
          shares.filter((_, i) => chosen.has(members[i]!.id)),
        );
        for (const id of chosen.keys()) {
          const own = members.filter((member) => member.id === id);
          if (own.length > 0) addAll(id, (await inTurns(account, unionOf(own))).shares);
          await yieldToOthers(account);
        }
        await yieldToOthers(account);
      }
      at += together.length;
    }
    return found;
  };

  /** Bins from the slots of facts. */
  const fromFacts = async (
    { account, startMs, endMs }: Asked,
    chosen: ReadonlyMap<string, string>,
    [first, last]: readonly [number, number],
    bin: number,
    signal: AbortSignal,
  ): Promise<ByScope<ReturnType<typeof makeBins>>> => {
    const found: ByScope<ReturnType<typeof makeBins>> = new Map();
    const start = startMs / SLOT_MS;
    const binOf = Int32Array.from({ length: (endMs - startMs) / SLOT_MS }, (_, slot) =>
      Math.floor((slot * SLOT_MS) / bin),
    );
    const kinds = new Map(NAMES.map((kind) => [rows.kindNumber(KINDS[kind]), kind]));
    // Some devices at a time: a page is bounded in bytes, but each day of it comes whole.
    for (const scopes of batches([rows.UNION, ...chosen.keys()], 20, Infinity, () => 0))
      for (let from: number | null = first; from !== null; ) {
        if (signal.aborted) throw clientHasGone();
        const at: number = from;
        const page = await run(database, (tx) => rows.page(tx, account, scopes, [...kinds.keys()], at, last));
        for (const [row, { scope, day, kind, packed }] of page.rows.entries()) {
          if (row % ROWS_AT_ONCE === 0) await yieldToOthers(account);
          const isUnion = scope === rows.UNION;
          const parts = isUnion ? readShares(packed).filter(({ id }) => chosen.has(id)) : [{ packed }];
          const bins = ofScope(found, isUnion ? '' : scope, () => makeBins(bin))[kinds.get(kind)!];
          for (const part of parts) {
            let value = 0;
            sumSlots(
              part.packed,
              binOf,
              day * SLOTS - start,
              (entered) => {
                value = entered;
                return true;
              },
              (place, ms) => bins.add(place, value, ms),
            );
          }
        }
        from = page.next;
        await yieldToOthers(account);
      }
    return found;
  };

  /** The windows of all devices as one by their categories, and what those are. */
  const byCategory = async (viewer: Viewer, values: ReadonlySet<number>, signal: AbortSignal) => {
    const categoryOf = await categories.learn(viewer, values, signal);
    const places = new Map<string, number>();
    const names: (readonly string[])[] = [];
    /** Each is asked for in many bins. */
    const ofValues = new Map<number, number>();
    /** Those of a value that was deleted meanwhile are as they would be without a rule. */
    const placeOf = (value: number): number => {
      const known = ofValues.get(value);
      if (known !== undefined) return known;
      const name = categoryOf(value) ?? ['Uncategorized'];
      const key = JSON.stringify(name);
      const place = places.get(key) ?? names.push(name) - 1;
      places.set(key, place);
      ofValues.set(value, place);
      return place;
    };
    return { names, placeOf };
  };

  /** `laneOf` packs what was found; `recount` makes of windows what is to be packed for their categories. */
  const packed = async <T>(
    viewer: Viewer,
    found: ByScope<T>,
    chosen: ReadonlyMap<string, string>,
    laneOf: (lane: T) => LaneColumns,
    recount: (windows: T, placeOf: (value: number) => number) => LaneColumns,
    valuesOf: (windows: T) => Iterable<number>,
    signal: AbortSignal,
  ): Promise<Pick<Lanes, 'lanes' | 'categories'>> => {
    const lanes: Lane[] = [];
    let bytes = 0;
    const add = (lane: Lane): void => {
      if (lane.columns.starts.length === 0) return;
      bytes += lane.columns.starts.length * ROW_BYTES;
      if (bytes > MOST_BYTES)
        throw new KtError('too_large', 'these lanes take more than one answer has: ask for fewer devices, or pixels');
      lanes.push(lane);
    };
    let names: readonly (readonly string[])[] = [];
    for (const [scope, deviceId] of [['', null], ...chosen] as const) {
      const of = found.get(scope);
      if (!of) continue;
      for (const kind of NAMES) {
        add({ kind, deviceId, columns: laneOf(of[kind]) });
        await yieldToOthers(viewer.account);
      }
      if (scope !== '') continue;
      const category = await byCategory(viewer, new Set(valuesOf(of.WINDOW)), signal);
      add({ kind: 'CATEGORY', deviceId, columns: recount(of.WINDOW, category.placeOf) });
      ({ names } = category);
    }
    return { lanes, categories: names };
  };

  return {
    /**
     * Lanes of some days: of all devices as one, or of those named, and of each. Exact where a pixel is less than a
     * minute; else in bins that are no wider than a pixel. Fails as `activity` does, with `invalid` for a number of
     * pixels that makes no sense, and with `too_large` for more than 4 MB.
     */
    lanes: async (
      viewer: Viewer,
      asked: {
        readonly first: number;
        readonly last: number;
        readonly deviceIds: readonly string[] | null;
        readonly pixels: number;
      },
      signal: AbortSignal,
    ): Promise<Lanes> => {
      checkRange(asked.first, asked.last);
      if (asked.pixels < 1 || asked.pixels > MOST_PIXELS)
        throw new KtError('invalid', `\`pixels\` is the width of the picture: 1 to ${MOST_PIXELS}`);
      const { account } = viewer;
      const cut = cutDays(await calendarOf(portOf(database), account), 'NONE', asked.first, asked.last);
      const days = utcDays(cut);
      const [startMs, endMs] = [cut.start * SLOT_MS, cut.end * SLOT_MS];
      const place = { account, startMs, endMs };
      const chosen = await chosenDevices(database, asked.deviceIds, account);
      const msPerPixel = (endMs - startMs) / asked.pixels;
      const fine = binFor(msPerPixel, true);

      if (fine === null || fine < COARSE_BINS[0]) {
        const revision = await revisionNow(portOf(database), account);
        const found = await perAccount.run(account, signal, () => fromEvents(place, chosen, days, signal));
        if (found !== null) {
          const count = [...found.values()].reduce(
            (sum, lanes) => sum + NAMES.reduce((all, kind) => all + lanes[kind].length, 0),
            0,
          );
          const bin = fine ?? (count > MOST_EXACT ? FINE_BINS[0] : null);
          const laneOf = (stretches: readonly Stretch[]): LaneColumns => {
            if (bin === null) return exactLane(stretches);
            const bins = makeBins(bin);
            for (const stretch of stretches) bins.addStretch(stretch);
            return bins.lane();
          };
          const all = await packed(
            viewer,
            found,
            chosen,
            laneOf,
            (windows, placeOf) => laneOf(windows.map((one) => ({ ...one, value: placeOf(one.value) }))),
            (windows) => windows.map(({ value }) => value),
            signal,
          );
          return { revision, missingDays: 0, startMs, endMs, unitMs: bin ?? 1, ...all };
        }
      }
      const bin = binFor(msPerPixel, false)!;
      const { revision, missing } = await keep.freshen(account, ...days, signal);
      const found = await fromFacts(place, chosen, days, bin, signal);
      const all = await packed(
        viewer,
        found,
        chosen,
        (bins) => bins.lane(),
        (bins, placeOf) => bins.lane(placeOf),
        (bins) => bins.values(),
        signal,
      );
      return { revision, missingDays: missing, startMs, endMs, unitMs: bin, ...all };
    },
  };
};
