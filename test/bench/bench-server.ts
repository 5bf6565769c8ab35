/** The whole server within this process, over each engine in turn: what a benchmark measures. */
import { randomUUID } from 'node:crypto';
import { EVENT_BYTES } from '../../domain/data.ts';
import { DEFAULT_LIMITS } from '../../domain/query/limits.ts';
import type { Event } from '../../domain/event.ts';
import { VERSION } from '../../cli/version.ts';
import { makeApp } from '../../server/app.ts';
import { makeAuthenticate } from '../../server/auth/authenticate.ts';
import { makeLog } from '../../server/log.ts';
import { makeQueryPool } from '../../server/query/pool.ts';
import { makeResolvers } from '../../server/resolvers/resolvers.ts';
import { driverOf } from '../../server/storage/database.ts';
import { makeFeed } from '../../server/storage/feed.ts';
import { migrate } from '../../server/storage/migrate.ts';
import { openDatabase } from '../../server/storage/open.ts';
import { startThrowawayPostgres } from '../support/throwaway-postgres.ts';

export type BenchServer = {
  readonly engine: string;
  /** Creates a bucket of the benchmark's user and fills it. */
  fill(bucket: { id: string; type: string; hostname: string }, events: readonly Event[]): Promise<void>;
  /** Updates the planner's statistics, as autovacuum would after a while. */
  analyze(): Promise<void>;
  /** The body of a response, which must be 200. */
  ask(path: string, body?: unknown): Promise<Uint8Array>;
};

/** Runs a benchmark on PGlite and, if it is installed, on PostgreSQL. */
export const onEachEngine = async (bench: (server: BenchServer) => Promise<void>): Promise<void> => {
  await onEngine('PGlite', 'pglite:memory', bench);
  const postgres = await startThrowawayPostgres();
  if (!postgres) return void process.stdout.write('\nNo PostgreSQL server was found, so nothing was measured on it.\n');
  try {
    await onEngine(`PostgreSQL ${postgres.version}`, postgres.url, bench);
  } finally {
    await postgres.stop();
  }
};

const onEngine = async (engine: string, url: string, bench: (server: BenchServer) => Promise<void>): Promise<void> => {
  const database = await openDatabase(url);
  const queries = makeQueryPool({ query: DEFAULT_LIMITS, megabytes: 1024, threads: 2, spareThreads: 0 });
  const feed = makeFeed(database);
  try {
    await migrate(database);
    const now = () => new Date();
    const resolvers = makeResolvers({
      database,
      feed,
      now,
      hostname: 'bench',
      version: VERSION,
      testing: false,
      runQuery: queries.runQuery,
      eventBytes: EVENT_BYTES,
      queriesPerAccount: 2,
    });
    const app = makeApp({ database, resolvers, authenticate: makeAuthenticate(database, now), log: makeLog('error') });
    const { key } = await resolvers.accounts.generateKey({ email: `${randomUUID()}@example.org`, name: 'bench' });
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const viewer = (await makeAuthenticate(database, now)(new Headers(headers)))!;
    process.stdout.write(`\n${engine}\n`);
    await bench({
      engine,
      fill: async ({ id, type, hostname }, events) => {
        await resolvers.buckets.create(viewer, { id, type, hostname, client: 'bench', createdUs: null, data: {} });
        for (let from = 0; from < events.length; from += 5000) {
          await resolvers.events.insert(
            viewer,
            id,
            events.slice(from, from + 5000).map((event) => ({ ...event, id: null })),
          );
        }
      },
      analyze: () => driverOf(database).script('vacuum (analyze) events'),
      ask: async (path, body) => {
        const init = body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) };
        const response = await app.fetch(`http://bench${path}`, init);
        const bytes = new Uint8Array(await response.arrayBuffer());
        if (response.status !== 200) throw new Error(`${path}: ${response.status} ${new TextDecoder().decode(bytes)}`);
        return bytes;
      },
    });
  } finally {
    await queries.close();
    await feed.close();
    await database.close();
  }
};

export type Measured = { readonly median: number; readonly least: number };

/**
 * Milliseconds of each piece of work. They alternate, so that load on the machine affects all alike; the first rounds
 * are a warm-up.
 */
export const measure = async <Name extends string>(
  works: Record<Name, () => Promise<unknown>>,
  { rounds = 9, warm = 4 } = {},
): Promise<Record<Name, Measured>> => {
  const times = new Map<string, number[]>(Object.keys(works).map((name) => [name, []]));
  for (let round = -warm; round < rounds; round++) {
    for (const [name, work] of Object.entries<() => Promise<unknown>>(works)) {
      const began = performance.now();
      await work();
      if (round >= 0) times.get(name)!.push(performance.now() - began);
    }
  }
  const result = [...times].map(([name, list]) => {
    list.sort((a, b) => a - b);
    return [name, { median: list[list.length >> 1]!, least: list[0]! }];
  });
  return Object.fromEntries(result) as Record<Name, Measured>;
};
