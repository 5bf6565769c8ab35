import type { Scenario } from '../bench.ts';
import { stopwatch, type Samples, type Side } from '../measure.ts';
import { batches } from '../workloads/wire.ts';
import { workload } from '../workloads/workloads.ts';
import { empty, first, makeBucket, mustHold } from './filled.ts';

/** Batches go to each side in turn, so at most one is held. */
export const post: Scenario = {
  name: 'post',
  about: 'POST events, 5,000 a batch, beside COPY of the same rows',
  async run(bench) {
    const { served, floors } = await bench.open();
    const events = bench.size(100_000);
    const bucket = first(workload('W5', { events }));
    const samples: Partial<Record<Side, number[]>> = {};
    let copies: Awaited<ReturnType<typeof floors>> | undefined;
    // The first round warms up, and what it wrote are the rows for COPY.
    for (let round = 0; round <= bench.rounds; round++) {
      const id = `bench-post-${round}`;
      const watches = new Map<Side, ReturnType<typeof stopwatch>>();
      const measured = (side: Side, work: () => Promise<unknown>): Promise<void> => {
        if (!watches.has(side)) watches.set(side, stopwatch());
        return watches.get(side)!.run(work);
      };
      for (const { http } of served) await makeBucket(http, id, bucket);
      for (const floor of copies?.values() ?? []) await floor.empty();
      let batch = 0;
      for (const { body } of batches(bucket.events())) {
        for (const { side, http } of batch % 2 === 0 ? served : served.toReversed())
          await measured(side, () => http.ask('POST', `/api/0/buckets/${id}/events`, body));
        for (const [side, floor] of copies ?? [])
          await measured(side === 'postgres' ? 'floorPostgres' : 'floorEmbedded', () =>
            floor.write(floor.rows[batch]!),
          );
        batch++;
      }
      for (const { http } of served) await mustHold(http, id, bucket.count);
      if (round === 0) copies = await floors();
      else for (const [side, { ms }] of watches) (samples[side] ??= []).push((events / ms) * 1000);
    }
    bench.row({
      what: `POST ${events} events`,
      unit: 'events/s',
      samples: samples satisfies Samples,
      floor: 'COPY',
      goal: '≥ 0.6 / 0.4 of the peer, ≥ 0.5 of COPY',
    });
    await empty(
      served,
      Array.from({ length: bench.rounds + 1 }, (_, round) => `bench-post-${round}`),
    );
  },
};
