import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { budgetOf, freshRound, provenWhole, wantedOf, type Round, type Target } from './round.ts';

const NOW = 1_764_000_000_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const TARGETS: readonly Target[] = ['a', 'b'].map((id) => ({ localId: id, bucketId: id, deviceId: null }));

/** A year's events, of which a pass five minutes ago read none; at 7 µs each. */
const YEAR: Round = { ...freshRound(NOW - 5 * MINUTE), total: 545_000, msPerEvent: 0.007 };
const proven = (round: Round): Round => provenWhole(round, ['a', 'b'], NOW - HOUR);
const walkOf = (round: Round): number => Math.round(budgetOf(round, TARGETS, NOW).walkMs);

const budget = suite('the time of a pass for its part of the proof');

budget('is half a second until everything was proven', () => {
  assert.equal(budgetOf(YEAR, TARGETS, NOW), { newestMs: 125, walkMs: 500, mostMs: 500 });
  assert.is(walkOf(provenWhole(YEAR, ['a'], NOW)), 500, 'a bucket is new');
});
budget('is what a round of six hours asks for from then on', () => {
  // 3,815 ms of reading and half as much to spare, by the 71 passes that are left.
  assert.equal(budgetOf(proven(YEAR), TARGETS, NOW), { newestMs: 125, walkMs: (3_815 * 1.5) / 71, mostMs: 500 });
  assert.is(walkOf(proven({ ...YEAR, beganMs: NOW - 5 * HOUR, read: 400_000 })), 127, '12 passes for the rest');
  assert.is(walkOf(proven({ ...YEAR, read: 545_000 })), 20, 'never nothing');
});
budget('is half a second again where that does not suffice, and up to five where a day would not', () => {
  const hourly = { ...YEAR, passMs: NOW - HOUR };
  assert.is(walkOf(proven(hourly)), 500);
  assert.is(walkOf(proven({ ...YEAR, beganMs: NOW - 7 * HOUR })), 500, 'asleep meanwhile');
  const slow = { ...hourly, msPerEvent: 0.1 };
  for (const round of [slow, proven(slow)]) assert.is(walkOf(round), 3_554);
  assert.is(walkOf({ ...slow, beganMs: NOW - 23 * HOUR }), 5_000);
});
budget('decides how many events the server is asked for', () => {
  const eventsOf = (round: Round): number => wantedOf(round, TARGETS, NOW).events;
  assert.equal([eventsOf(freshRound(NOW)), eventsOf(YEAR)], [5_000, 89_286]);
  assert.is(eventsOf(proven(YEAR)), Math.ceil((1.25 * 3_815 * 1.5) / 71 / 0.007));
});

budget.run();
