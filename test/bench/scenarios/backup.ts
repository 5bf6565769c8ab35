import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench, Scenario } from '../bench.ts';
import type { Side } from '../measure.ts';
import { tellsUsage, usageIn } from '../world/device.ts';
import { serverOf, type Ours } from '../world/ours.ts';
import { workload } from '../workloads/workloads.ts';
import { fill } from './filled.ts';

type Figures = Partial<Record<Side, number[]>>;

/** Seconds and MB of a command of kt-server. */
const step = async ({ processes, program }: Bench, args: readonly string[]): Promise<[seconds: number, mb: number]> => {
  const file = join(processes.folder(), 'usage.json');
  const began = performance.now();
  const { code, stderr, stdout } = await processes.start([serverOf(program), ...args], tellsUsage(file)).ended;
  if (code !== 0) throw new Error(`kt-server ${args[0]} ended with ${code}: ${stderr}${stdout}`);
  return [(performance.now() - began) / 1000, usageIn(file).peakBytes / 1e6];
};

/** Once each: they take minutes. */
export const backup: Scenario = {
  name: 'backup',
  about: 'backing up a year (W2), restoring it, and moving it to the other engine: seconds and memory',
  async run(bench) {
    const { ours } = await bench.open();
    const buckets = workload('W2', { events: bench.size(545_000) });
    const events = buckets.reduce((sum, { count }) => sum + count, 0);
    await fill(ours, buckets);
    const figures = new Map<string, { seconds: Figures; mb: Figures }>();
    const measured = async (what: string, side: Side, args: readonly string[]): Promise<void> => {
      const of = figures.get(what) ?? { seconds: {}, mb: {} };
      const [seconds, mb] = await step(bench, args);
      of.seconds[side] = [seconds];
      of.mb[side] = [mb];
      figures.set(what, of);
    };
    /** An empty database of an engine, as the command line takes it. */
    const emptyOf = async ({ side }: Ours): Promise<string[]> => {
      const folder = bench.processes.folder();
      return ['--data-dir', folder, ...(side === 'postgres' ? ['--database-url', await bench.newDatabase()] : [])];
    };
    for (const one of ours) {
      const file = join(bench.processes.folder(), 'kt.backup');
      const place = [
        '--data-dir',
        one.folder,
        ...(one.databaseUrl === null ? [] : ['--database-url', one.databaseUrl]),
      ];
      await one.stopped(async () => {
        await measured(`backup of ${events} events`, one.side, ['backup', file, ...place]);
        await measured('restore of it', one.side, ['restore', file, ...(await emptyOf(one))]);
        const to = one.side === 'embedded' && bench.sides.includes('postgres');
        const target = to ? await bench.newDatabase() : bench.processes.folder();
        await measured('move to the other engine', one.side, ['move', '--to', target, ...place]);
      });
      bench.note(`a backup of ${events} events is ${(statSync(file).size / 1e6).toFixed(1)} MB (${one.side})`);
    }
    for (const [what, { seconds, mb }] of figures) {
      bench.row({ what, unit: 's', samples: seconds });
      bench.row({ what: `${what}: memory`, unit: 'MB', samples: mb });
    }
  },
};
