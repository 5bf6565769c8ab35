import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { adoptions } from './adoption.ts';
import type { JsonObject } from '../data.ts';
import { keyOf, type Event } from '../event.ts';

const adopting = suite('adoption');
type Named = Event & { name: string };
const named = (name: string, startMs: bigint, durationNs: bigint, data: JsonObject = {}): Named => ({
  name,
  startUs: startMs * 1000n,
  durationNs,
  data,
});
const pairs = (events: Named[], rows: Named[]) =>
  adoptions(events, rows)
    .map(([row, event]) => `${event.name} takes ${row.name}`)
    .sort();

adopting('gives an event the row of its own key, and leaves new ones without', () => {
  const events = [named('vim', 0n, 5n, { app: 'vim' }), named('web', 9n, 1n, { app: 'web' })];
  assert.equal(pairs(events, [named('old vim', 0n, 4n, { app: 'vim' }), named('mail', 0n, 5n, { app: 'mail' })]), [
    'vim takes old vim',
  ]);
});

adopting('goes by length where several share a key: the k-th longest takes the k-th longest', () => {
  const events = [named('2 s', 0n, 2n), named('5 s', 0n, 5n), named('3 s', 0n, 3n)];
  assert.equal(pairs(events, [named('row 1', 0n, 1n), named('row 9', 0n, 9n)]), ['3 s takes row 1', '5 s takes row 9']);
  assert.equal(pairs(events.slice(0, 1), [named('row 1', 0n, 1n), named('row 9', 0n, 9n)]), ['2 s takes row 9']);
});

adopting('compares as sync does: by the millisecond and by canonical data', () => {
  const row = { ...named('row', 0n, 1n, { a: 1, b: '\ud800' }), startUs: 999n };
  assert.equal(pairs([named('event', 0n, 1n, { b: '\ufffd', a: 1.0 })], [row]), ['event takes row']);
  assert.equal(pairs([named('event', 1n, 1n, row.data)], [row]), []);
});

adopting('never gives a row twice, pairs as many as can be, and keeps the order of lengths', () => {
  const some = fc.array(
    fc.record(
      {
        startUs: fc.bigInt(0n, 2500n),
        durationNs: fc.bigInt(-2n, 5n),
        data: fc.constantFrom<JsonObject>({}, { a: 1 }),
      },
      { noNullPrototype: true },
    ),
    { maxLength: 12 },
  );
  const byKey = (events: readonly Event[]) =>
    events.reduce(
      (groups, event) => groups.set(keyOf(event), [...(groups.get(keyOf(event)) ?? []), event]),
      new Map<string, Event[]>(),
    );
  fc.assert(
    fc.property(some, some, (events, rows) => {
      const made = adoptions(events, rows);
      assert.is(new Set(made.map(([row]) => row)).size, made.length);
      assert.is(new Set(made.map(([, event]) => event)).size, made.length);
      for (const [row, event] of made) assert.is(keyOf(row), keyOf(event));
      const [wanting, free] = [byKey(events), byKey(rows)];
      for (const [key, group] of wanting) {
        const ofKey = made.filter(([, event]) => keyOf(event) === key);
        assert.is(ofKey.length, Math.min(group.length, free.get(key)?.length ?? 0));
        // The longest of either side, in step.
        const longest = (all: readonly Event[]) =>
          all
            .map(({ durationNs }) => durationNs)
            .sort((a, b) => (a > b ? -1 : 1))
            .slice(0, ofKey.length);
        const lengths = ofKey.slice().sort(([, a], [, b]) => (a.durationNs > b.durationNs ? -1 : 1));
        assert.equal(
          lengths.map(([, event]) => event.durationNs),
          longest(group),
        );
        assert.equal(
          ofKey.map(([row]) => row.durationNs).sort((a, b) => (a > b ? -1 : 1)),
          longest(free.get(key) ?? []),
        );
        for (const [row, event] of ofKey)
          for (const [row2, event2] of ofKey)
            if (event.durationNs > event2.durationNs) assert.ok(row.durationNs >= row2.durationNs);
      }
    }),
  );
});

adopting.run();
