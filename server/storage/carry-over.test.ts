/** Rows that a migration carries over in pages: all of them, once, whatever they hold and whatever breaks it off. */
import { createHash } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openTestDatabase, testEngine } from '../../test/support/test-database.ts';
import { driverOf, type Database } from './database.ts';
import { toJsonb } from './jsonb.ts';
import { migrate, migrationsOf, readMigrations, rowsToCarryAfter, type Migration } from './migrate.ts';
import { literal } from './session.ts';

type Scene = { database: Database };
const emptied = async ({ database }: Scene) =>
  driverOf(database).script('drop schema public cascade; create schema public');

const pages = suite<Scene>('pages of a migration');
pages.before(async (scene) => {
  scene.database = await openTestDatabase();
});
pages.before.each(emptied);
pages.after(({ database }) => database.close());

const migration = (name: string, sql: string, more: Partial<Migration> = {}): Migration => ({
  name,
  sql,
  checksum: createHash('sha256').update(sql).digest('hex'),
  ...more,
});
/** Ten rows, three a page. */
const OLD = migration('20260101000000_old', 'create table old (n int); insert into old select generate_series(1, 10)');
const NEW = migration('20260102000000_new', 'create table new (n int, ten int)');
const CARRIED = migration('20260103000000_carried', 'drop table old', {
  pages: `-- Rows of: old
    with page as (
      insert into new select n, n * 10 from old where n > (select coalesce(max(n), 0) from new) order by n limit 3
      returning n
    )
    select count(*)::int as rows, (select count(*) from new)::float8 + count(*) as done from page`,
});
const ALL = [OLD, NEW, CARRIED];
const carried = async (database: Database) =>
  (await driverOf(database).rows<{ n: number }>('select n from new order by n')).map(({ n }) => n);
const numbers = (count: number) => Array.from({ length: count }, (_, i) => i + 1);
const failing = async (work: Promise<unknown>): Promise<Error & { code?: string }> =>
  work.then(
    () => assert.unreachable() as never,
    (error) => error,
  );

pages('are carried before it is applied, and how far it is, is told', async ({ database }) => {
  const told: string[] = [];
  assert.equal(
    await migrate(database, ALL, { tell: (line) => void told.push(line) }),
    ALL.map(({ name }) => name),
  );
  assert.equal(await carried(database), numbers(10));
  assert.equal([told[0], told.at(-1)], ['carrying events over: 3 of about 10', 'carried 10 events over']);
});

pages('say nothing where there are none', async ({ database }) => {
  const none = migration(OLD.name, 'create table old (n int)');
  await migrate(database, [none, NEW, CARRIED], { tell: () => assert.unreachable() });
  assert.equal(await carried(database), []);
});

pages('end with the process between any two of them, and go on from there', async ({ database }) => {
  const stop = new AbortController();
  const stopped = migrate(database, ALL, { stop: stop.signal, tell: () => stop.abort(new Error('SIGTERM')) });
  assert.is((await failing(stopped)).message, 'SIGTERM');
  assert.equal(await carried(database), numbers(3));
  assert.equal(await migrate(database, ALL), [CARRIED.name]);
  assert.equal(await carried(database), numbers(10));
});

pages('that fail keep those before, and say what to do', async ({ database }) => {
  await migrate(database, [OLD, NEW]);
  await driverOf(database).script('alter table new add check (n <> 5)');
  const { code, message } = await failing(migrate(database, ALL));
  assert.is(code, 'conflict');
  assert.match(message, /for the migration 20260103000000_carried was broken off \(.*check.*23514\)\): .* goes on/);
  assert.equal(await carried(database), numbers(3), 'the page is whole or not there');
  await driverOf(database).script('alter table new drop constraint new_n_check');
  assert.equal(await migrate(database, ALL), [CARRIED.name]);
  assert.equal(await carried(database), numbers(10));
});

pages.run();

/** On the embedded engine 100,000 take 20 s of the processor, and agree as well: fewer there in each run. */
const EVENTS = testEngine() === 'pglite' ? 15_000 : 100_000;
const FILLED = '20261126110000_trash';

const HOSTILE: readonly unknown[] = [
  { title: 'NUL \u0000, DLE \u0010d800 and \u0010, half \ud83d, quote " \\ \u2028', '\ud800': '\u0000' },
  { title: '\udc00\ud800', __proto__: 1, constructor: { prototype: [] }, '': null },
  { app: "'; drop table events; --", deep: [[[[[[{ a: [] }]]]]]], n: [1e308, -0, 0.1, 5e-324, 9007199254740991] },
  { title: 'x'.repeat(1_000_000) },
  { title: '\u00e9' },
  { title: 'e\u0301' },
  {},
];
/** Data that are one to jsonb, and not the same to who reads them. */
const ALIKE = ['{"n": 1}', '{"n": 1.0}', '{"n": 1.00}', '{"n": 1e0}', '{"n": -0}', '{"n": 0}'];

const uuid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

/**
 * Two accounts, six buckets: events with and without source ids, one bucket of which has its own data in every
 * event, far times, negative durations, tombstones, trash, and an import that is being merged.
 */
const filled = (events: number): string => {
  const data = [...HOSTILE.map((value) => toJsonb(value)), ...ALIKE].map(literal);
  return `
    create temporary table pool as select n, data::jsonb from (values
      ${data.map((text, n) => `(${n}, ${text})`).join(',\n')}) given (n, data);
    insert into pool select n, jsonb_build_object('app', 'app ' || n % 20, 'title', 'title ' || n)
      from generate_series(${data.length}, 199) n;
    insert into users (id, email, revision)
      select ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, n || '@example.org', n * 1000
      from generate_series(1, 2) n;
    insert into devices (id, user_id, device_id, hostname)
      select ('00000000-0000-4000-8000-' || lpad((10 + n)::text, 12, '0'))::uuid,
        ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 'device', 'lap' from generate_series(1, 2) n;
    insert into buckets (id, user_id, device_uuid, bucket_id, public_id, bucket_type, client, hostname)
      select ('00000000-0000-4000-8000-' || lpad((99 - n)::text, 12, '0'))::uuid,
        ('00000000-0000-4000-8000-' || lpad((1 + n % 2)::text, 12, '0'))::uuid,
        ('00000000-0000-4000-8000-' || lpad((11 + n % 2)::text, 12, '0'))::uuid,
        'bucket ' || n, 'bucket ' || n, 't', 'c', 'lap' from generate_series(1, 6) n;
    insert into events (bucket_uuid, timestamp, duration_ns, source_id, content_hash, revision, data)
      select ('00000000-0000-4000-8000-' || lpad((98 - i % 6)::text, 12, '0'))::uuid,
        case i % 997 when 0 then '4713-01-01 00:00:00+00 BC' when 1 then '0001-01-01 00:00:00.000001+00 BC'
          when 2 then '2261-12-31 23:59:59.999999+00' else '2024-01-01Z'::timestamptz + i * interval '1.000003 s' end,
        case i % 13 when 0 then -5 when 1 then 9000000000000000000 else i * 1000 end,
        case i % 3 when 0 then null else i end, hashint8extended(i, 7), 1000 + i / 7,
        case when i % 6 = 5 then jsonb_build_object('url', 'https://example.org/' || i) else pool.data end
      from generate_series(1, ${events}) i join pool on pool.n = i / 6 % 200 and (pool.n <> 3 or i % 50 = 0);
    delete from events where id % 100 = 7;
    insert into deleted_events select ('00000000-0000-4000-8000-' || lpad((98 - n % 6)::text, 12, '0'))::uuid,
      n * 1000 - 5, 1000 + n from generate_series(1, ${Math.ceil(events / 10)}) n;
    insert into trashed_events (bucket_uuid, id, timestamp, duration_ns, data, trashed_at)
      select bucket_uuid, id + 1000000, timestamp, duration_ns, data, '2026-11-01Z' from events
      where id <= ${Math.ceil(events / 8)};
    update buckets set source_rows = (select count(source_id) from events where bucket_uuid = buckets.id);
    insert into imports (user_id, merging) values ('${uuid(1)}', true);
    insert into import_buckets select id, 0, '{}', '${uuid(97)}', 5, 1, 2 from imports;
    insert into import_events (import_id, number, timestamp, place, duration_ns, content_hash, data)
      select imports.id, 0, '2026-01-01Z', n, 1, 2, data from imports, pool;
    drop table pool;`;
};

/** By bucket and table: rows, digests (spec/sync 4.1), and one of all that a row is. */
const digestsOf = async (database: Database, isOld: boolean): Promise<unknown[]> => {
  const of = (table: string, row: string, digest: string) => `
    select '${table}' as of, bucket.id::text as bucket, count(*)::text as rows, ${digest} as digest,
      sum(hashtextextended(concat_ws('|', ${row}), 1))::text as all_of_it
    from buckets bucket join ${table} t
      on ${isOld ? 't.bucket_uuid = bucket.id' : 't.account = bucket.account and t.bucket = bucket.number'}
    ${isOld || table === 'deleted_events' ? '' : 'join event_values v on v.account = t.account and v.value = t.value'}
    group by bucket.id`;
  const data = isOld ? 't.data::text' : 'v.data::text';
  const contents = `sum(content_hash)::text || ' ' || sum(content_hash) filter (where source_id is not null)`;
  const tables = [
    of('events', `t.id, timestamp, duration_ns, coalesce(source_id, 0), content_hash, revision, ${data}`, contents),
    of('trashed_events', `t.id, timestamp, duration_ns, trashed_at, ${data}`, `''`),
    of('deleted_events', 'instant, revision', `''`),
  ];
  return driverOf(database).rows(`${tables.join(' union all ')} order by 1, 2`);
};

const large = suite<Scene & { before: unknown[]; values: number }>('a database of the tables before');
large.before(async (scene) => {
  scene.database = await openTestDatabase();
  const all = await readMigrations();
  await migrate(scene.database, all.slice(0, all.findIndex(({ name }) => name === FILLED) + 1));
  await driverOf(scene.database).script(filled(EVENTS));
  scene.before = await digestsOf(scene.database, true);
  const [counted] = await driverOf(scene.database).rows<{ values: number }>(`
    select count(*)::int as values from (select distinct user_id, rows.data::text from (
      select bucket_uuid, data from events union all select bucket_uuid, data from trashed_events
    ) rows join buckets on buckets.id = bucket_uuid) each`);
  scene.values = counted!.values;
});
large.after(({ database }) => database.close());

/** The one that carries, and those that came after it. */
const REST = (await readMigrations()).filter(({ name }) => name >= '20261126200100');
const CARRYING = REST[0]!;
const one = async <Row>(database: Database, sql: string): Promise<Row> => (await driverOf(database).rows<Row>(sql))[0]!;

large('says how much there is to carry', async ({ database }) => {
  const { there } = await one<{ there: number }>(
    database,
    'select (select count(*) from events)::int + (select count(*) from trashed_events)::int as there',
  );
  assert.ok(there > EVENTS / 2);
  assert.is(await rowsToCarryAfter(database, await migrationsOf(database)), there);
});

large('is not taken for carried when it was stopped in the middle, by whoever applies the rest', async (scene) => {
  const { database } = scene;
  const stop = new AbortController();
  const stopped = migrate(database, undefined, { stop: stop.signal, tell: () => stop.abort(new Error('SIGTERM')) });
  assert.is((await failing(stopped)).message, 'SIGTERM');
  const { rows } = await one<{ rows: number }>(database, 'select count(*)::int as rows from events');
  assert.ok(rows > 0 && rows <= 5_000, String(rows));
  // As `prisma migrate deploy` would.
  const { message } = await failing(driverOf(database).script(CARRYING.sql));
  assert.match(message, /events are not carried over yet: run "kt-server migrate"/);
  assert.is(await rowsToCarryAfter(database, await migrationsOf(database)), allOf(scene));
});

const allOf = ({ before }: { before: unknown[] }): number =>
  (before as { of: string; rows: string }[])
    .filter(({ of }) => of !== 'deleted_events')
    .reduce((sum, { rows }) => sum + Number(rows), 0);

large('has every event, id, source id, hash, revision and digest afterwards', async (scene) => {
  const { database } = scene;
  assert.equal(
    await migrate(database),
    REST.map(({ name }) => name),
  );
  assert.equal(await digestsOf(database, false), scene.before);
});

large('has each data of an account once, and counters that go on from there', async ({ database, values }) => {
  assert.is((await one<{ rows: number }>(database, 'select count(*)::int as rows from event_values')).rows, values);
  const wrong = await driverOf(database).rows(`
    select email from users where last_event < (select max(id) from events where account = users.account)
      or last_value <> (select max(value) from event_values where account = users.account)
      or last_bucket <> (select max(number) from buckets where account = users.account)
    union all select public_id from buckets where (event_rows, source_rows) <>
      (select count(*), count(source_id) from events where account = buckets.account and bucket = buckets.number)`);
  assert.equal(wrong, []);
});

large.run();
