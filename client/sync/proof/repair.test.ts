import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { heldAfter, withoutRenewed, tellHeld } from './held.ts';
import { proofRow, type Finding, type ProofOutcome, type ProofRow } from './proof-report.ts';
import { breaker } from './repair.ts';
import { pushedBucket } from '../report.ts';

const breaks = suite('the breaker');

/** [deletions now, of the last day, events here, pushed events there], and whether they are held. */
const CASES: readonly [now: number, lastDay: number, here: number, there: number, held: boolean, why: string][] = [
  [0, 0, 0, 0, false, 'nothing is to be deleted'],
  [0, 500, 0, 0, false, 'nothing is to be deleted now'],
  [1, 0, 0, 1, true, 'the bucket is empty here'],
  [100, 0, 900, 1000, false, 'a hundred of a large one'],
  [101, 0, 900_000, 1_000_000, true, 'more than a hundred of the largest'],
  [15, 0, 45, 60, false, 'just a quarter'],
  [16, 0, 44, 60, true, 'more than a quarter'],
  [59, 0, 1, 60, true, 'all but one'],
  [50, 0, 10, 60, true, 'what an aw-server overwrote'],
  [6, 0, 15, 21, true, 'more than a quarter of the smallest that is watched'],
  [5, 0, 16, 21, false, 'less than that'],
  [1, 15, 44, 45, true, 'one more than a quarter within a day'],
  [1, 14, 45, 46, false, 'a quarter within a day'],
  [1, 100, 9_000, 9_000, true, 'one more than a hundred within a day'],
  [3, 10, 8, 11, true, 'what was more than twenty yesterday'],
  [19, 0, 1, 20, false, 'of twenty or fewer any but all'],
];
for (const [now, lastDay, here, there, held, why] of CASES) {
  breaks(`${held ? 'holds' : 'lets pass'}: ${why}`, () => {
    const reason = breaker({ now, lastDay, here, there, held: false });
    assert.is(reason !== null, held);
    if (reason !== null)
      assert.match(reason, /nothing was deleted there; .*`kt-client verify --repair --allow-deletes`/);
  });
}

breaks('says how many of how many, and how many went before', () => {
  assert.match(
    breaker({ now: 50, lastDay: 0, here: 10, there: 60, held: false })!,
    /^50 of the 60 events that the server holds are not here any more: /,
  );
  assert.match(
    breaker({ now: 6, lastDay: 12, here: 42, there: 48, held: false })!,
    /any more \(and 12 more were deleted in the last 24 hours\): /,
  );
});
breaks('holds what is held though the bucket has grown since, as long as anything would go', () => {
  const grown = { lastDay: 0, here: 984, there: 1000, held: true };
  assert.match(breaker({ ...grown, now: 16 })!, /^16 of the 1000 events/);
  assert.is(breaker({ ...grown, now: 16, held: false }), null);
  assert.is(breaker({ ...grown, now: 0 }), null);
});
breaks.run();

const holds = suite('a hold');
const row = (bucket: string, outcome: ProofOutcome, reason: string | null = null): ProofRow => ({
  ...proofRow({ side: 'own', bucket, device: 'd', hostname: 'h', localId: bucket }),
  ...({ outcome, reason } as Finding),
});

holds('lasts until a proof finds both sides equal, or a repair does not hold it', () => {
  const held = { a: 'why' };
  const cases: readonly [outcome: ProofOutcome, isRepair: boolean, after: object][] = [
    ['held', true, { a: 'again' }],
    ['equal', true, {}],
    ['equal', false, {}],
    ['differs', true, {}],
    ['differs', false, held],
    ['failed', true, held],
    ['unproven', true, held],
    ['apart', true, held],
  ];
  for (const [outcome, isRepair, after] of cases)
    assert.equal(
      heldAfter(held, [row('a', outcome, 'again'), row('b', 'equal')], isRepair),
      after,
      `${outcome} ${isRepair}`,
    );
  assert.equal(
    heldAfter(held, [{ ...row('a', 'equal'), side: 'copy' }], true),
    held,
    'a copy of that name says nothing',
  );
});

holds('ends with a new epoch, in which nothing is to be deleted', () => {
  const [renewed, other] = [{ ...pushedBucket('a'), renewed: 'created changed' }, pushedBucket('b')];
  assert.equal(withoutRenewed({ a: 'why', b: 'why', c: 'why' }, [renewed, other]), { b: 'why', c: 'why' });
});

holds('is told of a bucket that seems in step, and of no other', () => {
  const reports = [
    pushedBucket('a'),
    { ...pushedBucket('b'), outcome: 'failed' as const, reason: 'gone' },
    pushedBucket('c'),
  ];
  tellHeld({ a: 'why', b: 'why' }, reports);
  assert.equal(
    reports.map(({ outcome, reason }) => [outcome, reason]),
    [
      ['held', 'why'],
      ['failed', 'gone'],
      ['in_step', null],
    ],
  );
});
holds.run();
