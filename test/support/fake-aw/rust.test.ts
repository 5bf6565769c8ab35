import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { asker, BUCKET, E, fresh, ids, spans, T, T_NS } from './ask.ts';
import { makeFakeAw } from './server.ts';

const rust = suite('fake-aw: [R] buckets and events');
const open = () => fresh({ kind: 'rust', hostname: 'me', deviceId: 'my-device' });

rust('tells who it is, with or without slash', async () => {
  const ask = await open();
  assert.equal((await ask('GET', 'info')).json, {
    hostname: 'me',
    version: 'v0.14.0 (rust)',
    testing: false,
    device_id: 'my-device',
  });
  assert.equal(Object.keys((await ask('GET', 'buckets')).json), ['b']);
  assert.equal(Object.keys((await ask('GET', 'buckets/')).json), ['b']);
});

rust('keeps created and data of a new bucket, and answers 304 for an old one', async () => {
  const ask = await open();
  const made = await ask('POST', 'buckets/n', {
    ...BUCKET,
    id: 'other',
    created: '2020-01-01T01:00:00+02:00',
    data: { z: 1, a: { b: 2 } },
  });
  assert.equal([made.status, made.text, made.headers.get('content-type')], [200, '', null]);
  assert.equal((await ask('GET', 'buckets/n')).json, {
    id: 'n',
    type: 't',
    client: 'c',
    hostname: 'h',
    created: '2019-12-31T23:00:00Z',
    data: { a: { b: 2 }, z: 1 },
    metadata: { start: null, end: null },
    events: null,
    last_updated: null,
  });
  assert.is((await ask('POST', 'buckets/n', { ...BUCKET, type: 'else' })).status, 304);
  assert.is((await ask('GET', 'buckets/n')).json.type, 't');
  assert.is((await ask('GET', 'buckets/other')).status, 404);
});

rust('takes the whole struct with nulls, skips invalid events in it', async () => {
  const ask = await open();
  const struct = {
    id: 'w',
    ...BUCKET,
    created: null,
    data: {},
    metadata: { start: null, end: null },
    events: [E(0, 5), { bad: 1 }],
    last_updated: null,
  };
  assert.is((await ask('POST', 'buckets/w', struct)).status, 200);
  assert.equal(spans(await ask('GET', 'buckets/w/events')), ['0+5']);
  assert.equal((await ask('GET', 'buckets/w')).json.metadata, {
    start: '2020-01-01T00:00:00Z',
    end: '2020-01-01T00:00:05Z',
  });
});

rust('resolves !local, and refuses whitespace in the hostname of a new bucket', async () => {
  const ask = await open();
  await ask('POST', 'buckets/l', { ...BUCKET, hostname: '!local', data: { a: 1, device_id: 'mine' } });
  const { hostname, data } = (await ask('GET', 'buckets/l')).json;
  assert.equal([hostname, data], ['me', { a: 1, device_id: 'my-device' }]);
  const refused = await ask('POST', 'buckets/space', { ...BUCKET, hostname: 'two words' });
  assert.is(refused.status, 400);
  assert.type(refused.json.message, 'string');
  assert.is((await ask('POST', 'buckets/b', { ...BUCKET, hostname: 'two words' })).status, 304);
});

rust('refuses wrong bodies with 400 and 422, and wrong content types with 404', async () => {
  const ask = await open();
  const table: Array<[status: number, body: unknown]> = [
    [422, { client: 'c', type: 't' }],
    [422, { ...BUCKET, client: 1 }],
    [422, null],
    [422, []],
    [422, { ...BUCKET, data: null }],
    [422, { ...BUCKET, created: '2020-01-01' }],
    [422, { ...BUCKET, id: null }],
    [400, '{bad'],
    [400, ''],
    [400, '\ufeff{}'],
  ];
  for (const [status, body] of table)
    assert.is((await ask('POST', 'buckets/x', body)).status, status, JSON.stringify(body));
  assert.is((await ask('POST', 'buckets/x', BUCKET, { 'content-type': 'text/plain' })).status, 404);
  assert.is(
    (await ask('POST', 'buckets/x', BUCKET, { 'content-type': 'Application/JSON; charset=utf-8' })).status,
    200,
  );
  assert.is((await ask('PUT', 'buckets/x', BUCKET)).status, 404);
});

rust(
  'returns what it stored, in request order, with ids that rise over all buckets and are never given twice',
  async () => {
    const ask = await open();
    await ask('POST', 'buckets/c', BUCKET);
    const stored = await ask('POST', 'buckets/b/events', [E(9, 1, { b: 1, a: 2 }), E(0, 1)]);
    assert.equal(stored.json[0], { id: 1, timestamp: '2020-01-01T00:00:09Z', duration: 1, data: { a: 2, b: 1 } });
    assert.equal(ids(stored), [1, 2]);
    assert.equal(ids(await ask('POST', 'buckets/c/events', [E(0, 1)])), [3]);
    await ask('DELETE', 'buckets/c/events/3');
    await ask('DELETE', 'buckets/b');
    await ask('POST', 'buckets/b', BUCKET);
    assert.equal(ids(await ask('POST', 'buckets/b/events', [E(0, 1)])), [4]);
  },
);

rust('refuses an object instead of an array, malformed events, lone surrogates; nothing is stored', async () => {
  const ask = await open();
  const table: Array<[status: number, body: unknown]> = [
    [422, E(0, 1)],
    [422, [E(0, 1), { x: 1 }]],
    [422, [{ timestamp: T(0) }]],
    [422, [{ ...E(0, 1), duration: '1' }]],
    [422, [{ ...E(0, 1), duration: null }]],
    [422, [{ ...E(0, 1), id: '5' }]],
    [422, [{ ...E(0, 1), data: [] }]],
    [422, [{ timestamp: 1577836800, data: {} }]],
    [400, '[{"timestamp":"2020-01-01T00:00:00Z","data":{"t":"\\ud83d"}}]'],
    [400, '[{"timestamp":"2020-01-01T00:00:00Z","data":{"t":1e400}}]'],
  ];
  for (const [status, body] of table)
    assert.is((await ask('POST', 'buckets/b/events', body)).status, status, JSON.stringify(body));
  assert.is((await ask('GET', 'buckets/b/events/count')).text, '0');
  assert.is(
    (
      await ask(
        'POST',
        'buckets/b/events',
        '[{"timestamp":"2020-01-01T00:00:00Z","data":{"t":"\\ud83d\\ude00"},"foo":1}]',
      )
    ).status,
    200,
  );
});

rust('answers [] for no events even without a bucket, else 404', async () => {
  const ask = await open();
  assert.is((await ask('POST', 'buckets/nope/events', [])).text, '[]');
  assert.is((await ask('POST', 'buckets/nope/events', [E(0, 1)])).status, 404);
});

rust('keeps nanoseconds, and truncates durations', async () => {
  const ask = await open();
  const { json } = await ask('POST', 'buckets/b/events', [
    { timestamp: '2020-01-01T02:00:00.123456789+02:00', duration: 8.2, data: {} },
  ]);
  assert.equal([json[0].timestamp, json[0].duration], ['2020-01-01T00:00:00.123456789Z', 8.199999999]);
});

rust('lists newest start first; ties by end, then by id', async () => {
  const ask = await open();
  await ask('POST', 'buckets/b/events', [
    E(0, 3, { n: 1 }),
    E(60, 0, { n: 2 }),
    E(0, 1, { n: 3 }),
    E(0, 1, { n: 4 }),
    E(30, 0, { n: 5 }),
  ]);
  const order = (await ask('GET', 'buckets/b/events')).json.map((event: any) => event.data.n);
  assert.equal(order, [2, 5, 3, 4, 1]);
});

rust('selects by inclusive bounds, and clips', async () => {
  const ask = await open();
  await ask('POST', 'buckets/b/events', [E(0, 60), E(60, 60), E(120, 0), E(180, 3600)]);
  const table: Array<[query: string, want: string[]]> = [
    [`start=${T(30)}&end=${T(90)}`, ['60+30', '30+30']],
    [`start=${T(60)}&end=${T(60)}`, ['60+0', '60+0']],
    [`start=${T(120)}`, ['180+3600', '120+0', '120+0']],
    [`end=${T(120)}`, ['120+0', '60+60', '0+60']],
    [`start=${T(1800)}&end=${T(1860)}`, ['1800+60']],
    [`start=${T(90)}&end=${T(30)}`, []],
    [`start=${T(99999)}`, []],
    [`end=${T(120)}&limit=2`, ['120+0', '60+60']],
  ];
  for (const [query, want] of table) assert.equal(spans(await ask('GET', `buckets/b/events?${query}`)), want, query);
  const { timestamp, duration } = (await ask('GET', 'buckets/b/events/4')).json;
  assert.equal([timestamp, duration], ['2020-01-01T00:03:00Z', 3600], 'by id it is whole');
});

rust('takes what is no unsigned number for no limit', async () => {
  const ask = await open();
  await ask('POST', 'buckets/b/events', [E(0, 0), E(1, 0)]);
  const table: Array<[limit: string, want: number]> = [
    ['1', 1],
    ['02', 2],
    ['0', 0],
    ['-1', 2],
    ['abc', 2],
    ['', 2],
    ['1.5', 2],
    ['%201', 2],
    ['18446744073709551616', 2],
    ['9223372036854775808', 2],
  ];
  for (const [limit, want] of table)
    assert.is((await ask('GET', `buckets/b/events?limit=${limit}`)).json.length, want, limit);
  assert.is((await ask('GET', 'buckets/b/events?limit=1&limit=1')).json.length, 2, 'repeated');
});

rust('refuses times that are not strict RFC 3339 with 400, before it looks for the bucket', async () => {
  const ask = await open();
  for (const time of [
    'bad',
    '',
    '2020-01-01',
    '2020-01-01T00:00:00',
    '2020-01-01T00:00:00-24:00',
    '2020-01-01T00:00:00+00:00',
  ])
    for (const bucket of ['b', 'nope']) {
      const refused = await ask('GET', `buckets/${bucket}/events?start=${time}`);
      assert.is(refused.status, 400, time);
      assert.type(refused.json.message, 'string');
    }
  assert.is((await ask('GET', 'buckets/b/events?start=2020-01-01T00:00:00%2B00:00')).status, 200);
  assert.is((await ask('GET', `buckets/nope/events?start=${T(9)}&end=${T(0)}`)).status, 404);
});

rust('hides what ends before 1970 from lists and counts, and clips there', async () => {
  const ask = await open();
  const stored = await ask('POST', 'buckets/b/events', [
    { timestamp: '1969-12-31T23:00:00Z', duration: 60, data: {} },
    { timestamp: '1969-12-31T23:59:50Z', duration: 20, data: {} },
  ]);
  const listed = await ask('GET', 'buckets/b/events');
  assert.equal(
    [listed.json.length, listed.json[0].timestamp, listed.json[0].duration],
    [1, '1970-01-01T00:00:00Z', 10],
  );
  assert.is((await ask('GET', 'buckets/b/events/count')).text, '1');
  assert.is((await ask('GET', 'buckets/b/events?start=1960-01-01T00:00:00Z')).json.length, 2);
  assert.is((await ask('GET', `buckets/b/events/${ids(stored)[0]}`)).json.duration, 60);
});

rust('keeps negative durations; a start hides them', async () => {
  const ask = await open();
  await ask('POST', 'buckets/b/events', [E(10, -5)]);
  assert.equal(spans(await ask('GET', `buckets/b/events?end=${T(10)}`)), ['10+-5']);
  assert.equal(spans(await ask('GET', `buckets/b/events?start=${T(6)}`)), []);
  assert.equal(spans(await ask('GET', `buckets/b/events?start=${T(5)}`)), ['10+-5']);
});

rust('counts without regard to start and end', async () => {
  const ask = await open();
  await ask('POST', 'buckets/b/events', [E(0, 1), E(60, 1)]);
  assert.is((await ask('GET', `buckets/b/events/count?start=${T(59)}&end=bad`)).text, '2');
  assert.is((await ask('GET', 'buckets/nope/events/count')).status, 404);
});

rust('answers 500 for a missing event, and 200 for deleting it', async () => {
  const ask = await open();
  await ask('POST', 'buckets/c', BUCKET);
  await ask('POST', 'buckets/c/events', [E(0, 1)]);
  assert.is((await ask('GET', 'buckets/b/events/1')).status, 500, 'of another bucket');
  assert.is((await ask('GET', 'buckets/b/events/99')).status, 500);
  assert.is((await ask('GET', 'buckets/b/events/abc')).status, 422);
  assert.is((await ask('GET', 'buckets/nope/events/1')).status, 404);
  assert.equal(
    [(await ask('DELETE', 'buckets/b/events/1')).status, (await ask('DELETE', 'buckets/b/events/1')).text],
    [200, ''],
  );
  assert.is((await ask('GET', 'buckets/c/events/count')).text, '1');
});

rust('replaces by id; of one id twice the last stays', async () => {
  const ask = await open();
  await ask('POST', 'buckets/b/events', [E(0, 1), E(5, 1)]);
  const answer = await ask('POST', 'buckets/b/events', [
    { id: 1, ...E(100, 2, { x: 1 }) },
    { id: 1, ...E(50, 3) },
    E(7, 0),
  ]);
  assert.equal(ids(answer), [1, 1, 3]);
  assert.equal(spans(await ask('GET', 'buckets/b/events')), ['50+3', '7+0', '5+1']);
});

rust('takes an unknown id, and goes on above it', async () => {
  const ask = await open();
  assert.equal(ids(await ask('POST', 'buckets/b/events', [{ id: 77, ...E(0, 1) }, E(1, 1)])), [77, 78]);
  assert.equal(ids(await ask('POST', 'buckets/b/events', [{ id: 5, ...E(0, 1) }, E(1, 1)])), [5, 79]);
});

rust('moves a row of another bucket that has the id', async () => {
  const ask = await open();
  await ask('POST', 'buckets/c', BUCKET);
  await ask('POST', 'buckets/b/events', [E(0, 1), E(1, 1)]);
  await ask('POST', 'buckets/c/events', [{ id: 1, ...E(9, 9) }]);
  assert.equal(ids(await ask('GET', 'buckets/b/events')), [2]);
  assert.equal(ids(await ask('GET', 'buckets/c/events')), [1]);
});

rust('only widens metadata until a restart', async () => {
  const ask = await open();
  await ask('POST', 'buckets/b/events', [E(0, 5), E(100, 10)]);
  await ask('DELETE', 'buckets/b/events/2');
  assert.is((await ask('GET', 'buckets/b')).json.metadata.end, '2020-01-01T00:01:50Z');
  ask.aw.restart();
  assert.is((await ask('GET', 'buckets/b')).json.metadata.end, '2020-01-01T00:00:05Z');
});

rust('loses its storage thread to a time out of range, until a restart', async () => {
  for (const lethal of [
    ['GET', 'buckets/b/events?start=9999-01-01T00:00:00Z', undefined],
    ['POST', 'buckets/b/events', [{ timestamp: '9999-12-31T23:59:59Z', data: {} }]],
    ['POST', 'buckets/b/events', [E(0, 1e12)]],
    ['POST', 'buckets/b/heartbeat?pulsetime=1', { timestamp: '1600-01-01T00:00:00Z', data: {} }],
  ] as const) {
    const ask = await open();
    assert.is((await ask(lethal[0], lethal[1], lethal[2])).status, 500);
    for (const path of ['buckets', 'buckets/b', 'buckets/b/events', 'buckets/nope', 'export', 'settings'])
      assert.is((await ask('GET', path)).status, 500, path);
    assert.is((await ask('GET', 'info')).status, 200);
    ask.aw.restart();
    assert.is((await ask('GET', 'buckets/b/events')).status, 200);
  }
});

rust('decodes path segments after splitting', async () => {
  const ask = await open();
  for (const [path, id] of [
    ['b%C3%BCcket%20with%20space.dot', 'bücket with space.dot'],
    ['a+b', 'a+b'],
    ['a%2Fb', 'a/b'],
    ['d%3Fx', 'd?x'],
    ['D', 'D'],
  ]) {
    await ask('POST', `buckets/${path}`, BUCKET);
    assert.is((await ask('GET', `buckets/${path}/`)).json.id, id);
  }
});

rust('guards by key all but info', async () => {
  const ask = await fresh({ kind: 'rust', apiKey: 'secret' });
  const with_ = (authorization: string) => ask('GET', 'buckets', undefined, { authorization });
  assert.is((await with_('Bearer secret')).status, 200);
  for (const wrong of ['bearer secret', 'Bearer  secret', 'Bearer other', 'Basic secret', 'Token secret'])
    assert.equal([(await with_(wrong)).status, typeof (await with_(wrong)).json.message], [401, 'string'], wrong);
  assert.is((await ask('GET', 'buckets?token=secret')).status, 401);
  assert.is((await ask('GET', 'nope')).status, 401);
  assert.is((await ask('GET', 'nope', undefined, { authorization: 'Bearer secret' })).status, 404);
  assert.is((await ask('GET', 'info', undefined, { authorization: 'wrong' })).status, 200);
});

rust('errors of its framework are HTML unless JSON is asked for', async () => {
  const ask = asker(makeFakeAw({ kind: 'rust' }));
  assert.is((await ask('GET', 'nope')).headers.get('content-type'), 'text/html; charset=utf-8');
  assert.is((await ask('GET', 'nope', undefined, { accept: 'application/json' })).json.error.code, 404);
});

rust('dumps what it holds, unclipped', async () => {
  const ask = await open();
  await ask('POST', 'buckets/b/events', [E(1, 2, { a: 1 })]);
  assert.equal(ask.aw.dump()['b']?.events, [{ id: 1, startNs: T_NS(1), durationNs: 2_000_000_000n, data: { a: 1 } }]);
  assert.equal(ask.aw.requests.at(-1), {
    method: 'POST',
    path: '/api/0/buckets/b/events',
    query: '',
    status: 200,
    bytesIn: 70,
  });
});

rust.run();
