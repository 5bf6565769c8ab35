/** The messages between the server's thread and a query's thread: plain values, one query at a time. */
import type { ErrorCode } from '../../domain/errors.ts';
import type { PageColumns, Period, QueryBucket } from '../../domain/query/dataset.ts';
import type { AnswerLimit } from '../../domain/query/limits.ts';
import type { Place, QueryErrorType } from '../../domain/query/query-error.ts';
import type { QueryRequest } from '../../domain/query/run-query.ts';
import type { Warnings } from '../../domain/query/warnings.ts';

/**
 * A request of the interpreter to its dataset. The list of buckets is sent along with the query, since nearly every
 * query needs it.
 */
export type Ask =
  | { readonly kind: 'events'; readonly bucketId: string; readonly period: Period; readonly most: number }
  | { readonly kind: 'count'; readonly bucketId: string; readonly period: Period };

/** `read` numbers a request; replies that nobody waits for any more are dropped. */
export type ToWorker =
  /** `stop` is shared memory: setting it to anything but 0 ends the query. */
  | {
      readonly kind: 'run';
      readonly request: QueryRequest;
      readonly buckets: readonly QueryBucket[];
      readonly stop: Int32Array;
      readonly answer: AnswerLimit | undefined;
    }
  | { readonly kind: 'page'; readonly read: number; readonly page: PageColumns }
  /** The end of the pages, or a count. */
  | { readonly kind: 'done'; readonly read: number; readonly count: number }
  /** There will be no reply: the query must end, and the server's thread knows the reason. */
  | { readonly kind: 'unread'; readonly read: number };

export type FromWorker =
  /** The query starts now: the thread itself may just have been started. */
  | { readonly kind: 'began' }
  | { readonly kind: 'ask'; readonly read: number; readonly ask: Ask }
  /** The thread uses much memory, and should not be kept after the current query. */
  | { readonly kind: 'grown' }
  /** JSON in UTF-8, transferred without a copy. */
  | { readonly kind: 'answer'; readonly json: Uint8Array<ArrayBuffer>; readonly warnings: Warnings }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** An error as a plain value: KtErrors would lose their class and code between threads. */
export type Failure =
  | { readonly kind: 'query'; readonly type: QueryErrorType; readonly text: string; readonly place: Place | null }
  | {
      readonly kind: 'known';
      readonly code: ErrorCode;
      readonly message: string;
      readonly details: Readonly<Record<string, unknown>>;
    }
  | { readonly kind: 'fault'; readonly message: string; readonly stack: string | undefined };
