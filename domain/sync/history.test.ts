import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { countHeld, evenly, isSameHistory, markOf, type Mark } from './history.ts';

const histories = suite('whose a history is');

const marks = (count: number, from = 0): Mark[] =>
  Array.from({ length: count }, (_, i) => ({ atMs: BigInt(from + i), data: 7n }));

for (const [name, newest, spread, held, same] of [
  ['ten of the newest are enough', marks(20), marks(20, 100), marks(10), true],
  ['so are ten of those spread', marks(20), marks(20, 100), marks(10, 100), true],
  ['nine of each are not', marks(20), marks(20, 100), [...marks(9), ...marks(9, 100)], false],
  ['of fewer than ten all must be there', marks(7), marks(7), marks(6), false],
  ['and then are enough', marks(7), marks(7), marks(9), true],
  ['an empty history is nobody’s', [], [], marks(9), false],
  ['nothing is in an empty one', marks(3), marks(3), [], false],
] as const) {
  histories(name, () => assert.is(isSameHistory({ newest, spread }, held), same));
}

histories('an event that is held once answers for one mark', () => {
  const [mark] = marks(1);
  assert.is(countHeld([mark!, mark!, mark!], [mark!, mark!]), 2);
});

histories('how long an event is does not matter, its start to the millisecond and its data do', () => {
  const event = { startUs: 1_500n, durationNs: 5n, data: { b: 1, a: 'x' } };
  assert.equal(markOf(event), markOf({ startUs: 1_999n, durationNs: 9n, data: { a: 'x', b: 1.0 } }));
  assert.not.equal(markOf(event), markOf({ ...event, startUs: 2_000n }));
  assert.not.equal(markOf(event), markOf({ ...event, data: { a: 'y', b: 1 } }));
});

histories('moments are spread from the first to the last, each once', () => {
  assert.equal(evenly(-10n, 9n, 20).length, 20);
  assert.equal(evenly(0n, 4n, 20), [0n, 1n, 2n, 3n, 4n]);
  assert.equal([evenly(0n, 1000n).at(0), evenly(0n, 1000n).at(-1)], [0n, 1000n]);
  assert.equal(evenly(5n, 5n), [5n]);
});

histories.run();
