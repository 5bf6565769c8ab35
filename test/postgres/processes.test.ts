/**
 * Several kt-servers, a process each, on one PostgreSQL: by its own address, and through a pooler in transaction mode.
 * They know nothing of each other but what is in the database, and what it tells them.
 */
import { readdirSync } from 'node:fs';
import pg from 'pg';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { listing } from '../faults/reading.ts';
import { headersOf, subscribe, type Endpoint } from '../ha/load.ts';
import { makeLaptop, syncTwoLaptops, well } from '../packed/two-laptops.ts';
import { hasPgbouncer, startPgbouncer, type Pgbouncer } from '../support/pgbouncer.ts';
import { makeProcesses, type Running } from '../support/processes.ts';
import { newPostgresUrl, testEngine } from '../support/test-database.ts';
import { until } from '../support/until.ts';

/** How the processes reach the database. */
type Way = { readonly name: string; readonly pooled: boolean };

const WAYS: readonly Way[] = [
  { name: 'directly', pooled: false },
  { name: 'through pgbouncer', pooled: true },
];
const COUNT = 3;

const sending = (endpoint: Endpoint, path: string, body: unknown): Promise<Response> =>
  fetch(endpoint.url + path, { method: 'POST', headers: headersOf(endpoint), body: JSON.stringify(body) });

for (const { name, pooled } of WAYS) {
  const several = suite(`several processes on one PostgreSQL, ${name}`);
  const processes = makeProcesses();
  const servers: Running[] = [];
  let pooler: Pgbouncer | undefined;
  let endpoints: Endpoint[] = [];
  let args: readonly string[] = [];
  let direct = '';
  const backups = processes.folder();

  several.before(async () => {
    if (testEngine() !== 'postgres' || (pooled && !hasPgbouncer)) return;
    direct = await newPostgresUrl();
    if (pooled) pooler = await startPgbouncer(direct, 10);
    args = ['--database-url', pooler?.through(direct) ?? direct];
    const env: Record<string, string> = {
      KT_SERVER_BACKUP_DIR: backups,
      ...(pooled && { KT_DATABASE_DIRECT_URL: direct }),
    };
    // At once, on a database in which there is nothing: each would make its tables and its first key.
    for (let n = 0; n < COUNT; n++)
      servers.push(processes.server(['--data-dir', processes.folder(), '--port', '0', ...args], env));
    const urls = await Promise.all(servers.map(async (server) => (await server.says(/ready at (\S+)\n/))[1]!));
    for (const server of servers) await server.says(/(?:API|Another) key .*\n/);
    const keys = servers.flatMap(({ output }) => /API key +(kt_\S+)/.exec(output.stdout)?.[1] ?? []);
    assert.is(keys.length, 1, 'the first key is drawn once');
    endpoints = urls.map((url) => ({ url: url.replace(/\/$/, ''), key: keys[0]! }));
  });
  several.after(async () => {
    await processes.close();
    await pooler?.stop();
  });

  const trial = (what: string, test: () => Promise<void>): void => {
    if (testEngine() !== 'postgres') return; // the embedded engine belongs to one process
    const why = 'pgbouncer is not installed: .ci/run installs it';
    if (!pooled || hasPgbouncer) several(what, test);
    else if (process.env['CI'] === 'true') several(what, () => assert.unreachable(why));
    else several.skip(`${what} (${why})`, () => {});
  };

  trial('started at once, they made the tables once, and one of them drew the first key', async () => {
    for (const endpoint of endpoints) {
      const response = await fetch(`${endpoint.url}/api/0/buckets/`, { headers: headersOf(endpoint) });
      assert.is(response.status, 200, await response.text());
    }
    for (const { output } of servers) assert.not.match(output.stderr, /"level":50|"stack"/);
  });

  trial('of one folder for backups, one of them made the backup that was due', async () => {
    const made = () => readdirSync(backups).filter((name) => name.endsWith('.backup'));
    await until('there is one', () => made().length > 0);
    // Whoever else looked at the same moment has a file of its own, until it has the database's lock and sees this one.
    await until('nobody else makes one', () => readdirSync(backups).length === made().length);
    assert.is(made().length, 1, made().join());
  });

  trial('heartbeats to one bucket are each stored once, whichever process gets them', async () => {
    const BEATS = 60;
    assert.is(
      (await sending(endpoints[0]!, '/api/0/buckets/b', { type: 't', client: 'c', hostname: 'h' })).status,
      200,
    );
    const at = Date.UTC(2024, 0, 1);
    // Every process gets every heartbeat: whoever is first makes the event, the others find it.
    for (let n = 0; n < BEATS; n++) {
      const event = { timestamp: new Date(at + n * 60_000).toISOString(), duration: 1, data: { n } };
      const answers = await Promise.all(
        endpoints.map((endpoint) => sending(endpoint, '/api/0/buckets/b/heartbeat?pulsetime=5', event)),
      );
      for (const answer of answers) assert.is(answer.status, 200, await answer.text());
    }
    const { url } = endpoints.at(-1)!;
    const events = await listing((path) => fetch(url + path, { headers: headersOf(endpoints[0]!) }), 'b');
    assert.equal(
      events.map(({ data }) => (data as { n: number }).n).sort((a, b) => a - b),
      Array.from({ length: BEATS }, (_, n) => n),
    );
  });

  trial('a revision that one moves is told by the others', async () => {
    const watched = await Promise.all(endpoints.map(subscribe));
    await until('each has said where it is', () => watched.every(({ latest }) => latest() > 0n));
    const before = watched.map(({ latest }) => latest());
    const event = { timestamp: '2025-01-01T00:00:00Z', duration: 1, data: {} };
    assert.is((await sending(endpoints[0]!, '/api/0/buckets/b/events', [event])).status, 200);
    await until('all have heard of it', () => watched.every(({ latest }, n) => latest() > before[n]!));
    assert.is(new Set(watched.map(({ latest }) => latest())).size, 1);
    for (const { leave } of watched) leave();
    for (const { output } of servers) assert.not.match(output.stderr, /LISTEN does not hold/);
  });

  trial('a key that one has seen revoked is refused by the others at once, and its subscriptions end', async () => {
    const make = ['generate-key', '--email', 'second@example.org', '--data-dir', processes.folder(), ...args];
    const { code, stdout, stderr } = await processes.server(make).ended;
    assert.is(code, 0, stderr);
    const key = stdout.trim();
    const second = endpoints.map(({ url }) => ({ url, key }));
    const statuses = () =>
      Promise.all(
        second.map(
          async (endpoint) => (await fetch(`${endpoint.url}/api/0/buckets/`, { headers: headersOf(endpoint) })).status,
        ),
      );
    assert.equal(await statuses(), [200, 200, 200], 'each knows it');
    const watched = await Promise.all(second.map(subscribe));
    const revoke = ['keys', 'revoke', key.slice(0, 10), '--data-dir', processes.folder(), ...args];
    const revoked = await processes.server(revoke).ended;
    assert.is(revoked.code, 0, revoked.stderr);
    assert.equal(await statuses(), [401, 401, 401]);
    await until('its streams end', () => watched.every(({ isOpen }) => !isOpen()));
  });

  trial('what one ends, the others refuse with their next request, and end what subscribes by it', async () => {
    const run = async (...command: string[]): Promise<string> => {
      const { code, stdout, stderr } = await processes.server([...command, '--data-dir', processes.folder(), ...args])
        .ended;
      assert.is(code, 0, stderr);
      return stdout.trim();
    };
    const email = 'third@example.org';
    const key = await run('generate-key', '--email', email);
    const database = new pg.Client(direct);
    await database.connect();
    /** A browser that signs in at the first, and is let in by all: the same address, so the same cookie. */
    const browser = async (): Promise<Endpoint[]> => {
      const { url } = endpoints[0]!;
      const response = await fetch(`${url}/auth/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin: url },
        body: JSON.stringify({ key }),
      });
      assert.is(response.status, 200, await response.text());
      const cookie = response.headers.getSetCookie()[0]!.split(';')[0]!;
      return endpoints.map((endpoint) => ({ ...endpoint, cookie }));
    };
    const byKey = endpoints.map(({ url }) => ({ url, key }));
    const asked = (all: readonly Endpoint[], query: string) =>
      Promise.all(all.map(async (endpoint) => (await sending(endpoint, '/graphql', { query })).status));
    const [READ, WRITE] = [
      '{ viewer { id } }',
      'mutation { setSetting(input: { key: "k", value: 1 }) { setting { key } } }',
    ];
    const ALL = (status: number): number[] => endpoints.map(() => status);
    try {
      const [one, two] = [await browser(), await browser()];
      for (const way of [one, two, byKey]) assert.equal(await asked(way, WRITE), ALL(200));

      const watched = await Promise.all(one.map(subscribe));
      const out = await fetch(`${one[0]!.url}/auth/session`, { method: 'DELETE', headers: headersOf(one[0]!) });
      assert.is(out.status, 200, await out.text());
      assert.equal(await asked(one, READ), ALL(401), 'a browser that signed out at the first');
      assert.equal(await asked(two, READ), ALL(200), 'and no other');
      await until('its streams end', () => watched.every(({ isOpen }) => !isOpen()));

      await run('users', 'admin', email, '--on');
      assert.equal(await asked(two, '{ people(first: 1) { edges { cursor } } }'), ALL(200));
      await run('users', 'admin', email, '--off');
      assert.equal(await asked(two, '{ people(first: 1) { edges { cursor } } }'), ALL(403), 'the mark was taken');

      await database.query("update api_keys set scope = 'read' where prefix = $1", [key.slice(0, 10)]);
      for (const way of [byKey, two]) {
        assert.equal(await asked(way, WRITE), ALL(403), 'a key that only reads from now on, and its browser');
        assert.equal(await asked(way, READ), ALL(200));
      }

      const left = await Promise.all([...two, ...byKey].map(subscribe));
      await run('users', 'delete', email, '--yes');
      for (const way of [byKey, two]) assert.equal(await asked(way, READ), ALL(401), 'an account that was deleted');
      await until('its streams end', () => left.every(({ isOpen }) => !isOpen()));
    } finally {
      await database.end();
    }
  });

  trial('facts that all are asked for at once are computed once, and each answers with all of them', async () => {
    const DAYS = 10;
    const A_DAY = 200;
    assert.is(
      (await sending(endpoints[0]!, '/api/0/buckets/f', { type: 'currentwindow', client: 'c', hostname: 'h' })).status,
      200,
    );
    const database = new pg.Client(direct);
    await database.connect();
    try {
      await database.query(`create table noted_claims (day int);
        create function note_claim() returns trigger language plpgsql as $$ begin
          insert into noted_claims values (new.day);
          return new;
        end $$;
        create trigger note after insert or update on fact_marks for each row when (new.claim is not null)
          execute function note_claim()`);
      for (let round = 0; round < 5; round++) {
        const events = Array.from({ length: DAYS * A_DAY }, (_, n) => ({
          timestamp: new Date(Date.UTC(2023, 0, 1 + (n % DAYS), 9 + round, 0, n / DAYS)).toISOString(),
          duration: 1,
          data: { n },
        }));
        assert.is((await sending(endpoints[0]!, '/api/0/buckets/f/events', events)).status, 200);
        await database.query('truncate noted_claims');
        const query =
          '{ activity(range: { first: "2023-01-01", last: "2023-01-10" }, grain: NONE, by: []) { complete seconds } }';
        const answers = await Promise.all(
          endpoints.map(async (endpoint) => (await (await sending(endpoint, '/graphql', { query })).json()) as unknown),
        );
        const seconds = (round + 1) * DAYS * A_DAY;
        for (const answer of answers) assert.equal(answer, { data: { activity: { complete: true, seconds } } });
        const { rows } = await database.query<{ day: number }>('select day from noted_claims order by day');
        assert.is(rows.length, DAYS, 'each day was computed once');
      }
    } finally {
      await database.end();
    }
  });

  trial('what one of two laptops recorded gets to the other, each at another process, and both prove it', async () => {
    const make = ['generate-key', '--email', 'laptops@example.org', '--data-dir', processes.folder(), ...args];
    const { code, stdout, stderr } = await processes.server(make).ended;
    assert.is(code, 0, stderr);
    const key = stdout.trim();
    const laptops = await Promise.all(['lap', 'desk'].map((hostname) => makeLaptop(processes, hostname)));
    try {
      const [lap, desk] = await Promise.all(
        laptops.map(async (laptop, n) => {
          const client = async (...rest: string[]) => well(await processes.client(rest, laptop.env).ended);
          const { port } = new URL(laptop.aw.url);
          await client('setup', '--url', endpoints[n]!.url, '--api-key', key, '--local-port', port);
          return [laptop, client] as const;
        }),
      );
      await syncTwoLaptops(lap!, desk!);
    } finally {
      for (const { aw } of laptops) await aw.close();
    }
  });

  trial('one that ends leaves the others as they are', async () => {
    assert.is((await servers[0]!.kill('SIGKILL')).signal, 'SIGKILL');
    for (const endpoint of endpoints.slice(1)) {
      const event = { timestamp: '2025-06-01T00:00:00Z', duration: 1, data: { by: endpoint.url } };
      assert.is((await sending(endpoint, '/api/0/buckets/b/events', [event])).status, 200);
    }
    for (const server of servers.slice(1)) assert.is((await server.kill('SIGTERM')).code, 0);
  });

  several.run();
}
