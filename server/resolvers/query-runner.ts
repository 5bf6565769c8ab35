import type { Period, QueryBucket } from '../../domain/query/dataset.ts';
import type { AnswerLimit } from '../../domain/query/limits.ts';
import type { QueryAnswer, QueryRequest } from '../../domain/query/run-query.ts';

/** One viewer's buckets and events, as a query reads them. Each fails as storage does. */
export type QuerySource = {
  /** All of the viewer's, and nobody else's. */
  buckets(): Promise<readonly QueryBucket[]>;
  /**
   * The events of a listed bucket, at most `most`, as pages of text (storage/event-page.ts). Between two,
   * others should have their turn.
   */
  pages(bucketId: string, period: Period, most: number): AsyncIterable<string>;
  count(bucketId: string, period: Period): Promise<number>;
};

/** The JSON of an answer in UTF-8, and what there is to tell beside it. */
export type QueryResult = QueryAnswer;

/** A query to be run. */
export type QueryTask = {
  readonly request: QueryRequest;
  readonly source: QuerySource;
  /** Whose it is: threads are shared fairly among accounts. */
  readonly account: string;
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal;
  /** A limit of the answer below the usual, where its reader takes less. */
  readonly answer?: AnswerLimit | undefined;
};

/**
 * Runs a query within its limits, somewhere where it holds up nobody. Fails with a QueryError for all that is wrong
 * with the query, `malformed` for a period that can't be read, and as `source` does. Ends with a QueryError soon after
 * `signal`.
 */
export type RunQuery = (task: QueryTask) => Promise<QueryResult>;
