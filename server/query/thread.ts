import { setImmediate as others } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { KtError } from '../../domain/errors.ts';
import type { QueryBucket } from '../../domain/query/dataset.ts';
import { tooLong, type QueryLimits } from '../../domain/query/limits.ts';
import { clientHasGone, QueryError } from '../../domain/query/query-error.ts';
import type { QueryResult, QuerySource, QueryTask } from '../../domain/query/query-runner.ts';
import { ENTRY } from './entry-url.ts';
import { failureToError } from './failure.ts';
import type { Ask, FromWorker, ToWorker } from './messages.ts';

export type ThreadLimits = {
  readonly query: QueryLimits;
  /** Memory that a query may use, in MB; beyond that its thread is ended. */
  readonly megabytes: number;
};

/** A thread that runs queries, one at a time. */
export type Thread = {
  /** As RunQuery does, over these buckets of the source. Only while no other query runs on this thread. */
  run(task: QueryTask, buckets: readonly QueryBucket[]): Promise<QueryResult>;
  /**
   * Whether it may run another query: not after one that could not be stopped, or used too much memory, or left the
   * thread with much.
   */
  readonly alive: boolean;
  /** Ends the thread; the query that it runs fails with `unavailable`. */
  end(): Promise<void>;
};

/**
 * How much longer than its time limit a query may take, in ms: it notices the limit by itself, and can say where it
 * was.
 */
const LATE = 250;
/**
 * How long a query may take to stop once asked to, in ms. A single search of RE2 can't be interrupted, and takes a
 * second at worst.
 */
const GRACE = 500;

/** The query that a thread is running. */
type Running = {
  readonly source: QuerySource;
  /** Called once: with its answer, or with the reason for the failure. */
  readonly settle: (outcome: QueryResult | { error: unknown }) => void;
  readonly began: () => void;
  /** Asks it to end, and sets the error to answer with. */
  readonly stop: (reason: unknown) => void;
  /** Why it was asked to end; null if it was not. */
  reason: unknown;
  /** The request of the query that is not answered yet. */
  read: number | null;
};

/** Starts a thread, which takes 0.3 s; it may be given its first query at once. */
export const startThread = ({ query: limits, megabytes }: ThreadLimits): Thread => {
  // With a larger young generation a query over a year of events needs half as many collections.
  const resourceLimits = { maxOldGenerationSizeMb: megabytes, maxYoungGenerationSizeMb: 48 };
  // Without this process's own flags: the entry loads tsx itself, and the debugger's port is in use.
  const worker = new Worker(ENTRY, {
    workerData: { limits },
    execArgv: [],
    resourceLimits,
  });
  let alive = true;
  let running: Running | null = null;

  const say = (message: ToWorker): void => worker.postMessage(message);
  const settle = (outcome: QueryResult | { error: unknown }): void => {
    const query = running;
    running = null;
    // An idle thread must not keep the process alive.
    worker.unref();
    query?.settle('error' in outcome && query.reason !== null ? { error: query.reason } : outcome);
  };

  worker.unref();
  worker.on('message', (message: FromWorker) => {
    if (message.kind === 'began') running?.began();
    else if (message.kind === 'ask') void answer(message.read, message.ask);
    else if (message.kind === 'grown') alive = false;
    else if (message.kind === 'answer') settle({ json: message.json, warnings: message.warnings });
    else settle({ error: failureToError(message.failure) });
  });
  worker.on('error', (error: NodeJS.ErrnoException) => {
    alive = false;
    const tooMuch = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
    settle({
      error: tooMuch
        ? new QueryError(
            'QueryInterpretException',
            `the query needs more than ${megabytes} MB; ask for shorter periods, or fewer`,
          )
        : error,
    });
  });
  worker.on('exit', () => {
    alive = false;
    settle({ error: new KtError('unavailable', 'the server is stopping: try again') });
  });

  /** Answers a request of the query that is running. */
  const answer = async (read: number, ask: Ask): Promise<void> => {
    const query = running;
    if (!query) return;
    query.read = read;
    const over = () => running !== query || query.reason !== null;
    try {
      if (ask.kind === 'count') {
        say({ kind: 'done', read, count: await query.source.count(ask.bucketId, ask.period) });
      } else {
        for await (const page of query.source.pages(ask.bucketId, ask.period, ask.most)) {
          if (over()) return;
          say({ kind: 'page', read, page });
          await others();
          if (over()) return;
        }
        say({ kind: 'done', read, count: 0 });
      }
    } catch (error) {
      query.reason ??= error;
      say({ kind: 'unread', read });
    }
  };

  const run: Thread['run'] = ({ request, source, signal, answer: limit }, buckets) =>
    new Promise((resolve, reject) => {
      const flag = new Int32Array(new SharedArrayBuffer(4));
      let deadline: NodeJS.Timeout | undefined;
      let last: NodeJS.Timeout | undefined;
      const gone = () => query.stop(clientHasGone());
      const query: Running = {
        source,
        reason: null,
        read: null,
        began: () => {
          deadline = setTimeout(() => query.stop(tooLong(limits)), limits.milliseconds + LATE);
        },
        stop: (reason) => {
          if (query.reason !== null) return;
          query.reason = reason;
          Atomics.store(flag, 0, 1);
          if (query.read !== null) say({ kind: 'unread', read: query.read });
          last = setTimeout(() => {
            alive = false;
            void worker.terminate();
          }, GRACE);
        },
        settle: (outcome) => {
          clearTimeout(deadline);
          clearTimeout(last);
          signal.removeEventListener('abort', gone);
          if ('json' in outcome) resolve(outcome);
          else reject(outcome.error);
        },
      };
      if (signal.aborted) return reject(clientHasGone());
      signal.addEventListener('abort', gone, { once: true });
      running = query;
      worker.ref();
      say({ kind: 'run', request, buckets, stop: flag, answer: limit });
    });

  return {
    get alive() {
      return alive;
    },
    run,
    end: async () => {
      alive = false;
      await worker.terminate();
    },
  };
};
