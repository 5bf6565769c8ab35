/**
 * A database that fails over while kt-server and two kt-clients work on it. Nothing that was acknowledged is lost,
 * nothing is doubled, every answer is success or 503, and all of it goes on by itself. How long there was no service is
 * told, and not judged: it is the lease of Patroni's leader, 20 s, more than anything of ours.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { listing, textsOf } from '../faults/reading.ts';
import { makeProcesses, type Running } from '../support/processes.ts';
import { until } from '../support/until.ts';
import { missingPrograms, startCluster, type Cluster } from './cluster.ts';
import { headersOf, startLoad, subscribe, type Endpoint, type Load } from './load.ts';

type Device = { readonly hostname: string; readonly awUrl: string; readonly daemon: Running; recorded: number };
type Scene = { cluster: Cluster; server: Running; endpoint: Endpoint; lap: Device; desk: Device };

const failover = suite<Scene>('a database that fails over');
const processes = makeProcesses();
const missing = missingPrograms();
/** What is printed at the end. */
const told: string[] = [];

/** Tries of 50 ms. */
const TRIES = 2_400;

/**
 * To an aw-server, each by a connection of its own: one that is kept may be closed by it, after 5 s without a request,
 * while the next one is sent.
 */
const post = async (url: string, body: unknown): Promise<void> => {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', connection: 'close' },
    body: JSON.stringify(body),
  });
  assert.ok(response.ok || response.status === 304, `${url}: ${response.status}`);
};

const startDevice = async ({ url, key }: Endpoint, hostname: string, kind: 'rust' | 'python'): Promise<Device> => {
  const aw = processes.aw(['--kind', kind, '--port', '0', '--hostname', hostname, '--device-id', `aw-${hostname}`]);
  const [line] = await aw.says(/\{.*\}\n/);
  const { port, url: awUrl } = JSON.parse(line) as { port: number; url: string };
  await post(`${awUrl}/api/0/buckets/window`, { type: 'currentwindow', client: 'test', hostname });
  const home = processes.folder();
  const env = { XDG_CONFIG_HOME: `${home}/config`, XDG_DATA_HOME: `${home}/data`, KT_CLIENT_INTERVAL_MINUTES: '0.1' };
  const setup = ['setup', '--url', url, '--api-key', key, '--local-port', String(port)];
  const { code, stderr } = await processes.client(setup, env).ended;
  assert.is(code, 0, stderr);
  const daemon = processes.client([], env);
  await daemon.says(/tells its changes/, 'stderr');
  return { hostname, awUrl, daemon, recorded: 0 };
};

const record = (device: Device) =>
  post(`${device.awUrl}/api/0/buckets/window/events`, [
    { timestamp: new Date().toISOString(), duration: 1, data: { title: `${device.hostname} ${device.recorded++}` } },
  ]);

/** What one's aw-server recorded is in the other's, as a copy, whole and once. */
const arrives = async (from: Device, on: Device): Promise<void> => {
  const read = async ({ awUrl }: Device, bucket: string) =>
    textsOf(await listing((path) => fetch(awUrl + path), bucket));
  const texts = await read(from, 'window');
  assert.is(texts.length, from.recorded);
  let copy: string[] = [];
  await until(
    `${on.hostname} has what ${from.hostname} recorded`,
    async () => {
      for (const { daemon, hostname } of [from, on])
        assert.is(daemon.child.exitCode, null, `${hostname}'s daemon ended: ${daemon.output.stderr}`);
      copy = await read(on, `window-synced-from-${from.hostname}`);
      return copy.length >= texts.length;
    },
    TRIES,
  );
  assert.equal(copy, texts);
};

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

failover.before(async (scene) => {
  if (missing.length > 0) return;
  const { url } = (scene.cluster = await startCluster());
  scene.server = processes.server(['--data-dir', processes.folder(), '--port', '0', '--database-url', url]);
  const [, at = ''] = await scene.server.says(/ready at (\S+)\n/);
  const [, key = ''] = await scene.server.says(/API key +(kt_\S+)/);
  scene.endpoint = { url: at.replace(/\/$/, ''), key };
  [scene.lap, scene.desk] = await Promise.all([
    startDevice(scene.endpoint, 'lap', 'rust'),
    startDevice(scene.endpoint, 'desk', 'python'),
  ]);
});
failover.after(async ({ cluster }) => {
  await processes.close();
  await cluster?.close();
  process.stdout.write(told.map((line) => `\n   ${line}`).join(''));
});

/** Runs `trouble` under load, and judges. `trouble` ends when the cluster is whole again. */
const under = async (scene: Scene, name: string, trouble: (load: Load) => Promise<void>): Promise<void> => {
  const { endpoint, lap, desk, server } = scene;
  const watched = await subscribe(endpoint);
  const load = await startLoad(endpoint, name);
  const unrecorded: string[] = [];
  const recorded: Promise<unknown>[] = [];
  const recording = setInterval(() => {
    const both = Promise.all([record(lap), record(desk)]);
    recorded.push(both.catch((error) => unrecorded.push(String(error.cause ?? error))));
  }, 500);
  try {
    await load.served();
    load.gap();
    await trouble(load);
    await load.served();
  } finally {
    clearInterval(recording);
    await load.stop();
    await Promise.all(recorded);
  }
  const without = load.gap();
  const { acknowledged, lost, doubled } = await load.account();
  told.push(`${name}: ${seconds(without)} without a write; ${acknowledged} acknowledged, ${load.refused()} refused`);
  assert.equal(unrecorded, [], 'both aw-servers take what is recorded');
  assert.equal(load.odd.slice(0, 5), [], 'every answer is success, or 503 with Retry-After');
  assert.equal([lost.slice(0, 5), doubled.slice(0, 5)], [[], []], 'lost, and doubled');
  assert.ok(acknowledged > 0);
  await arrives(lap, desk);
  await arrives(desk, lap);
  const latest = await fetch(`${endpoint.url}/graphql`, {
    method: 'POST',
    headers: headersOf(endpoint),
    body: '{"query":"{ changes { revision } }"}',
  });
  const { data } = (await latest.json()) as { data: { changes: { revision: string } } };
  await until('the subscription tells the last revision', () => watched.latest() >= BigInt(data.changes.revision));
  assert.ok(watched.isOpen(), 'the subscription is the one that was there before');
  watched.leave();
  assert.not.match(server.output.stderr, /"stack"|\\n {4}at /);
  assert.is(server.child.exitCode, null);
};

/** A test, where there is all that a cluster needs. */
const trial = (what: string, test: (scene: Scene) => Promise<void>): void => {
  const why = `${missing.join(', ')} not installed: .ci/run installs it`;
  if (missing.length === 0) failover(what, test);
  else if (process.env['CI'] === 'true') failover(what, () => assert.unreachable(why));
  else failover.skip(`${what} (${why})`, () => {});
};

trial('a switchover', async (scene) => {
  const { cluster } = scene;
  await under(scene, 'switchover', async () => {
    const old = await cluster.leader();
    await cluster.switchOver();
    await cluster.leader(old);
    await cluster.whole();
  });
});

trial('the leader’s node is killed', async (scene) => {
  const { cluster } = scene;
  await under(scene, 'killed', async () => {
    const old = await cluster.leader();
    old.kill();
    await cluster.leader(old).finally(() => old.start());
    await cluster.whole();
  });
});

trial('the leader’s node stands still, and comes back as soon as there is another leader', async (scene) => {
  const { cluster } = scene;
  await under(scene, 'paused', async () => {
    const old = await cluster.leader();
    old.freeze();
    await cluster.leader(old).finally(() => old.thaw());
    await cluster.whole();
  });
});

trial('the leader’s node stands still, and comes back when another leader has acknowledged rows', async (scene) => {
  const { cluster } = scene;
  await under(scene, 'paused for longer', async (load) => {
    const old = await cluster.leader();
    old.freeze();
    const served = cluster.leader(old).then(() => load.served());
    await served.finally(() => old.thaw());
    await cluster.whole();
  });
});

trial('the leader’s node is cut off from etcd', async (scene) => {
  const { cluster } = scene;
  await under(scene, 'cut off', async () => {
    const old = await cluster.leader();
    old.relay.cut();
    await cluster.leader(old).finally(() => old.relay.mend());
    await cluster.whole();
  });
});

trial('with standbys that are not waited for, rows are lost, and this suite sees it', async (scene) => {
  const { cluster, endpoint, lap, desk } = scene;
  await Promise.all([lap, desk].map(({ daemon }) => daemon.kill('SIGTERM')));
  await cluster.configure({ synchronous_mode: false, synchronous_mode_strict: false });
  await cluster.whole(false);
  const old = await cluster.leader();
  await until('commits wait for nobody', async () => (await old.ask('show synchronous_standby_names')) === '');
  const load = await startLoad(endpoint, 'control');
  await load.served();
  old.freezeSenders();
  await load.served();
  await load.served();
  old.kill();
  await cluster.leader(old);
  await load.served();
  await load.stop();
  const { acknowledged, lost } = await load.account();
  told.push(`nobody waited for: ${lost.length} of ${acknowledged} acknowledged rows are lost`);
  assert.ok(lost.length > 0);
});

failover.run();
