import type { Scenario } from '../bench.ts';
import { inTurn, type Side } from '../measure.ts';
import { startAw } from '../world/aw.ts';
import { awSync, openDevice, writtenIn, type Ran } from '../world/device.ts';
import { workload } from '../workloads/workloads.ts';
import { fill } from './filled.ts';

type Figures = Partial<Record<Side, number[]>>;

export const push: Scenario = {
  name: 'push',
  about: 'the first push of a device, by kt-client and by aw-sync, and the same again by one that lost its state',
  async run(bench) {
    const { processes, program, programs } = bench;
    const buckets = workload('W2', { events: bench.size(200_000) });
    const events = buckets.reduce((sum, { count }) => sum + count, 0);
    const aw = await startAw(processes, programs, 'lap');
    await fill([aw], buckets);
    const [memory, again, rows]: Figures[] = [{}, {}, {}];
    const noted = (side: Side, { peakBytes }: Ran): void => {
      if (peakBytes !== null) (memory![side] ??= []).push(peakBytes / 1e6);
    };
    const first = (side: 'postgres' | 'embedded') => async (): Promise<number> => {
      const ours = await bench.startOurs(side);
      const device = openDevice(processes, program, ours, aw);
      const ran = await device.run(['sync', '--json']);
      const written = writtenIn(ran.stdout);
      if (written !== events) throw new Error(`the push wrote ${written} events and not ${events}: ${ran.stdout}`);
      noted(side, ran);
      device.forget();
      const repeated = await device.run(['sync', '--json']);
      (again![side] ??= []).push(repeated.ms / 1000);
      (rows![side] ??= []).push(writtenIn(repeated.stdout));
      await ours.close();
      return ran.ms / 1000;
    };
    const { awSync: peer } = programs;
    const byPeer = async (): Promise<number> => {
      const folder = processes.folder();
      const ran = await awSync(processes, peer!, { aw, folder, mode: 'push' });
      noted('peer', ran);
      (again!.peer ??= []).push((await awSync(processes, peer!, { aw, folder, mode: 'push' })).ms / 1000);
      return ran.ms / 1000;
    };
    const samples = await inTurn(
      { ...Object.fromEntries(bench.sides.map((side) => [side, first(side)])), ...(peer !== null && { peer: byPeer }) },
      { rounds: bench.long, warm: 0 },
    );
    const what = `first push of ${events} events out of ${aw.name}`;
    bench.row({ what, unit: 's', samples, peer: 'aw-sync', goal: '≤ 2.2 / 3.5 of aw-sync' });
    bench.row({
      what: 'first push: memory of the client',
      unit: 'MB',
      samples: memory!,
      peer: 'aw-sync',
      goal: '≤ 100',
    });
    bench.row({
      what: `the same ${events} again`,
      unit: 's',
      samples: again!,
      peer: 'aw-sync, which knows its state',
      goal: '≤ 1.7',
    });
    bench.row({ what: 'the same again: rows written', unit: 'rows', samples: rows!, goal: '0' });
    await aw.close();
  },
};
