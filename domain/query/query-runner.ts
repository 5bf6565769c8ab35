import type { PageColumns, Period, QueryBucket } from './dataset.ts';
import type { AnswerLimit } from './limits.ts';
import type { QueryAnswer, QueryRequest } from './run-query.ts';

/** One viewer's buckets and events, as a query reads them. Each function fails as storage does. */
export type QuerySource = {
  /** All buckets of the viewer. */
  buckets(): Promise<readonly QueryBucket[]>;
  /**
   * The events of a listed bucket, at most `most`, in pages. Yield to other requests between two of them.
   */
  pages(bucketId: string, period: Period, most: number): AsyncIterable<PageColumns>;
  count(bucketId: string, period: Period): Promise<number>;
};

/** The answer as JSON in UTF-8, and the warnings about it. */
export type QueryResult = QueryAnswer;

/** A query to be run. */
export type QueryTask = {
  readonly request: QueryRequest;
  readonly source: QuerySource;
  /** The account that asks: threads are shared fairly among accounts. */
  readonly account: string;
  /** Aborted when the client has disconnected. */
  readonly signal: AbortSignal;
  /** A limit of the answer's size below the usual one, for callers that can take less. */
  readonly answer?: AnswerLimit | undefined;
};

/**
 * Runs a query within its limits, where it blocks nobody. Fails with a QueryError for anything wrong with the query,
 * with `malformed` for a period that can't be read, and as `source` does. Ends with a QueryError soon after `signal`.
 */
export type RunQuery = (task: QueryTask) => Promise<QueryResult>;
