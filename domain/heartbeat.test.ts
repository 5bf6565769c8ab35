import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { JsonObject } from './data.ts';
import { endNs, type Event } from './event.ts';
import { mergeHeartbeat } from './heartbeat.ts';

const heartbeats = suite('heartbeat');

const event = (startUs: bigint, durationNs: bigint, data: JsonObject = { app: 'vim' }): Event => ({
  startUs,
  durationNs,
  data,
});
const merged = (last: Event, beat: Event, pulsetime: bigint) =>
  mergeHeartbeat(last, beat, pulsetime)?.durationNs ?? null;

heartbeats('grow the last event within the pulsetime, its edge included, to the nanosecond', () => {
  const last = event(0n, 5000n); // ends at 5 µs
  assert.is(merged(last, event(6n, 0n), 1000n), 6000n);
  assert.is(merged(last, event(6n, 0n), 999n), null);
  assert.is(merged(last, event(6n, 2000n), 1000n), 8000n);
  assert.is(merged(last, event(5n, 1n), 0n), 5001n);
});

heartbeats('inside the last event never shorten it', () => {
  const last = event(0n, 10_000n);
  for (const beat of [event(0n, 0n), event(3n, 2000n), event(10n, 0n), event(4n, -9000n)])
    assert.is(merged(last, beat, 0n), 10_000n);
  assert.is(merged(last, event(3n, 20_000n), 0n), 23_000n);
});

heartbeats('that began before the last event are events of their own', () => {
  assert.is(merged(event(10n, 5000n), event(9n, 5000n), 60_000n), null);
});

heartbeats('with other data begin another event, however near', () => {
  for (const data of [{ app: 'web' }, {}, { app: 'vim', title: '' }, { app: ['vim'] }])
    assert.is(merged(event(0n, 5000n), event(1n, 0n, data), 60_000n), null);
  assert.is(merged(event(0n, 0n, { a: 1, b: [{ c: 2 }] }), event(1n, 0n, { b: [{ c: 2.0 }], a: 1 }), 1000n), 1000n);
});

heartbeats('with a negative pulsetime must overlap by as much', () => {
  const last = event(0n, 5000n);
  assert.is(merged(last, event(3n, 0n), -2000n), 5000n);
  assert.is(merged(last, event(4n, 0n), -2000n), null);
});

heartbeats('never leave a negative duration', () => {
  assert.is(merged(event(0n, -5000n), event(0n, -7000n), 60_000n), null);
  assert.is(merged(event(0n, -5000n), event(0n, 0n), 60_000n), 0n);
});

heartbeats('keep whatever else the last event carries', () => {
  assert.equal(mergeHeartbeat({ ...event(0n, 0n), id: 7 }, event(1n, 0n), 1000n), { ...event(0n, 1000n), id: 7 });
});

/** The rule as spec/rest 4 tells it, moment by moment instead of by arithmetic. */
const slow = (last: Event, beat: Event, pulsetime: bigint): bigint | null => {
  if (JSON.stringify(last.data) !== JSON.stringify(beat.data)) return null;
  const [start, end] = [last.startUs * 1000n, endNs(last)];
  const at = beat.startUs * 1000n;
  const continues = at >= start && at - end <= pulsetime;
  if (!continues) return null;
  let newEnd = end;
  while (newEnd < at + beat.durationNs) newEnd += 1n;
  return newEnd < start ? null : newEnd - start;
};

heartbeats('follow a slow model of the rule', () => {
  const some = fc.record({
    startUs: fc.bigInt(-1n, 4n),
    durationNs: fc.bigInt(-1500n, 4500n),
    data: fc.constantFrom({ app: 'vim' }, { app: 'web' }),
  });
  fc.assert(
    fc.property(some, some, fc.bigInt(-3000n, 3000n), (last, beat, pulsetime) =>
      assert.is(merged(last, beat, pulsetime), slow(last, beat, pulsetime)),
    ),
    { numRuns: 500 },
  );
});

heartbeats('sent one after another never shorten an event, and cover every moment they speak of', () => {
  const beats = fc.array(fc.record({ wait: fc.bigInt(0n, 3n), durationNs: fc.bigInt(0n, 2000n) }), {
    minLength: 1,
    maxLength: 20,
  });
  fc.assert(
    fc.property(beats, (given) => {
      let at = 0n;
      const stored: Event[] = [];
      for (const { wait, durationNs } of given) {
        at += wait;
        const last = stored.at(-1);
        const grown = last ? mergeHeartbeat(last, event(at, durationNs), 1000n) : null;
        if (grown) {
          assert.ok(grown.durationNs >= last!.durationNs && grown.startUs === last!.startUs);
          stored[stored.length - 1] = grown;
        } else stored.push(event(at, durationNs));
        assert.ok(stored.some((each) => each.startUs <= at && endNs(each) >= at * 1000n + durationNs));
      }
    }),
  );
});

heartbeats.run();
