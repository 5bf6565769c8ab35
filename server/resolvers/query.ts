import { KtError } from '../../domain/errors.ts';
import type { PageColumns, Period, QueryBucket } from '../../domain/query/dataset.ts';
import type { AnswerLimit } from '../../domain/query/limits.ts';
import { clientHasGone } from '../../domain/query/query-error.ts';
import type { QueryRequest } from '../../domain/query/run-query.ts';
import type { Viewer } from '../auth/viewer.ts';
import type { BucketKey } from '../storage/bucket-key.ts';
import * as buckets from '../storage/buckets.ts';
import { run, type Database } from '../storage/database.ts';
import * as events from '../storage/events.ts';
import * as pages from '../storage/pages.ts';
import type { Deps } from './deps.ts';
import { hostnamesOf } from './hostnames.ts';
import type { QueryResult, QuerySource } from '../../domain/query/query-runner.ts';
import { makeConcurrencyLimit } from './concurrency-limit.ts';

/** Queries of one account that may wait: aw-webui opens a page with about ten. */
const MOST_WAITING = 100;

/**
 * Rows of a page: the embedded engine, which serves nobody else meanwhile, takes 12 ms for them, and PostgreSQL
 * gains nothing from more.
 */
const PAGE = 5_000;
/** The query language over the viewer's buckets, by public id: the same for both APIs. */
export const makeQuery = ({ database, runQuery, queriesPerAccount }: Deps) => {
  const perAccount = makeConcurrencyLimit(
    { running: queriesPerAccount, waiting: MOST_WAITING },
    () =>
      new KtError(
        'rate_limited',
        `${MOST_WAITING} queries of this account wait already: ask again when some are answered`,
      ),
    clientHasGone,
  );
  return {
    /**
     * Runs a query. The answer is a JSON array with a value per period, as UTF-8, no larger than `answer` where that is
     * given. A limited number per account run at once; the others wait. Fails with a QueryError (`invalid`), with
     * `malformed` for a period that can't be read, and with `rate_limited`.
     */
    run: (viewer: Viewer, request: QueryRequest, signal: AbortSignal, answer?: AnswerLimit): Promise<QueryResult> =>
      perAccount.run(viewer.account, signal, () => {
        const source = sourceOf(database, viewer);
        return runQuery({ request, source, account: viewer.userId, signal, answer });
      }),
  };
};

/** The viewer's buckets and events. The list of buckets is fixed at the start: the query does not see later ones. */
const sourceOf = (database: Database, viewer: Viewer): QuerySource => {
  const numbers = new Map<string, number>();
  /** What the query's thread has by now: it keeps the data of all pages, and meets each once. */
  const known: pages.KnownValues = new Map();
  const keyOf = (id: string): BucketKey => {
    const number = numbers.get(id);
    if (number === undefined)
      throw new KtError('internal', `a query read a bucket that it was never told of: ${JSON.stringify(id)}`);
    return { account: viewer.account, number };
  };
  return {
    buckets: () =>
      run(database, async (tx) => {
        const { ofBucket } = await hostnamesOf(tx, viewer.account);
        const rows = await buckets.list(tx, viewer.account, {});
        for (const { publicId, number } of rows) numbers.set(publicId, number);
        return rows.map((row, place) => queryBucketOf(row, ofBucket(row), place));
      }),
    pages: async function* (id: string, period: Period, most: number) {
      const bucket = keyOf(id);
      const earliest = await run(database, (tx) => events.earliest(tx, bucket, period));
      let left = most;
      for (let after: events.Position | null = null; left > 0; ) {
        const limit = Math.min(PAGE, left);
        const page: pages.EventPage | null = await run(database, (tx) =>
          pages.page(tx, bucket, period, limit, after, earliest, known),
        );
        if (page) yield columnsOf(page);
        if (!page?.more) return;
        left -= page.events;
        after = page.end;
      }
    },
    count: async (id, period) => {
      const bucket = keyOf(id);
      return run(database, (tx) => events.count(tx, bucket, period));
    },
  };
};

/** What the thread gets of a page. */
const columnsOf = ({ ids, starts, durations, values, data }: PageColumns): PageColumns => ({
  ids,
  starts,
  durations,
  values,
  data,
});

/** `hostname` is as the list of buckets shows it, `place` the order of creation, in which storage lists. */
const queryBucketOf = (
  { publicId, type, client }: buckets.BucketRow,
  hostname: string,
  place: number,
): QueryBucket => ({
  id: publicId,
  type,
  client,
  hostname,
  ordinal: place,
});
