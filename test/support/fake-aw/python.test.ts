import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { asker, BUCKET, E, fresh, ids, spans, T, type Ask } from './ask.ts';
import { makeFakeAw } from './server.ts';

/**
 * Where docs/spec/rest.md is silent, the expectations are answers of a real aw-server 0.12 (aw-core 0.5.18, peewee
 * storage) to the same requests.
 */
const python = suite('fake-aw: [P]');
const open = () =>
  fresh({ kind: 'python', hostname: 'me', deviceId: 'my-device', now: () => 1_600_000_000_123_456_789n });
const beat = (ask: Ask, at: number, pulsetime: number | string, data: object = {}, duration = 0) =>
  ask('POST', `buckets/b/heartbeat?pulsetime=${pulsetime}`, E(at, duration, data));

python('is strict about trailing slashes', async () => {
  const ask = await open();
  const moved = await ask('GET', 'buckets');
  assert.equal([moved.status, moved.headers.get('location')], [308, '/api/0/buckets/']);
  assert.is((await ask('POST', 'query', {})).status, 308);
  for (const path of ['info/', 'buckets/b/', 'buckets/b/events/', 'nope'])
    assert.is((await ask('GET', path)).status, 404, path);
  assert.is((await ask('POST', 'info', {})).status, 405);
});

python('drops data, created and events of a new bucket', async () => {
  const ask = await open();
  const made = await ask('POST', 'buckets/n', {
    ...BUCKET,
    created: T(0),
    data: { a: 1 },
    events: [E(0, 1)],
    hostname: 'two words',
  });
  assert.equal([made.status, made.json], [200, {}]);
  const bucket = {
    id: 'n',
    created: '2020-09-13T12:26:40.123456+00:00',
    name: null,
    type: 't',
    client: 'c',
    hostname: 'two words',
    data: {},
  };
  assert.equal((await ask('GET', 'buckets/n')).json, bucket);
  assert.equal((await ask('GET', 'buckets/')).json.n, bucket);
  assert.is((await ask('POST', 'buckets/n', BUCKET)).status, 304);
  assert.is((await ask('POST', 'buckets/m', { client: 'c' })).status, 500);
  assert.is((await ask('POST', 'buckets/m', '{bad')).status, 400);
  assert.is((await ask('PUT', 'buckets/n', { ...BUCKET, data: {} })).status, 500);
});

python('tells last_updated in the list only, of buckets with events', async () => {
  const ask = await open();
  await ask('POST', 'buckets/b/events', [E(0, 90), E(5, 1)]);
  assert.is((await ask('GET', 'buckets/')).json.b.last_updated, '2020-01-01T00:00:06+00:00');
  assert.not('last_updated' in (await ask('GET', 'buckets/b')).json);
});

python('deletes a bucket by force only, unless testing', async () => {
  const ask = await open();
  assert.is((await ask('DELETE', 'buckets/b')).status, 401);
  assert.is((await ask('DELETE', 'buckets/b?force=2')).status, 401);
  assert.is((await ask('DELETE', 'buckets/nope?force=1')).status, 404);
  assert.equal((await ask('DELETE', 'buckets/b?force=1')).json, {});
  const testing = await fresh({ kind: 'python', testing: true });
  assert.is((await testing('DELETE', 'buckets/b')).status, 200);
});

python('takes an array or an object of events, and answers null to both', async () => {
  const ask = await open();
  for (const body of [E(0, 1), [E(0, 1)], [E(0, 1), E(1, 1)], [], {}])
    assert.equal([(await ask('POST', 'buckets/b/events', body)).text.trim()], ['null'], JSON.stringify(body));
  assert.is((await ask('GET', 'buckets/b/events/count')).json, 5);
  assert.is((await ask('POST', 'buckets/b/events', { ...E(0, 1), foo: 1 })).status, 500);
  assert.is((await ask('POST', 'buckets/b/events', '"x"')).status, 400);
  assert.is((await ask('POST', 'buckets/nope/events', [])).status, 404);
});

python('floors times to ms and rounds durations to µs, in ASCII', async () => {
  const ask = await open();
  await ask('POST', 'buckets/b/events', {
    timestamp: '2020-01-01T00:00:00.5678Z',
    duration: 1.23456789,
    data: { é: '\ud83d' },
  });
  const { text, json } = await ask('GET', 'buckets/b/events/1');
  assert.equal([json.timestamp, json.duration], ['2020-01-01T00:00:00.567000+00:00', 1.234568]);
  assert.match(text, '{"\\u00e9":"\\ud83d"}');
});

python('gives a deleted newest id away again', async () => {
  const ask = await open();
  await ask('POST', 'buckets/c', BUCKET);
  await ask('POST', 'buckets/b/events', [E(0, 1), E(1, 1), E(2, 1)]);
  await ask('DELETE', 'buckets/b/events/2');
  await ask('DELETE', 'buckets/b/events/3');
  await ask('POST', 'buckets/c/events', [E(3, 1), E(4, 1)]);
  assert.equal(ids(await ask('GET', 'buckets/c/events')), [3, 2]);
  await ask('DELETE', 'buckets/b?force=1');
  await ask('DELETE', 'buckets/c?force=1');
  await ask('POST', 'buckets/b', BUCKET);
  await ask('POST', 'buckets/b/events', [E(3, 1)]);
  assert.equal(ids(await ask('GET', 'buckets/b/events')), [1]);
});

python('lists equal starts highest id first', async () => {
  const ask = await open();
  await ask('POST', 'buckets/b/events', [E(0, 9), E(0, 1), E(5, 0), E(0, 5)]);
  assert.equal(ids(await ask('GET', 'buckets/b/events')), [3, 4, 2, 1]);
});

python('clips by a floored start and by an end rounded up to the next ms', async () => {
  const ask = await open();
  await ask('POST', 'buckets/b/events', [E(0, 60), E(60, 60)]);
  const table: Array<[query: string, want: string[]]> = [
    [`end=${T(30)}`, ['0+30.001']],
    [`start=${T(30)}&end=${T(90)}`, ['60+30.001', '30+30']],
    [`end=${T(60)}`, ['60+0.001', '0+60']],
    ['end=2020-01-01T00:00:59.999Z', ['60+0', '0+60']],
    ['end=2020-01-01T00:00:59.998999Z', ['0+59.999']],
    ['start=2020-01-01T00:00:59.9996Z&limit=1', ['60+60']],
    [`start=${T(60)}`, ['60+60', '60+0']],
    [`start=${T(70)}&end=${T(20)}`, []],
  ];
  for (const [query, want] of table) assert.equal(spans(await ask('GET', `buckets/b/events?${query}`)), want, query);
});

python('counts an end that falls on the start only on a whole second, as SQLite compares the text', async () => {
  const ask = await open();
  await ask('POST', 'buckets/b/events', [E(0, 1.5), E(0, 2)]);
  assert.equal(spans(await ask('GET', 'buckets/b/events?start=2020-01-01T00:00:01.500Z')), ['1.5+0.5']);
  assert.equal(spans(await ask('GET', 'buckets/b/events?start=2020-01-01T00:00:02Z')), ['2+0']);
});

python('misses events that start more than 24 h before the start', async () => {
  const ask = await open();
  await ask('POST', 'buckets/b/events', [E(0, 200_000)]);
  assert.equal(spans(await ask('GET', `buckets/b/events?start=${T(86_400)}`)), ['86400+113600']);
  assert.equal(spans(await ask('GET', `buckets/b/events?start=${T(86_400.001)}`)), []);
});

python('counts by start and end, without rounding the end', async () => {
  const ask = await open();
  await ask('POST', 'buckets/b/events', [E(0, 10), E(60, 10)]);
  const count = async (query: string) => (await ask('GET', `buckets/b/events/count?${query}`)).json;
  assert.equal(
    [await count(''), await count(`start=${T(30)}`), await count(`end=${T(59.999)}`), await count(`end=${T(60)}`)],
    [2, 1, 1, 2],
  );
});

python('fails on bad limits and times, and takes any negative limit for none', async () => {
  const ask = await open();
  await ask('POST', 'buckets/b/events', [E(0, 0), E(1, 0)]);
  for (const query of ['limit=abc', 'limit=', 'limit=1.5', 'limit=99999999999999999999', 'start=bad', 'end='])
    assert.is((await ask('GET', `buckets/b/events?${query}`)).status, 500, query);
  for (const [limit, want] of [
    ['-1', 2],
    ['-2', 2],
    ['0', 0],
    ['1', 1],
    ['%201', 1],
  ] as const)
    assert.is((await ask('GET', `buckets/b/events?limit=${limit}`)).json.length, want);
  assert.is((await ask('GET', 'buckets/b/events?start=2020-01-01')).json.length, 2);
});

python('answers 404 null for a missing event, and tells whether it deleted one', async () => {
  const ask = await open();
  await ask('POST', 'buckets/b/events', [E(0, 0)]);
  const missing = await ask('GET', 'buckets/b/events/9');
  assert.equal([missing.status, missing.json], [404, null]);
  assert.is((await ask('GET', 'buckets/b/events/abc')).status, 404);
  assert.equal((await ask('DELETE', 'buckets/b/events/1')).json, { success: 1 });
  assert.equal((await ask('DELETE', 'buckets/b/events/1')).json, { success: 0 });
});

python('upserts: replaces, steals from another bucket, and loses an unknown id', async () => {
  const ask = await open();
  await ask('POST', 'buckets/c', BUCKET);
  await ask('POST', 'buckets/b/events', [E(0, 0), E(1, 0)]);
  await ask('POST', 'buckets/b/events', [{ id: 1, ...E(9, 9) }]);
  assert.equal(spans(await ask('GET', 'buckets/b/events')), ['9+9', '1+0']);
  await ask('POST', 'buckets/c/events', [{ id: 1, ...E(8, 8) }]);
  assert.equal([ids(await ask('GET', 'buckets/b/events')), ids(await ask('GET', 'buckets/c/events'))], [[2], [1]]);
  assert.is((await ask('POST', 'buckets/b/events', [{ id: 77, ...E(0, 0) }])).status, 200);
  assert.is((await ask('GET', 'buckets/b/events/count')).json, 1);
});

python('merges heartbeats into the newest event by time, whatever it was', async () => {
  const ask = await open();
  await beat(ask, 0, 5, { a: 1 });
  await beat(ask, 100, 5, { a: 2 });
  await beat(ask, 50, 5, { a: 1 });
  assert.equal((await beat(ask, 52, 5, { a: true })).json, {
    id: 2,
    timestamp: '2020-01-01T00:00:50+00:00',
    duration: 2,
    data: { a: 1 },
  });
  assert.equal(spans(await ask('GET', 'buckets/b/events')), ['50+0', '50+2', '0+0']);
});

python('keeps the slot when its event or bucket is gone', async () => {
  const ask = await open();
  await beat(ask, 0, 5);
  await ask('DELETE', 'buckets/b/events/1');
  for (const at of [1, 2]) assert.is((await beat(ask, at, 5)).status, 500);
  assert.is((await beat(ask, 60, 5)).json.id, 1);
  await ask('POST', 'buckets/b/events', E(90, -1));
  ask.aw.restart();
  assert.is((await beat(ask, 90, 5)).json.id, 3, 'a negative duration is never merged into');
});

python('asks for a pulsetime, a timestamp and an object', async () => {
  const ask = await open();
  assert.is((await ask('POST', 'buckets/b/heartbeat', E(0, 0))).status, 400);
  assert.is((await beat(ask, 0, 'x')).status, 500);
  assert.is((await ask('POST', 'buckets/b/heartbeat?pulsetime=1', [])).status, 400);
  assert.is((await ask('POST', 'buckets/b/heartbeat?pulsetime=1', { data: {} })).status, 400);
  assert.is((await ask('POST', 'buckets/nope/heartbeat?pulsetime=1', E(0, 0))).status, 404);
});

python('exports without ids, as text/html, and imports into new buckets only', async () => {
  const ask = await open();
  await ask('POST', 'buckets/b/events', [E(0, 1, { a: 1 })]);
  const file = await ask('GET', 'export');
  assert.is(file.headers.get('content-type'), 'text/html; charset=utf-8');
  assert.equal(file.json.buckets.b.events, [{ timestamp: '2020-01-01T00:00:00+00:00', duration: 1, data: { a: 1 } }]);
  assert.is((await ask('POST', 'import', file.text)).status, 500);
  const other = asker(makeFakeAw({ kind: 'python' }));
  assert.is((await other('POST', 'import', file.text)).status, 200);
  assert.equal((await other('GET', 'export')).json, file.json);
  assert.is(
    (await other('POST', 'import', { buckets: { x: { id: 'x', ...BUCKET, events: [] } } })).status,
    500,
    'without created',
  );
});

python('settings forget falsy values, and cannot be deleted', async () => {
  const ask = await open();
  assert.equal((await ask('POST', 'settings/k', { a: [1] })).json, { a: [1] });
  assert.equal((await ask('GET', 'settings')).json, { k: { a: [1] } });
  await ask('POST', 'settings/k', '0');
  assert.equal([(await ask('GET', 'settings/k')).json, (await ask('GET', 'settings')).json], [null, {}]);
  assert.is((await ask('DELETE', 'settings/k')).status, 405);
});

python('[P] takes NaN, Infinity and 1e400 and prints them as no JSON; [R] refuses them', async () => {
  const data = '{"a": NaN, "b": [-Infinity, 1e400], "c": "NaN, \\"Infinity", "d": null}';
  const body = `[{"timestamp": "${T(0)}", "data": ${data}}]`;
  const python = await fresh({ kind: 'python' });
  assert.is((await python('POST', 'buckets/b/events', body)).status, 200);
  const { text, json } = await python('GET', 'buckets/b/events');
  assert.is(json, undefined);
  assert.match(text, /"data":{"a":NaN,"b":\[-Infinity,Infinity\],"c":"NaN, \\"Infinity","d":null}/);
  assert.is((await (await fresh({ kind: 'rust' }))('POST', 'buckets/b/events', body)).status, 400);
});

python.run();
