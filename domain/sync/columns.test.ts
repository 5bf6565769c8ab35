import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isKtError } from '../errors.ts';
import type { Event, StoredEvent } from '../event.ts';
import { canonicalData } from '../shared-data.ts';
import type { Instant } from './changes.ts';
import {
  columnsOf,
  instantColumnsOf,
  instantsOf,
  readColumn,
  rowsOf,
  sourcedColumnsOf,
  sourcedRowsOf,
  type EventColumns,
} from './columns.ts';
import { contentHash } from './content-hash.ts';

const columns = suite('events as columns');

/** Few different data, some equal but for the order of their keys, some of them hostile. */
const data = fc.constantFrom(
  {},
  { a: 1, b: 2 },
  { b: 2, a: 1 },
  { title: '\ud800 \u0000 😀' },
  { n: -0.5, list: [null, true, { deep: 'x' }] },
  JSON.parse('{"__proto__": 1}'),
);
const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const whole = fc.oneof(fc.constantFrom(0n, 2n ** 53n - 1n, 2n ** 53n, -(2n ** 53n), -1n), long);
const event: fc.Arbitrary<Event> = fc.record({ startUs: whole, durationNs: whole, data });
const stored: fc.Arbitrary<StoredEvent> = fc.tuple(event, fc.maxSafeInteger()).map(([one, id]) => ({ ...one, id }));

/** As it comes out of JSON at the other end. */
const sentOver = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

const known = (told: EventColumns): EventColumns => ({
  ...told,
  starts: readColumn(told.starts),
  durations: readColumn(told.durations),
  dataIndex: readColumn(told.dataIndex),
});

columns('are the same events at the other end, whatever they are', () => {
  fc.assert(
    fc.property(fc.array(stored, { maxLength: 30 }), (events) => {
      const told = sentOver(sourcedColumnsOf(events));
      const rows = sourcedRowsOf({ ...told, ...known(told) }, 'events');
      assert.equal(
        rows.map(({ sourceId, ...event }) => ({ ...event, id: sourceId })),
        sentAs(events),
      );
    }),
  );
});
/** What JSON makes of data: it has no -0. */
const sentAs = <E extends Event>(events: readonly E[]): E[] =>
  events.map((one) => ({ ...one, data: sentOver(one.data) }));

columns('carry each distinct data once, and events with the same data get the same object', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 30 }), (events) => {
      const told = columnsOf(events);
      const texts = new Set(events.map((one) => JSON.stringify(one.data)));
      assert.is(told.data.length, texts.size);
      const rows = rowsOf(sentOver(told), 'events');
      assert.is(new Set(rows.map((row) => row.data)).size, texts.size);
      assert.equal(
        rows.map((row) => contentHash(row as Event)),
        events.map((one) => contentHash(one)),
        'a hash of shared data is the same',
      );
    }),
  );
});

columns('of instants are the same instants, by time', () => {
  const instant = fc.record({
    atMs: fc.bigInt({ min: -20n, max: 20n }),
    gone: fc.boolean(),
    events: fc.array(fc.tuple(fc.bigInt({ min: 0n, max: 999n }), whole, data), { maxLength: 3 }),
  });
  fc.assert(
    fc.property(fc.uniqueArray(instant, { selector: ({ atMs }) => atMs, maxLength: 12 }), (drawn) => {
      const instants: Instant[] = drawn.map(({ atMs, gone, events }) => ({
        atMs,
        gone,
        events: sentAs(events.map(([us, durationNs, own]) => ({ startUs: atMs * 1000n + us, durationNs, data: own }))),
      }));
      const told = sentOver(instantColumnsOf(instants));
      const expected = instants
        .filter(({ gone, events }) => gone || events.length > 0)
        .sort((a, b) => Number(a.atMs - b.atMs));
      assert.equal(instantsOf({ ...told, ...known(told), gone: readColumn(told.gone) }, 'instants'), expected);
    }),
  );
});

const refusal = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    assert.ok(isKtError(error, 'malformed'), String(error));
    return (error as Error).message;
  }
  return assert.unreachable() as never;
};

columns('are refused with the place where they do not fit', () => {
  const fine: EventColumns = { starts: [1, 2], durations: [0, 0], dataIndex: [0, 0], data: [{}] };
  const cases: [Partial<EventColumns>, RegExp][] = [
    [{ starts: [1] }, /^here\.durations has 2 values, and starts 1/],
    [{ durations: [1] }, /^here\.durations has 1/],
    [{ dataIndex: [0, 0, 0] }, /^here\.dataIndex has 3/],
    [{ dataIndex: [0, 1] }, /^here\.dataIndex\[1\] is 1, and data has 1/],
    [{ dataIndex: [0, -1] }, /^here\.dataIndex\[1\] is -1/],
    [{ dataIndex: ['0', 0] }, /^here\.dataIndex\[0\] is 0/],
  ];
  for (const [odd, place] of cases)
    assert.match(
      refusal(() => rowsOf({ ...fine, ...odd }, 'here')),
      place,
    );
  assert.match(
    refusal(() => sourcedRowsOf({ ...fine, sourceIds: [] }, 'here')),
    /^here\.sourceIds has 0/,
  );
});

columns('have whole numbers only, exact ones', () => {
  assert.equal(readColumn([1, -0, '-1', '9007199254740993', 2 ** 53 - 1]).length, 5);
  for (const odd of [1.5, 2 ** 53, NaN, Infinity, '', ' 1', '+1', '1e3', '0x1', '9'.repeat(21), null, true, [], {}])
    assert.match(
      refusal(() => readColumn([1, odd])),
      /^\[1\]: /,
      String(odd),
    );
  for (const odd of [null, 1, '[]', {}, undefined])
    assert.match(
      refusal(() => readColumn(odd)),
      /a list/,
    );
});

columns('from anywhere are events, or refused', () => {
  const column = fc.oneof(fc.array(fc.oneof(fc.integer(), fc.string(), fc.double()), { maxLength: 4 }), fc.jsonValue());
  fc.assert(
    fc.property(fc.record({ starts: column, durations: column, dataIndex: column }), fc.nat(3), (raw, distinct) => {
      const read = () =>
        rowsOf(
          {
            starts: readColumn(raw.starts),
            durations: readColumn(raw.durations),
            dataIndex: readColumn(raw.dataIndex),
            data: Array.from({ length: distinct }, (_, n) => ({ n })),
          },
          'events',
        );
      try {
        for (const row of read()) assert.ok(typeof row.startUs === 'bigint' && row.data.n < distinct);
      } catch (error) {
        assert.ok(isKtError(error, 'malformed'), String(error));
      }
    }),
  );
});

columns('make the canonical text of shared data once', () => {
  const own = { b: 2, a: 1 };
  let asked = 0;
  const counting = new Proxy(own, { ownKeys: (target) => (asked++, Reflect.ownKeys(target)) });
  const rows = rowsOf({ starts: [1, 2, 3], durations: [0, 0, 0], dataIndex: [0, 0, 0], data: [counting] }, 'events');
  for (const row of rows) assert.is(canonicalData(row.data), '{"a":1,"b":2}');
  assert.is(asked, 1);
});

columns.run();
