/**
 * What a device compares in a pass (spec/sync 4.4): the newest days of each of its buckets and copies, and a part of
 * one after the other. Each statement reads a limited number of rows, so that nobody waits for a history of years.
 */
import { batches } from '../../domain/batch.ts';
import { KtError } from '../../domain/errors.ts';
import { FIRST_DAY, LAST_DAY } from '../../domain/sync/day-digest.ts';
import {
  MOST_COMPARED_BUCKETS,
  MOST_COMPARED_EVENTS,
  MOST_PUSHED_DAYS,
  type Moving,
  type Part as PartOf,
  type PushedDays,
  type Span as SpanOf,
  type WantedParts,
} from '../../domain/sync/parts.ts';
import type { Viewer } from '../auth/viewer.ts';
import type { BucketKey } from '../storage/bucket-key.ts';
import * as rows from '../storage/buckets.ts';
import { run, type Tx } from '../storage/database.ts';
import * as devices from '../storage/devices.ts';
import * as digests from '../storage/digests.ts';
import type { Deps } from './deps.ts';
import type { Reading } from './reading.ts';

/**
 * The days of a part, newest first, in columns: the number of compared events of each, and the sum of their content
 * hashes.
 */
export type DaySums = {
  readonly days: readonly number[];
  readonly events: readonly number[];
  readonly hashes: readonly string[];
};

export type Part = PartOf<DaySums>;
export type Span = SpanOf<DaySums>;

/** Rows that one statement reads, about: 20 ms. */
const SLICE = 20_000;
/** Events of the newest days of one bucket. */
const MOST_RECENT = 5_000;
/** Days in the answer to one question. */
const MOST_DAYS = 4_000;
/** More rows than any day has: a walk must always get past a day. */
const ALL_ROWS = 1_000_000_000;
/** Buckets whose newest days are read by one statement. */
const RECENT_AT_ONCE = 10;

const sumsOf = (days: readonly digests.DaySum[]): DaySums => ({
  days: days.map(({ day }) => day),
  events: days.map(({ events }) => events),
  hashes: days.map(({ hash }) => hash),
});

const checkDay = (day: number): void => {
  // One more day at either end, because a part may begin after the last.
  if (day < FIRST_DAY - 1 || day > LAST_DAY + 1)
    throw new KtError('invalid', 'a day is given as days since 1970-01-01');
};

/** Fails with `invalid`, or with `too_large` for more than can be compared at once. */
export const checkWanted = ({ since, events, buckets, moving }: WantedParts): void => {
  checkDay(since);
  for (const { before } of buckets) if (before !== null) checkDay(before);
  if (events < 0 || moving.fromUs > moving.toUs)
    throw new KtError('invalid', '`events` must not be negative, and what moves must end after it begins');
  if (buckets.length > MOST_COMPARED_BUCKETS)
    throw new KtError(
      'too_large',
      `a pass compares at most ${MOST_COMPARED_BUCKETS} buckets, and this asks for ${buckets.length}: ` +
        'go on with the next pass',
    );
};

/**
 * The days that a push asks to compare, read in its own transaction; days with too many events for that are left out.
 */
export const pushedDays = async (tx: Tx, bucket: BucketKey, { days, moving }: PushedDays): Promise<DaySums> => {
  if (days.length > MOST_PUSHED_DAYS)
    throw new KtError('too_large', `a push compares at most ${MOST_PUSHED_DAYS} days of a bucket`);
  days.forEach(checkDay);
  const found = await digests.onDays(tx, bucket, days, MOST_RECENT + 1, true, moving);
  return sumsOf(found.filter(({ rows }) => rows <= MOST_RECENT));
};

const placeKey = (deviceId: string | undefined, bucketId: string): string => JSON.stringify([deviceId, bucketId]);

export const makeParts = ({ database }: Deps, reading: Reading) => {
  const read = <T>(viewer: Viewer, work: (tx: Tx) => Promise<T>): Promise<T> =>
    reading(viewer.account, () => run(database, work));

  /**
   * The account's buckets by device (the id it registered under) and bucket id there, or by what they were before a
   * device took them over (spec/sync 7.3).
   */
  const named = (viewer: Viewer) =>
    read(viewer, async (tx) => {
      const names = new Map((await devices.list(tx, viewer.account)).map((device) => [device.id, device.deviceId]));
      const all = await rows.list(tx, viewer.account);
      const places = all.flatMap((bucket) =>
        bucket.former ? [[placeKey(bucket.former.deviceId, bucket.former.bucketId), bucket] as const] : [],
      );
      return new Map([
        ...places,
        ...all.map((bucket) => [placeKey(names.get(bucket.deviceUuid), bucket.id), bucket] as const),
      ]);
    });

  /** Days before one, until about `events` rows were read or there are no more; at least one day. */
  const spanOf = async (
    viewer: Viewer,
    bucket: rows.BucketRow,
    owned: boolean,
    before: number | null,
    left: { events: number; days: number },
    moving: Moving,
  ): Promise<Span> => {
    const found: digests.DaySum[] = [];
    for (let below = before; ; ) {
      const slice = Math.max(1, Math.min(SLICE, left.events));
      const days = await read(viewer, (tx) => digests.daysBelow(tx, bucket, below, slice, owned, moving));
      const seen = days.reduce((sum, day) => sum + day.rows, 0);
      left.events -= seen;
      if (seen < slice && found.length + days.length <= left.days) {
        left.days -= found.length + days.length;
        return { from: null, sums: sumsOf([...found, ...days]) };
      }
      // The oldest day may be incomplete; if it is the only one it is read completely, however large.
      const whole = seen < slice ? days : days.slice(0, -1);
      if (whole.length === 0)
        whole.push(
          ...(await read(viewer, (tx) => digests.onDays(tx, bucket, [days[0]!.day], ALL_ROWS, owned, moving))),
        );
      found.push(...whole.slice(0, Math.max(1, left.days - found.length)));
      below = found.at(-1)!.day;
      if (left.events <= 0 || found.length >= left.days) {
        left.days -= found.length;
        return { from: below, sums: sumsOf(found) };
      }
    }
  };

  /** The newest days of buckets, by number; null for those with too many events. */
  const recentOf = async (
    viewer: Viewer,
    buckets: readonly { number: number; owned: boolean }[],
    since: number,
    moving: Moving,
  ): Promise<Map<number, DaySums | null>> => {
    const recent = new Map<number, DaySums | null>();
    for (const some of batches(buckets, RECENT_AT_ONCE, Infinity, () => 0)) {
      const found = await read(viewer, (tx) =>
        digests.daysSince(tx, viewer.account, some, since, MOST_RECENT + 1, moving),
      );
      for (const [number, days] of found)
        recent.set(number, days.reduce((sum, { rows }) => sum + rows, 0) > MOST_RECENT ? null : sumsOf(days));
    }
    return recent;
  };

  return {
    /** What the server holds of the requested parts; unknown buckets are left out. */
    of: async (viewer: Viewer, deviceId: string, wanted: WantedParts): Promise<Part[]> => {
      const { moving, since } = wanted;
      const buckets = await named(viewer);
      const found = wanted.buckets.flatMap((want) => {
        const bucket = buckets.get(placeKey(want.deviceId ?? deviceId, want.bucketId));
        return bucket
          ? [{ want, bucket, number: bucket.number, owned: want.deviceId === null || want.deviceId === deviceId }]
          : [];
      });
      const recent = await recentOf(viewer, found, since, moving);
      const firstDays = await read(viewer, (tx) =>
        digests.firstDays(
          tx,
          viewer.account,
          found.map(({ number }) => number),
        ),
      );
      const left = { events: Math.min(wanted.events, MOST_COMPARED_EVENTS), days: MOST_DAYS };
      const parts: Part[] = [];
      for (const { want, bucket, number, owned } of found) {
        const walks = left.events > 0 && left.days > 0;
        parts.push({
          id: bucket.publicId,
          bucketId: want.bucketId,
          deviceId: want.deviceId ?? deviceId,
          firstDay: firstDays.get(number) ?? null,
          recent: recent.get(number) ?? null,
          span: walks ? await spanOf(viewer, bucket, owned, want.before, left, moving) : null,
        });
      }
      return parts;
    },
  };
};
