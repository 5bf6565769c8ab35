/**
 * The account's number is first in every key and index, and every statement names it: the same tables partitioned by
 * account work as they do in one piece, and what is done for one account touches no other's partitions. So the number
 * can be the column that tables are distributed by, and accounts can be moved from one database to another.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { driverOf, type Database } from '../../server/storage/database.ts';
import { migrate } from '../../server/storage/migrate.ts';
import { openDatabase } from '../../server/storage/open.ts';
import { contents, counters, digestsOf, furnish, rowsOf, type Furnished } from '../backup/furnished.ts';
import { restore } from '../../server/backup/restore.ts';
import { partsOf } from '../../server/backup/parts.ts';
import { withSnapshot } from '../../server/storage/backup/snapshot.ts';
import { partition, partitionedBy, PARTITIONS } from '../support/partitioned.ts';
import { newPostgresUrl, testEngine } from '../support/test-database.ts';
import { serverOn } from '../support/test-server.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

const partitions = suite<Furnished & { url: string; database: Database; tables: string[] }>(
  'tables partitioned by account',
);
partitions.before(async (scene) => {
  scene.url = await newPostgresUrl();
  scene.database = await openDatabase(scene.url);
  await migrate(scene.database);
  scene.tables = await partition(scene.database);
});
partitions.after(({ database }) => database.close());

partitions('are all that grow with an account', async ({ database, tables }) => {
  const kinds = await driverOf(database).rows<{ name: string }>(
    `select relname::text as name from pg_class where relkind = 'r' and not relispartition
       and relnamespace = current_schema()::regnamespace order by 1`,
  );
  assert.equal(
    kinds.map(({ name }) => name),
    [
      ...[
        '_prisma_migrations',
        'api_keys',
        'claims',
        'device_grants',
        'identities',
        'instance',
        'passkeys',
        'sessions',
      ],
      ...['sql_roles', 'users'],
    ],
  );
  assert.ok(tables.includes('events') && tables.includes('event_values'), String(tables));
});

partitions('can not have a key without the account: PostgreSQL refuses it', async ({ database }) => {
  let refused: Error | undefined;
  await driverOf(database)
    .script(partitionedBy('api_keys', 'api_keys_p'))
    .catch((error: Error) => (refused = error));
  assert.match(refused?.message ?? '', /unique constraint on partitioned table must include all partitioning columns/);
});

partitions('hold all that is written, and a backup carries it from and to tables in one piece', async (scene) => {
  Object.assign(scene, await furnish(scene.database));
  const whole = await openDatabase(await newPostgresUrl());
  const again = await openDatabase(await newPostgresUrl());
  try {
    await migrate(whole);
    await withSnapshot(scene.database, (snapshot) => restore(whole, partsOf(snapshot)));
    assert.equal(await rowsOf(whole), await rowsOf(scene.database));
    await migrate(again);
    await partition(again);
    await withSnapshot(whole, (snapshot) => restore(again, partsOf(snapshot)));
    assert.equal(await rowsOf(again), await rowsOf(scene.database));
    assert.equal(digestsOf(await contents(again)), digestsOf(await contents(scene.database)));
    assert.equal(await counters(again), await counters(whole));
  } finally {
    await whole.close();
    await again.close();
  }
});

/** How often each partition was read, by its table and number. Known once the connections that did it are closed. */
const readsOf = async (url: string): Promise<Map<string, number>> => {
  const database = await openDatabase(url);
  try {
    const rows = await driverOf(database).rows<{ name: string; reads: number }>(
      `select relname::text as name, (seq_scan + coalesce(idx_scan, 0))::int as reads from pg_stat_user_tables
       where relname ~ '_p_[0-9]$'`,
    );
    return new Map(rows.map(({ name, reads }) => [name, reads]));
  } finally {
    await database.close();
  }
};

partitions('are read and written in one partition alone by what is done for one account', async (scene) => {
  const { url } = scene;
  const [anna, ben] = scene.users;
  const [{ part } = { part: -1 }] = await driverOf(scene.database).rows<{ part: number }>(
    `select n as part from generate_series(0, ${PARTITIONS - 1}) n
     where satisfies_hash_partition('devices'::regclass, ${PARTITIONS}, n, ${anna!.account})`,
  );
  await scene.database.close();
  const before = await readsOf(url);
  scene.database = await openDatabase(url);
  const { app } = serverOn(scene.database);
  const ask = async (method: string, path: string, body?: unknown) => {
    const headers = { 'x-api-key': anna!.key, 'content-type': 'application/json' };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await app.fetch(`http://kt.test${path}`, { method, headers, ...sent });
    assert.ok(response.ok, `${path}: ${await response.clone().text()}`);
    return response.json();
  };
  const graphql = async (query: string, variables = {}) => {
    const { data, errors } = (await ask('POST', '/graphql', { query, variables })) as { data: any; errors?: unknown };
    assert.is(errors, undefined, JSON.stringify(errors));
    return data;
  };
  const event = { timestamp: '2024-06-01T00:00:00Z', duration: 1, data: { title: 'new' } };
  const [posted] = (await ask('POST', '/api/0/buckets/by hand/events', [event])) as { id: number }[];
  await ask('GET', '/api/0/buckets/');
  await ask('GET', '/api/0/buckets/by hand/events?start=2024-01-01&limit=5');
  await ask('GET', '/api/0/buckets/by hand/events/count');
  await ask('GET', `/api/0/buckets/by hand/events/${posted!.id}`);
  await ask('POST', '/api/0/buckets/by hand/heartbeat?pulsetime=5', { ...event, timestamp: new Date() });
  await ask('DELETE', `/api/0/buckets/by hand/events/${posted!.id}`);
  await ask('POST', '/api/0/query', {
    timeperiods: ['2024-01-01/2024-12-31'],
    query: ['RETURN = query_bucket("window");'],
  });
  await ask('POST', '/api/0/settings/of anna', { a: 1 });
  await graphql(
    `{ devices { hostname }
      buckets { id eventCount digest { hash } trashCount trash(first: 5) { edges { node { id } } } } }`,
  );
  await graphql(
    '{ changes(first: 50) { revision changedBuckets { instants { starts durations dataIndex data gone } } } }',
  );
  await graphql(
    `{ activity(range: { first: "2024-05-30", last: "2024-06-02" }, grain: DAY, by: [CATEGORY]) { complete seconds } }`,
  );
  await graphql('mutation { restoreEvents(input: { publicBucketId: "window" }) { restored } }');
  const file = (await ask('GET', '/api/0/export')) as { buckets: Record<string, { events: object[] }> };
  file.buckets['by hand']!.events.push({ ...event, data: { title: 'of the file' } });
  await ask('POST', '/api/0/import', { buckets: { 'by hand': file.buckets['by hand'] } });
  await ask('DELETE', '/api/0/buckets/by hand?force=1');
  await scene.database.close();
  const after = await readsOf(url);
  scene.database = await openDatabase(url);
  const others = [...after].filter(([name, reads]) => !name.endsWith(`_${part}`) && reads !== before.get(name));
  assert.equal(others, []);
  // Rows of two partitions may lie at the same place (ctid), so none may be deleted by that alone.
  const [staged] = await driverOf(scene.database).rows<{ part: boolean; rows: number }>(
    `select satisfies_hash_partition('devices'::regclass, ${PARTITIONS}, ${part}, ${ben!.account}) as part,
       (select count(*)::int from import_events where account = ${ben!.account}) as rows`,
  );
  assert.equal(staged, { part: false, rows: 1 });
  for (const table of ['events', 'event_values', 'buckets', 'devices', 'trashed_events', 'deleted_events'])
    assert.ok(after.get(`${table}_p_${part}`)! > before.get(`${table}_p_${part}`)!, table);
});

/** Suites of what is stored, which openTestServer gives a database of such tables. */
const STORAGE = ['server/storage/(changes-since|upsert-events|values)', 'server/resolvers/heartbeat-batches'];

partitions('pass the suites of what is stored', async () => {
  const args = ['--import', 'tsx', 'node_modules/uvu/bin.js', '--no-color', '.'];
  args.push(`^(${STORAGE.join('|')})\\.test\\.ts$`, '-i', 'node_modules');
  const child = spawn(process.execPath, args, { cwd: root, env: { ...process.env, KT_TEST_PARTITIONED: 'yes' } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  const code = await new Promise((resolve) => child.on('close', resolve));
  // Marked, or the runner of all tests takes the counts of this one for its own.
  const told = output.replace(/^/gm, '| ');
  const count = (word: string) => Number(new RegExp(`^ *${word}: +(\\d+)`, 'm').exec(output)?.[1]);
  assert.equal([code, count('Passed')], [0, count('Total')], told);
  assert.ok(count('Total') > 20, told);
});

if (testEngine() === 'postgres') partitions.run(); // the embedded engine has the same tables and statements
