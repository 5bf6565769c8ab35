import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeConcurrencyLimit } from './concurrency-limit.ts';

const refused = () => new Error('refused');
const gone = () => new Error('gone');
const here = new AbortController().signal;

/** A piece of work that ends when the test says so. */
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

const limit = suite('a concurrency limit');

limit('runs so many of an account at once, the others in order, and other accounts meanwhile', async () => {
  const { run: limited } = makeConcurrencyLimit({ running: 2, waiting: 10 }, refused, gone);
  const works = Array.from({ length: 5 }, work);
  const all = works.map(({ run }, i) => limited(i === 4 ? 2 : 1, here, run));
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
  await limited(1, here, again.run);
});

limit('goes on after work that fails', async () => {
  const { run: limited } = makeConcurrencyLimit({ running: 1, waiting: 1 }, refused, gone);
  const first = limited(1, here, () => Promise.reject(new Error('broken')));
  const second = limited(1, here, async () => 'fine');
  assert.is(await outcome(first), 'broken');
  assert.is(await second, 'fine');
});

limit('refuses who would wait behind too many', async () => {
  const { run: limited } = makeConcurrencyLimit({ running: 1, waiting: 1 }, refused, gone);
  const works = [work(), work(), work()];
  const all = works.map(({ run }) => outcome(limited(1, here, run)));
  for (const { end } of works) end();
  assert.equal(await Promise.all(all), ['done', 'done', 'refused']);
  assert.not.ok(works[2]!.begun());
});

limit('lets go of who leaves while waiting', async () => {
  const { run: limited } = makeConcurrencyLimit({ running: 1, waiting: 1 }, refused, gone);
  const [first, left, last] = [work(), work(), work()];
  const running = limited(1, here, first.run);
  const leaving = new AbortController();
  const waiting = outcome(limited(1, leaving.signal, left.run));
  leaving.abort();
  assert.is(await waiting, 'gone');
  assert.is(await outcome(limited(1, leaving.signal, left.run)), 'gone', 'had left before');
  const next = limited(1, here, last.run);
  first.end();
  last.end();
  await Promise.all([running, next]);
  assert.equal([left.begun(), last.begun()], [false, true]);
});

limit.run();
