import { oncePerData } from '../transform/once-per-data.ts';
import { withData, type Span } from '../transform/span.ts';
import type { Dataset, Period, QueryBucket } from '../dataset.ts';
import type { Meter } from '../limits.ts';
import { QueryError, short } from '../query-error.ts';

/** The dataset as one request reads it. */
export type Reader = {
  /** In order of creation. */
  buckets(): Promise<readonly QueryBucket[]>;
  /**
   * Newest first, cut to the period. Fails with a QueryFunctionException if there is no such bucket, or too much in it.
   */
  events(bucketId: string, period: Period): Promise<readonly Span[]>;
  count(bucketId: string, period: Period): Promise<number>;
  /** Drops the events of a period that will not be asked for again. */
  forget(period: Period): void;
};

/**
 * Reads each (bucket, period) once (spec/query 6), and makes events with equal data share one object across buckets and
 * periods, so that transforms recognise equal data by identity.
 */
export const makeReader = (dataset: Dataset, meter: Meter): Reader => {
  let listed: readonly QueryBucket[] | null = null;
  const held = new Map<string, Map<string, readonly Span[]>>();
  const shared = oncePerData((data) => data);
  const nameOf = ({ startUs, endUs }: Period) => `${startUs}/${endUs}`;

  const buckets = async () => (listed ??= [...(await dataset.buckets())].sort((a, b) => a.ordinal - b.ordinal));
  const mustExist = async (id: string) => {
    if ((await buckets()).some((bucket) => bucket.id === id)) return;
    throw new QueryError('QueryFunctionException', `there is no bucket ${JSON.stringify(short(id))}`);
  };

  return {
    buckets,
    async events(bucketId, period) {
      await mustExist(bucketId);
      if (period.startUs > period.endUs) return [];
      const ofPeriod = held.get(nameOf(period)) ?? new Map<string, readonly Span[]>();
      held.set(nameOf(period), ofPeriod);
      const known = ofPeriod.get(bucketId);
      if (known) return known;
      const events = await dataset.events(bucketId, period, meter.eventsLeft() + 1);
      meter.read(events.length);
      const spans = events.map((span) => {
        const data = shared(span.data);
        return data === span.data ? span : withData(span, data);
      });
      ofPeriod.set(bucketId, spans);
      return spans;
    },
    async count(bucketId, period) {
      await mustExist(bucketId);
      if (period.startUs > period.endUs) return 0;
      return held.get(nameOf(period))?.get(bucketId)?.length ?? dataset.count(bucketId, period);
    },
    forget: (period) => void held.delete(nameOf(period)),
  };
};
