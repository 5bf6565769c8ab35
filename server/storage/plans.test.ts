/** Statements that read in volume must use the index that their comment names, once there are statistics. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Prisma } from '../../prisma/generated/client/client.ts';
import { makeAccount, makeBucket, type Account } from '../../test/support/make-bucket.ts';
import { openTestDatabase } from '../../test/support/test-database.ts';
import { driverOf, run, type Database } from './database.ts';
import { migrate } from './migrate.ts';
import { bucketBounds } from './sql/bucket-bounds.ts';
import { changesSince } from './sql/changes-since.ts';
import { daysBelow, daysSince, firstDays, onDays } from './sql/digest.ts';
import { eventPage } from './sql/event-page.ts';
import { earliestInPeriod, eventsInPeriod, type Period } from './sql/events-in-period.ts';
import { lastEvent } from './sql/last-event.ts';
import { witnesses } from './sql/witnesses.ts';

const plans = suite<{ database: Database; account: Account; bucket: string }>('plans of the hot statements');
const ROWS = 20_000;
const START_US = 1_717_000_000_000_000n;

plans.before(async (scene) => {
  // A database of its own: plans depend on everything in the tables, and other suites have many small buckets.
  scene.database = await openTestDatabase();
  await migrate(scene.database);
  scene.account = await makeAccount(scene.database);
  scene.bucket = await makeBucket(scene);
  // An event every ten seconds, each 9 s long; every fourth has no owner, and 500 rows share a revision.
  await driverOf(scene.database).script(`
    insert into events (bucket_uuid, timestamp, duration_ns, source_id, content_hash, revision, data)
      select '${scene.bucket}', to_timestamp(${START_US / 1_000_000n} + 10 * n), 9000000000,
        case when n % 4 > 0 then n end, n, 1 + n / 500, '{"app": "vim"}' from generate_series(0, ${ROWS - 1}) n;
    insert into deleted_events (bucket_uuid, instant, revision) select '${scene.bucket}', n, 1 + n / 500
      from generate_series(0, ${ROWS - 1}) n;
    update buckets set longest_ns = 16000000000 where id = '${scene.bucket}';
    update users set revision = 100 where id = '${scene.account.user}';
    analyze events; analyze deleted_events; analyze buckets; analyze users; analyze devices`);
});
plans.after(({ database }) => database.close());

type Node = {
  'Node Type': string;
  'Index Name'?: string;
  'Index Cond'?: string;
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  Plans?: Node[];
};

/** The plan by which a statement was executed, as a list of its nodes. */
const carriedOut = async (database: Database, statement: Prisma.Sql): Promise<Node[]> => {
  const rows = await run(database, (tx) =>
    tx.$queryRaw<{ 'QUERY PLAN': { Plan: Node }[] | string }[]>(
      Prisma.sql`explain (analyze, timing off, format json) ${statement}`,
    ),
  );
  const plan = rows[0]!['QUERY PLAN'];
  const flat = (node: Node): Node[] => [node, ...(node.Plans ?? []).flatMap(flat)];
  return flat((typeof plan === 'string' ? JSON.parse(plan) : plan)[0]!.Plan);
};

const readRows = (nodes: readonly Node[], relation: string): number =>
  nodes
    .filter((node) => node['Relation Name'] === relation)
    .reduce(
      (sum, node) => sum + (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops'],
      0,
    );

/** No large table is read completely, whether directly or through an index without the bucket. */
const readsNoneWhole = (nodes: readonly Node[]): void => {
  for (const node of nodes) {
    const where = JSON.stringify({ ...node, Plans: undefined });
    if (/^(deleted_)?events$/.test(node['Relation Name'] ?? '')) assert.is.not(node['Node Type'], 'Seq Scan', where);
    if (/^(deleted_)?events_/.test(node['Index Name'] ?? ''))
      assert.match(node['Index Cond'] ?? '', /bucket_uuid = /, where);
  }
};

/** Only this index of `relation` is used, and few of its rows are read. */
const leansOn = (nodes: readonly Node[], relation: string, index: string, most: number): void => {
  readsNoneWhole(nodes);
  const scans = nodes.filter((node) => node['Relation Name'] === relation || node['Index Name'] === index);
  assert.ok(scans.length > 0, `${relation} is read`);
  // A bitmap scan names its index in the node below.
  for (const scan of scans)
    assert.is(scan['Index Name'] ?? scan.Plans?.[0]?.['Index Name'], index, JSON.stringify(scan));
  assert.ok(readRows(nodes, relation) <= most, `${readRows(nodes, relation)} rows of ${relation} were read`);
};

const BY_TIME = 'events_bucket_uuid_timestamp_idx';
const BY_REVISION = 'events_bucket_uuid_revision_idx';
const middle = START_US + BigInt(ROWS / 2) * 10_000_000n;

const earliestOf = async (database: Database, bucket: string, { startUs }: Period): Promise<bigint | null> =>
  startUs === null
    ? null
    : (await run(database, (tx) => tx.$queryRaw<{ earliest_us: bigint }[]>(earliestInPeriod(bucket, startUs))))[0]!
        .earliest_us;

plans(
  'events-in-period with a limit reads its page from the index by time, and no more',
  async ({ database, bucket }) => {
    const after = { startUs: middle, durationNs: 9_000_000_000n, id: 1 };
    const periods: Period[] = [
      { startUs: null, endUs: null },
      { startUs: null, endUs: middle },
      { startUs: middle, endUs: null },
      { startUs: middle, endUs: middle + 86_400_000_000n },
    ];
    for (const period of periods) {
      for (const from of [null, after]) {
        const earliest = await earliestOf(database, bucket, period);
        leansOn(
          await carriedOut(database, eventsInPeriod(bucket, period, 100, from, earliest)),
          'events',
          BY_TIME,
          300,
        );
        leansOn(
          await carriedOut(database, eventPage(bucket, period, 100, 1_000_000, from, earliest)),
          'events',
          BY_TIME,
          300,
        );
      }
    }
  },
);

plans(
  'events-in-period without a limit reads a period of an hour, and not the bucket',
  async ({ database, bucket }) => {
    const hour = { startUs: middle, endUs: middle + 3_600_000_000n };
    const nodes = await carriedOut(
      database,
      eventsInPeriod(bucket, hour, 10_000, null, await earliestOf(database, bucket, hour)),
    );
    assert.ok(readRows(nodes, 'events') <= 400, `${readRows(nodes, 'events')} rows were read`);
    readsNoneWhole(nodes);
  },
);

plans(
  'changes-since reads what is new by the indexes on revision, and its instants by time',
  async ({ database, account }) => {
    for (const [after, limit, most] of [
      [38n, 5000, 2000],
      [100n, 5000, 0],
      [0n, 100, 4000],
    ] as const) {
      const nodes = await carriedOut(database, changesSince(account.user, after, limit, 8_000_000, null, null));
      readsNoneWhole(nodes);
      const names = new Set(nodes.map((node) => node['Index Name']));
      assert.ok(names.has(BY_REVISION) && names.has('deleted_events_bucket_uuid_revision_idx'), [...names].join());
      assert.ok(
        readRows(nodes, 'events') <= most + 1000,
        `after ${after}: ${readRows(nodes, 'events')} rows of events were read`,
      );
    }
  },
);

plans(
  'a heartbeat’s last event, a bucket’s bounds and its witnesses read a handful of rows by time',
  async ({ database, bucket }) => {
    const nodes = await carriedOut(database, lastEvent(bucket, null));
    assert.ok(readRows(nodes, 'events') <= 10, `${readRows(nodes, 'events')} rows for the last event`);
    leansOn(await carriedOut(database, bucketBounds([bucket])), 'events', BY_TIME, 20);
    leansOn(await carriedOut(database, witnesses([bucket])), 'events', BY_TIME, 40);
  },
);

plans(
  'a part that a pass compares is read by time, and no more rows than it asks for',
  async ({ database, bucket }) => {
    const moving = { fromUs: 0n, toUs: 0n };
    const day = Number(middle / 86_400_000_000n);
    leansOn(await carriedOut(database, daysBelow(bucket, day, 500, true, moving)), 'events', BY_TIME, 500);
    leansOn(
      await carriedOut(database, daysSince([{ uuid: bucket, owned: true }], day, 500, moving)),
      'events',
      BY_TIME,
      500,
    );
    leansOn(await carriedOut(database, onDays(bucket, [day, day - 1], 500, true, moving)), 'events', BY_TIME, 1000);
    leansOn(await carriedOut(database, firstDays([bucket])), 'events', BY_TIME, 2);
  },
);

plans.run();
