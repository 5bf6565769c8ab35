/**
 * The setting of stories with processes: one kt-server for all files of a run, an account for each story, and
 * computers, each an aw-server beside kt-client. kt-server and kt-client are processes. The scripted aw-servers listen
 * on ports of their own within this process, so that a story can put another behind the port. What both sides hold is
 * read through their REST APIs.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runServerCli } from '../../server/cli.ts';
import { listing, textsOf } from '../faults/reading.ts';
import { listenFakeAw, makeFakeAw, type FakeAw, type FakeAwOptions } from '../support/fake-aw/server.ts';
import { makeProcesses, type Ended, type Running } from '../support/processes.ts';
import { newPostgresUrl, testEngine } from '../support/test-database.ts';

/** An event as a story writes it: seconds before now, duration in seconds, and title. */
export type Told = readonly [ago: number, seconds: number, title: string];

type Stored = {
  /** The bucket's name in the account's list: its flat id. */
  readonly id: string;
  readonly bucketId: string;
  readonly device: { readonly deviceId: string; readonly hostname: string };
  readonly trashCount: number;
};

export type Computer = {
  readonly aw: FakeAw;
  readonly port: number;
  /** Its device id on the server; null before its first pass. */
  deviceId(): string | null;
  /** Puts another aw-server behind the same port. */
  put(aw: FakeAw): Promise<void>;
  loseState(): void;
  /** Sends the aw-server a request over its port; returns the JSON of the response. */
  ask(method: string, path: string, body?: unknown): Promise<unknown>;
  bucket(id: string, facts?: { type?: string; hostname?: string }): Promise<void>;
  record(bucket: string, ...events: readonly Told[]): Promise<void>;
  bucketIds(): string[];
  texts(bucket: string): Promise<string[]>;
  /** Runs kt-client to its end, which must be with this exit code; returns all of its output. */
  client(code: number, ...args: readonly string[]): Promise<string>;
  /** `kt-client setup` for both servers; from then on only its settings file is used. */
  setup(...more: readonly string[]): Promise<string>;
};

export type Account = {
  readonly email: string;
  readonly key: string;
  readonly url: string;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  graphql<T>(query: string): Promise<T>;
  stored(): Promise<Stored[]>;
  /** The devices that have ever synced, by id. */
  devices(): Promise<string[]>;
  import(file: unknown): Promise<Record<string, { imported: number; present: number }>>;
  /** What the server holds of a bucket, by its flat id. */
  texts(id: string): Promise<string[]>;
  /** Another key of this account. */
  newKey(...args: readonly string[]): Promise<string>;
  /** Runs a command of kt-server to its end, which must be 0; returns what it printed. */
  server(...args: readonly string[]): Promise<string>;
  computer(hostname: string, options?: Partial<FakeAwOptions> & { key?: string }): Promise<Computer>;
};

export type Served = { newAccount(): Promise<Account>; close(): Promise<void> };

const HEADERS = { 'content-type': 'application/json' };
/** Only devices have passes; the account's own never has one. */
type Device = { deviceId: string; pass: number };

const startServed = async (): Promise<Served> => {
  const processes = makeProcesses();
  const closers: (() => Promise<void>)[] = [];
  const database = testEngine() === 'postgres' ? ['--database-url', await newPostgresUrl()] : [];
  const place = ['--data-dir', processes.folder(), ...database];
  const server: Running = processes.server([...place, '--port', '0']);
  const [, url = ''] = await server.says(/ready at (\S+)\n/);

  /**
   * Within this process, which sends the work to the server's: a process for each key would take longer than the story.
   */
  const generateKey = async (...args: readonly string[]): Promise<string> => {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const streams = { stdin: process.stdin, stdout, stderr, env: {}, colorDepth: 1 };
    const code = await runServerCli(['generate-key', ...args, ...place], streams);
    assert.is(code, 0, String(stderr.read()));
    return String(stdout.read()).trim();
  };

  const newAccount = async (): Promise<Account> => {
    const email = `${randomUUID()}@example.org`;
    const key = await generateKey('--email', email);
    const asking = (path: string, init: RequestInit = {}): Promise<Response> =>
      fetch(url + path, { ...init, headers: { ...HEADERS, authorization: `Bearer ${key}` } });
    const graphql = async <T>(query: string): Promise<T> => {
      const response = await asking('/graphql', { method: 'POST', body: JSON.stringify({ query }) });
      const { data, errors } = (await response.json()) as { data: T; errors?: unknown };
      assert.is(errors, undefined, JSON.stringify(errors));
      return data;
    };
    const stored = async () =>
      (await graphql<{ buckets: Stored[] }>('{ buckets { id bucketId trashCount device { deviceId hostname } } }'))
        .buckets;
    return {
      email,
      key,
      url,
      fetch: asking,
      graphql,
      stored,
      devices: async () =>
        (await graphql<{ devices: Device[] }>('{ devices { deviceId pass } }')).devices
          .filter(({ pass }) => pass > 0)
          .map(({ deviceId }) => deviceId)
          .sort(),
      import: async (file) => {
        const response = await asking('/api/0/import', { method: 'POST', body: JSON.stringify(file) });
        assert.is(response.status, 200, await response.clone().text());
        return ((await response.json()) as { buckets: Record<string, { imported: number; present: number }> }).buckets;
      },
      texts: async (id) => textsOf(await listing(asking, id)),
      newKey: (...args) => generateKey('--email', email, ...args),
      server: async (...args) => {
        const ended = await processes.server([...args, '--email', email, ...place]).ended;
        assert.is(ended.code, 0, said(ended));
        return ended.stdout;
      },
      computer: (hostname, { key: own = key, ...options } = {}) =>
        makeComputer({ processes, closers, url, key: own }, hostname, options),
    };
  };

  return {
    newAccount,
    close: async () => {
      await processes.close();
      for (const close of closers) await close();
    },
  };
};

const said = ({ code, signal, stdout, stderr }: Ended): string => `it ended with ${code ?? signal}: ${stderr}${stdout}`;

type World = {
  readonly processes: ReturnType<typeof makeProcesses>;
  readonly closers: (() => Promise<void>)[];
  readonly url: string;
  readonly key: string;
};

const makeComputer = async (
  { processes, closers, url, key }: World,
  hostname: string,
  options: Partial<FakeAwOptions>,
): Promise<Computer> => {
  let aw = makeFakeAw({ kind: 'rust', hostname, ...options });
  let listening = await listenFakeAw(aw);
  closers.push(() => listening.close());
  const { port } = listening;
  const home = processes.folder();
  const stateDir = `${home}/state`;
  const folders = { XDG_CONFIG_HOME: `${home}/config`, KT_CLIENT_STATE_DIR: stateDir };
  let env: Record<string, string> = {
    ...folders,
    KT_CLIENT_REMOTE_URL: url,
    KT_CLIENT_API_KEY: key,
    KT_CLIENT_LOCAL_PORT: String(port),
  };
  /** Each request has a connection of its own: a kept one would end at the server that `put` replaces. */
  const send = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(listening.url + path, { ...init, headers: { ...HEADERS, connection: 'close' } });
  const ask = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await send(`/api/0/${path}`, { method, ...sent });
    assert.ok(response.ok || response.status === 304, `${method} ${path}: ${response.status}`);
    const text = await response.text();
    return text === '' ? null : JSON.parse(text);
  };
  const client = async (code: number, ...args: readonly string[]): Promise<string> => {
    const ended = await processes.client(args, env).ended;
    assert.is(ended.code, code, `${hostname}, ${args.join(' ')}: ${said(ended)}`);
    assert.not.match(ended.stdout + ended.stderr, key);
    return ended.stdout + ended.stderr;
  };
  return {
    get aw() {
      return aw;
    },
    port,
    deviceId: () => {
      const file = `${stateDir}/state.json`;
      return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { deviceId: string }).deviceId : null;
    },
    put: async (next) => {
      await listening.close();
      aw = next;
      listening = await listenFakeAw(aw, port);
    },
    loseState: () => rmSync(stateDir, { recursive: true }),
    ask,
    bucket: async (id, facts = {}) =>
      void (await ask('POST', `buckets/${id}`, { type: 'currentwindow', client: 'story', hostname, ...facts })),
    record: async (bucket, ...events) => {
      const rows = events.map(([ago, duration, title]) => ({
        timestamp: new Date(Date.now() - ago * 1000).toISOString(),
        duration,
        data: { app: 'story', title },
      }));
      await ask('POST', `buckets/${bucket}/events`, rows);
    },
    bucketIds: () => Object.keys(aw.dump()).sort(),
    texts: async (bucket) => textsOf(await listing(send, bucket)),
    client,
    setup: async (...more) => {
      env = folders;
      return client(0, 'setup', '--url', url, '--api-key', key, '--local-port', String(port), ...more);
    },
  };
};

/** Stories that run at a time: each keeps a process busy, and a computer has few cores. */
const AT_ONCE = 4;

type Story = (served: Served) => Promise<void>;

let files = 0;
let served: Promise<Served> | null = null;
const waiting: Story[] = [];

const begin = async (): Promise<Served> => {
  const server = await startServed();
  const tell = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) await next(server);
  };
  for (let i = 0; i < AT_ONCE; i++) void tell();
  return server;
};

/**
 * A suite of independent stories that share the server. Most of their time is spent on starting processes one after the
 * other, so the stories of all files run in parallel, each as a test of its own. All files are loaded before the first
 * suite runs: the first suite to begin starts the server and the stories, and the last one to end stops it.
 */
export const tellAtOnce = (name: string, stories: Readonly<Record<string, Story>>) => {
  files++;
  const told = suite(`${name}, through processes`);
  told.before(async () => void (await (served ??= begin())));
  for (const [what, story] of Object.entries(stories)) {
    const end = new Promise<void>((resolve, reject) => waiting.push((server) => story(server).then(resolve, reject)));
    end.catch(() => undefined); // its test reports it
    told(what, () => end);
  }
  told.after(async () => {
    if (--files > 0) return;
    await (await served)?.close();
    served = null;
  });
  return told;
};

/** Both sides hold the same events of a computer's own bucket. */
export const sameOnServer = async (account: Account, computer: Computer, bucket: string): Promise<void> => {
  const found = (await account.stored()).find(
    ({ bucketId, device }) => bucketId === bucket && device.deviceId === computer.deviceId(),
  );
  assert.ok(found, `${bucket} of ${computer.aw.hostname} is on the server`);
  assert.equal(await account.texts(found!.id), await computer.texts(bucket), `${bucket} of ${computer.aw.hostname}`);
};

/** The output of a program matches this; a failure shows all of it. */
export const says = (text: string, pattern: RegExp, what = ''): void =>
  assert.ok(pattern.test(text), `${what} ${pattern} is not in: ${text}`);

export const COPY = '-synced-from-';
/** The copies that a computer has. */
export const copiesOn = (computer: Computer): string[] => computer.bucketIds().filter((id) => id.includes(COPY));

export const PROVEN = /Both sides hold the same/;
/** The last line of a pass without problems. */
export const IN_STEP = /^In step[;: ].* \(\d+\.\d s\)\.$/m;
