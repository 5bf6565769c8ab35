import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { canonicalData } from '../../domain/shared-data.ts';
import type { StoredEvent } from '../../domain/event.ts';
import { makeLocalServer } from './local-server.ts';
import { listed } from '../../domain/sync/listed.ts';
import { usualRows } from './usual-page.ts';

const pages = suite('a page as aw-servers print it');

const usualPage = (text: string): readonly StoredEvent[] | null => {
  const rows = usualRows(Buffer.from(text));
  return rows && listed(rows).events;
};

/** The same page read by JSON.parse, which a blank before its first bracket brings about. */
const parsed = async (text: string): Promise<{ events: readonly StoredEvent[]; unreadable: number } | 'refused'> => {
  const local = makeLocalServer({ url: 'http://aw', fetch: async () => new Response(` ${text}`) });
  const page = await local.events('b', {}).catch(() => null);
  return page ? { events: page.events, unreadable: page.unreadable.length } : 'refused';
};

const rust = (rows: readonly string[]): string => `[${rows.join(',')}]`;
const python = (rows: readonly string[]): string => `[${rows.join(', ')}]\n`;
const row = (id: string, timestamp: string, duration: string, data: string, blank = ''): string =>
  `{"id":${blank}${id},${blank}"timestamp":${blank}"${timestamp}",${blank}"duration":${blank}${duration},` +
  `${blank}"data":${blank}${data}}`;

const USUAL = row('7', '2024-05-31T09:30:00.123456Z', '1.5', '{"app":"a","title":"b"}');

pages('is read without JSON.parse of its rows, by Rust and by Python', () => {
  const spaced = row('7', '2024-05-31T09:30:00.123000+00:00', '0.0', '{"app": "a", "title": "b"}', ' ');
  for (const text of [rust([USUAL, USUAL]), python([spaced, spaced])]) {
    const events = usualPage(text)!;
    assert.equal([events.length, events[0]!.id, events[0]!.data], [2, 7, { app: 'a', title: 'b' }]);
    assert.is(events[0]!.data, events[1]!.data, 'one object');
    assert.is(canonicalData(events[0]!.data), canonicalData(events[1]!.data));
  }
});

pages('is left to JSON.parse where one row has another form', () => {
  for (const other of [
    row('-7', '2024-05-31T09:30:00Z', '1', '{}'),
    row('07', '2024-05-31T09:30:00Z', '1', '{}'),
    row('null', '2024-05-31T09:30:00Z', '1', '{}'),
    row('9007199254740993', '2024-05-31T09:30:00Z', '1', '{}'),
    row('7', '1969-05-31T09:30:00Z', '1', '{}'),
    row('7', '2024-05-31T09:30:00', '1', '{}'),
    row('7', '2262-04-11T23:47:16Z', '1', '{}'),
    row('7', '2024-05-31T09:30:00Z', '-1', '{}'),
    row('7', '2024-05-31T09:30:00Z', '01', '{}'),
    row('7', '2024-05-31T09:30:00Z', '1.', '{}'),
    row('7', '2024-05-31T09:30:00Z', 'NaN', '{}'),
    row('7', '2024-05-31T09:30:00Z', '1', '{"a":NaN}'),
    row('7', '2024-05-31T09:30:00Z', '1', '{"a":1e400}'),
    row('7', '2024-05-31T09:30:00Z', '1', '{"a":1},"more":{}'),
    row('7', '2024-05-31T09:30:00Z', '1', '{"a":[{"b":{}},{"id":1}]}'),
    row('7', '2024-05-31T09:30:00Z', '1', '{"a":{'),
    '{}',
    'null',
  ])
    for (const text of [rust([USUAL, other]), rust([other, USUAL])]) assert.is(usualPage(text), null, text);
  for (const text of ['', '[]', '{}', '[', 'null', `${USUAL}`, `[${USUAL}`, `[${USUAL},]`, `[${USUAL}]x`])
    assert.is(usualPage(text), null, text);
});

const anyData = fc.oneof(
  fc.constantFrom(
    '{}',
    '{"a":1}',
    '{"a": "x", "b": null}',
    '{"__proto__":{"x":1}}',
    '{"t":"ä – 🎈"}',
    '{"t":" "}',
    '{"a":1,"a":2}',
    '{"n":1e400}',
    '{"t":"\\ud83d"}',
    '{"t":"}},{\\"id\\":"}',
    '{"t":"}"}',
    '{"a":[{"b":{}},{"id":1}]}',
    '{"a":[{"b":{}}, {"id": 1}]}',
    '{"a":{"b":{}}}',
    '{"a":1},"id":7',
    '{"a":1',
    '[]',
    '7',
  ),
  fc.dictionary(fc.string(), fc.jsonValue()).map((value) => JSON.stringify(value)),
);
const anyRow = fc
  .record({
    id: fc.oneof(fc.constantFrom('0', '-1', '01', 'null', '1.5', '"7"', '999999999999999'), fc.nat().map(String)),
    timestamp: fc.oneof(
      fc.constantFrom(
        '2024-05-31T09:30:00Z',
        '2024-05-31T09:30:00.1234567+00:00',
        '2024-05-31 09:30',
        '',
        '1900-01-01',
      ),
      fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
    ),
    duration: fc.oneof(
      fc.constantFrom('0.123456789', '999999.999999999', '1234567.5', '2.1234567891'),
      fc.constantFrom('0', '0.0', '1.0', '-0', '1e3', '1e400', '01', '.5', '1.', '"1"', 'null', 'NaN', '9223372036'),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => JSON.stringify(number)),
    ),
    data: anyData,
    blank: fc.constantFrom('', '', ' '),
  })
  .map(({ id, timestamp, duration, data, blank }) => row(id, timestamp, duration, data, blank));
const usualRow = fc
  .record({ id: fc.nat(), ms: fc.nat(), us: fc.nat(9_999_999), data: anyData })
  .map(({ id, ms, us, data }) => row(`${id}`, new Date(1.7e12 + ms).toISOString(), `${us / 1e6}`, data));

pages('are decoded as UTF-8, and what is none as replacement characters', async () => {
  const whole = Buffer.from(rust([USUAL, row('8', '2024-05-31T09:30:00Z', '1', '{"t":"€🎈"}')]));
  const titleOf = (bytes: Buffer) => listed(usualRows(bytes)!).events[1]!.data;
  assert.equal(titleOf(whole), { t: '€🎈' });
  const torn = Buffer.concat([whole.subarray(0, -6), whole.subarray(-5)]);
  assert.equal(titleOf(torn), JSON.parse(new TextDecoder().decode(torn))[1].data);
  assert.is(usualRows(Buffer.concat([whole, Buffer.from([0xa0])])), null, 'and a byte behind it is no blank');
  assert.ok(usualRows(Buffer.concat([whole, Buffer.from('\r\n \t')])));
});

pages('are, where they are read so, what JSON.parse makes of them', async () => {
  let read = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof({ weight: 5, arbitrary: usualRow }, anyRow), { maxLength: 4 }), async (rows) => {
      for (const text of [rust(rows), python(rows)]) {
        const events = usualPage(text);
        if (events === null) continue;
        read++;
        assert.equal(await parsed(text), { events, unreadable: 0 }, text);
      }
    }),
    { numRuns: 1_000 },
  );
  assert.ok(read > 50, `${read}`);
});

pages.run();
