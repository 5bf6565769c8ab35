/**
 * Many devices at once (docs/scaling.md): each holds a subscription, and together they send heartbeats, pushes and
 * questions of the dashboard at set rates. Tells of each step what came of it, and how busy the servers and PostgreSQL
 * were. Without --url it starts kt-servers of its own, with a PostgreSQL for the while.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { HEAD, line, remarks, slope } from '../test/load/lines.ts';
import { runLoad, type Step, type StepFigures } from '../test/load/run.ts';
import { startWorld } from '../test/load/world.ts';

const USAGE = `npm run load -- [options]
  --devices 1000        devices, each with a subscription
  --per-account 4       devices of an account: what one of them sends is told to all
  --heartbeats 200      a second, of all devices together
  --pushes 4            a second; --push-events 60: events of each
  --dashboards 1        pages a second: the overview of a week and what was most in use
  --minutes 5           a step each
  --ramp 1,2,4,8        in place of --minutes: multiples of devices and rates, --seconds 30 each, until it bends
  --warm 5              seconds before that do not count: before the first minute, and each step of a ramp
  --servers 2           kt-servers to start; --pgbouncer: behind one, in transaction mode; --sources: by tsx
  --postgres URL        a PostgreSQL server to use for them, else one is started
  --url URL             of a kt-server that runs, as often as there are; with --database-url, where accounts are made
  --metrics-key KEY     of scope metrics, where those servers do not run here
  --json FILE           where all figures go (load.json)
Accounts are made in the database and stay there: use one that is for nothing else.
`;

const root = fileURLToPath(new URL('..', import.meta.url));
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const refuse = (why: string): never => {
  process.stderr.write(`load: ${why}\n\n${USAGE}`);
  process.exit(2);
};

const { values } = parseArgs({
  options: {
    help: { type: 'boolean', short: 'h', default: false },
    devices: { type: 'string', default: '1000' },
    'per-account': { type: 'string', default: '4' },
    heartbeats: { type: 'string', default: '200' },
    pushes: { type: 'string', default: '4' },
    'push-events': { type: 'string', default: '60' },
    dashboards: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '5' },
    ramp: { type: 'string' },
    seconds: { type: 'string', default: '30' },
    warm: { type: 'string', default: '5' },
    servers: { type: 'string', default: '2' },
    pgbouncer: { type: 'boolean', default: false },
    sources: { type: 'boolean', default: false },
    postgres: { type: 'string' },
    url: { type: 'string', multiple: true, default: [] },
    'database-url': { type: 'string' },
    'metrics-key': { type: 'string' },
    json: { type: 'string', default: 'load.json' },
  },
});

type Name = 'devices' | 'per-account' | 'heartbeats' | 'pushes' | 'push-events' | 'dashboards' | 'minutes' | 'seconds';
const numberOf = (name: Name | 'warm' | 'servers', least: number): number => {
  const value = Number(values[name]);
  return value >= least ? value : refuse(`--${name} takes a number of ${least} or more, not ${values[name]}`);
};

const stepsOf = (): Step[] => {
  const step = (times: number, seconds: number, warm: number): Step => ({
    devices: Math.max(1, Math.round(numberOf('devices', 1) * times)),
    rates: {
      heartbeats: numberOf('heartbeats', 0) * times,
      pushes: numberOf('pushes', 0) * times,
      dashboards: numberOf('dashboards', 0) * times,
    },
    seconds,
    warm,
  });
  const warm = numberOf('warm', 0);
  if (values.ramp === undefined)
    return Array.from({ length: numberOf('minutes', 1) }, (_, minute) => step(1, 60, minute === 0 ? warm : 0));
  const multiples = values.ramp.split(',').map(Number);
  if (!multiples.every((times) => times > 0)) refuse(`--ramp takes numbers above 0, not ${values.ramp}`);
  return multiples.map((times) => step(times, numberOf('seconds', 1), warm));
};

const load = async (): Promise<void> => {
  const steps = stepsOf();
  const [perAccount, pushEvents] = [numberOf('per-account', 1), numberOf('push-events', 1)];
  const databaseUrl = values['database-url'];
  if (values.url.length > 0 && databaseUrl === undefined) refuse('--url needs --database-url: accounts are made there');
  if (values.url.length === 0 && !values.sources) {
    const built = spawnSync(process.execPath, ['scripts/launch.js', 'scripts/build.ts'], {
      cwd: root,
      stdio: 'inherit',
    });
    if (built.status !== 0) process.exit(1);
  }
  const world =
    values.url.length > 0
      ? { urls: values.url, databaseUrl: databaseUrl!, about: values.url.join(', '), close: async () => {} }
      : await startWorld({
          servers: numberOf('servers', 1),
          pgbouncer: values.pgbouncer,
          program: values.sources ? 'sources' : 'built',
          postgres: values.postgres,
        });
  const interrupted = (): void => void world.close().finally(() => process.exit(130));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupted);
  const head = {
    date: new Date().toISOString(),
    machine: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GB`,
    node: process.versions.node,
    loadBefore: loadavg()[0]!,
    world: world.about,
    perAccount,
    pushEvents,
  };
  say(`${head.world}; ${head.machine}; Node ${head.node}; load of the machine before: ${head.loadBefore.toFixed(1)}`);
  const done: StepFigures[] = [];
  try {
    await runLoad({
      ...world,
      metricsKey: values['metrics-key'],
      steps,
      perAccount,
      pushEvents,
      untilItBends: values.ramp !== undefined,
      say,
      told: (step) => {
        if (done.length === 0) say(HEAD);
        done.push(step);
        say(line(step));
        for (const remark of remarks(step)) say(`  ${remark}`);
        writeFileSync(values.json, `${JSON.stringify({ ...head, steps: done }, null, 1)}\n`);
      },
    });
  } finally {
    await world.close();
  }
  if (values.ramp === undefined && done.length > 2)
    for (const [i] of world.urls.entries()) {
      const after = done.slice(1).map(({ watched }) => watched.servers[i]!);
      const rss = slope(after.map((server) => server.rss)).toFixed(2);
      const heap = slope(after.map(({ heapLeast }) => heapLeast)).toFixed(2);
      say(`server ${i + 1}, after the first minute: RSS ${rss} MB a minute, heap ${heap} MB a minute`);
    }
  say(`All figures are in ${values.json}.`);
};

if (values.help) say(USAGE);
else
  await load().catch((error: unknown) => {
    process.stderr.write(`load: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
