import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isKtError } from '../../domain/errors.ts';
import { makeUnderWay } from './under-way.ts';

const underWay = suite('bodies under way');
const LIMITS = { all: 100, owner: 60, small: 10 };
const refused = (work: () => void): void => {
  assert.throws(work, (error: unknown) => isKtError(error, 'unavailable'));
};

underWay('are bounded for one owner, and for all', () => {
  const all = makeUnderWay(LIMITS);
  const [a, b] = [all.enter('a'), all.enter('a')];
  a.hold(40);
  refused(() => b.hold(21));
  b.release();
  const other = all.enter('b');
  other.hold(60);
  const third = all.enter('c');
  refused(() => third.hold(11));
  third.release();
  a.release();
  all.enter('c').hold(40);
});

underWay('that are small are taken whatever else there is', () => {
  const all = makeUnderWay(LIMITS);
  all.enter('a').hold(60);
  all.enter('b').hold(40);
  for (let i = 0; i < 1000; i++) all.enter('a').hold(10);
});

underWay('count what came before they were large, and give all of it back, once', () => {
  const all = makeUnderWay(LIMITS);
  const held = all.enter('a');
  for (let i = 0; i < 60; i++) held.hold(1);
  refused(() => held.hold(1));
  held.release();
  held.release();
  const [again, beside] = [all.enter('a'), all.enter('a')];
  again.hold(60);
  refused(() => beside.hold(11));
});

underWay.run();
