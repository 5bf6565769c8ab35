import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { canonicalJson } from '../../../domain/data.ts';
import { durationUs, type Event, type StoredEvent } from '../../../domain/event.ts';
import { isWritable, pair, writable, type Pairing } from './pair.ts';

const at = (title: string, seconds: number): Event => ({
  startUs: 1_000_000n,
  durationNs: BigInt(seconds) * 1_000_000_000n,
  data: { title },
});
const here = (...events: Event[]): StoredEvent[] => events.map((event, i) => ({ ...event, id: i + 1 }));

const pairing = suite('the events of one instant');

const none: Pairing = { insert: [], replace: [], remove: [] };
const CASES: [what: string, here: StoredEvent[], there: Event[], gone: boolean, out: Pairing][] = [
  ['stay when both sides have them', here(at('a', 5), at('b', 1)), [at('b', 1), at('a', 5)], true, none],
  ['are inserted when they are new', [], [at('a', 5)], false, { ...none, insert: [at('a', 5)] }],
  [
    'grow under their local id',
    here(at('a', 5)),
    [at('a', 9)],
    false,
    { ...none, replace: [{ ...at('a', 9), id: 1 }] },
  ],
  ['shrink as well', here(at('a', 9)), [at('a', 5)], false, { ...none, replace: [{ ...at('a', 5), id: 1 }] }],
  ['go when something went away here', here(at('a', 5), at('b', 1)), [at('a', 5)], true, { ...none, remove: [2] }],
  ['stay in doubt', here(at('a', 5), at('b', 1)), [at('a', 5)], false, none],
  [
    'are counted as often as they occur',
    here(at('a', 5)),
    [at('a', 5), at('a', 5), at('a', 5)],
    false,
    { ...none, insert: [at('a', 5), at('a', 5)] },
  ],
  [
    'pair the longest with the longest',
    here(at('a', 1), at('a', 7)),
    [at('a', 2), at('a', 9)],
    false,
    {
      ...none,
      replace: [
        { ...at('a', 9), id: 2 },
        { ...at('a', 2), id: 1 },
      ],
    },
  ],
  [
    'keep an exact twin out of the other pairs',
    here(at('a', 5), at('a', 7)),
    [at('a', 5), at('a', 9)],
    false,
    { ...none, replace: [{ ...at('a', 9), id: 2 }] },
  ],
];
for (const [what, local, remote, gone, out] of CASES) pairing(what, () => assert.equal(pair(local, remote, gone), out));

pairing('differ in duration from a microsecond on', () => {
  const event = { ...at('a', 1), durationNs: 1_000_000_400n };
  assert.equal(pair(here(event), [at('a', 1)], true), none);
});

const arbitraryEvents = fc.array(
  fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: -2, max: 4 })).map(([title, s]) => at(title, s)),
  { maxLength: 8 },
);
const multiset = (events: readonly Event[]) =>
  events.map((event) => `${durationUs(event)} ${canonicalJson(event.data)}`).sort();

const applied = (local: readonly StoredEvent[], { insert, replace, remove }: Pairing): Event[] => {
  const rows = new Map(local.map((event) => [event.id, event as Event]));
  for (const { id, ...event } of replace) rows.set(id, event);
  for (const id of remove) rows.delete(id);
  return [...rows.values(), ...insert];
};

pairing('become the server’s where something went away, with the fewest writes', () => {
  fc.assert(
    fc.property(arbitraryEvents, arbitraryEvents, (ours, there) => {
      const local = here(...ours);
      const result = pair(local, there, true);
      assert.equal(multiset(applied(local, result)), multiset(there));
      const { insert, replace, remove } = result;
      assert.equal(pair(here(...applied(local, result)), there, true), none);
      assert.ok(
        insert.length === 0 ||
          remove.length === 0 ||
          !insert.some((event) =>
            remove.some((id) => canonicalJson(local[id - 1]!.data) === canonicalJson(event.data)),
          ),
      );
      assert.is(new Set([...replace.map(({ id }) => id), ...remove]).size, replace.length + remove.length);
    }),
  );
});

pairing('keep everything local where nothing went away', () => {
  fc.assert(
    fc.property(arbitraryEvents, arbitraryEvents, (ours, there) => {
      const local = here(...ours);
      const result = pair(local, there, false);
      const after = applied(local, result);
      assert.equal(result.remove, []);
      assert.ok(after.length >= local.length && after.length >= there.length);
      const left = multiset(after);
      for (const event of multiset(there)) {
        assert.ok(left.includes(event));
        left.splice(left.indexOf(event), 1);
      }
    }),
  );
});

pairing('are written as any aw-server takes them', () => {
  const odd: Event = { startUs: 1n, durationNs: 1_234_567_890n, data: { 't\ud83d': 'x\ude00' } };
  assert.equal(writable(odd), { startUs: 1n, durationNs: 1_234_568_000n, data: { 't\ufffd': 'x\ufffd' } });
  assert.ok(isWritable(at('a', 1)));
  for (const durationNs of [0n, 10n ** 12n])
    assert.not.ok(isWritable({ startUs: -1n, durationNs, data: {} }), 'it begins before 1970');
  assert.ok(isWritable({ startUs: 0n, durationNs: 0n, data: {} }));
  assert.not.ok(isWritable({ ...at('a', 0), startUs: 9_223_372_036_854_775n, durationNs: 10n ** 12n }));
});

pairing.run();
