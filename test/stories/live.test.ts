/**
 * Live: a daemon beside each of two aw-servers, and kt-server between them, a process each. What one device stores
 * reaches the other's aw-server right after its push; through one server, and on PostgreSQL through two on one
 * database.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { newPostgresUrl, testEngine } from '../support/test-database.ts';
import { makeProcesses, type Running } from '../support/processes.ts';

const processes = makeProcesses();

type Device = { hostname: string; awUrl: string; env: Record<string, string>; daemon: Running };

const SECONDS_PER_TEST = 120;

/** Polls until it is so; nothing here asserts how soon. */
const until = async (what: string, isSo: () => Promise<boolean>): Promise<void> => {
  for (let tries = 0; tries < SECONDS_PER_TEST * 10; tries++) {
    if (await isSo()) return;
    await sleep(100);
  }
  assert.unreachable(`it never came about that ${what}`);
};

const post = async (url: string, body: unknown): Promise<void> => {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  assert.ok(response.ok || response.status === 304, `${url}: ${response.status}`);
};

const record = (device: Device, title: string) =>
  post(`${device.awUrl}/api/0/buckets/window/events`, [
    { timestamp: new Date().toISOString(), duration: 1, data: { title } },
  ]);

const titles = async (device: Device, bucket: string): Promise<string[]> => {
  const response = await fetch(`${device.awUrl}/api/0/buckets/${bucket}/events`);
  return response.ok ? ((await response.json()) as { data: { title: string } }[]).map(({ data }) => data.title) : [];
};

/** The event arrives in the other's aw-server, while both daemons run. */
const arrives = (title: string, from: Device, on: Device) =>
  until(`${on.hostname} has "${title}"`, async () => {
    for (const { daemon, hostname } of [from, on])
      assert.is(daemon.child.exitCode, null, `${hostname}'s daemon ended: ${daemon.output.stderr}`);
    return (await titles(on, `window-synced-from-${from.hostname}`)).includes(title);
  });

const startServer = async (args: readonly string[]): Promise<{ server: Running; url: string }> => {
  const server = processes.server(args);
  const [, url = ''] = await server.says(/ready at (\S+)\n/);
  return { server, url };
};

const startDevice = async (hostname: string, kind: string, url: string, key: string): Promise<Device> => {
  const aw = processes.aw(['--kind', kind, '--port', '0', '--hostname', hostname, '--device-id', `aw-${hostname}`]);
  const [line] = await aw.says(/\{.*\}\n/);
  const { port, url: awUrl } = JSON.parse(line) as { port: number; url: string };
  await post(`${awUrl}/api/0/buckets/window`, { type: 'currentwindow', client: 'story', hostname });
  const home = processes.folder();
  const env = { XDG_CONFIG_HOME: `${home}/config`, XDG_DATA_HOME: `${home}/data`, KT_CLIENT_INTERVAL_MINUTES: '0.1' };
  const { code, stderr } = await processes.client(
    ['setup', '--url', url, '--api-key', key, '--local-port', String(port)],
    env,
  ).ended;
  assert.is(code, 0, stderr);
  const daemon = processes.client([], env);
  await daemon.says(/tells its changes/, 'stderr');
  return { hostname, awUrl, env, daemon };
};

type Story = { lap: Device; desk: Device; servers: Running[]; args: string[][] };

/** Two devices, each on its own server of `count` on one database. */
const begin = async (count: 1 | 2): Promise<Story> => {
  const database = testEngine() === 'postgres' ? ['--database-url', await newPostgresUrl()] : [];
  const args = Array.from({ length: count }, () => ['--data-dir', processes.folder(), '--port', '0', ...database]);
  const first = await startServer(args[0]!);
  const [, key = ''] = await first.server.says(/API key +(kt_\S+)/);
  const second = count === 2 ? await startServer(args[1]!) : first;
  // restarted on the same port, which the clients know
  for (const [i, list] of args.entries()) list[list.indexOf('--port') + 1] = new URL([first, second][i]!.url).port;
  const lap = await startDevice('lap', 'rust', first.url, key);
  const desk = await startDevice('desk', 'python', second.url, key);
  return { lap, desk, servers: [...new Set([first.server, second.server])], args };
};

const SETTINGS: [name: string, servers: 1 | 2][] = [
  ['one server', 1],
  ...(testEngine() === 'postgres' ? [['two servers on one database', 2] as [string, 2]] : []),
];

for (const [name, count] of SETTINGS) {
  const live = suite(`live through ${name}`);
  let story: Story;
  live.before(async () => {
    story = await begin(count);
  });

  live('what one device stores is in the other’s aw-server after its push', async () => {
    const { lap, desk } = story;
    await record(lap, 'from lap');
    await arrives('from lap', lap, desk);
    await record(desk, 'from desk');
    await arrives('from desk', desk, lap);
  });

  live('a sync by hand beside the daemon does the same', async () => {
    const { lap, desk } = story;
    await record(lap, 'by hand');
    const { code, stderr } = await processes.client(['sync'], lap.env).ended;
    assert.ok(code === 0 || /is syncing with/.test(stderr), stderr);
    await arrives('by hand', lap, desk);
  });

  live('goes on after the servers were killed and started again', async () => {
    const { lap, desk, servers, args } = story;
    for (const server of servers) await server.kill('SIGKILL');
    await record(lap, 'while it was down');
    for (const [i, list] of args.entries()) story.servers[i] = (await startServer(list)).server;
    await arrives('while it was down', lap, desk);
    assert.is(desk.daemon.child.exitCode, null);
  });

  live('both daemons end with 0 when they are told to, and all is well', async () => {
    const { lap, desk } = story;
    assert.equal(await titles(desk, 'window-synced-from-lap').then((list) => list.sort()), [
      'by hand',
      'from lap',
      'while it was down',
    ]);
    // What came may be of a pass that still goes on: until its end, the last one is one that met no server.
    await until('desk’s status is well', async () => (await processes.client(['status'], desk.env).ended).code === 0);
    for (const [device, signal] of [
      [lap, 'SIGTERM'],
      [desk, 'SIGHUP'],
    ] as const) {
      const { code, stderr } = await device.daemon.kill(signal);
      assert.is(code, 0, stderr);
    }
    assert.match(desk.daemon.output.stderr, /stopped\n$/);
    const verified = await processes.client(['verify'], desk.env).ended;
    assert.is(verified.code, 0, verified.stdout + verified.stderr);
    for (const server of story.servers) assert.is((await server.kill('SIGTERM')).code, 0);
  });

  live.after(() => processes.close());
  live.run();
}
