/**
 * The product as its user has it: kt-server, two aw-servers and kt-client, a process each, killed at random moments.
 * What both sides hold is read through their own REST APIs.
 */
import { randomInt } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { canonicalJson } from '../../domain/data.ts';
import { newPostgresUrl, testEngine } from '../support/test-database.ts';
import { makeProcesses, peakMemory, type Ended, type Running } from '../support/processes.ts';

const EVENTS = 50_000;
const BUCKET = 'aw-watcher-window_lap';
const MB = 2 ** 20;

type Laptop = { hostname: string; aw: { url: string; port: number }; env: Record<string, string> };

const stories = suite('real processes');
const processes = makeProcesses();

let server: Running;
let serverArgs: string[];
let url: string;
let key: string;
let lap: Laptop;
let desk: Laptop;

const startServer = async (): Promise<void> => {
  server = processes.server(serverArgs);
  [, url = ''] = await server.says(/ready at (\S+)\n/);
};

const makeLaptop = async (hostname: string, kind: string, more: string[] = []): Promise<Laptop> => {
  const aw = processes.aw([
    '--kind',
    kind,
    '--port',
    '0',
    '--hostname',
    hostname,
    '--device-id',
    `aw-${hostname}`,
    ...more,
  ]);
  const [line] = await aw.says(/\{.*\}\n/);
  const { port, url: awUrl } = JSON.parse(line) as { port: number; url: string };
  const home = processes.folder();
  return {
    hostname,
    aw: { url: awUrl, port },
    env: { XDG_CONFIG_HOME: `${home}/config`, XDG_DATA_HOME: `${home}/data` },
  };
};

const client = (laptop: Laptop, ...args: string[]): Running => processes.client(args, laptop.env);

const sync = async (
  laptop: Laptop,
): Promise<{
  ended: Ended;
  report: {
    pushed: { inserted: number; updated: number }[];
    pulled: { inserted: number; replaced: number; deleted: number }[];
  };
}> => {
  const ended = await client(laptop, 'sync', '--json').ended;
  assert.is(ended.code, 0, ended.stderr + ended.stdout);
  return { ended, report: JSON.parse(ended.stdout) };
};

const writtenBy = ({ report }: Awaited<ReturnType<typeof sync>>): number =>
  report.pushed.reduce((sum, one) => sum + one.inserted + one.updated, 0) +
  report.pulled.reduce((sum, one) => sum + one.inserted + one.replaced + one.deleted, 0);

/** A bucket's events as sorted text, from any ActivityWatch server. */
const eventsAt = async (base: string, bucket: string, headers: Record<string, string> = {}): Promise<string[]> => {
  const response = await fetch(
    `${base.replace(/\/$/, '')}/api/0/buckets/${encodeURIComponent(bucket)}/events?limit=-1`,
    { headers },
  );
  if (response.status === 404) return [];
  assert.is(response.status, 200);
  const events = (await response.json()) as { timestamp: string; duration: number; data: unknown }[];
  return events
    .map(
      ({ timestamp, duration, data }) =>
        `${Date.parse(timestamp)} ${Math.round(duration * 1e6)} ${canonicalJson(data)}`,
    )
    .sort();
};
const onServer = () => eventsAt(url, BUCKET, { authorization: `Bearer ${key}` });

/** Compares long lists without printing them. */
const sameEvents = (actual: readonly string[], expected: readonly string[]): void => {
  const missing = expected.filter((event, i) => actual[i] !== event);
  assert.is(actual.length, expected.length, 'number of events');
  assert.is(missing.length, 0, `first difference: ${missing[0]}`);
};

/** Kills a process at some moment of its work; false if it had ended before. */
const killSomewhere = async (running: Running, withinMs: number): Promise<boolean> => {
  await new Promise((resolve) => setTimeout(resolve, randomInt(withinMs)));
  return (await running.kill('SIGKILL')).signal === 'SIGKILL';
};

stories.before(async () => {
  const database = testEngine() === 'postgres' ? ['--database-url', await newPostgresUrl()] : [];
  serverArgs = ['--data-dir', processes.folder(), '--port', '0', ...database];
  await startServer();
  // restarted on the same port, which the clients know
  serverArgs[serverArgs.indexOf('--port') + 1] = new URL(url).port;
  [, key = ''] = await server.says(/API key +(kt_\S+)/);
  lap = await makeLaptop('lap', 'rust', ['--seed-events', String(EVENTS), '--seed-bucket', BUCKET]);
  desk = await makeLaptop('desk', 'python');
});

stories.after(() => processes.close());

stories('are set up by the line that the server prints', async () => {
  for (const laptop of [lap, desk]) {
    const { code, stdout, stderr } = await client(
      laptop,
      'setup',
      '--url',
      url,
      '--api-key',
      key,
      '--local-port',
      String(laptop.aw.port),
    ).ended;
    assert.is(code, 0, stderr);
    assert.match(stdout, /Next: `(kt-client|node \S*bin\.js) sync`/);
    assert.not.match(stdout + stderr, key);
  }
});

stories('kt-client is killed at five random moments, and nothing is lost or doubled', async () => {
  for (let kill = 0; kill < 5; kill++) await killSomewhere(client(lap, 'sync'), 6000);
  await sync(lap);
  sameEvents(await onServer(), await eventsAt(lap.aw.url, BUCKET));
});

stories('kt-server is killed at five random moments, and nothing is lost or doubled', async () => {
  for (let kill = 0; kill < 5; kill++) {
    const pulling = client(desk, 'sync');
    await killSomewhere(server, 6000);
    await pulling.ended;
    await startServer();
  }
  await sync(desk);
  const original = await eventsAt(lap.aw.url, BUCKET);
  sameEvents(await onServer(), original);
  sameEvents(await eventsAt(desk.aw.url, `${BUCKET}-synced-from-lap`), original);
});

stories('a second pass writes nothing anywhere', async () => {
  await sync(lap);
  await sync(desk);
  for (const laptop of [lap, desk]) assert.is(writtenBy(await sync(laptop)), 0, laptop.hostname);
});

stories('a bucket of 50,000 events arrives whole within 200 MB of the client', async () => {
  // A third device on an account of its own, so that everything is sent and fetched anew.
  const { stdout } = await processes.server([
    'generate-key',
    '--email',
    'third@example.org',
    ...serverArgs.filter((_, i) => !['--port'].includes(serverArgs[i]!) && serverArgs[i - 1] !== '--port'),
  ]).ended;
  const third = await makeLaptop('third', 'rust', ['--seed-events', String(EVENTS), '--seed-bucket', BUCKET]);
  await client(third, 'setup', '--url', url, '--api-key', stdout.trim(), '--local-port', String(third.aw.port)).ended;
  const syncing = client(third, 'sync', '--json');
  let peak = 0;
  const watching = setInterval(() => (peak = Math.max(peak, peakMemory(syncing) ?? 0)), 20);
  const { code, stderr } = await syncing.ended;
  clearInterval(watching);
  assert.is(code, 0, stderr);
  sameEvents(
    await eventsAt(url, BUCKET, { authorization: `Bearer ${stdout.trim()}` }),
    await eventsAt(third.aw.url, BUCKET),
  );
  assert.ok(peak < 200 * MB, `${Math.round(peak / MB)} MB`);
});

stories('kt-server ends cleanly when it is told to', async () => {
  assert.is((await server.kill('SIGTERM')).code, 0);
});

stories.run();
