import type { Scenario } from '../bench.ts';
import { inTurn, median, timed, type Side } from '../measure.ts';
import { ANALYZE, NO_STATISTICS } from '../tables.ts';
import { startFloorServer } from '../world/floor-server.ts';
import type { Http } from '../world/http.ts';
import { workload } from '../workloads/workloads.ts';
import { empty, fill, first } from './filled.ts';

const QUESTIONS = [
  { name: 'limit=1', path: 'events?limit=1', goal: '≥ 0.55 / 0.45 of the peer' },
  { name: 'count', path: 'events/count', goal: '≥ 5 of the peer' },
] as const;

/** How many requests make a figure: those of about this many ms, found out before. */
const FIGURE_MS = 300;

/**
 * Requests of a kind that each server gets before any is measured: a new process runs code that is not compiled yet.
 */
const WARM = 3_000;

/**
 * Requests a second, one after another on one connection, over buckets of different sizes. On PostgreSQL first without
 * the statistics that autovacuum gathers in time, then with them; the embedded engine has only its own.
 */
export const small: Scenario = {
  name: 'small',
  about: 'limit=1 and count by the size of the bucket, with and without statistics, beside a bare HTTP server',
  async run(bench) {
    const { served, ours } = await bench.open();
    const floor = await startFloorServer(bench.processes);
    const sizes = [1_000, 100_000, ...(bench.large ? [1_650_000] : [])].map((size) => bench.size(size, 100));
    const id = (size: number): string => `bench-small-${size}`;
    const figureMs = Math.min(FIGURE_MS, bench.size(10 * FIGURE_MS));
    const statistics = async (sql: string): Promise<void> => {
      for (const one of ours) if (one.databaseUrl !== null) await one.sql(sql);
    };
    await statistics(NO_STATISTICS);
    for (const size of sizes) await fill(served, [first(workload('W5', { events: size }))], () => id(size));

    const sides: { side: Side; http: Http }[] = [...served, { side: 'floor', http: floor.http }];
    const asked = (path: string): Partial<Record<Side, () => Promise<number>>> =>
      Object.fromEntries(
        sides.map(({ side, http }) => {
          let count = 0;
          const rate = async (): Promise<number> => {
            if (count === 0) {
              await http.ask('GET', path);
              count = Math.max(5, Math.round(figureMs / (await timed(() => http.ask('GET', path)))));
            }
            const ms = await timed(async () => {
              for (let i = 0; i < count; i++) await http.ask('GET', path);
            });
            return (count / ms) * 1000;
          };
          return [side, rate];
        }),
      );

    const warm = Math.min(WARM, bench.size(10 * WARM, 20));
    for (const { path } of QUESTIONS)
      for (const { http } of sides)
        for (let i = 0; i < warm; i++) await http.ask('GET', `/api/0/buckets/${id(sizes[0]!)}/${path}`);

    /** For each question the medians by size, with and without statistics. */
    const seen = new Map<string, Partial<Record<Side, number[]>>>(QUESTIONS.map(({ name }) => [name, {}]));
    for (const state of ['no statistics', 'with statistics']) {
      if (state === 'with statistics') await statistics(ANALYZE);
      for (const { name, path, goal } of QUESTIONS)
        for (const size of sizes) {
          const samples = await inTurn(asked(`/api/0/buckets/${id(size)}/${path}`), bench);
          const what = `${name} of ${size} events, ${state}`;
          bench.row({ what, unit: '/s', samples, floor: 'bare HTTP', ...(size === sizes[1] && { goal }) });
          for (const { side } of served) (seen.get(name)![side] ??= []).push(median(samples[side]!));
        }
    }
    for (const [name, medians] of seen)
      bench.row({
        what: `${name}: fastest of these to slowest`,
        unit: 'times',
        samples: Object.fromEntries(
          Object.entries(medians).map(([side, list]) => [side, [Math.max(...list) / Math.min(...list)]]),
        ),
        goal: '≤ 1.3',
      });
    for (const size of sizes) await empty(served, [id(size)]);
    await floor.close();
  },
};
