import { KtError } from '../../domain/errors.ts';
import { clientHasGone } from '../../domain/query/query-error.ts';
import { checkRequest } from '../../domain/query/run-query.ts';
import type { RunQuery } from '../../domain/query/query-runner.ts';
import { makeFairQueue } from './fair-queue.ts';
import { startThread, type Thread, type ThreadLimits } from './thread.ts';

/**
 * Threads for queries: a query may take seconds, and heartbeats must not wait for it
 * (docs/decisions/0002-queries-in-threads.md).
 */
export type QueryPool = {
  readonly runQuery: RunQuery;
  /** How many queries run now, each in its thread. */
  running(): number;
  close(): Promise<void>;
};

export type PoolLimits = ThreadLimits & {
  /** Queries that run at once. */
  readonly threads: number;
  /** Additional ones for accounts of which none is running. */
  readonly spareThreads: number;
};

/** How long an idle thread is kept, in ms: starting one takes 0.3 s, keeping one takes 30 MB. */
const IDLE = 5 * 60_000;

/** Starts threads only when there are queries, up to `threads`; further queries wait, fairly by account. */
export const makeQueryPool = ({ threads, spareThreads, ...limits }: PoolLimits): QueryPool => {
  const idle: { thread: Thread; timer: NodeJS.Timeout }[] = [];
  const all = new Set<Thread>();
  const queue = makeFairQueue({ places: threads, spare: spareThreads }, clientHasGone);
  let closed = false;

  const take = (): Thread => {
    const kept = idle.pop();
    clearTimeout(kept?.timer);
    if (kept?.thread.alive) return kept.thread;
    if (kept) all.delete(kept.thread);
    const thread = startThread(limits);
    all.add(thread);
    return thread;
  };

  const giveBack = (thread: Thread): void => {
    if (!thread.alive || closed) {
      all.delete(thread);
      return void thread.end();
    }
    const timer = setTimeout(() => {
      idle.splice(
        idle.findIndex((kept) => kept.thread === thread),
        1,
      );
      all.delete(thread);
      void thread.end();
    }, IDLE).unref();
    idle.push({ thread, timer });
  };

  return {
    running: queue.running,
    runQuery: async (task) => {
      checkRequest(task.request, limits.query);
      return queue.run(task.account, task.signal, async () => {
        const buckets = await task.source.buckets();
        if (closed) throw new KtError('unavailable', 'the server is stopping: try again');
        const thread = take();
        try {
          return await thread.run(task, buckets);
        } finally {
          giveBack(thread);
        }
      });
    },
    close: async () => {
      closed = true;
      for (const { timer } of idle) clearTimeout(timer);
      await Promise.all([...all].map((thread) => thread.end()));
    },
  };
};
