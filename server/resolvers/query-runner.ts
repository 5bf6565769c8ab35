import type { Period, QueryBucket } from '../../domain/query/dataset.ts';
import type { QueryRequest } from '../../domain/query/run-query.ts';

/** One viewer's buckets and events, as a query reads them. Each fails as storage does. */
export type QuerySource = {
  /** All of the viewer's, and nobody else's. */
  buckets(): Promise<readonly QueryBucket[]>;
  /** The events of a listed bucket, at most `most`, as pages of text (storage/event-page.ts). Between two, others should have their turn. */
  pages(bucketId: string, period: Period, most: number): AsyncIterable<string>;
  count(bucketId: string, period: Period): Promise<number>;
};

/**
 * Runs a query within its limits, somewhere where it holds up nobody, and gives the JSON of its answer in UTF-8. Fails with a
 * QueryError for all that is wrong with the query, `malformed` for a period that can't be read, and as `source` does. Ends with a
 * QueryError soon after `signal`.
 */
export type RunQuery = (request: QueryRequest, source: QuerySource, signal: AbortSignal) => Promise<Uint8Array<ArrayBuffer>>;
