/**
 * PostgreSQL that stops, freezes, is read-only, or rejects logins: kt-server answers 503, and recovers by itself when
 * that is over.
 */
import pg from 'pg';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeProcesses, type Processes, type Running } from '../support/processes.ts';
import { testEngine } from '../support/test-database.ts';
import { startThrowawayPostgres, type ThrowawayPostgres } from '../support/throwaway-postgres.ts';
import { until } from '../support/until.ts';

type Scene = {
  processes: Processes;
  postgres: ThrowawayPostgres;
  running: Running;
  url: string;
  headers: Record<string, string>;
};
const outages = suite<Scene>('outages of PostgreSQL');

outages.before.each(async (scene) => {
  scene.processes = makeProcesses();
  // A cluster of its own, because it will be frozen and stopped while other suites run.
  scene.postgres = (await startThrowawayPostgres({
    max_connections: '20',
    superuser_reserved_connections: '0',
    max_wal_senders: '0',
  }))!;
  scene.running = scene.processes.server([
    '--data-dir',
    scene.processes.folder(),
    '--port',
    '0',
    '--database-url',
    scene.postgres.url,
  ]);
  scene.url = (await scene.running.says(/ready at (\S+)/))[1]!;
  const key = (await scene.running.says(/API key +(kt_\S+)/))[1]!;
  scene.headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  assert.is((await ask(scene, 'write')).status, 200);
});
outages.after.each(async ({ processes, postgres }) => {
  await processes.close();
  await postgres.stop();
});

const GRAPHQL = {
  graphql: '{ viewer { email } }',
  // For the second alias Pothos queries the database by itself.
  relations: '{ viewer { a: devices { id } b: devices { hostname buckets { id } } } }',
};
const QUESTIONS = {
  read: ['GET', '/api/0/buckets/'],
  settings: ['GET', '/api/0/settings'],
  write: ['POST', '/api/0/buckets/b', JSON.stringify({ type: 't', client: 'c', hostname: 'h' })],
  heartbeat: [
    'POST',
    '/api/0/buckets/b/heartbeat?pulsetime=5',
    JSON.stringify({ timestamp: '2024-01-01T00:00:00Z', duration: 0, data: {} }),
  ],
  query: [
    'POST',
    '/api/0/query/',
    JSON.stringify({
      timeperiods: ['2024-01-01T00:00:00Z/2024-01-02T00:00:00Z'],
      query: ['RETURN = query_bucket("b");'],
    }),
  ],
  graphql: ['POST', '/graphql', JSON.stringify({ query: GRAPHQL.graphql })],
  relations: ['POST', '/graphql', JSON.stringify({ query: GRAPHQL.relations })],
} satisfies Record<string, readonly [string, string, string?]>;
type Question = keyof typeof QUESTIONS;

const ask = async ({ url, headers }: Scene, question: Question): Promise<Response> => {
  const [method, path, body] = QUESTIONS[question];
  const response = await fetch(url + path, { method, headers, ...(body === undefined ? {} : { body }) });
  // A bucket that exists already.
  return response.status === 304 ? new Response(null, { status: 200 }) : response;
};

const isUnavailable = async (scene: Scene, question: Question): Promise<void> => {
  const response = await ask(scene, question);
  const text = await response.text();
  assert.is(response.status, 503, `${question}: ${response.status} ${text}`);
  assert.match(response.headers.get('retry-after') ?? '', /^\d+$/, question);
  if (question in GRAPHQL) assert.match(text, '"code":"UNAVAILABLE"');
};

/** Tries to subscribe, and disconnects again. */
const subscribeAndLeave = async ({ url, headers }: Scene): Promise<void> => {
  const left = new AbortController();
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { ...headers, accept: 'text/event-stream' },
    body: '{"query":"subscription{revision}"}',
    signal: left.signal,
  });
  const reader = response.body!.getReader();
  await reader.read();
  left.abort();
};

const outage = (running: Running) =>
  running.output.stderr.split('\n').filter((line) => /"the database (does not answer|takes no writes)/.test(line));
const isQuiet = ({ running }: Scene, lines: number): void => {
  assert.is(outage(running).length, lines, running.output.stderr);
  assert.not.match(running.output.stderr, /\n? {4}at |\\n {4}at |"stack"/);
};
const everythingWorks = async (scene: Scene): Promise<void> => {
  for (const question of Object.keys(QUESTIONS) as Question[]) {
    await until(`${question} works again`, async () => (await ask(scene, question)).status === 200);
  }
};
const isOver = async (scene: Scene): Promise<void> => {
  await until(
    'the log says that it is over',
    async () =>
      (await ask(scene, 'write')) && /"the database (answers|takes writes) again/.test(scene.running.output.stderr),
  );
};
const connect = async ({ url }: ThrowawayPostgres): Promise<pg.Client> => {
  const client = new pg.Client(url);
  client.on('error', () => {}); // the server may go first
  await client.connect();
  return client;
};
const connections = async ({ postgres }: Scene, like: string): Promise<number> => {
  const client = await connect(postgres);
  const { rows } = await client.query(
    `select count(*)::int as count from pg_stat_activity where query ilike $1 and pid <> pg_backend_pid()`,
    [like],
  );
  await client.end();
  return rows[0].count;
};

if (testEngine() === 'postgres') {
  outages(
    'a server that is gone is 503 with one line in the log, and nothing is left of what was tried meanwhile',
    async (scene) => {
      const { postgres, url, running } = scene;
      await postgres.halt();
      for (const question of Object.keys(QUESTIONS) as Question[]) await isUnavailable(scene, question);
      await Promise.all(Array.from({ length: 25 }, () => subscribeAndLeave(scene)));
      assert.is((await fetch(`${url}/ready`)).status, 503);
      assert.is((await fetch(`${url}/health`)).status, 200);
      isQuiet(scene, 1);
      await postgres.resume();
      await everythingWorks(scene);
      await until('it listens again', async () => (await connections(scene, 'listen %')) === 1);
      assert.is((await fetch(`${url}/ready`)).status, 200);
      await isOver(scene);
      isQuiet(scene, 1);
      assert.is((await running.kill('SIGTERM')).code, 0);
    },
  );

  outages(
    'a server that is frozen is 503 after a moment, for those who waited already too, ' +
      'and works again when it is thawed',
    async (scene) => {
      const { postgres, url, running } = scene;
      await until('it listens', async () => (await connections(scene, 'listen %')) === 1);
      postgres.freeze();
      await Promise.all((Object.keys(QUESTIONS) as Question[]).map((question) => isUnavailable(scene, question)));
      await Promise.all(Array.from({ length: 25 }, () => subscribeAndLeave(scene)));
      assert.is((await fetch(`${url}/ready`)).status, 503);
      assert.is((await fetch(`${url}/health`)).status, 200);
      isQuiet(scene, 1);
      postgres.thaw();
      await everythingWorks(scene);
      await until('it listens again, once', async () => (await connections(scene, 'listen %')) === 1);
      await isOver(scene);
      postgres.freeze();
      assert.is((await running.kill('SIGTERM')).code, 0, 'it stops though the database says nothing');
    },
  );

  outages(
    'a server that takes no writes answers reads, and its connections are not used for writes again',
    async (scene) => {
      const { postgres } = scene;
      const admin = await connect(postgres);
      const setReadOnly = async (value: string) => {
        await admin.query(`alter database postgres set default_transaction_read_only = ${value}`);
        await admin.query(
          'select pg_terminate_backend(pid) from pg_stat_activity where datname is not null and pid <> ' +
            'pg_backend_pid()',
        );
      };
      await setReadOnly('on');
      await until(
        'it has connections to the server that is read-only',
        async () => (await ask(scene, 'read')).status === 200,
      );
      for (let times = 0; times < 3; times++) await isUnavailable(scene, 'heartbeat');
      for (const question of ['read', 'graphql', 'relations', 'query'] as const)
        assert.is((await ask(scene, question)).status, 200, question);
      assert.is(outage(scene.running).length, 1, scene.running.output.stderr);
      // As after a failover: open connections stay as they are, new ones reach a server that accepts writes.
      await admin.query('alter database postgres reset default_transaction_read_only');
      await admin.end();
      for (let times = 0; times < 10; times++) await ask(scene, 'heartbeat');
      assert.is((await ask(scene, 'heartbeat')).status, 200);
      await isOver(scene);
    },
  );

  outages('a server that is out of connections is 503, and not for longer than that lasts', async (scene) => {
    const { postgres, url } = scene;
    const held: pg.Client[] = [];
    const admin = await connect(postgres);
    const hold = async (): Promise<void> => {
      for (;;) {
        try {
          held.push(await connect(postgres));
        } catch {
          return;
        }
      }
    };
    await until('nobody else has a connection', async () => {
      await hold();
      await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'kt-server'`);
      return held.length >= 19;
    });
    for (const question of Object.keys(QUESTIONS) as Question[]) await isUnavailable(scene, question);
    assert.is((await fetch(`${url}/ready`)).status, 503);
    isQuiet(scene, 1);
    await Promise.all(held.map((client) => client.end()));
    await admin.end();
    await everythingWorks(scene);
    await isOver(scene);
  });
}

outages.run();
