import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DAY_MS } from '../../../domain/day.ts';
import { freshState } from '../saved-state.ts';
import type { SyncState } from '../ports.ts';
import { freshRound, type Round } from './round.ts';
import { notedBuckets, toldProof, withRepair } from './told-proof.ts';

const told = suite('what is told of proofs');

const TODAY = 20_000;
const NOW = TODAY * DAY_MS + 1_000;
const NOTED = {
  localId: 'w',
  bucketId: 'w',
  deviceId: null,
  outcome: 'in_step',
  reason: null,
  here: 3,
  there: 3,
} as const;
const stateWith = (round: Partial<Round>, more: Partial<SyncState> = {}): SyncState => ({
  ...freshState('d'),
  account: 'a',
  lastCompared: { passMs: NOW, revision: '7', buckets: [NOTED] },
  round: { ...freshRound(NOW), ...round },
  ...more,
});
const first = (state: SyncState) => toldProof(state)!.buckets[0]!;

told('is nothing before a pass has compared, and nothing of an account that is not known', () => {
  assert.is(toldProof(freshState('d')), null);
  assert.is(toldProof(stateWith({}, { account: null })), null);
  assert.equal(first(stateWith({})).equal, []);
});

told('is all days once a walk covered them, and of the current walk what lies behind it', () => {
  const whole = { fromMs: NOW, wholeMs: NOW - DAY_MS, torn: false };
  const all = { firstDay: null, lastDay: TODAY - 1, atUs: BigInt(NOW - DAY_MS) * 1000n };
  assert.equal(first(stateWith({ walked: { w: whole } })).equal, [all]);
  const at = { localId: 'w', before: TODAY - 5 };
  const part = { firstDay: TODAY - 5, lastDay: TODAY, atUs: BigInt(NOW) * 1000n };
  assert.equal(first(stateWith({ walked: { w: whole }, at })).equal, [all, part]);
  const never = { fromMs: NOW, wholeMs: null, torn: false };
  const { equal, wholeUs } = first(stateWith({ walked: { w: never }, at }));
  assert.equal([equal, wholeUs], [[part], null]);
  assert.equal(
    first(stateWith({ walked: { w: { ...never, torn: true } }, at })).equal,
    [],
    'a walk that skipped a day',
  );
  assert.equal(first(stateWith({ walked: { w: never }, at: { ...at, localId: 'other' } })).equal, []);
});

told('has the days that differ for good with what both sides held, the newest first', () => {
  const settled = { 'w 10': '3 -77 4 99', 'w 12': '0 0 1 5', 'w x 11': '1 1 2 2' };
  assert.equal(first(stateWith({ settled })).differing, [
    { day: 12, here: 0, there: 1 },
    { day: 10, here: 3, there: 4 },
  ]);
});

told('keeps to what a server takes, whatever a state holds', () => {
  const settled = Object.fromEntries(Array.from({ length: 500 }, (_, day) => [`w ${day}`, '1 1 2 2']));
  const buckets = [{ ...NOTED, outcome: 'failed' as const, reason: 'x'.repeat(9_000) }];
  const { differing, reason } = first(
    stateWith({ settled }, { lastCompared: { passMs: NOW, revision: '7', buckets } }),
  );
  assert.equal([differing.length, differing[0]!.day, reason!.length], [100, 499, 500]);
});

told('adds up what one pass repairs at several places, and of several keeps the last that wrote', () => {
  const counts = fc.record({ inserted: fc.nat(9), updated: fc.nat(9), deleted: fc.nat(9) });
  fc.assert(
    fc.property(fc.array(counts, { minLength: 1 }), (repairs) => {
      const sum = (key: 'inserted' | 'updated' | 'deleted') => repairs.reduce((all, one) => all + one[key], 0);
      const after = repairs.reduce(
        (all, one) => withRepair(all, 'b', 5, one),
        withRepair({}, 'b', 4, { inserted: 1, updated: 0, deleted: 0 }),
      );
      const all = { atMs: 5, inserted: sum('inserted'), updated: sum('updated'), deleted: sum('deleted') };
      const wrote = all.inserted + all.updated + all.deleted > 0;
      assert.equal(after['b'], wrote ? all : { atMs: 4, inserted: 1, updated: 0, deleted: 0 });
    }),
  );
});

told('takes a bucket that no report names for left as it was', () => {
  const targets = [
    { localId: 'w', bucketId: 'w', deviceId: null },
    { localId: 'c-synced', bucketId: 'c', deviceId: 'other' },
  ];
  assert.equal(
    notedBuckets(targets, { pushed: [], pulled: [] }, (id) => (id === 'c-synced' ? 9 : null)),
    [
      { ...targets[0], outcome: 'in_step', reason: null, here: null, there: null },
      { ...targets[1], outcome: 'in_step', reason: null, here: 9, there: null },
    ],
  );
});

told.run();
