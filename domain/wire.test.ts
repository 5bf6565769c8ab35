import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { JsonObject } from './data.ts';
import { isKtError } from './errors.ts';
import { MAX_US, MIN_US } from './time.ts';
import {
  bucketFromWire,
  bucketOfServer,
  bucketToWire,
  eventFromWire,
  eventToWire,
  newEventToWire,
  wellFormedEvents,
} from './wire.ts';

const wire = suite('aw-server’s JSON');

const malformed = (work: () => unknown, message: RegExp) => {
  try {
    work();
  } catch (error) {
    assert.ok(isKtError(error, 'malformed'), String(error));
    assert.match(error.message, message);
    return;
  }
  assert.unreachable(`no error like ${message}`);
};

const TIME = '2024-05-31T09:00:00Z';
const START = 1_717_146_000_000_000n;

wire('carries an event there and back, to the microsecond and the nanosecond', () => {
  const some = fc.record(
    {
      id: fc.integer({ min: 1 }),
      startUs: fc.bigInt(MIN_US / 2n, MAX_US / 2n),
      durationNs: fc.bigInt(-(2n ** 50n), 2n ** 50n),
      data: fc.dictionary(fc.string(), fc.jsonValue()).map((data) => JSON.parse(JSON.stringify(data)) as JsonObject),
    },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(some, (event) => {
      const sent = JSON.parse(JSON.stringify(eventToWire(event))) as object;
      assert.equal(
        Object.keys(sent),
        ['id', 'timestamp', 'duration', 'data'],
        'what the Python client’s constructor takes, and no more',
      );
      assert.equal(eventFromWire(sent), event);
      const { id: _id, ...rest } = event;
      assert.equal(eventFromWire(newEventToWire(rest)), { ...rest, id: null });
    }),
  );
});

wire('reads what watchers send: no id, no duration, any offset, unknown keys', () => {
  const event = { id: null, startUs: START, durationNs: 0n, data: {} };
  for (const sent of [
    { timestamp: TIME, data: {} },
    { timestamp: '2024-05-31 11:00:00.0000009+02:00', data: {}, id: null, duration: 0, extra: [1] },
  ])
    assert.equal(eventFromWire(sent), event);
  assert.equal(eventFromWire({ timestamp: TIME, duration: -1.5, data: { a: 1 }, id: -3 }), {
    id: -3,
    startUs: START,
    durationNs: -1_500_000_000n,
    data: { a: 1 },
  });
});

wire('refuses an event of another shape, and names the field', () => {
  const cases: [unknown, RegExp][] = [
    [null, /event must be a JSON object/],
    [[], /event must be a JSON object/],
    ['text', /event must be a JSON object/],
    [{ data: {} }, /event\.timestamp/],
    [{ timestamp: 1_717_146_000, data: {} }, /event\.timestamp/],
    [{ timestamp: '2024-05-31T09:00', data: {} }, /event\.timestamp/],
    [{ timestamp: '2300-01-01T00:00:00Z', data: {} }, /event\.timestamp/],
    [{ timestamp: TIME, data: {}, duration: '1' }, /event\.duration/],
    [{ timestamp: TIME, data: {}, duration: null }, /event\.duration/],
    [{ timestamp: TIME, data: {}, duration: 1e300 }, /event\.duration/],
    [{ timestamp: TIME, data: {}, duration: 9e9 }, /ends outside/],
    [{ timestamp: TIME }, /event\.data/],
    [{ timestamp: TIME, data: [] }, /event\.data/],
    [{ timestamp: TIME, data: null }, /event\.data/],
    [{ timestamp: TIME, data: {}, id: 1.5 }, /event\.id/],
    [{ timestamp: TIME, data: {}, id: '1' }, /event\.id/],
    [{ timestamp: TIME, data: {}, id: 1e19 }, /event\.id/],
  ];
  for (const [sent, message] of cases) malformed(() => eventFromWire(sent), message);
  malformed(() => eventFromWire({}, 'events[1]'), /events\[1\]\.timestamp/);
});

wire('notes a time without a zone wherever one comes in, and of what is no event nothing', () => {
  const open = '2024-05-31 9:0:0';
  const event = { timestamp: open, data: {} };
  const read: ((zones: { assumed: boolean }) => unknown)[] = [
    (zones) => eventFromWire(event, 'event', zones).startUs,
    (zones) => wellFormedEvents([event], zones)[0]!.startUs,
    (zones) => bucketFromWire({ ...BUCKET, created: open }, zones).createdUs,
    (zones) => bucketFromWire({ ...BUCKET, events: [event] }, zones).events[0]!.startUs,
  ];
  for (const one of read) {
    const zones = { assumed: false };
    assert.equal([one(zones), zones.assumed], [START, true], String(one));
  }
  const zones = { assumed: false };
  wellFormedEvents(
    [
      { timestamp: TIME, data: {} },
      { timestamp: '2024-05-31T9', data: {} },
    ],
    zones,
  );
  assert.not(zones.assumed);
});

const BUCKET = { type: 't', client: 'c', hostname: 'h' };

wire('reads a bucket with what it may leave out, and drops its events that are none', () => {
  assert.equal(bucketFromWire(BUCKET), { ...BUCKET, id: null, createdUs: null, data: {}, events: [] });
  const full = bucketFromWire({
    ...BUCKET,
    id: 'b',
    created: TIME,
    last_updated: TIME,
    data: { a: 1 },
    metadata: 5,
    events: [{ timestamp: TIME, data: {} }, { timestamp: 'no' }, 7],
  });
  assert.equal([full.id, full.createdUs, full.data, full.events.length], ['b', START, { a: 1 }, 1]);
  assert.is(bucketFromWire({ ...BUCKET, created: null, events: null }).createdUs, null);
});

wire('refuses a bucket of another shape, and names the field', () => {
  for (const key of ['type', 'client', 'hostname']) {
    malformed(() => bucketFromWire({ ...BUCKET, [key]: undefined }), new RegExp(`bucket\\.${key}`));
    malformed(() => bucketFromWire({ ...BUCKET, [key]: 5 }), new RegExp(`bucket\\.${key}`));
  }
  const wrong: [object, RegExp][] = [
    [{ id: 5 }, /bucket\.id/],
    [{ created: 'now' }, /bucket\.created/],
    [{ last_updated: 'now' }, /last_updated/],
    [{ data: [] }, /bucket\.data/],
    [{ data: null }, /bucket\.data/],
    [{ events: {} }, /bucket\.events/],
  ];
  for (const [more, message] of wrong) malformed(() => bucketFromWire({ ...BUCKET, ...more }), message);
  malformed(() => bucketFromWire(null), /bucket must be a JSON object/);
});

wire('lists a bucket as aw-server-rust does, with true bounds', () => {
  const bucket = { ...BUCKET, id: 'b', createdUs: START, data: { a: 1 } };
  assert.equal(bucketToWire(bucket, { firstStartUs: START, lastEndUs: START + 1_500_000n }), {
    ...BUCKET,
    id: 'b',
    created: TIME,
    data: { a: 1 },
    metadata: { start: TIME, end: '2024-05-31T09:00:01.500Z' },
    events: null,
    last_updated: '2024-05-31T09:00:01.500Z',
  });
  const empty = bucketToWire({ ...bucket, createdUs: null }, { firstStartUs: null, lastEndUs: null });
  assert.equal([empty.created, empty.metadata, 'last_updated' in empty], [null, { start: null, end: null }, false]);
  assert.equal(bucketOfServer('b', bucketToWire(bucket, { firstStartUs: null, lastEndUs: null })), bucket);
});

wire('reads a bucket as either aw-server lists it', () => {
  const python = {
    id: 'b',
    name: null,
    type: 't',
    client: 'c',
    hostname: 'h',
    created: '2024-05-31T09:00:00+00:00',
    last_updated: TIME,
  };
  assert.equal(bucketOfServer('b', python), { ...BUCKET, id: 'b', createdUs: START, data: {} });
  assert.equal(bucketOfServer('b', { type: null, data: null }), {
    id: 'b',
    type: '',
    client: '',
    hostname: '',
    createdUs: null,
    data: {},
  });
  malformed(() => bucketOfServer('b', null), /bucket b/);
});

wire.run();
