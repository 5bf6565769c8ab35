import type { Database } from '../storage/database.ts';
import type { Feed } from '../storage/feed.ts';
import type { RunQuery } from '../../domain/query/query-runner.ts';

/** What the rules depend on. `hostname` and `version` are the server's own; `now` is its clock. */
export type Deps = {
  readonly database: Database;
  readonly feed: Feed;
  readonly now: () => Date;
  readonly hostname: string;
  readonly version: string;
  readonly testing: boolean;
  readonly runQuery: RunQuery;
  /** The largest size of an event's data as stored, in bytes (spec/rest DEV-25). */
  readonly eventBytes: number;
  /** How many queries of one account may run at once. */
  readonly queriesPerAccount: number;
  /** Called, for the log, with a fault of the server that ended only part of a request, and that one's id. */
  readonly onFault?: (error: unknown, requestId?: string) => void;
};
