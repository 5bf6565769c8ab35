/**
 * The thread of queries: runs one at a time, and requests buckets and events from the server's thread. Never exits by
 * itself.
 */
import { getHeapStatistics } from 'node:v8';
import { parentPort, workerData } from 'node:worker_threads';
import type { JsonObject } from '../../domain/data.ts';
import type { Dataset, PageColumns, QueryBucket } from '../../domain/query/dataset.ts';
import type { QueryLimits } from '../../domain/query/limits.ts';
import { makePatternCache } from '../../domain/query/regex/pattern-cache.ts';
import { runQuery } from '../../domain/query/run-query.ts';
import type { Span } from '../../domain/query/transform/span.ts';
import { spansOfPage } from '../storage/event-page.ts';
import { errorToFailure } from './failure.ts';
import type { Ask, FromWorker, ToWorker } from './messages.ts';

type Reply = Exclude<ToWorker, { kind: 'run' }>;

const { limits } = workerData as { limits: QueryLimits };
const port = parentPort!;
const say = (message: FromWorker, handOver: ArrayBuffer[] = []) => port.postMessage(message, handOver);

/** Who waits for which reply. Numbers are never reused in a thread, so a late reply is dropped. */
const waiting = new Map<number, (reply: Reply) => void>();
let reads = 0;

/** Sends a request and returns the last reply; `each` gets every page before it. */
const ask = (question: Ask, each: (page: PageColumns) => void = () => {}): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const read = ++reads;
    const end = (settle: () => void) => {
      waiting.delete(read);
      settle();
    };
    waiting.set(read, (reply) => {
      if (reply.kind === 'unread') return end(() => reject(new Error('the read was called off')));
      if (reply.kind !== 'page') return end(() => resolve(reply));
      try {
        each(reply.page);
      } catch (error) {
        end(() => reject(error));
      }
    });
    say({ kind: 'ask', read, ask: question });
  });

const makeDataset = (buckets: readonly QueryBucket[]): Dataset => {
  const known = new Map<number, JsonObject>();
  return {
    buckets: async () => buckets,
    async events(bucketId, period, most) {
      // The next page is requested before this one is read, so that the database works meanwhile.
      const pages: Span[][] = [];
      await ask({ kind: 'events', bucketId, period, most }, (page) => pages.push(spansOfPage(page, period, known)));
      return pages.length === 1 ? pages[0]! : pages.flat();
    },
    async count(bucketId, period) {
      const reply = await ask({ kind: 'count', bucketId, period });
      return reply.kind === 'done' ? reply.count : 0;
    },
  };
};

let patterns = makePatternCache();

/** RE2 caches up to 8 MB for a hostile pattern: all patterns are dropped before the next query runs out of memory. */
const tidy = () => {
  const { used_heap_size: used, heap_size_limit: most } = getHeapStatistics();
  if (used > most / 2) patterns = makePatternCache();
};

/**
 * A thread that uses more than this, in bytes, is replaced: V8 does not give the memory back, and a new thread takes
 * 0.3 s.
 */
const GROWN = 128 * 1024 * 1024;

/** Sent before the answer, because with the answer the thread may get its next query. */
const sayIfGrown = (): void => {
  if (getHeapStatistics().total_heap_size > GROWN) say({ kind: 'grown' });
};

const run = async ({ request, buckets, stop, answer }: Extract<ToWorker, { kind: 'run' }>): Promise<void> => {
  say({ kind: 'began' });
  try {
    const interrupt = () => (Atomics.load(stop, 0) === 0 ? null : 'it was told to');
    const environment = { dataset: makeDataset(buckets), now: () => performance.now(), limits, interrupt, patterns };
    const { json, warnings } = await runQuery(request, answer ? { ...environment, answer } : environment);
    sayIfGrown();
    say({ kind: 'answer', json, warnings }, [json.buffer]);
  } catch (error) {
    sayIfGrown();
    say({ kind: 'failed', failure: errorToFailure(error) });
  }
  waiting.clear();
  tidy();
};

port.on('message', (message: ToWorker) => {
  if (message.kind === 'run') void run(message);
  else waiting.get(message.read)?.(message);
});
