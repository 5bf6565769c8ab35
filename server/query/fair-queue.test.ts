import { setMaxListeners } from 'node:events';
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeFairQueue } from './fair-queue.ts';

const never = new AbortController().signal;
setMaxListeners(0, never);
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** Work that runs until it is ended by the test, and a record of what started, in order. */
const open = (places: number, spare: number) => {
  const { run } = makeFairQueue({ places, spare }, () => new Error('gone'));
  const begun: string[] = [];
  const running = new Map<string, () => void>();
  let most = 0;
  const start = async (work: string, signal = never): Promise<string> => {
    const ended = run(work[0]!, signal, async () => {
      begun.push(work);
      await new Promise<void>((resolve) => running.set(work, resolve));
      running.delete(work);
      return work;
    }).catch((error: Error) => error.message);
    await settled();
    most = Math.max(most, running.size);
    return ended;
  };
  const end = async (work: string): Promise<void> => {
    running.get(work)!();
    await settled();
    most = Math.max(most, running.size);
  };
  return { start, end, begun, running, most: () => most };
};

const queue = suite('a fair queue');

queue('lets an account that runs nothing begin at once, though two others keep all threads', async () => {
  const { start, begun } = open(3, 2);
  for (const work of ['a1', 'a2', 'b1', 'b2', 'c1']) void start(work);
  await settled();
  assert.equal(begun, ['a1', 'a2', 'b1', 'c1'], 'the second of b waits, the first of c does not');
});

queue('never gives a spare place to the second of an account, and no more than there are', async () => {
  const { start, begun, most } = open(2, 1);
  for (const work of ['a1', 'a2', 'a3', 'b1', 'b2', 'c1', 'd1']) void start(work);
  await settled();
  assert.equal(begun, ['a1', 'a2', 'b1']);
  assert.is(most(), 3);
});

queue('gives what gets free to who has the fewest running, of equals to whose last turn is longest ago', async () => {
  const { start, end, begun } = open(2, 0);
  for (const work of ['a1', 'a2', 'a3', 'b1', 'b2', 'c1']) void start(work);
  await settled();
  await end('a1');
  await end('a2');
  assert.equal(begun.slice(2), ['b1', 'c1'], 'though the third of a has waited longest');
  await end('b1');
  await end('c1');
  assert.equal(begun.slice(4), ['a3', 'b2']);
});

queue('closes a spare place before others get a second one', async () => {
  const { start, end, begun } = open(2, 1);
  for (const work of ['a1', 'a2', 'b1', 'a3']) void start(work);
  await settled();
  await end('a1');
  assert.equal(begun, ['a1', 'a2', 'b1'], 'two run, which is all places');
  await end('b1');
  assert.equal(begun, ['a1', 'a2', 'b1', 'a3']);
});

queue('forgets who goes away, waiting or before he waits', async () => {
  const { start, end, begun } = open(1, 0);
  void start('a1');
  const client = new AbortController();
  const [waits, next] = [start('b1', client.signal), start('c1')];
  client.abort();
  assert.is(await waits, 'gone');
  assert.is(await start('d1', client.signal), 'gone');
  await end('a1');
  assert.equal(begun, ['a1', 'c1']);
  await end('c1');
  assert.is(await next, 'c1');
});

queue('goes on after work that fails', async () => {
  const { run } = makeFairQueue({ places: 1, spare: 0 }, () => new Error('gone'));
  const failing = run('a', never, () => Promise.reject(new Error('broken')));
  const next = run('b', never, async () => 'done');
  assert.is(await failing.catch((error: Error) => error.message), 'broken');
  assert.is(await next, 'done');
});

queue('keeps nobody waiting who runs nothing while a place is free, in any order of coming and going', async () => {
  const steps = fc.array(fc.tuple(fc.boolean(), fc.constantFrom('a', 'b', 'c', 'd'), fc.nat(9)), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(
      steps,
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 0, max: 2 }),
      async (list, places, spare) => {
        const { start, end, begun, running, most } = open(places, spare);
        const asked: string[] = [];
        for (const [i, [comes, name, which]] of list.entries()) {
          if (comes) {
            asked.push(`${name}${i}`);
            void start(`${name}${i}`);
            await settled();
          } else if (running.size > 0) {
            await end([...running.keys()][which % running.size]!);
          }
          const names = [...running.keys()].map(([first]) => first);
          for (const waits of asked.filter((work) => !begun.includes(work))) {
            const idle = !names.includes(waits[0]!);
            assert.ok(running.size >= (idle ? places + spare : places), `${waits} waits, ${running.size} run`);
          }
        }
        assert.ok(most() <= places + spare);
        while (running.size > 0) await end([...running.keys()][0]!);
        assert.is(begun.length, asked.length, 'everybody had his turn');
      },
    ),
    { numRuns: 200 },
  );
});

queue.run();
