import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { doubtOf, doubtsAfter, withDoubts, without } from './doubts.ts';
import { proofRow, type Finding, type ProofOutcome, type ProofRow } from './proof-report.ts';

const doubts = suite('a doubt about a bucket');

const row = (localId: string | null, outcome: ProofOutcome, toDelete = 0): ProofRow => ({
  ...proofRow({ side: 'copy', bucket: 'b', device: 'd', hostname: 'h', localId }),
  ...({ outcome, reason: 'why' } as Finding),
  toDelete,
});

doubts('lasts until a proof repairs, or finds nothing that could be repaired', () => {
  const before = { a: 'why', b: 'why' };
  const cases: readonly [outcome: ProofOutcome, toDelete: number, isRepair: boolean, ends: boolean][] = [
    ['equal', 0, false, true],
    ['equal', 3, false, false], // a copy that lacks nothing, and holds what went from its origin
    ['differs', 0, false, false],
    ['failed', 0, false, false],
    ['apart', 0, false, false],
    ['equal', 3, true, true],
    ['differs', 0, true, true],
    ['held', 3, true, true], // told by the hold
    ['apart', 0, true, true],
    ['failed', 0, true, false],
    ['unproven', 0, true, false],
  ];
  for (const [outcome, toDelete, isRepair, ends] of cases)
    assert.equal(
      doubtsAfter(before, [row('a', outcome, toDelete), row(null, 'equal')], isRepair),
      ends ? { b: 'why' } : before,
      `${outcome} ${toDelete} ${isRepair}`,
    );
});

doubts('is noted with its last reason, and costs no write where nothing is new', () => {
  const before = { a: 'why' };
  assert.is(withDoubts(before, new Map([['a', 'why']])), before);
  assert.is(withDoubts(before, new Map()), before);
  assert.equal(
    withDoubts(
      before,
      new Map([
        ['a', 'because'],
        ['b', 'too'],
      ]),
    ),
    { a: 'because', b: 'too' },
  );
  assert.is(without(before, ['b']), before);
  assert.equal(without(before, ['a']), {});
});

doubts('is of a bucket, whatever its name', () => {
  assert.is(doubtOf({ doubts: {} }, 'constructor'), null);
  assert.is(doubtOf({ doubts: { constructor: 'why' } }, 'constructor'), 'why');
});
doubts.run();
