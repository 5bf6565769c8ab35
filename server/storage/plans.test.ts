/**
 * Statements that read in volume touch the same few rows whatever the engine knows of the tables: on a database never
 * analyzed, on one analyzed before the account grew, and on one analyzed now.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Prisma } from '../../prisma/generated/client/client.ts';
import { makeAccount, makeBucket, type Account } from '../../test/support/make-bucket.ts';
import { openTestDatabase } from '../../test/support/test-database.ts';
import { PROBED } from '../../domain/sync/history.ts';
import type { BucketRow } from './buckets.ts';
import { driverOf, transaction, type Database } from './database.ts';
import { migrate } from './migrate.ts';
import { parameter, type Value } from './port-values.ts';
import { eventsOfSources, knownSourceIds } from './sql/adoptable-events.ts';
import { bucketBounds, bucketCounts } from './sql/bucket-bounds.ts';
import { changesSince, instantsNow } from './sql/changes-since.ts';
import { numberNamed } from './sql/by-time.ts';
import * as digest from './sql/digest.ts';
import { eventPage } from './sql/event-page.ts';
import { countInPeriod, countOfBucket, eventsInPeriod, type Part } from './sql/events-in-period.ts';
import { lastEvent } from './sql/last-event.ts';
import { namesakesOf } from './sql/namesakes.ts';
import { valueData } from './sql/value-data.ts';
import { eventsAtMarks, newestEvents, spanOfBuckets, spreadEvents } from './sql/probe-events.ts';
import { witnesses } from './sql/witnesses.ts';

type Scene = { database: Database; account: Account; bucket: BucketRow };
const plans = suite<Scene>('plans of the hot statements');

const ROWS = 40_000;
const PER_REVISION = 500;
const START_US = 1_717_000_000_000_000n;
const STEP_US = 10_000_000n;
const middle = START_US + BigInt(ROWS / 2) * STEP_US;

plans.before(async (scene) => {
  // A database of its own: plans depend on everything in the tables.
  scene.database = await openTestDatabase();
  await migrate(scene.database);
  scene.account = await makeAccount(scene.database);
  scene.bucket = await makeBucket(scene);
  const { account, number } = scene.bucket;
  const [of, tables] = [`${account}, ${number}`, 'events, deleted_events, event_values, buckets, users, devices'];
  // Before it, 3,000 accounts of one event each: nothing is known of this one then, and little may be expected of any.
  await driverOf(scene.database).script(`
    alter table events set (autovacuum_enabled = false);
    alter table deleted_events set (autovacuum_enabled = false);
    alter table event_values set (autovacuum_enabled = false);
    insert into events (account, bucket, id, timestamp, duration_ns, value, content_hash, revision)
      select ${account} + n, 1, 1, to_timestamp(n), 0, 1, 0, n from generate_series(1, 3000) n;
    insert into event_values (account, value, hash, data)
      select ${account} + n, 1, decode(md5(n::text), 'hex'), '{}' from generate_series(1, 3000) n;
    analyze ${tables};
    insert into events (account, bucket, id, timestamp, duration_ns, value, source_id, content_hash, revision)
      select ${of}, 1 + n, to_timestamp(${START_US / 1_000_000n} + 10 * n), 9000000000, 1 + n % 200,
        case when n % 4 > 0 then n end, n, 1 + n / ${PER_REVISION} from generate_series(0, ${ROWS - 1}) n;
    insert into event_values (account, value, hash, data)
      select ${account}, n, decode(md5(n::text), 'hex'), jsonb_build_object('app', 'vim', 'title', n)
        from generate_series(1, 200) n;
    insert into deleted_events (account, bucket, instant, revision)
      select ${of}, n, 1 + n / ${PER_REVISION} from generate_series(0, ${ROWS / 5 - 1}) n;
    update buckets set longest_ns = 16000000000, event_rows = ${ROWS} where account = ${account};
    update users set revision = ${ROWS} where account = ${account}`);
});
plans.after(({ database }) => database.close());

const KNOWN: [what: string, script: string][] = [
  ['analyzed before the account grew', ''],
  [
    'never analyzed',
    `delete from pg_statistic where starelid in ('events'::regclass, 'deleted_events'::regclass,
      'event_values'::regclass);
     update pg_class set reltuples = -1, relpages = 0 where relname ~ '^(events|deleted_events|event_values)'`,
  ],
  ['analyzed now, most accounts being small', 'analyze events, deleted_events, event_values'],
];

type Node = {
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Index Recheck'?: number;
  'Shared Hit Blocks': number;
  'Shared Read Blocks': number;
  Plans?: Node[];
};

/** What a statement read: rows of events and tombstones, and pages of anything. */
type Read = { readonly rows: number; readonly pages: number };

const TABLES = /^(deleted_)?events$/;

/** As literals of whatever type the statement's parameters have. */
const literal = (value: unknown): string => {
  const sent = parameter(value as Value);
  return sent === null ? 'null' : `'${String(sent).replaceAll("'", "''")}'`;
};

/** Under the plan that all values share, as the port runs it (session.ts). */
const readBy = async (database: Database, statement: Prisma.Sql): Promise<Read & { readonly plan: string }> => {
  const given = statement.values.length === 0 ? '' : `(${statement.values.map(literal).join(', ')})`;
  const found = await transaction(database, async (tx) => {
    await tx.$executeRawUnsafe(`prepare plan_of as ${statement.text}`);
    const rows = await tx.$queryRaw<{ 'QUERY PLAN': { Plan: Node }[] | string }[]>(
      Prisma.raw(`explain (analyze, buffers, timing off, format json) execute plan_of${given}`),
    );
    await tx.$executeRawUnsafe('deallocate plan_of');
    return rows;
  });
  const plan = found[0]!['QUERY PLAN'];
  const root = (typeof plan === 'string' ? (JSON.parse(plan) as { Plan: Node }[]) : plan)[0]!.Plan;
  const flat = (node: Node): Node[] => [node, ...(node.Plans ?? []).flatMap(flat)];
  const rows = flat(root)
    .filter((node) => TABLES.test(node['Relation Name'] ?? ''))
    .reduce(
      (sum, node) =>
        sum +
        node['Actual Loops'] *
          (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0)),
      0,
    );
  return { rows, pages: root['Shared Hit Blocks'] + root['Shared Read Blocks'], plan: JSON.stringify(root, null, 1) };
};

/** Three of four rows have one. */
const SOURCES = Array.from({ length: 500 }, (_, n) => 1 + 4 * (10 * n));

type Hot = readonly [name: string, statement: Prisma.Sql, most: number];

/** The hot statements, each with the most rows that it may read. */
const statements = ({ account: { account }, bucket }: Scene): Hot[] => {
  const numbers = [bucket.number];
  const moving = { fromUs: 0n, toUs: 0n };
  const day = Number(middle / 86_400_000_000n);
  const dayRows = 8_640;
  const whole = { bucket, period: { startUs: null, endUs: null }, after: null, earliestUs: null };
  const from = { startUs: middle, endUs: null };
  const parts: [string, Part][] = [
    ['all', whole],
    ['all after a row', { ...whole, after: { startUs: middle, durationNs: 9_000_000_000n, id: 1 } }],
    ['up to a time', { ...whole, period: { startUs: null, endUs: middle } }],
    ['from a time', { ...whole, period: from, earliestUs: middle - 16_000_001n }],
    [
      'of a day',
      { ...whole, period: { startUs: middle, endUs: middle + 86_400_000_000n }, earliestUs: middle - 16_000_001n },
    ],
  ];
  const instants = Array.from({ length: 500 }, (_, n) => (START_US + BigInt(n * 100) * STEP_US) / 1000n);
  const moments = instants.slice(0, PROBED).map((atMs) => ({ bucket: bucket.number, atUs: atMs * 1000n }));
  return [
    ...parts.map(([name, part]): Hot => [`1 of ${name}`, eventsInPeriod(part, 1), 4]),
    ...parts.map(([name, part]): Hot => [`100 of ${name}`, eventPage(part, 100), 110]),
    ...parts.map(([name, part]): Hot => [`5,000 of ${name}`, eventPage(part, 5000), 5010]),
    [
      'the data of a page',
      valueData(
        account,
        Array.from({ length: 200 }, (_, n) => 200 - n),
        1_000,
      ),
      0,
    ],
    [
      '1 of a name',
      eventsInPeriod({ ...whole, bucket: { account, number: numberNamed(account, bucket.publicId) } }, 1),
      4,
    ],
    ['the count of all', countOfBucket(bucket), 0],
    ['the count of an hour', countInPeriod(bucket, { startUs: middle, endUs: middle + 3_600_000_000n }, middle), 400],
    ['counts', bucketCounts(account, numbers), 0],
    ['bounds', bucketBounds(account, numbers), 10],
    ['witnesses', witnesses(account, numbers), 40],
    ['the last event', lastEvent(bucket, null), 10],
    ['spans', spanOfBuckets(account, numbers), 2],
    ['the newest', newestEvents(account, numbers, PROBED), PROBED + 2],
    ['those spread', spreadEvents(account, moments), 2 * PROBED],
    ['those at marks', eventsAtMarks(bucket, instants.slice(0, 4 * PROBED)), 4 * PROBED],
    ['namesakes', namesakesOf(account, [{ bucketId: 'a', type: 't' }], '', 10), 0],
    [
      'changes of the last revision',
      changesSince(account, BigInt(ROWS / PER_REVISION - 1), 5000, 8e6, null, null),
      2100,
    ],
    ['no changes', changesSince(account, BigInt(ROWS), 5000, 8e6, null, null), 0],
    ['100 changes of all', changesSince(account, 0n, 100, 8e6, null, null), 4000],
    ['5,000 changes of all', changesSince(account, 0n, 5000, 8e6, null, null), 20_100],
    [
      'the rest of changes',
      changesSince(account, 0n, 5000, 8e6, null, { revision: 2n, more: true, bucket: 0, atMs: 0n }),
      4000,
    ],
    ['500 source ids', knownSourceIds(bucket, SOURCES), 500],
    ['events of 500 source ids', eventsOfSources(bucket, SOURCES), 500],
    ['500 instants', instantsNow(bucket, instants, 8e6), 1000],
    ['days below', digest.daysBelow(bucket, day, 500, true, moving), 500],
    ['days since', digest.daysSince(account, [{ number: bucket.number, owned: true }], day, 500, moving), 500],
    ['two days', digest.onDays(bucket, [day, day - 1], 500, true, moving), 1000],
    ['first days', digest.firstDays(account, numbers), 1],
    ['sources of a day', digest.sourcesOnDay(bucket, day, null, 100), dayRows],
    ['instants of a day', digest.instantsOnDay(bucket, day, null, 100), dayRows],
    ['a digest', digest.digests(account, numbers, 10_000), ROWS],
  ];
};

plans('read no more rows and pages, whatever is known of the tables', async (scene) => {
  const pages = new Map<string, number[]>();
  for (const [known, script] of KNOWN) {
    await driverOf(scene.database).script(script);
    for (const [name, statement, most] of statements(scene)) {
      const read = await readBy(scene.database, statement);
      assert.ok(read.rows <= most, `${name}, ${known}: ${read.rows} rows instead of ${most}\n${read.plan}`);
      const others = pages.get(name) ?? [];
      const least = Math.min(read.pages, ...others);
      const told = `${name}, ${known}: ${read.pages} pages instead of ${least}\n${read.plan}`;
      assert.ok(read.pages <= 2 * least + 20, told);
      pages.set(name, [...others, read.pages]);
    }
  }
});

plans.run();
