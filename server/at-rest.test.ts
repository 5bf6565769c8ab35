import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { collectAll, makeLook } from './at-rest.ts';

const rest = suite('memory at rest');

const MB = 1_000_000;

rest('is collected once nobody asks any more, and again only when the heap has grown', () => {
  const looks = [
    { worked: 0.9, heap: 90, collects: false, why: 'it works' },
    { worked: 0.06, heap: 90, collects: false, why: 'it works a little' },
    { worked: 0, heap: 90, collects: true, why: 'it rests' },
    { worked: 0, heap: 40, collects: false, why: 'nothing has come since' },
    { worked: 0.01, heap: 55, collects: false, why: 'not enough has come' },
    { worked: 0.01, heap: 56, collects: true, why: 'a watcher has sent for an hour' },
  ];
  let now = looks[0]!;
  let heap = 0;
  let collected = 0;
  const look = makeLook({
    worked: () => now.worked,
    heapBytes: () => heap * MB,
    collect: () => {
      collected++;
      heap = 40;
    },
  });
  for (now of looks) {
    heap = now.heap;
    const before = collected;
    look();
    assert.is(collected > before, now.collects, now.why);
  }
});

rest('is collected by V8, whether or not it was started to let us', async () => {
  const garbage = new WeakRef({ large: new Array(100_000).fill(0) });
  await new Promise((later) => setTimeout(later)); // a WeakRef holds its object until the end of the task
  collectAll();
  assert.is(garbage.deref(), undefined);
});

rest.run();
