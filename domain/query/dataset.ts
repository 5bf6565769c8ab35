import type { Micros } from '../time.ts';
import type { Span } from './transform/span.ts';

/** A time period; if `startUs` is the later one it contains no events. */
export type Period = { readonly startUs: Micros; readonly endUs: Micros };

/**
 * A page of events as storage reads it, and `server/storage/event-page.ts` knows it: columns of numbers, and as text
 * the distinct data, except for those of earlier pages of the same reader.
 */
export type PageColumns = {
  readonly ids: Uint8Array;
  readonly starts: Uint8Array;
  readonly durations: Uint8Array;
  readonly values: Uint8Array;
  readonly data: string;
};

/** A bucket of the asker, named by its public id, which is unique among all their devices. */
export type QueryBucket = {
  readonly id: string;
  readonly type: string;
  readonly client: string;
  readonly hostname: string;
  /** Its place in the order of creation: `find_bucket` takes the first that matches. */
  readonly ordinal: number;
};

/**
 * Where a query's buckets and events come from: all that the interpreter knows about storage. Contains only the buckets
 * that the asker may read, so a forbidden bucket can't be told from an unknown one (spec/hazards C60).
 *
 * It is called for buckets it has listed, for periods that do not end before they start, and once per (bucket, period)
 * of a request. An error that it throws ends the query unchanged.
 */
export type Dataset = {
  buckets(): Promise<readonly QueryBucket[]>;

  /**
   * The events that touch the period, both bounds included, in listing order (`inListingOrder`) and then cut to it
   * (`clip`): the answer of GET events (spec/query 3.1), as spans. At most `most` of them: the interpreter asks for one
   * more than the query may read, to notice. Events with equal data should share one object, which saves comparing them
   * again.
   */
  events(bucketId: string, period: Period, most: number): Promise<readonly Span[]>;

  /** How many events `events` would return without `most`. */
  count(bucketId: string, period: Period): Promise<number>;
};
