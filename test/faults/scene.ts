/**
 * The product in real processes with a proxy on each connection: kt-server (on the engine under test), computers with
 * an aw-server each, and kt-client run by hand. One gate counts every request of a computer's client, to either server.
 */
import * as assert from 'uvu/assert';
import { newPostgresUrl, testEngine } from '../support/test-database.ts';
import { makeProcesses, type Ended, type Processes, type Running } from '../support/processes.ts';
import { openProxy, type Proxy } from './proxy.ts';
import { beyond, listing, textsOf } from './reading.ts';
import { makeGate, PASS, type Gate } from './script.ts';

type Report = {
  readonly pushed: readonly { inserted: number; updated: number; unchanged: number; sent: number }[];
  readonly pulled: readonly { inserted: number; replaced: number; deleted: number }[];
};

export type Computer = {
  readonly hostname: string;
  readonly gate: Gate;
  readonly stateDir: string;
  readonly proxies: { readonly server: Proxy; readonly aw: Proxy };
  /** Sends a request to the aw-server itself, past the proxy. */
  aw(method: string, path: string, body?: unknown): Promise<Response>;
  /** Runs kt-client; `env` is added to its own environment. */
  client(args: readonly string[], env?: Record<string, string>): Running;
  /** One pass that must succeed. */
  sync(): Promise<Report>;
  texts(bucket: string): Promise<string[]>;
};

export type Scene = {
  readonly processes: Processes;
  /** The running server; another one after a restart. */
  readonly server: Running;
  startServer(): Promise<void>;
  killServer(): Promise<void>;
  /** `seed`: a bucket that its aw-server starts with. */
  computer(hostname: string, kind: 'rust' | 'python', seed?: { bucket: string; events: number }): Promise<Computer>;
  /** What the server holds of a bucket, by its name in the account's list. */
  texts(bucket: string): Promise<string[]>;
  ask<T>(query: string): Promise<T>;
  close(): Promise<void>;
};

/**
 * By a connection of its own: an aw-server closes one that is kept after 5 s without a request, which may be while the
 * next one is sent.
 */
const alone = (url: string, init: RequestInit = {}): Promise<Response> =>
  fetch(url, { ...init, headers: { ...(init.headers as Record<string, string>), connection: 'close' } });

export const openScene = async (): Promise<Scene> => {
  const processes = makeProcesses();
  const database = testEngine() === 'postgres' ? ['--database-url', await newPostgresUrl()] : [];
  const args = ['--data-dir', processes.folder(), '--port', '0', ...database];
  const computers: Computer[] = [];
  let server: Running;
  let url = '';
  let key = '';

  const startServer = async (): Promise<void> => {
    server = processes.server(args);
    [, url = ''] = await server.says(/ready at (\S+)\n/);
    for (const { proxies } of computers) proxies.server.target = url;
  };
  await startServer();
  [, key = ''] = await server!.says(/API key +(kt_\S+)/);
  const headers = { authorization: `Bearer ${key}` };

  return {
    processes,
    get server() {
      return server;
    },
    startServer,
    killServer: async () => void (await server.kill('SIGKILL')),
    async computer(hostname, kind, seed) {
      const seeding = seed ? ['--seed-bucket', seed.bucket, '--seed-events', String(seed.events)] : [];
      const process = processes.aw([
        '--kind',
        kind,
        '--port',
        '0',
        '--hostname',
        hostname,
        '--device-id',
        `aw-${hostname}`,
        ...seeding,
      ]);
      const [line] = await process.says(/\{.*\}\n/);
      const { url: awUrl } = JSON.parse(line) as { url: string };
      const gate = makeGate();
      const proxies = { server: await openProxy(url, gate), aw: await openProxy(awUrl, gate) };
      const home = processes.folder();
      const stateDir = `${home}/state`;
      const env = {
        XDG_CONFIG_HOME: `${home}/config`,
        KT_CLIENT_STATE_DIR: stateDir,
        KT_CLIENT_REMOTE_URL: proxies.server.url,
        KT_CLIENT_API_KEY: key,
        KT_CLIENT_LOCAL_PORT: String(proxies.aw.port),
      };
      const computer: Computer = {
        hostname,
        gate,
        stateDir,
        proxies,
        aw: async (method, path, body) => {
          const sent =
            body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
          const response = await alone(`${awUrl}/api/0/${path}`, { method, ...sent });
          assert.ok(response.ok || response.status === 304, `${method} ${path}: ${response.status}`);
          return response;
        },
        client: (more, given = {}) => processes.client(more, { ...env, ...given }),
        sync: async () => {
          const ended = await computer.client(['sync', '--json']).ended;
          assert.is(ended.code, 0, said(ended));
          return JSON.parse(ended.stdout) as Report;
        },
        texts: async (bucket) => textsOf(await listing((path) => alone(awUrl + path), bucket)),
      };
      computers.push(computer);
      return computer;
    },
    texts: async (bucket) => textsOf(await listing((path) => fetch(url + path, { headers }), bucket)),
    async ask(query) {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify({ query }),
      });
      return ((await response.json()) as { data: never }).data;
    },
    close: async () => {
      await processes.close();
      for (const { proxies } of computers) await Promise.all([proxies.server.close(), proxies.aw.close()]);
    },
  };
};

export const said = ({ code, signal, stdout, stderr }: Ended): string =>
  `it ended with ${code ?? signal}: ${stderr}${stdout}`;

const writtenIn = ({ pushed, pulled }: Report): number =>
  pushed.reduce((sum, one) => sum + one.inserted + one.updated, 0) +
  pulled.reduce((sum, one) => sum + one.inserted + one.replaced + one.deleted, 0);

/** One-minute events of an hour that ended this many minutes ago. */
export const minutes = (
  count: number,
  title: string,
  ago = 60,
): { timestamp: string; duration: number; data: { title: string; n: number } }[] =>
  Array.from({ length: count }, (_, n) => ({
    timestamp: new Date(Date.now() - (ago + count - n) * 60_000).toISOString(),
    duration: 50,
    data: { title, n },
  }));

export const furnish = async (computer: Computer, bucket: string, events: readonly object[]): Promise<void> => {
  await computer.aw('POST', `buckets/${bucket}`, {
    client: 'test',
    type: 'currentwindow',
    hostname: computer.hostname,
  });
  if (events.length > 0) await computer.aw('POST', `buckets/${bucket}/events`, events);
};

/** Compares long lists without printing them. */
const same = (actual: readonly string[], expected: readonly string[], what: string): void => {
  assert.equal(
    {
      beyond: beyond(actual, expected).slice(0, 3),
      lacks: beyond(expected, actual).slice(0, 3),
      events: actual.length,
    },
    { beyond: [], lacks: [], events: expected.length },
    what,
  );
};

/**
 * Runs passes until nothing changes, then checks what must be true: every computer's buckets are on the server as they
 * are here, and on the others as copies; and a further pass writes nothing, by its report and by the writes that the
 * aw-server received.
 */
export const quietAndEqual = async (scene: Scene, own: ReadonlyMap<Computer, readonly string[]>): Promise<void> => {
  const computers = [...own.keys()];
  for (const { gate } of computers) gate.script = PASS;
  for (let round = 0; ; round++) {
    let wrote = 0;
    for (const computer of computers) wrote += writtenIn(await computer.sync());
    if (wrote === 0) break;
    assert.ok(round < 3, `still writing ${wrote} rows`);
  }
  const revision = await scene.ask<unknown>('{ changes { revision } }');
  for (const computer of computers) {
    for (const bucket of own.get(computer)!) {
      const here = await computer.texts(bucket);
      same(await scene.texts(bucket), here, `${bucket} on the server`);
      for (const other of computers) {
        if (other !== computer)
          same(await other.texts(`${bucket}-synced-from-${computer.hostname}`), here, `${bucket} on ${other.hostname}`);
      }
    }
  }
  for (const computer of computers) {
    const from = computer.gate.seen.length;
    assert.is(writtenIn(await computer.sync()), 0, `${computer.hostname} once more`);
    const asked = computer.gate.seen.slice(from);
    assert.equal(
      asked.filter(({ path, method }) => path.startsWith('/api/') && method !== 'GET'),
      [],
      'a quiet pass writes nothing to the aw-server',
    );
    assert.ok(
      asked.filter(({ operation }) => operation !== '').length <= 3,
      'a quiet pass asks the server at most three times',
    );
  }
  assert.equal(await scene.ask<unknown>('{ changes { revision } }'), revision, 'no row was written on the server');
  const { devices, info } = await scene.ask<{ devices: { deviceId: string }[]; info: { deviceId: string } }>(
    '{ devices { deviceId } info { deviceId } }',
  );
  assert.is(devices.filter(({ deviceId }) => deviceId !== info.deviceId).length, computers.length, 'no second device');
};
