import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { eventFromRead, makeEventReader, ReadEvent } from './wire-reader.ts';
import { eventFromWire, type EventInput } from './wire.ts';

const reader = suite('a reader of events');

/** What came of it, or the error's message. */
const outcome = (read: () => EventInput): unknown => {
  try {
    return { ...read() };
  } catch (error) {
    return error instanceof SyntaxError ? 'no JSON' : String(error);
  }
};
const alike = (read: (piece: string) => unknown, piece: string): void =>
  assert.equal(
    outcome(() => eventFromRead(read(piece), 'event')),
    outcome(() => eventFromWire(JSON.parse(piece))),
    piece,
  );

const data = fc.oneof(
  fc.constantFrom('{}', '{"a":1}', '{"a": "x", "b": null}', '{"__proto__":{"x":1}}', '{"a":1,"a":2}', '{"n":1e400}'),
  fc.constantFrom(
    '{"t":"\\ud83d"}',
    '{"t":"}"}',
    '{"a":1},"id":7',
    '{"a":1},"data":{"b":2}',
    '{"a":1',
    '[]',
    '7',
    '{,}',
  ),
  fc.jsonValue().map((value) => JSON.stringify(value)),
);
const piece = fc
  .record({
    blank: fc.constantFrom('', ' ', '  ', '\n'),
    id: fc.constantFrom('', '"id":null,', '"id": 5,', '"id":"x",'),
    timestamp: fc.constantFrom(
      '2024-05-31T09:30:00Z',
      '2024-05-31T09:30:00.123456+00:00',
      '2024-05-31 09:30',
      '2024-02-30T09:30:00Z',
      '2262-04-11T23:47:16Z',
      '\\u0032024-05-31T09:30:00Z',
      '',
    ),
    duration: fc.oneof(
      fc.constantFrom('0', '1.0', '-0', '1e3', '1e400', '01', '.5', '"1"', 'null', '9223372036', '1E-9'),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => JSON.stringify(number)),
    ),
    data,
    end: fc.constantFrom('', '', '', ',"more":1', ' ', ','),
  })
  .map(
    ({ blank: b, id, timestamp, duration, data, end }) =>
      `{${b}${id}${b}"timestamp":${b}"${timestamp}",${b}"duration":${b}${duration},${b}"data":${b}${data}${end}}`,
  );

reader('reads what JSON.parse and the wire format make of it, and refuses what they refuse', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
      const read = makeEventReader();
      // Twice: the second time, data is known.
      for (const one of [...pieces, ...pieces]) alike(read, one);
    }),
    { numRuns: 3_000 },
  );
});

reader('knows how clients write events, and gives equal data one object', () => {
  const read = makeEventReader();
  const event = { timestamp: '2024-05-31T09:30:00.5Z', duration: 1.5, data: { app: 'vim', title: 'ü😀' } };
  const [javascript, python] = [
    JSON.stringify(event),
    JSON.stringify({ id: null, ...event }, null, 1).replace(/\n */g, ' '),
  ];
  const pythons = python.replace('{ "id"', '{"id"').replace('{ "app"', '{"app"').replaceAll(' }', '}');
  const [first, second, third] = [read(javascript), read(javascript), read(pythons)] as ReadEvent[];
  for (const one of [first, second, third]) {
    assert.instance(one, ReadEvent);
    assert.equal({ ...one! }, eventFromWire(event));
  }
  assert.is(first!.data, second!.data);
});

reader.run();
