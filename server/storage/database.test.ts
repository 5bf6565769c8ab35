import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isKtError, KtError } from '../../domain/errors.ts';
import { openTestDatabase } from '../../test/support/test-database.ts';
import { run, transaction, type Database, type Tx } from './database.ts';
import { makeOutage } from './outage.ts';

const databases = suite<{ database: Database }>('a database that fails');

databases.before(async (scene) => {
  scene.database = await openTestDatabase();
});
databases.after(({ database }) => database.close());

/** A statement that fails with this SQLSTATE. */
const fail = (tx: Tx, state: string) =>
  tx.$executeRawUnsafe(`do $$ begin raise exception 'no such luck' using errcode = '${state}'; end $$`);

const codeOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
  } catch (error) {
    return error instanceof KtError ? error.code : `no error of ours: ${(error as Error).message}`;
  }
  return 'none';
};

/** Connection lost, read-only, out of space, too many connections, shutting down, too slow, login rejected. */
const UNAVAILABLE = [
  '08000',
  '08003',
  '08006',
  '08P01',
  '25006',
  '25P03',
  '28P01',
  '3D000',
  '53100',
  '53200',
  '53300',
  '57014',
  '57P01',
  '57P02',
  '57P03',
  '57P05',
  '55P03',
  '40001',
  '40P01',
];

databases('is unavailable, whatever the reason and wherever it fails', async ({ database }) => {
  for (const state of UNAVAILABLE) {
    assert.is(await codeOf(run(database, (tx) => fail(tx, state))), 'unavailable', `${state} by itself`);
    assert.is(await codeOf(transaction(database, (tx) => fail(tx, state))), 'unavailable', `${state} in a transaction`);
  }
  assert.is(await codeOf(run(database, (tx) => fail(tx, '23505'))), 'conflict');
  assert.is(await codeOf(run(database, (tx) => fail(tx, '22P02'))), 'invalid');
  assert.match(await codeOf(run(database, (tx) => fail(tx, 'XX000'))), /^no error of ours/, 'a fault is none of that');
  assert.equal(await run(database, (tx) => tx.$queryRaw`select 1 as one`), [{ one: 1 }]);
});

databases(
  'tries a transaction again that others came between, up to three times, and a long one not',
  async ({ database }) => {
    for (const state of ['40001', '40P01']) {
      for (const [failures, long, expected, runs] of [
        [2, false, 'none', 3],
        [3, false, 'none', 4],
        [4, false, 'unavailable', 4],
        [1, true, 'unavailable', 1],
      ] as const) {
        let times = 0;
        const result = await codeOf(
          transaction(
            database,
            async (tx) => {
              times++;
              if (times <= failures) await fail(tx, state);
              await tx.$queryRaw`select 1`;
            },
            long,
          ),
        );
        assert.equal([result, times], [expected, runs], `${state}, ${failures} failures`);
      }
    }
    let times = 0;
    await codeOf(transaction(database, (tx) => (times++, fail(tx, '53100'))));
    assert.is(times, 1, 'what will not be better in a moment is not tried again');
  },
);

databases('passes errors of ours on, and rolls back', async ({ database }) => {
  const error = new KtError('not_found', 'nothing is here');
  try {
    await transaction(database, async (tx) => {
      await tx.$executeRaw`create table left_behind ()`;
      throw error;
    });
    assert.unreachable();
  } catch (caught) {
    assert.is(caught, error);
  }
  assert.ok(isKtError(error));
  assert.equal(await run(database, (tx) => tx.$queryRaw`select 1 from pg_tables where tablename = 'left_behind'`), []);
});

databases('is told of twice an outage: when it begins, and when it is over', () => {
  const lines: string[] = [];
  const clock = { now: 0 };
  const outage = makeOutage(
    (line) => lines.push(line),
    () => clock.now,
  );
  outage.worked(true);
  assert.equal(lines, []);
  for (let second = 1; second <= 60; second++) {
    clock.now = second * 1000;
    outage.failed('refused', false);
    outage.worked(false); // a server out of connections lets some requests through
  }
  assert.is(lines.length, 1);
  assert.match(lines[0]!, /does not answer: refused/);
  clock.now = 70_000;
  outage.worked(false);
  outage.worked(false);
  assert.is(lines.length, 2);
  assert.match(lines[1]!, /answers again; it did not for 59 s/);

  outage.failed('read-only', true);
  clock.now = 90_000;
  outage.worked(false);
  assert.is(lines.length, 3, 'a read says nothing of writes');
  outage.worked(true);
  assert.match(lines[3]!, /takes writes again/);
});

databases.run();
