/**
 * Writes the fixtures of this version, once, when it is released: `node --import tsx test/upgrades/make.ts`, from the
 * clone. It tells a story to a new embedded database (two accounts, five laptops, hostile titles, all made up), through
 * the APIs and kt-client's own engine, and keeps what that left in test/upgrades/VERSION/. The events are the same
 * every time; keys, UUIDs and the hours of rows are drawn anew.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { VERSION } from '../../cli/version.ts';
import { packFolder } from '../../scripts/pack-folder.ts';
import { makeBackups } from '../../server/backup/backup.ts';
import { writeBackup } from '../../server/backup/file.ts';
import { driverOf, run, type Database } from '../../server/storage/database.ts';
import * as imports from '../../server/storage/imports.ts';
import { migrate, readMigrations } from '../../server/storage/migrate.ts';
import { openDatabase } from '../../server/storage/open.ts';
import { findByEmail } from '../../server/storage/users.ts';
import { inStep, type Laptop, type Told } from '../stories/scene.ts';
import { storedColumns } from '../support/stored-columns.ts';
import { serverOn, type TestServer } from '../support/test-server.ts';
import {
  FILES,
  folderOf,
  holderOf,
  newLaptop,
  now,
  NOW,
  ports,
  readAccount,
  saveLaptop,
  writeFixture,
} from './release.ts';

const ONE = 'one@example.org';
const TWO = 'two@example.org';

const at = (minutesAgo: number): string => new Date(NOW.getTime() - minutesAgo * 60_000).toISOString();
const rows = (name: string, count: number, everyMinutes: number): Told[] =>
  Array.from({ length: count }, (_, i): Told => [at((count - i) * everyMinutes), 30 + (i % 7) * 0.125, `${name} ${i}`]);

/** What a title, a time and a number may be, and was kept as it came. */
const HOSTILE: readonly (readonly [timestamp: string, duration: number, data: Record<string, unknown>])[] = [
  [at(700), 1, { app: 'NUL \u0000', title: '' }],
  [at(690), 0, { title: `it's "quoted" \\ $kt$ $1 %s --\n/* ; drop table events; */` }],
  [at(690), 0, { title: `it's "quoted" \\ $kt$ $1 %s --\n/* ; drop table events; */` }],
  [at(680), 86_400, { title: '\u202eRTL \u0645\u0631\u062d\u0628\u0627 \ufeff', combining: ['e\u0301', '\u00e9'] }],
  [at(670), 0.000001, { __proto__x: null, constructor: { prototype: 1 }, '': { '': [[[[]]]] } }],
  [at(660), 2.5, { numbers: [0.1, 1e21, 1e-7, -1, 9007199254740991, 123456789.12345679], yes: true }],
  [at(650), 3, { title: '😀'.repeat(400), url: 'https://example.org/?q=%00&r=ü' }],
  ['2020-02-29T23:59:59.999Z', 3600.5, { title: 'a leap day' }],
  ['1999-12-31T23:59:59.123Z', 7, { title: 'before all of this' }],
];

const post = (laptop: Laptop, bucket: string, events: typeof HOSTILE): Promise<unknown> =>
  laptop.ask(
    `buckets/${bucket}/events`,
    'POST',
    events.map(([timestamp, duration, data]) => ({ timestamp, duration, data })),
  );

const pass = async (...laptops: readonly Laptop[]): Promise<void> => {
  for (const laptop of laptops) inStep(await laptop.sync({}, ports));
};

/** What a story asks by REST on an account of its own. */
const byRest = (server: TestServer, key: string) => async (method: string, path: string, body?: unknown) => {
  const headers = { 'content-type': 'application/json' };
  const sent = body === undefined ? {} : { headers, body: JSON.stringify(body) };
  const response = await holderOf(server, key).fetch(`/api/0/${path}`, { method, ...sent });
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${await response.clone().text()}`);
  return response.json();
};

const storyOfOne = async (root: string, server: TestServer, key: string) => {
  const device = (n: number) => `00000000-0000-4000-8000-00000000000${n}`;
  const laptop = (name: string, kind: 'rust' | 'python', n: number) =>
    newLaptop(root, server, key, { name, kind, deviceId: device(n) });
  const lap = laptop('lap', 'rust', 1);
  const desk = laptop('desk', 'python', 2);
  const tablet = laptop('tablet', 'rust', 3);
  const old = laptop('old', 'python', 4);
  await lap.bucket('aw-watcher-window_lap');
  await lap.record('aw-watcher-window_lap', ...rows('window', 60, 11));
  await post(lap, 'aw-watcher-window_lap', HOSTILE);
  await lap.bucket('aw-watcher-afk_lap', { type: 'afkstatus', client: 'aw-watcher-afk' });
  await lap.record('aw-watcher-afk_lap', ...rows('afk', 20, 400));
  await lap.bucket('aw-watcher-web-firefox', { type: 'web.tab.current', hostname: 'unknown' });
  await lap.record('aw-watcher-web-firefox', ...rows('tab', 10, 90));
  await desk.bucket('aw-watcher-window_desk');
  await desk.record('aw-watcher-window_desk', ...rows('desk', 40, 60));
  await post(desk, 'aw-watcher-window_desk', [[at(900), 4, { title: 'half a character \ud800' }]]); // Python alone can
  await desk.bucket('empty');
  await pass(lap, desk, lap, desk);

  // Deletions, an edit, and a database that began anew: tombstones, trash, an epoch.
  const ids = (on: Laptop, bucket: string) =>
    on.aw
      .dump()
      [bucket]!.events.map(({ id }) => id)
      .sort((a, b) => a - b);
  const window = ids(lap, 'aw-watcher-window_lap');
  for (const id of window.slice(-14, -11)) await lap.delete('aw-watcher-window_lap', id);
  await lap.edit('aw-watcher-window_lap', window.at(-16)!, [at(20), 99, 'edited']);
  await pass(lap, desk);
  await desk.drop('aw-watcher-window_desk');
  await desk.bucket('aw-watcher-window_desk');
  await desk.record('aw-watcher-window_desk', ...rows('desk', 40, 60).slice(-25), [at(1), 20, 'after it began anew']);
  await pass(desk, lap);

  // An import that a device took over, one that none has yet, and what was written by hand.
  const rest = byRest(server, key);
  for (const each of [tablet, old]) {
    await each.bucket(`aw-watcher-window_${each.hostname}`);
    await each.record(`aw-watcher-window_${each.hostname}`, ...rows(each.hostname, 30, 45));
    await rest('POST', 'import', await each.ask('export', 'GET'));
  }
  await pass(tablet);
  await rest('POST', 'buckets/by-hand', {
    type: 'notes',
    client: 'page',
    hostname: 'kt.test',
    data: { kept: [1, null] },
  });
  await rest('POST', 'buckets/by-hand/events', [{ timestamp: at(120), duration: 60, data: { title: 'a note' } }]);
  for (const minute of [5, 4, 3])
    await rest('POST', 'buckets/by-hand/heartbeat?pulsetime=90', {
      timestamp: at(minute),
      duration: 0,
      data: { n: 1 },
    });
  await rest('POST', 'settings/classes', [{ name: ['Work', "it's"], rule: { type: 'regex', regex: 'vim|\\bgit\\b' } }]);
  await rest('POST', 'settings/startOfDay', '04:00');
  await rest('POST', 'settings/nothing', null);
  await pass(lap, desk, tablet, lap, desk, tablet);
  return { lap, desk, tablet, old };
};

/** A second account with the ids of the first: they share nothing. */
const storyOfTwo = async (server: TestServer, key: string): Promise<void> => {
  const rest = byRest(server, key);
  await rest('POST', 'buckets/aw-watcher-window_lap', { type: 'currentwindow', client: 'x', hostname: 'lap' });
  await rest('POST', 'buckets/aw-watcher-window_lap/events', [
    { timestamp: at(60), duration: 10, data: { title: 'of the second account' } },
  ]);
  await rest('POST', 'settings/startOfDay', '05:00');
};

/** A file that was read whole, and was being merged when the process ended. */
const leaveUnfinished = async (database: Database, account: number) => {
  const bucket = 'half-imported';
  const titles = Array.from({ length: 12 }, (_, i) => `staged ${i}`);
  const startUs = BigInt(NOW.getTime()) * 1000n - 86_400_000_000n;
  const facts = { id: bucket, type: 'currentwindow', client: 'file', hostname: 'gone', createdUs: startUs, data: {} };
  await run(database, async (tx) => {
    const key = await imports.begin(tx, account, null);
    const event = (title: string, place: number) => ({
      startUs: startUs + BigInt(place) * 1_000_000n,
      durationNs: 500_000_000n,
      data: { title },
      place,
    });
    await imports.stage(tx, key, 0, titles.map(event));
    await imports.stageBucket(tx, key, 0, facts);
    await imports.beginMerging(tx, key);
    // And one of which only a part had come.
    const part = await imports.begin(tx, account, null);
    await imports.stage(tx, part, 0, [event('never whole', 0)]);
  });
  return { email: ONE, bucket, titles };
};

/** All rows as SQL: the schema by the migrations of this version, then table by table, parents first. */
const dump = async (database: Database): Promise<string> => {
  const { rows: ask } = driverOf(database);
  const text = (value: string) => `'${value.replaceAll("'", "''")}'`;
  const parts = [`-- What kt-server ${VERSION} left in a PostgreSQL database. Written by test/upgrades/make.ts.`];
  for (const { sql } of await readMigrations()) parts.push(sql.trimEnd());
  parts.push(
    `create table _prisma_migrations (id varchar(36) primary key not null, checksum varchar(64) not null,
  finished_at timestamptz, migration_name varchar(255) not null, logs text, rolled_back_at timestamptz,
  started_at timestamptz not null default now(), applied_steps_count integer not null default 0);`,
    'delete from instance;',
  );
  for (const table of await tablesOf(database)) {
    const columns = await storedColumns(database, table);
    const values = columns.split(', ').map((column) => `quote_nullable(${column}::text)`);
    const rowsOf = `select concat_ws(', ', ${values.join(', ')}) as values from "${table}"`;
    for (const row of await ask<{ values: string }>(rowsOf))
      parts.push(`insert into "${table}" (${columns}) values (${row.values});`);
  }
  for (const { name, value } of await ask<{ name: string; value: string }>(
    `select quote_ident(sequencename) as name, last_value::text as value from pg_sequences
     where schemaname = current_schema() and last_value is not null`,
  ))
    parts.push(`select setval(${text(name)}, ${value});`);
  return `${parts.join('\n')}\n`;
};

/** Every table, those that others refer to first. */
const tablesOf = async (database: Database): Promise<string[]> => {
  const { rows: ask } = driverOf(database);
  const all = await ask<{ name: string }>(
    `select relname::text as name from pg_class where relkind = 'r' and relnamespace = current_schema()::regnamespace
     order by 1`,
  );
  const references = await ask<{ of: string; to: string }>(
    `select conrelid::regclass::text as of, confrelid::regclass::text as to from pg_constraint where contype = 'f'`,
  );
  const done: string[] = [];
  while (done.length < all.length)
    for (const { name } of all)
      if (!done.includes(name) && references.every(({ of, to }) => of !== name || done.includes(to))) done.push(name);
  return done;
};

const root = mkdtempSync(join(tmpdir(), 'kt-release-'));
try {
  const folder = join(root, 'database');
  const database = await openDatabase(`pglite:${folder}`);
  await migrate(database);
  const server = serverOn(database, now);
  const makeKey = (email: string, name: string, deviceId?: string) =>
    server.resolvers.accounts.createKey({ email, name, deviceId });
  const one = await makeKey(ONE, 'first');
  const two = await makeKey(TWO, "the second's");
  const laptops = await storyOfOne(root, server, one.key);
  await storyOfTwo(server, two.key);
  const { deviceId } = (await laptops.lap.state.load())!;
  const bound = await makeKey(ONE, 'of the lap alone', deviceId);
  const revoked = await makeKey(ONE, 'revoked');
  await server.resolvers.accounts.revokeKey(revoked.id);
  const expired = await makeKey(TWO, 'expired');
  await driverOf(database).script(`update api_keys set expires_at = '2026-01-01Z' where id = '${expired.id}'`);
  const accounts = {
    [ONE]: await readAccount(holderOf(server, one.key)),
    [TWO]: await readAccount(holderOf(server, two.key)),
  };
  const { account } = (await run(database, (tx) => findByEmail(tx, ONE)))!;
  const unfinished = await leaveUnfinished(database, account);
  await driverOf(database).script(`update imports set touched_at = '${NOW.toISOString()}'`);
  const keys = [one, two, bound].map(({ key, name, email }) => ({ name, email, key, status: 200 }));
  for (const { key, name, email } of [revoked, expired]) keys.push({ name, email, key, status: 401 });

  mkdirSync(folderOf(VERSION), { recursive: true });
  writeFixture(VERSION, 'sql', await dump(database));
  await writeBackup(join(folderOf(VERSION), FILES.backup), () => makeBackups(database, { now }).begin());
  await database.close();
  writeFixture(VERSION, 'folder', await packFolder(folder));
  writeFixture(VERSION, 'truth', { version: VERSION, keys, accounts, unfinished });
  writeFixture(
    VERSION,
    'laptops',
    Object.entries(laptops).map(([name, laptop]) => saveLaptop(root, name, laptop)),
  );
} finally {
  rmSync(root, { recursive: true });
}
process.exit(); // threads for queries may still be idle
