import { DEFAULT_LIMITS } from '../domain/query/limits.ts';
import type { Config } from './config.ts';
import type { PoolLimits } from './query/pool.ts';

/** The settings as limits of the threads. What a query may hold and process grows with what it may read. */
export const poolLimits = (config: Config): PoolLimits => ({
  threads: config.queryThreads,
  spareThreads: config.querySpareThreads,
  megabytes: config.queryMegabytes,
  query: {
    periods: config.queryPeriods,
    statements: config.queryStatements,
    depth: config.queryDepth,
    terms: DEFAULT_LIMITS.terms,
    events: config.queryEvents,
    items: atLeast(DEFAULT_LIMITS.items, config.queryEvents),
    work: atLeast(DEFAULT_LIMITS.work, config.queryEvents),
    answer: config.queryAnswerMegabytes * 1_000_000,
    milliseconds: config.querySeconds * 1000,
  },
});

const atLeast = (usual: number, events: number): number =>
  Math.max(usual, Math.ceil((usual / DEFAULT_LIMITS.events) * events));
