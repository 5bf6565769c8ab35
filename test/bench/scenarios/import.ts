import type { Scenario } from '../bench.ts';
import { inTurn, meanwhile, timed, type Side } from '../measure.ts';
import type { Http } from '../world/http.ts';
import { workload } from '../workloads/workloads.ts';
import { empty, fill, mustHold } from './filled.ts';

/** Milliseconds that another client's cheap requests waited at most while some work was going on. */
const longestWait = async (http: Http, work: () => Promise<unknown>): Promise<number> => {
  let longest = 0;
  const asked = async (): Promise<void> => {
    longest = Math.max(longest, await timed(() => http.ask('GET', '/api/0/info')));
    await new Promise((later) => setTimeout(later, 20));
  };
  await meanwhile(asked, work);
  return longest;
};

/** The file is the export of the same server. */
export const imported: Scenario = {
  name: 'import',
  about: 'import of an export into nothing, and of the same again; how long others wait meanwhile',
  async run(bench) {
    const { served } = await bench.open();
    const buckets = workload('W2', { events: bench.size(200_000) });
    const events = buckets.reduce((sum, { count }) => sum + count, 0);
    await fill(served, buckets);
    const files = new Map<Side, Buffer>();
    for (const { side, http } of served) files.set(side, await http.ask('GET', '/api/0/export'));
    const waited: Partial<Record<Side, number[]>> = {};
    const rates = (prepare: (http: Http) => Promise<void>) =>
      Object.fromEntries(
        served.map(({ side, http }) => [
          side,
          async () => {
            await prepare(http);
            let ms = 0;
            const wait = await longestWait(http, async () => {
              ms = await timed(() => http.ask('POST', '/api/0/import', files.get(side)!));
            });
            (waited[side] ??= []).push(wait);
            for (const { id, count } of buckets) await mustHold(http, id, count);
            return (events / ms) * 1000;
          },
        ]),
      ) as Partial<Record<Side, () => Promise<number>>>;
    const ids = buckets.map(({ id }) => id);
    const samples = await inTurn(
      rates((http) => empty([{ http }], ids)),
      { rounds: bench.long, warm: 0 },
    );
    bench.row({ what: `import of ${events} events into nothing`, unit: 'events/s', samples });
    bench.row({ what: 'longest wait of others meanwhile', unit: 'ms', samples: { ...waited } });
    const again: Partial<Record<Side, () => Promise<number>>> = rates(async () => undefined);
    // ActivityWatch's servers need not take a bucket that is there already.
    delete again.peer;
    bench.row({
      what: 'import of the same again',
      unit: 'events/s',
      samples: await inTurn(again, { rounds: bench.long, warm: 0 }),
    });
    await empty(served, ids);
  },
};
