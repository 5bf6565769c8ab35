/** Probes of what buckets hold, and what a bucket holds of another's probe (spec/sync 7.1). */
import { dataHash } from '../../domain/sync/content-hash.ts';
import { evenly, PROBED, type HistoryProbe, type Mark } from '../../domain/sync/history.ts';
import type { JsonObject } from '../../domain/data.ts';
import type { BucketKey } from './bucket-key.ts';
import { existing } from './buckets.ts';
import type { Tx } from './database.ts';
import { fromJsonb } from './jsonb.ts';
import { eventsAtMarks, newestEvents, spanOfBuckets, spreadEvents, type MarkRow } from './sql/probe-events.ts';

const markOf = ({ at_ms, data }: MarkRow): Mark => ({ atMs: at_ms, data: dataHash(fromJsonb<JsonObject>(data)) });

/**
 * Probes of buckets by number; that of an empty bucket has no marks, and of those not there there is none. Four
 * statements for any number of buckets.
 */
export const probesOf = async (
  tx: Tx,
  account: number,
  numbers: readonly number[],
): Promise<Map<number, HistoryProbe>> => {
  const found = await existing(tx, account, numbers);
  if (found.length === 0) return new Map();
  const spans = await tx.$queryRaw<{ bucket: number; first_us: bigint; last_us: bigint }[]>(
    spanOfBuckets(account, found),
  );
  const moments = spans.flatMap(({ bucket, first_us, last_us }) =>
    evenly(first_us, last_us).map((atUs) => ({ bucket, atUs })),
  );
  const newest = await tx.$queryRaw<MarkRow[]>(newestEvents(account, found, PROBED));
  const spread = moments.length === 0 ? [] : await tx.$queryRaw<MarkRow[]>(spreadEvents(account, moments));
  const of = (rows: readonly MarkRow[], bucket: number) => rows.filter((row) => row.bucket === bucket).map(markOf);
  return new Map(found.map((bucket) => [bucket, { newest: of(newest, bucket), spread: of(spread, bucket) }]));
};

/** What a bucket holds at the instants of these marks, which are those of two probes at most. */
export const heldAt = async (tx: Tx, bucket: BucketKey, marks: readonly Mark[]): Promise<Mark[]> => {
  const instants = [...new Set(marks.map(({ atMs }) => atMs))].slice(0, 4 * PROBED);
  return instants.length === 0 ? [] : (await tx.$queryRaw<MarkRow[]>(eventsAtMarks(bucket, instants))).map(markOf);
};
