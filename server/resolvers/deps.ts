import type { Database } from '../storage/database.ts';
import type { Feed } from '../storage/feed.ts';
import type { RunQuery } from './query-runner.ts';

/** What the rules stand on. `hostname` and `version` are the server's own; `now` its clock. */
export type Deps = {
  readonly database: Database;
  readonly feed: Feed;
  readonly now: () => Date;
  readonly hostname: string;
  readonly version: string;
  readonly testing: boolean;
  readonly runQuery: RunQuery;
  /** Most that the data of an event may take once stored, in bytes (spec/rest DEV-25). */
  readonly eventBytes: number;
  /** How many queries of one account may run at once. */
  readonly queriesPerAccount: number;
  /** Told of a fault of the server's that ended only a part of what was asked, for its log. */
  readonly onFault?: (error: unknown) => void;
};
