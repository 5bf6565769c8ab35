import type { Scenario } from '../bench.ts';
import { median, stopwatch, timed, type Side } from '../measure.ts';
import { batches } from '../workloads/wire.ts';
import { about, workload, type WorkloadName } from '../workloads/workloads.ts';
import { empty, makeBucket, mustHold } from './filled.ts';

const NAMES: readonly WorkloadName[] = ['W1', 'W2', 'W3', 'W4', 'W8'];

/** Written once and read once: what is slow with one shape of data shows beside the others. */
export const shapes: Scenario = {
  name: 'shapes',
  about: 'each workload of events, POSTed and read back: light, typical, phone, sick afk, hostile titles',
  async run(bench) {
    const { served } = await bench.open();
    for (const name of NAMES) {
      const events = Math.min(about(name).events, bench.size(100_000));
      const buckets = workload(name, { events });
      const id = (bucket: string): string => `bench-${name}-${bucket}`;
      const [wrote, read]: Partial<Record<Side, number[]>>[] = [{}, {}];
      const watches = new Map(served.map(({ side }) => [side, stopwatch()]));
      const all = buckets.reduce((sum, { count }) => sum + count, 0);
      const refused = new Set<Side>();
      for (const bucket of buckets) {
        for (const { http } of served) await makeBucket(http, id(bucket.id), bucket);
        for (const { body } of batches(bucket.events()))
          for (const { side, http } of served)
            if (!refused.has(side))
              await watches
                .get(side)!
                .run(() => http.ask('POST', `/api/0/buckets/${id(bucket.id)}/events`, body))
                .catch((error: Error) => {
                  if (side !== 'peer') throw error;
                  refused.add(side);
                  bench.note(`${name}: the peer refused it: ${error.message.split('\n')[0]}`);
                });
        for (const { side, http } of served) if (!refused.has(side)) await mustHold(http, id(bucket.id), bucket.count);
      }
      for (const { side, http } of served) {
        if (refused.has(side)) continue;
        wrote![side] = [(all / watches.get(side)!.ms) * 1000];
        const rates: number[] = [];
        for (let round = 0; round <= bench.long; round++) {
          const ms = await timed(async () => {
            for (const bucket of buckets) await http.drain('GET', `/api/0/buckets/${id(bucket.id)}/events`);
          });
          if (round > 0) rates.push((all / ms) * 1000);
        }
        read![side] = [median(rates)];
      }
      const what = `${name} (${about(name).about}), ${all} events`;
      bench.row({ what: `${what}: POST`, unit: 'events/s', samples: wrote! });
      bench.row({ what: `${name}: GET`, unit: 'events/s', samples: read! });
      await empty(
        served,
        buckets.map((bucket) => id(bucket.id)),
      );
    }
  },
};
