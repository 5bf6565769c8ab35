/** What a load came to, as lines of a table for people. */
import { bends, type StepFigures } from './run.ts';
import { KINDS } from './load.ts';

const ms = (value: number | null): string =>
  value === null ? '–' : value < 10 ? value.toFixed(1) : String(Math.round(value));
const two = (value: number | null): string => (value === null ? '–' : value.toFixed(2));

export const HEAD = [
  '| devices | heartbeats/s, p50 / p99 ms | pushes/s, p99 | dashboards/s, p99 | told/s | kt-server CPU s/s |' +
    ' RSS / heap MB |' +
    ' delay p99 / most ms |' +
    ' pool busy, waiting | PostgreSQL CPU | commits/s | WAL kB/s | on locks | machine, load CPU |',
  `|${'---|'.repeat(14)}`,
].join('\n');

/** A step as a row. */
export const line = ({ devices, load, watched }: StepFigures): string => {
  const { seconds, servers, postgres } = watched;
  const rate = (well: number): string => (well / seconds).toFixed(1);
  const each = (of: (server: (typeof servers)[number]) => string): string => servers.map(of).join(', ');
  return `| ${[
    devices,
    `${rate(load.heartbeats.well)}, ${ms(load.heartbeats.p50)} / ${ms(load.heartbeats.p99)}`,
    `${rate(load.pushes.well)}, ${ms(load.pushes.p99)}`,
    `${rate(load.dashboards.well)}, ${ms(load.dashboards.p99)}`,
    rate(load.subscriptions.told),
    each(({ cpu }) => two(cpu)),
    each(({ rss, heapLeast }) => `${rss.toFixed(0)} / ${heapLeast.toFixed(0)}`),
    each(({ delayP99, delayMost }) => `${ms(delayP99)} / ${ms(delayMost)}`),
    each(({ busyMost, waitingMost }) => `${busyMost}, ${waitingMost}`),
    two(postgres.cpu),
    postgres.commits.toFixed(0),
    (postgres.walBytes / 1_000).toFixed(0),
    `${postgres.waitingForLocks.toFixed(1)} (most ${postgres.waitingForLocksMost})`,
    `${two(watched.machineCpu)}, ${two(watched.loadCpu)}`,
  ].join(' | ')} |`;
};

/** What went wrong in a step, a line each, and what PostgreSQL's sessions were at. */
export const remarks = (step: StepFigures): string[] => {
  const kinds = [
    ...KINDS.map((kind) => [kind, step.load[kind].errors] as const),
    ['subscriptions', step.load.subscriptions.errors] as const,
  ];
  const failed = kinds.flatMap(([kind, errors]) =>
    Object.entries(errors).map(([why, count]) => `${kind}: ${count} × ${why}`),
  );
  const busy = Object.entries(step.watched.postgres.active).map(([on, sessions]) => `${on} ${sessions.toFixed(2)}`);
  const why = bends(step);
  return [...failed, `sessions at work: ${busy.join(', ') || 'none'}`, ...(why === null ? [] : [`it bends: ${why}`])];
};

/** How much a figure grows in a minute, by least squares over figures a minute apart. */
export const slope = (list: readonly number[]): number => {
  const middle = (list.length - 1) / 2;
  const mean = list.reduce((a, b) => a + b, 0) / list.length;
  const [above, below] = list.reduce(
    ([up, down], value, i) => [up + (i - middle) * (value - mean), down + (i - middle) ** 2],
    [0, 0],
  );
  return below === 0 ? 0 : above / below;
};
