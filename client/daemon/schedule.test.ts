import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { after, beginning, nextOf, PROOF_EVERY_MS, type Task, type Outcome, type Past } from './schedule.ts';

const T = 1_760_000_000_000;
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const INTERVAL = 5 * MINUTE;

type Step = readonly [task: Task, outcome: Outcome, beganMs: number, endedMs: number];
const past = (lastProofMs: number | null, ...steps: readonly Step[]): Past =>
  steps.reduce(
    (before, [task, outcome, beganMs, endedMs]) =>
      after(before, { task, outcome, beganMs, endedMs, intervalMs: INTERVAL }),
    beginning(lastProofMs),
  );
const next = (from: Past, nowMs: number, nudged = false) => {
  const { task, inMs } = nextOf(from, nudged, nowMs);
  return `${task} in ${inMs / SECOND} s`;
};

const CASES: [what: string, past: Past, nowMs: number, nudged: boolean, expected: string][] = [
  ['the first pass is due at once', past(null), T, false, 'pass in 0 s'],
  [
    'and so is the proof, where none was made, once a pass went well',
    past(null, ['pass', 'done', T, T + 1]),
    T + 1,
    false,
    'proof in 0 s',
  ],
  ['but not after one that failed', past(null, ['pass', 'failed', T, T]), T, false, 'pass in 300 s'],
  [
    'passes begin at the interval',
    past(T, ['pass', 'done', T, T + 20 * SECOND]),
    T + 20 * SECOND,
    false,
    'pass in 280 s',
  ],
  [
    'one that took longer than the interval is followed by one at once',
    past(T, ['pass', 'done', T, T + 12 * MINUTE]),
    T + 12 * MINUTE,
    false,
    'pass in 0 s',
  ],
  [
    'one that failed is followed after a whole interval',
    past(T, ['pass', 'failed', T, T + 12 * MINUTE]),
    T + 12 * MINUTE,
    false,
    'pass in 300 s',
  ],
  ['after eight hours of sleep one pass is due', past(T, ['pass', 'done', T, T]), T + 8 * HOUR, false, 'pass in 0 s'],
  [
    'and no more than that',
    past(T, ['pass', 'done', T, T], ['pass', 'done', T + 8 * HOUR, T + 8 * HOUR]),
    T + 8 * HOUR,
    false,
    'pass in 300 s',
  ],
  ['a nudge is a pull at once', past(T, ['pass', 'done', T, T]), T + MINUTE, true, 'pull in 0 s'],
  ['a nudge before the first pass is covered by it', past(T), T, true, 'pass in 0 s'],
  ['a nudge when a pass is due is covered by it', past(T, ['pass', 'done', T, T]), T + INTERVAL, true, 'pass in 0 s'],
  [
    'a nudge after a failed pass pulls: the server is back',
    past(T, ['pass', 'failed', T, T]),
    T + SECOND,
    true,
    'pull in 0 s',
  ],
  ['another kt-client at work is waited for shortly', past(T, ['pass', 'busy', T, T]), T, false, 'pass in 5 s'],
  ['a refused key is tried again in an hour', past(T, ['pass', 'refused', T, T]), T, true, 'pass in 3600 s'],
  [
    'a device that is in use looks at its own state at the interval',
    past(T, ['pass', 'in_use', T, T]),
    T,
    true,
    'pass in 300 s',
  ],
  [
    'also when a pull met the refusal',
    past(T, ['pass', 'done', T, T], ['pull', 'refused', T, T]),
    T + HOUR / 2,
    true,
    'pass in 1800 s',
  ],
  [
    'a proof is due a day after the last',
    past(T - PROOF_EVERY_MS + MINUTE, ['pass', 'done', T, T]),
    T,
    false,
    'proof in 60 s',
  ],
  [
    'one that failed, an hour later',
    past(
      T - 2 * PROOF_EVERY_MS,
      ['pass', 'done', T, T],
      ['proof', 'failed', T, T],
      ['pass', 'done', T + 57 * MINUTE, T + 57 * MINUTE],
    ),
    T + 57 * MINUTE,
    false,
    'proof in 180 s',
  ],
  [
    'a clock that was set back a month makes no wait of a month',
    past(T, ['pass', 'done', T, T]),
    T - 30 * 24 * HOUR,
    false,
    'pass in 0 s',
  ],
  ['a proof made in the future was not made', past(T + HOUR, ['pass', 'done', T, T]), T, false, 'proof in 0 s'],
];

const schedule = suite('the schedule');
for (const [what, from, nowMs, nudged, expected] of CASES)
  schedule(what, () => assert.is(next(from, nowMs, nudged), expected));

/** The waits before so many pulls, when the server tells of news every `everyMs`. */
const pullWaits = (count: number, everyMs: number): number[] => {
  let state = past(T, ['pass', 'done', T, T]);
  let toldMs = T;
  let now = T;
  return Array.from({ length: count }, () => {
    now = Math.max(now, toldMs);
    const { inMs } = nextOf({ ...state, pass: { fromMs: now, ms: INTERVAL } }, true, now);
    now += inMs;
    state = after(state, { task: 'pull', outcome: 'done', beganMs: now, endedMs: now, intervalMs: INTERVAL });
    toldMs = now + everyMs;
    return inMs;
  });
};

schedule('a burst of news is pulled at once; what does not end, every five seconds', () => {
  const waits = pullWaits(15, 0);
  assert.equal(waits.slice(0, 10), [0, 500, 500, 500, 500, 500, 500, 500, 500, 500]);
  assert.ok(
    waits.slice(11).every((ms) => ms === 5000),
    String(waits),
  );
  assert.is(Math.max(...pullWaits(100, 1000).slice(20)), 4000, 'a watcher that beats every second');
});
schedule('a device that pushes every few seconds is never waited for', () => {
  assert.equal(new Set(pullWaits(200, 6000)), new Set([0]));
});

const step = fc.record({
  task: fc.constantFrom<Task>('pass', 'pull', 'proof'),
  outcome: fc.constantFrom<Outcome>('done', 'failed', 'busy', 'refused', 'in_use'),
  /** How far the clock moved before and during it; it may have been set back. */
  idleMs: fc.integer({ min: -40 * 24 * HOUR, max: 40 * 24 * HOUR }),
  tookMs: fc.integer({ min: -HOUR, max: HOUR }),
});

schedule(
  'never waits for longer than an interval, or an hour where it was refused, ' +
    'whatever happened and however the clock jumped',
  () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 20 }),
        fc.integer({ min: -40 * 24 * HOUR, max: 40 * 24 * HOUR }),
        fc.boolean(),
        (steps, laterMs, nudged) => {
          let now = T;
          let state = beginning(null);
          for (const { task, outcome, idleMs, tookMs } of steps) {
            const beganMs = now + idleMs;
            now = beganMs + tookMs;
            state = after(state, { task, outcome, beganMs, endedMs: now, intervalMs: INTERVAL });
          }
          const { inMs } = nextOf(state, nudged, now + laterMs);
          assert.ok(inMs >= 0 && inMs <= HOUR);
          if (!steps.some(({ outcome }) => outcome === 'refused')) assert.ok(inMs <= INTERVAL, String(inMs));
        },
      ),
    );
  },
);

schedule('does one pass for any number of missed ticks', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 365 * 24 * HOUR }), (sleptMs) => {
      const woken = T + sleptMs;
      const state = past(woken, ['pass', 'done', T, T]);
      const first = nextOf(state, false, woken);
      const begun = woken + first.inMs;
      const then = after(state, {
        task: 'pass',
        outcome: 'done',
        beganMs: begun,
        endedMs: begun,
        intervalMs: INTERVAL,
      });
      assert.is(nextOf(then, false, begun).inMs, INTERVAL);
    }),
  );
});

schedule.run();
