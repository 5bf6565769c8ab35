import type { Scenario } from '../bench.ts';
import { inTurn, timed, type Side } from '../measure.ts';
import type { Http } from '../world/http.ts';
import { edits } from '../workloads/edits.ts';
import { workload } from '../workloads/workloads.ts';
import { empty, fill, first, mustHold } from './filled.ts';

type Listed = { id: number; timestamp: string; duration: number; data: object };

/** W7. An edit is POSTed with its id, as ActivityWatch's web UI does. */
export const edit: Scenario = {
  name: 'edits',
  about: 'edits and deletions of single events of any age (W7), one after another',
  async run(bench) {
    const { served } = await bench.open();
    const events = bench.size(100_000, 200);
    const id = 'bench-edits';
    await fill(served, [first(workload('W5', { events }))], () => id);
    const path = `/api/0/buckets/${id}/events`;
    /** Events that are there, oldest first: ids of ours and of the peer's are not the same. */
    const listed = new Map<Side, number[]>();
    const changed = async (side: Side, http: Http, round: number): Promise<number> => {
      let done = 0;
      const ids = listed.get(side)!;
      const ms = await timed(async () => {
        for (const { place, change } of edits(ids.length, 700 + round)) {
          const event = ids[place]!;
          if (change === 'delete') await http.ask('DELETE', `${path}/${event}`);
          else {
            const timestamp = new Date(1_704_100_000_000 + place * 1000).toISOString();
            await http.ask(
              'POST',
              path,
              JSON.stringify([{ id: event, timestamp, duration: 1, data: { title: `${round}` } }]),
            );
          }
          done++;
        }
      });
      return (done / ms) * 1000;
    };
    for (const { side, http } of served)
      listed.set(side, (await http.json<Listed[]>(path)).map((event) => event.id).toReversed());
    let gone = 0;
    const samples = await inTurn(
      Object.fromEntries(
        served.map(({ side, http }) => [
          side,
          async (round: number) => {
            const rate = await changed(side, http, round);
            const deleted = [...edits(listed.get(side)!.length, 700 + round)].filter(
              ({ change }) => change === 'delete',
            );
            const out = new Set(deleted.map(({ place }) => place));
            listed.set(
              side,
              listed.get(side)!.filter((_, place) => !out.has(place)),
            );
            gone = events - listed.get(side)!.length;
            return rate;
          },
        ]),
      ),
      bench,
    );
    bench.row({ what: `edits and deletions among ${events} events (W7)`, unit: '/s', samples });
    for (const { http } of served) await mustHold(http, id, events - gone);
    await empty(served, [id]);
  },
};
