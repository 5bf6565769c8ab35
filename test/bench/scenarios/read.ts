import type { Scenario } from '../bench.ts';
import { inTurn, timed, type Side } from '../measure.ts';
import { workload } from '../workloads/workloads.ts';
import { empty, fill, first } from './filled.ts';

type Works = Partial<Record<Side, () => Promise<number>>>;
const FLOORS = { postgres: 'floorPostgres', embedded: 'floorEmbedded' } as const;

/** Listings are read to their end and thrown away; what is in them is counted once, before. */
export const read: Scenario = {
  name: 'read',
  about: 'GET of all events of a bucket, and export, beside COPY out of the table',
  async run(bench) {
    const { served, floors } = await bench.open();
    const events = bench.size(100_000);
    const bucket = first(workload('W5', { events }));
    const id = 'bench-read';
    await fill(served, [bucket], () => id);
    const copies = await floors();
    for (const floor of copies.values()) for (const rows of floor.rows) await floor.write(rows);

    const works = (path: string): Works => {
      const rate = (work: () => Promise<unknown>, count: number) => async () => (count / (await timed(work))) * 1000;
      return Object.fromEntries([
        ...served.map(({ side, http }) => [side, rate(() => http.drain('GET', path), events)]),
        ...[...copies].map(([side, floor]) => [FLOORS[side], rate(() => floor.read(), floor.count)]),
      ]) as Works;
    };
    for (const { http } of served) {
      const list = await http.json<unknown[]>(`/api/0/buckets/${id}/events`);
      if (list.length !== events) throw new Error(`GET has ${list.length} events and not ${events}`);
    }
    const goal = '≥ 1.0 / 0.8 of the peer';
    bench.row({
      what: `GET ${events} events`,
      unit: 'events/s',
      samples: await inTurn(works(`/api/0/buckets/${id}/events`), bench),
      floor: 'COPY',
      goal,
    });
    bench.row({
      what: `export of ${events} events`,
      unit: 'events/s',
      samples: await inTurn(works('/api/0/export'), bench),
      floor: 'COPY',
      goal,
    });
    const firstBytes = Object.fromEntries(
      served.map(({ side, http }) => [
        side,
        async () => {
          const began = performance.now();
          let first = 0;
          await http.drain('GET', '/api/0/export', undefined, () => (first = performance.now() - began));
          return first;
        },
      ]),
    ) as Works;
    bench.row({ what: 'first byte of the export', unit: 'ms', samples: await inTurn(firstBytes, bench) });
    await empty(served, [id]);
  },
};
