import type { Scenario } from '../bench.ts';
import { inTurn, type Side } from '../measure.ts';
import { startAw, type Aw } from '../world/aw.ts';
import { awSync, openDevice } from '../world/device.ts';
import type { Http } from '../world/http.ts';
import type { Ours } from '../world/ours.ts';
import { workload } from '../workloads/workloads.ts';
import { countOf, fill } from './filled.ts';

/** How many events an aw-server has in all of its buckets. */
const held = async (http: Http): Promise<number> => {
  let events = 0;
  for (const id of Object.keys(await http.json<object>('/api/0/buckets/'))) events += await countOf(http, id);
  return events;
};

export const pull: Scenario = {
  name: 'pull',
  about: 'the events of another device into an empty aw-server, by kt-client and by aw-sync',
  async run(bench) {
    const { processes, program, programs } = bench;
    const buckets = workload('W2', { events: bench.size(200_000) });
    const events = buckets.reduce((sum, { count }) => sum + count, 0);
    const lap = await startAw(processes, programs, 'lap');
    await fill([lap], buckets);
    const servers = new Map<Side, Ours>();
    for (const side of bench.sides) {
      const ours = await bench.startOurs(side);
      await openDevice(processes, program, ours, lap).run(['sync']);
      servers.set(side, ours);
    }
    const folder = processes.folder();
    if (programs.awSync !== null) await awSync(processes, programs.awSync, { aw: lap, folder, mode: 'push' });
    await lap.close();

    let name = '';
    const memory: Partial<Record<Side, number[]>> = {};
    const into = (side: Side, work: (desk: Aw) => Promise<{ ms: number; peakBytes: number | null }>) => async () => {
      const desk = await startAw(processes, programs, 'desk');
      name = desk.name;
      const { ms, peakBytes } = await work(desk);
      const copied = await held(desk.http);
      if (copied !== events) throw new Error(`${side}: ${copied} events were pulled and not ${events}`);
      if (peakBytes !== null) (memory[side] ??= []).push(peakBytes / 1e6);
      await desk.close();
      return ms / 1000;
    };
    const works = Object.fromEntries(
      [...servers].map(([side, ours]) => [
        side,
        into(side, (desk) => openDevice(processes, program, ours, desk).run(['sync', '--json'])),
      ]),
    ) as Partial<Record<Side, () => Promise<number>>>;
    if (programs.awSync !== null)
      works.peer = into('peer', (desk) => awSync(processes, programs.awSync!, { aw: desk, folder, mode: 'pull' }));
    const samples = await inTurn(works, { rounds: bench.long, warm: 0 });
    const goal = '≤ 1.8 / 3 of aw-sync';
    bench.row({ what: `pull of ${events} events into ${name}`, unit: 's', samples, peer: 'aw-sync', goal });
    bench.row({ what: 'pull: memory of the client', unit: 'MB', samples: memory, peer: 'aw-sync' });
    for (const ours of servers.values()) await ours.close();
  },
};
