import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { batches } from './batch.ts';

const splitting = suite('batches');
const split = (items: number[], maxCount: number, maxBytes: number) => [
  ...batches(items, maxCount, maxBytes, (size) => size),
];

splitting('are full by count or by bytes, whichever comes first', () => {
  assert.equal(split([1, 1, 1, 1, 1], 2, 100), [[1, 1], [1, 1], [1]]);
  assert.equal(split([4, 4, 4, 1, 1], 100, 8), [
    [4, 4],
    [4, 1, 1],
  ]);
  assert.equal(split([], 5, 5), []);
  assert.equal(split([8], 1, 8), [[8]]);
});

splitting('let an item that is too large travel alone', () => {
  assert.equal(split([1, 99, 1], 10, 8), [[1], [99], [1]]);
});

splitting('never lose, double or reorder an item, and are never empty, too many or too large', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 20 })),
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 30 }),
      (items, maxCount, maxBytes) => {
        const made = split(items, maxCount, maxBytes);
        assert.equal(made.flat(), items);
        for (const batch of made) {
          assert.ok(batch.length > 0 && batch.length <= maxCount);
          assert.ok(batch.length === 1 || batch.reduce((sum, size) => sum + size, 0) <= maxBytes);
        }
        // And none could have taken the next one's first item.
        made.slice(1).forEach(([first], i) => {
          const before = made[i]!;
          assert.ok(before.length === maxCount || before.reduce((sum, size) => sum + size, 0) + first! > maxBytes);
        });
      },
    ),
  );
});

splitting('take no more from their source than the batch at hand needs', () => {
  let taken = 0;
  const source = (function* () {
    for (;;) yield (taken += 1);
  })();
  const first = batches(source, 3, 1000, () => 1).next();
  assert.equal(first.value, [1, 2, 3]);
  assert.is(taken, 4, 'the next item ends the batch');
});

splitting.run();
