import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openTestServer } from '../../test/support/test-server.ts';
import { until } from '../../test/support/until.ts';
import { makeChores } from './chores.ts';
import { driverOf, portOf, transaction } from './database.ts';

const chores = suite('chores of a database');

chores('are done one at a time, and what takes long is not queued up', async () => {
  const { every, stop } = makeChores(() => {});
  let running = 0;
  let most = 0;
  let done = 0;
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  const work = async () => {
    most = Math.max(most, ++running);
    await held;
    running -= 1;
    done += 1;
  };
  let ticks = 0;
  every(1, 'one', work);
  every(1, 'another', work);
  const ticking = setInterval(() => (ticks += 1), 1);
  await until('many times are over', () => ticks > 20);
  clearInterval(ticking);
  const stopped = stop();
  release();
  await stopped;
  assert.equal([most, done], [1, 2]);
});

chores('that fail are told of once an hour each, by their first line, and tried again', async () => {
  const told: string[] = [];
  let now = 0;
  const { every, stop } = makeChores(
    (line) => told.push(line),
    () => now,
  );
  let tries = 0;
  const failing = async () => {
    tries += 1;
    throw new Error('no room\nfor anything');
  };
  every(1, 'sweeping', failing);
  every(1, 'dusting', failing);
  const some = async () => {
    const before = tries;
    await until('it is tried a few times', () => tries > before + 10);
  };
  await some();
  assert.equal([...told].sort(), [
    'dusting failed, and is tried again: no room',
    'sweeping failed, and is tried again: no room',
  ]);
  now += 3_600_000;
  await some();
  assert.is(told.length, 4);
  await stop();
});

chores("wait for a transaction to end, Prisma's and the port's", async () => {
  const { database } = await openTestServer();
  // VACUUM fails between begin and commit.
  const vacuum = () => driverOf(database).script('vacuum (analyze) users');
  let vacuuming: Promise<void> | undefined;
  await transaction(database, async (tx) => {
    await tx.$queryRaw`select 1`;
    vacuuming = vacuum();
    await tx.$queryRaw`select 2`;
  });
  await vacuuming;
  await portOf(database).transactionally(async ({ statement }) => {
    await statement('test-chore', 'select 12 as twelve');
    vacuuming = vacuum();
    await statement('test-chore', 'select 12 as twelve');
  });
  await vacuuming;
});

chores.run();
