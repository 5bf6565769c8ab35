import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeTurns } from './turns.ts';

const refused = () => new Error('refused');
const gone = () => new Error('gone');
const here = new AbortController().signal;

/** A piece of work that ends when it is told to. */
const work = () => {
  let end = (): void => {};
  const ended = new Promise<void>((resolve) => (end = resolve));
  let begun = false;
  return {
    run: async () => {
      begun = true;
      await ended;
    },
    begun: () => begun,
    end,
  };
};
const settle = () => new Promise((resolve) => setTimeout(resolve, 0));
const outcome = (promise: Promise<unknown>) =>
  promise.then(
    () => 'done',
    (error: Error) => error.message,
  );

const turns = suite('turns');

turns('run so many of a name at once, the others in order, and other names meanwhile', async () => {
  const { take } = makeTurns({ running: 2, waiting: 10 }, refused, gone);
  const works = Array.from({ length: 5 }, work);
  const all = works.map(({ run }, i) => take(i === 4 ? 'other' : 'name', here, run));
  await settle();
  assert.equal(
    works.map(({ begun }) => begun()),
    [true, true, false, false, true],
  );
  works[1]!.end();
  await settle();
  assert.equal(
    works.map(({ begun }) => begun()),
    [true, true, true, false, true],
  );
  for (const { end } of works) end();
  await Promise.all(all);
  const again = work();
  again.end();
  await take('name', here, again.run);
});

turns('go on after work that fails', async () => {
  const { take } = makeTurns({ running: 1, waiting: 1 }, refused, gone);
  const first = take('name', here, () => Promise.reject(new Error('broken')));
  const second = take('name', here, async () => 'fine');
  assert.is(await outcome(first), 'broken');
  assert.is(await second, 'fine');
});

turns('refuse who would wait behind too many', async () => {
  const { take } = makeTurns({ running: 1, waiting: 1 }, refused, gone);
  const works = [work(), work(), work()];
  const all = works.map(({ run }) => outcome(take('name', here, run)));
  for (const { end } of works) end();
  assert.equal(await Promise.all(all), ['done', 'done', 'refused']);
  assert.not.ok(works[2]!.begun());
});

turns('let go of who leaves while waiting', async () => {
  const { take } = makeTurns({ running: 1, waiting: 1 }, refused, gone);
  const [first, left, last] = [work(), work(), work()];
  const running = take('name', here, first.run);
  const leaving = new AbortController();
  const waiting = outcome(take('name', leaving.signal, left.run));
  leaving.abort();
  assert.is(await waiting, 'gone');
  assert.is(await outcome(take('name', leaving.signal, left.run)), 'gone', 'had left before');
  const next = take('name', here, last.run);
  first.end();
  last.end();
  await Promise.all([running, next]);
  assert.equal([left.begun(), last.begun()], [false, true]);
});

turns.run();
