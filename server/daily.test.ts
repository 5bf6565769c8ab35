import { mock } from 'node:test';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { KtError } from '../domain/errors.ts';
import { daily } from './daily.ts';

const DAY_MS = 86_400_000;
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

const chores = suite('what is done daily');
chores.before.each(() => mock.timers.enable({ apis: ['setInterval'] }));
chores.after.each(() => mock.timers.reset());

chores('is done at once and then each day, also after a day on which it failed', async () => {
  let done = 0;
  const faults: unknown[] = [];
  const work = async () => {
    if (++done === 1) throw new Error('odd');
    if (done === 2) throw new KtError('unavailable', 'away');
  };
  const chore = daily(work, (error) => faults.push((error as Error).message));
  await settled();
  assert.is(done, 1);
  for (let day = 2; day < 5; day++) {
    mock.timers.tick(DAY_MS);
    await settled();
    assert.is(done, day);
  }
  assert.equal(faults, ['odd'], 'a database that is away tells so itself');
  await chore.stop();
  mock.timers.tick(2 * DAY_MS);
  assert.is(done, 4);
});

chores('is never done twice at once, and is told to stop', async () => {
  let begun = 0;
  let stopped = false;
  const chore = daily(
    (stop) => {
      begun++;
      return new Promise<void>((resolve) => stop.addEventListener('abort', () => resolve(void (stopped = true))));
    },
    () => assert.unreachable(),
  );
  mock.timers.tick(DAY_MS);
  await settled();
  assert.is(begun, 1);
  await chore.stop();
  assert.ok(stopped);
});

chores.run();
