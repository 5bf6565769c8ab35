/**
 * A database with something of everything in it, written through the API as far as that goes: hostile titles and names,
 * times to the microsecond, tombstones, trash, an older epoch, settings, keys revoked and bound, an import cut short.
 */
import * as assert from 'uvu/assert';
import { driverOf, run, transaction, type Database } from '../../server/storage/database.ts';
import * as imports from '../../server/storage/imports.ts';
import * as passkeys from '../../server/storage/passkeys.ts';
import { migrate } from '../../server/storage/migrate.ts';
import { makeTally, type Digest } from '../../server/backup/digests.ts';
import { partsOf, type Part } from '../../server/backup/parts.ts';
import { asSeenBy } from '../../server/storage/backup/snapshot.ts';
import { bucketWith, newDevice, register, sent, type TestDevice } from '../support/pushing.ts';
import { serverOn, type TestServer, type TestUser } from '../support/test-server.ts';

const HOSTILE: readonly unknown[] = [
  { title: 'NUL \u0000, DLE \u0010d800 and \u0010, half \ud83d, quote " \\ \u2028', '\ud800': '\u0000' },
  { title: '😀'.repeat(100), __proto__: 1, constructor: { prototype: [] }, '': null },
  { app: "'; drop table events; --", deep: [[[[[[{ a: [] }]]]]]], n: [1e308, -0, 0.1, 5e-324, 9007199254740991] },
  JSON.parse('{"__proto__":{"a":1},"10":1,"9":2,"\\u0010d83d":"\\ud83d"}'),
  {},
];

const json = { 'content-type': 'application/json' };
const rest = async (user: TestUser, method: string, path: string, body: unknown): Promise<void> => {
  const response = await user.fetch(`/api/0${path}`, { method, headers: json, body: JSON.stringify(body) });
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${await response.text()}`);
};

export type Furnished = { server: TestServer; users: TestUser[]; laptop: TestDevice };

/** Deletes events of a device's bucket, as a repair does: they go to the trash. */
export const deleteAll = async (user: TestUser, device: TestDevice, epoch: number, days: readonly string[]) => {
  const { buckets } = await user.graphql<{ buckets: { id: string; bucketId: string }[] }>(
    `{ buckets(deviceId: "${device.id}") { id bucketId } }`,
  );
  const { id } = buckets.find(({ bucketId }) => bucketId === 'window')!;
  for (const day of days) {
    const { bucket } = await user.graphql<{ bucket: { sources: object[] } }>(
      `{ bucket(id: "${id}") { sources(day: "${day}") { sourceId hash } } }`,
    );
    await device.push(bucketWith([], { epoch, deletes: bucket.sources.slice(0, 3) }));
  }
};

export const furnish = async (database: Database): Promise<Furnished> => {
  await migrate(database);
  const server = serverOn(database);
  const [anna, ben] = [await server.newUser(), await server.newUser()];
  const laptop = await newDevice(anna, 'laptop \u2028 "x"');
  const desk = await newDevice(anna, 'desk');
  const titled = (from: number, count: number) =>
    Array.from({ length: count }, (_, i) => sent(from + i, i * 60.000001, i * 1.0000005, HOSTILE[i % HOSTILE.length]));
  await laptop.push(bucketWith(titled(1, 40)));
  await laptop.push(bucketWith([sent(3, 7_000, 5, { moved: true }), sent(4, 180, 900, { edited: true })]));
  await deleteAll(anna, laptop, 1, ['2024-05-31']);
  await anna.graphql(
    'mutation ($d: ID!) { renameDevice(input: { deviceId: $d, label: "the \\u2028 old one" }) { device { id } } }',
    { d: laptop.id },
  );
  const AT = '2024-06-01T00:00:00Z';
  await register(anna, {
    ...{ deviceId: laptop.id, hostname: 'laptop \u2028 "x"' },
    proof: {
      ...{ accountId: anna.userId, passAt: AT, revision: '1' },
      buckets: [
        {
          ...{ bucketId: 'window', outcome: 'HELD', reason: 'NUL \u0000, half \ud83d', stretches: [] },
          differing: [{ day: '1969-12-31', deviceEventCount: 0, serverEventCount: 1 }],
        },
      ],
    },
  });
  // An older epoch: rows without source id in a pushed bucket.
  await desk.push(bucketWith(titled(1, 20), { bucketId: 'afk', data: HOSTILE[0] }));
  await desk.push(bucketWith(titled(500, 5), { bucketId: 'afk', epoch: 2 }));
  await rest(anna, 'POST', '/buckets/by hand', { client: 'c', type: 't', hostname: 'h', data: HOSTILE[3] });
  await rest(anna, 'POST', '/buckets/by hand/events', [
    { timestamp: '1969-12-31T23:59:59.999999Z', duration: 0.000000001, data: HOSTILE[2] },
    { timestamp: '1700-01-01T00:00:00.000001Z', duration: -5.5, data: HOSTILE[1] },
    { timestamp: '2261-01-01T00:00:00.123456Z', duration: 8_000_000, data: HOSTILE[0] },
  ]);
  await rest(anna, 'POST', '/buckets/by hand/heartbeat?pulsetime=5', {
    timestamp: new Date().toISOString(),
    duration: 0,
    data: { beat: 1 },
  });
  await rest(ben, 'POST', '/buckets/empty', { client: '', type: '', hostname: 'unknown' });
  for (const [key, value] of Object.entries({ 'a\u0000\ud800': HOSTILE[0], none: null, text: 'x', number: 1.5 }))
    await rest(ben, 'POST', `/settings/${encodeURIComponent(key.toWellFormed())}`, value);
  const { accounts } = server.resolvers;
  const issuer = 'https://id.example.org';
  await server.resolvers.identities.connectUser({ email: anna.email, issuer, subject: 'a \u2028 "b"' });
  const { people } = server.resolvers;
  await people.markUser({ email: anna.email, on: true });
  await people.inviteUser({ email: 'carl@example.org', admin: true });
  await transaction(database, (tx) =>
    passkeys.create(tx, {
      ...{ account: anna.account, name: 'a \u2028 "b"', rpId: 'kt.example.org', at: new Date('2024-06-01T00:00:00Z') },
      credentialId: new Uint8Array([0, 255, 10]),
      publicKey: new Uint8Array([165, 1]),
      ...{ counter: 2 ** 32 - 1, transports: ['nfc', 'usb'] },
    }),
  );
  // One that was moved to another server, and one on its way here (decisions/0013): neither is served.
  const [gone, coming] = [await server.newUser(), await server.newUser()];
  await driverOf(database).script(`
    update users set moving = gen_random_uuid(), moving_until = '9999-12-31 00:00:00+00',
      moved_to = 'https://cell2.example/' where id = '${gone.userId}';
    update users set moving = gen_random_uuid(), arriving = true where id = '${coming.userId}'`);
  const bound = await accounts.createKey({ email: anna.email, name: 'bound', deviceId: desk.id });
  await accounts.revokeKey(bound.id);
  await transaction(database, async (tx) => {
    const key = await imports.begin(tx, ben.account, null);
    await imports.stage(tx, key, 0, [{ place: 0, startUs: 5n, durationNs: 7n, data: { staged: '\u0000' } }]);
    await imports.stageBucket(tx, key, 0, {
      id: 'i',
      type: 't',
      client: 'c',
      hostname: 'h',
      createdUs: null,
      data: {},
    });
  });
  return { server, users: [anna, ben], laptop };
};

/** All of a database, as a backup tells it. */
export const contents = async (database: Database): Promise<Part[]> => {
  const parts: Part[] = [];
  await run(database, async (tx) => {
    for await (const part of partsOf(await asSeenBy(tx))) parts.push(part);
  });
  return parts;
};

const bySense = (digests: readonly Digest[]): string[] => digests.map((digest) => JSON.stringify(digest)).sort();

/** The digests of some parts, counted anew. */
export const digestsOf = (parts: readonly Part[]): string[] => {
  const tally = makeTally();
  for (const part of parts) if ('page' in part) tally.add(part.page);
  return bySense(tally.digests());
};

/** What is generated, or counts what a database drew. */
const DRAWN = ['data_bytes', 'seal', 'last_event', 'last_bucket', 'last_value'];

/**
 * Every row of every table as PostgreSQL prints it, but what is generated, and numbers that are drawn anew where a
 * backup is restored: what a digest of ours could miss, this does not. Left out are values that nothing uses, and the
 * facts of days, which are made from events, with what the views for SQL are made of; and sessions with claims and the
 * log, because browsers sign in again at a restored server, which begins a log of its own.
 */
export const rowsOf = async (database: Database): Promise<Record<string, string[]>> => {
  const { rows } = driverOf(database);
  const tables = await rows<{ name: string; columns: string[] }>(
    `select relname::text as name, array_agg(attname::text) as columns
      from pg_class join pg_attribute on attrelid = pg_class.oid
      where relkind in ('r', 'p') and not relispartition and relnamespace = current_schema()::regnamespace
        and relname not in ('_prisma_migrations', 'sessions', 'claims', 'account_log', 'device_grants', 'day_facts',
          'fact_marks', 'sql_roles', 'report_days', 'report_totals', 'value_categories')
        and attnum > 0 and not attisdropped
      group by relname order by relname`,
  );
  const used = ['events', 'trashed_events'].map(
    (table) => `exists (select from ${table} e where e.account = t.account and e.value = t.value)`,
  );
  const found: Record<string, string[]> = {};
  for (const { name, columns } of tables) {
    const isValues = name === 'event_values';
    const drawn: Record<string, string> = {
      account: 'select id from users u where u.account = t.account',
      bucket: 'select id from buckets b where b.account = t.account and b.number = t.bucket',
      value: 'select data from event_values v where v.account = t.account and v.value = t.value',
      number: `select count(*) from buckets b where b.account = t.account and b.number <= t.number`,
    };
    const named = Object.keys(drawn).filter(
      (column) =>
        columns.includes(column) &&
        (column !== 'value' || isValues || name.endsWith('events')) &&
        (column !== 'number' || name === 'buckets'),
    );
    const instead = named.map((column) => `'${column}', (${drawn[column]})`);
    const all = await rows<{ row: string }>(
      `select (to_jsonb(t) - '{${DRAWN}}'::text[] || jsonb_build_object(${instead}))::text as row
        from "${name}" t ${isValues ? `where ${used.join(' or ')}` : ''} order by 1`,
    );
    found[name] = all.map(({ row }) => row);
  }
  return found;
};

/** The highest number that was given to anybody, of what is never given twice. */
export const counters = async (database: Database): Promise<unknown> =>
  run(database, async (tx) => (await asSeenBy(tx)).counters);
