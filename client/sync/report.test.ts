import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  markApart,
  markDiffering,
  markEqual,
  markFailed,
  markHeld,
  markUnproven,
  proofRow,
  type ProofRow,
} from './proof/proof-report.ts';
import { fail, hold, pulledCopy, pushedBucket, skip, type PulledBucket, type PushedBucket } from './report.ts';

const pulled = () => pulledCopy({ device: 'd', bucket: 'afk', localId: 'afk-synced-from-anna' }, 'anna');
const row = () => proofRow({ side: 'own', bucket: 'afk', device: 'd', hostname: 'anna', localId: 'afk' });

const reports = suite('a report');

reports('is in step until it is moved, and then says why it is not', () => {
  for (const make of [() => pushedBucket('afk'), pulled]) {
    const report: PushedBucket | PulledBucket = make();
    const steps: [string, string | null][] = [[report.outcome, report.reason]];
    for (const move of [skip, hold, fail]) {
      move(report, `by ${move.name}`);
      steps.push([report.outcome, report.reason]);
    }
    assert.equal(steps, [
      ['in_step', null],
      ['skipped', 'by skip'],
      ['held', 'by hold'],
      ['failed', 'by fail'],
    ]);
  }
});

reports('of a proof is equal until it is moved, and says why unless its days do', () => {
  const one = row();
  const steps: [string, string | null][] = [[one.outcome, one.reason]];
  for (const move of [markHeld, markUnproven, markFailed, markApart]) {
    move(one, 'why');
    steps.push([one.outcome, one.reason]);
  }
  for (const move of [markDiffering, markEqual]) {
    move(one);
    steps.push([one.outcome, one.reason]);
  }
  assert.equal(steps, [
    ['equal', null],
    ['held', 'why'],
    ['unproven', 'why'],
    ['failed', 'why'],
    ['apart', 'why'],
    ['differs', null],
    ['equal', null],
  ]);
});

/** Never called: each line is one that must not compile, which `tsc` tells by an unused `@ts-expect-error`. */
export const mustNotCompile = (report: PushedBucket, copy: PulledBucket, one: ProofRow): unknown => {
  // @ts-expect-error: only the functions change an outcome
  report.outcome = 'failed';
  // @ts-expect-error: nor a reason
  copy.reason = 'gone';
  // @ts-expect-error: nor what a proof found
  one.outcome = 'differs';
  // @ts-expect-error: what is held says why
  hold(report);
  // @ts-expect-error: null is no reason
  fail(copy, null);
  // @ts-expect-error: nor for a proof
  markApart(one, null);
  return [
    // @ts-expect-error: a misspelt outcome
    { ...pushedBucket('afk'), outcome: 'faild', reason: 'gone' } satisfies PushedBucket,
    // @ts-expect-error: an outcome without its reason
    { ...pushedBucket('afk'), outcome: 'failed' } satisfies PushedBucket,
    // @ts-expect-error: a reason without its outcome
    { ...pulled(), outcome: 'in_step', reason: 'gone' } satisfies PulledBucket,
    // @ts-expect-error: an outcome of passes, not of proofs
    { ...row(), outcome: 'in_step', reason: null } satisfies ProofRow,
    // @ts-expect-error: what failed says why
    { ...row(), outcome: 'failed', reason: null } satisfies ProofRow,
  ];
};

reports.run();
