/** Makes the facts of days anew from their events (spec/product 4.4). */
import type { JsonObject } from '../../../domain/data.ts';
import { DAY_US } from '../../../domain/day.ts';
import { daysOfExtent, factsOf, type DayFacts, type RecordingDevice } from '../../../domain/facts/day-facts.ts';
import { dayNumbered, REACH_US } from '../../../domain/facts/flooded-day.ts';
import { machinesOf, type MachineBuckets } from '../../../domain/facts/machines-of.ts';
import type { Machine } from '../../../domain/facts/machine.ts';
import type { Span } from '../../../domain/query/transform/span.ts';
import { MAX_US, MIN_US } from '../../../domain/time.ts';
import * as buckets from '../../storage/buckets.ts';
import { holdAccount } from '../../storage/changes.ts';
import * as rows from '../../storage/day-facts.ts';
import { portOf, run, type Database } from '../../storage/database.ts';
import * as devices from '../../storage/devices.ts';
import { spansOfPage } from '../../storage/event-page.ts';
import * as events from '../../storage/events.ts';
import * as pages from '../../storage/pages.ts';
import * as settings from '../../storage/settings.ts';
import { inTurns, yieldToOthers } from '../yield-to-others.ts';
import { writing } from '../../storage/writing.ts';

/** The setting that lets time of a browser that plays sound count as active: aw-webui's own word for it. */
export const AUDIBLE = 'include_audible';

/** Rows of a page: see resolvers/query.ts. */
const PAGE = 5_000;
/** Days that are read together, unless they hold more events than this. */
export const BLOCK = { days: 14, events: 50_000 };
/**
 * Of a day that is read alone, at most this many events count, of each bucket the latest: a watcher that notes a change
 * every five seconds makes no more. 100,000 take half a second.
 */
const MOST = { block: BLOCK.events, bucket: 20_000, all: 100_000 };

/** The data of values that are kept for the next days, in bytes of their text. */
const MOST_KEPT = 8_000_000;

/**
 * The data of the values that were read for days: those of the next days are mostly the same, and a value's number
 * never means another data. Of one account.
 */
export type ReadValues = {
  readonly data: Map<number, JsonObject>;
  readonly numbers: Map<JsonObject, number>;
  readonly sizes: pages.KnownValues;
  /** How many days are read together: halved where they held more events than a block may. */
  readonly most: { days: number };
};
export const noValues = (): ReadValues => ({
  data: new Map(),
  numbers: new Map(),
  sizes: new Map(),
  most: { days: BLOCK.days },
});

const forgetMany = ({ data, numbers, sizes }: ReadValues): void => {
  let bytes = 0;
  for (const size of sizes.values()) bytes += size;
  if (bytes > MOST_KEPT) for (const each of [data, numbers, sizes]) each.clear();
};

/** A device with its machines' buckets. */
type Source = { readonly id: string; readonly machines: readonly MachineBuckets<buckets.BucketRow>[] };

/** Devices that recorded something, in order of registration. */
export const sourcesOf = (database: Database, account: number): Promise<Source[]> =>
  run(database, async (tx) => {
    const all = await devices.list(tx, account);
    const held = await buckets.list(tx, account);
    return all
      .map(({ id, own }) => ({
        id,
        machines: machinesOf(
          held.filter(({ deviceUuid }) => deviceUuid === id),
          own,
        ),
      }))
      .filter(({ machines }) => machines.length > 0);
  });

/** The buckets that facts are made of. */
export const bucketsOf = (sources: readonly Source[]): buckets.BucketRow[] => [
  ...new Set(
    sources.flatMap(({ machines }) => machines.flatMap(({ windows, afk, web }) => [...windows, ...afk, ...web])),
  ),
];

/**
 * The days that it was tried for, how many of them are up to date by now, and how many events were read for them.
 * `elsewhere`: those of the days tried that were left to somebody else, who computes them at this moment.
 */
export type Computed = {
  readonly tried: readonly number[];
  readonly elsewhere: readonly number[];
  readonly done: number;
  readonly events: number;
};

/**
 * Computes the first of these days (ascending) that lie together, and stores them, but for those that another process
 * computes at this moment. Others write meanwhile: what is stored includes everything up to the revision at which this
 * began, and days that were written to stay marked. `values`: what was read for other days of the account, added to.
 * `limits`: other numbers of events, for tests.
 */
export const computeSome = async (
  database: Database,
  account: number,
  days: readonly number[],
  signal: AbortSignal,
  values: ReadValues,
  limits = MOST,
): Promise<Computed> => {
  const tried = days.filter((day, i) => i < values.most.days && day === days[0]! + i);
  const claim = await writing(database, account, async (tx) => {
    await holdAccount(tx, account);
    return rows.claim(tx, account, tried);
  });
  if (!claim) return { tried, elsewhere: [], done: 0, events: 0 };
  const { elsewhere } = claim;
  /** Those that somebody else has computed since we were asked. */
  const others = tried.length - claim.days.length - elsewhere.length;
  if (claim.days.length === 0) return { tried, elsewhere, done: others, events: 0 };
  const giveUp = () =>
    writing(database, account, async (tx) => {
      await holdAccount(tx, account);
      await rows.giveUp(tx, account, claim);
    });
  try {
    const made = await makeDays(database, account, claim.days, signal, values, limits);
    if (made === 'too much') {
      values.most.days = Math.ceil(tried.length / 2);
      await giveUp();
      return await computeSome(database, account, days, signal, values, limits);
    }
    const { facts, read } = made;
    if (facts === null) {
      await giveUp();
      return { tried, elsewhere, done: others, events: read };
    }
    const stored = await writing(database, account, async (tx) => {
      await holdAccount(tx, account);
      return rows.store(tx, account, claim, facts);
    });
    return { tried, elsewhere, done: stored.length + others, events: read };
  } catch (error) {
    // Where the database is away too, others wait until the claim is old.
    await giveUp().catch(() => {});
    throw error;
  }
};

/** The facts of days that lie together or nearly so, unstored; null if nobody wants them any more. */
const makeDays = async (
  database: Database,
  account: number,
  days: readonly number[],
  signal: AbortSignal,
  values: ReadValues,
  limits: typeof MOST,
): Promise<{ facts: { day: number; facts: DayFacts }[] | null; read: number } | 'too much'> => {
  // Days in between that somebody else computes are read as well: a page of a bucket has all of them.
  const together = Array.from({ length: days.at(-1)! - days[0]! + 1 }, (_, i) => days[0]! + i);
  // After the claim: a bucket that comes or goes takes it off.
  const sources = await sourcesOf(database, account);
  const audible = (await settings.find(portOf(database), account, AUDIBLE))?.value === true;
  const block = await readDays(database, bucketsOf(sources), together, values, limits, signal);
  if (block === null) return 'too much';
  const { spans, read } = block;
  const facts: { day: number; facts: DayFacts }[] = [];
  for (const day of days) {
    if (signal.aborted) return { facts: null, read };
    const recording: RecordingDevice[] = sources.map(({ id, machines }) => ({
      id,
      machines: machines.map((machine) => recordedBy(machine, spans, day - together[0]!)),
    }));
    const steps = factsOf(recording, dayNumbered(day), { audible }, ({ data }) => values.numbers.get(data)!);
    facts.push({ day, facts: await inTurns(account, steps) });
    await yieldToOthers(account);
  }
  return { facts, read };
};

/** What a machine recorded, by the number of each bucket. `day`: its place among those that `spans` are of. */
export const recordedBy = (
  { windows, afk, web }: MachineBuckets<buckets.BucketRow>,
  spans: ReadonlyMap<number, readonly (readonly Span[])[]>,
  day: number,
): Machine => {
  const of = ({ number }: buckets.BucketRow): readonly Span[] => spans.get(number)?.[day] ?? [];
  return {
    windows: windows.map(of),
    afk: afk.map(of),
    web: web.map((bucket) => ({ bucketId: bucket.id, events: of(bucket) })),
  };
};

const WHENEVER = { startUs: MIN_US, endUs: MAX_US };

/** Spans by the days that they concern, of consecutive days; in the order given. */
const byDay = (spans: readonly Span[], days: readonly number[]): Span[][] => {
  const lists = days.map((): Span[] => []);
  for (const span of spans) {
    const [first, last] = daysOfExtent(span.start, span.end);
    for (let day = Math.max(first, days[0]!); day <= Math.min(last, days.at(-1)!); day++)
      lists[day - days[0]!]!.push(span);
  }
  return lists;
};

/**
 * What buckets recorded around consecutive days, for each of them; null if that is more than a block has. Of one day
 * as much of it as counts.
 */
export const readDays = async (
  database: Database,
  of: readonly buckets.BucketRow[],
  days: readonly number[],
  values: ReadValues,
  limits: typeof MOST,
  signal: AbortSignal,
) => {
  const most = days.length > 1 ? limits.block : null;
  const spans = new Map<number, readonly (readonly Span[])[]>();
  forgetMany(values);
  const reach = BigInt(REACH_US);
  const period = { startUs: BigInt(days[0]!) * DAY_US - reach, endUs: BigInt(days.at(-1)! + 1) * DAY_US + reach };
  const numbers = of.map(({ number }) => number);
  const [{ account } = { account: 0 }] = of;
  const earliest = await run(database, (tx) => events.earliestOf(tx, account, numbers, period.startUs));
  let read = 0;
  for (const bucket of of) {
    const found: Span[][] = [];
    const room = most === null ? Math.min(limits.bucket, limits.all - read) : Infinity;
    let count = 0;
    for (let after: events.Position | null = null; count < room && !signal.aborted; ) {
      const page: pages.EventPage | null = await run(database, (tx) =>
        pages.page(
          tx,
          bucket,
          period,
          Math.min(PAGE, room - count),
          after,
          earliest.get(bucket.number) ?? null,
          values.sizes,
        ),
      );
      if (page) found.push(spansOfPage(page, WHENEVER, values.data));
      count += page?.events ?? 0;
      if (most !== null && read + count > most) return null;
      if (!page?.more) break;
      after = page.end;
      await yieldToOthers(account);
    }
    read += count;
    spans.set(bucket.number, byDay(found.flat(), days));
  }
  for (const [value, data] of values.data) values.numbers.set(data, value);
  return { spans, read };
};
