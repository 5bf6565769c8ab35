/** spec/rest 3.13 and 11, cases 63 and 64. */
import * as assert from 'uvu/assert';
import type { Reply } from './asker.ts';
import { expectFailure } from './expect.ts';
import { B, E, listed, stored, T, wireSuite } from './scene.ts';

const queries = wireSuite('REST query');

const P = `${T(10)}/${T(20)}`;
const ALL = 'RETURN = query_bucket("b");';

/** spec/rest DEV-12: the Python server's class beside the message that clients show. */
const expectQueryError = ({ status, json, text }: Reply, type: string): void => {
  assert.is(status, 400, text);
  assert.equal(Object.keys(json).sort(), ['message', 'type']);
  assert.is(json.type, type);
  assert.type(json.message, 'string');
};

queries(
  'case 63: one result a period, clipped to it and newest first, with or without the trailing slash',
  async ({ user }) => {
    const [early, late] = await stored(user, [E(5, 10, { n: 1 }), E(15, 10, { n: 2 })]);
    const expected = [
      { id: late.id, timestamp: T(15), duration: 5, data: { n: 2 } },
      { id: early.id, timestamp: T(10), duration: 5, data: { n: 1 } },
    ];
    for (const path of ['/query/', '/query', '/query/?name=x&cache=1', '/query?cache=', '/query//']) {
      const { status, json } = await user.post(path, { timeperiods: [P], query: [ALL] });
      assert.equal([status, json], [200, [expected]], path);
    }
    assert.equal(expected, await listed(user, `?start=${T(10)}&end=${T(20)}`), 'as GET events answers');
    const two = await user.post('/query/', { timeperiods: [P, `${T(20)}/${T(30)}`], query: [ALL] });
    assert.equal(
      two.json.map((events: unknown[]) => events.length),
      [2, 1],
    );
    assert.equal((await user.post('/query/', { timeperiods: [], query: [ALL] })).json, []);
  },
);

queries(
  'case 63: the text is what comes when the pieces are joined, other keys mean nothing, and numbers are numbers',
  async ({ user }) => {
    const ask = async (query: string[], more: object = {}, path = '/query/') =>
      (await user.post(path, { timeperiods: [P], query, ...more })).json;
    assert.equal(await ask(['# all', 'x = [1,', '2]; RETURN', '= x;'], { cache: true, timeperiod: 'x' }), [[1, 2]]);
    assert.equal(await ask(['RETURN = NAME;'], {}, '/query/?name=daily+report&cache=1'), ['daily report']);
    assert.equal(await ask(['RETURN = NAME;'], { name: 'not here' }), ['']);
    assert.equal(await ask(['RETURN = {"a": 1, "b": [true, "x"]};']), [{ a: 1, b: [true, 'x'] }]);
  },
);

queries('a period may end before it starts, and begin in the zone it likes', async ({ user }) => {
  await stored(user, [E(5, 10)]);
  const ask = async (period: string) =>
    (await user.post('/query/', { timeperiods: [period], query: ['RETURN = query_bucket_eventcount("b");'] })).json;
  assert.equal(await ask(`${T(20)}/${T(10)}`), [0]);
  assert.equal(await ask('2020-01-01T01:00:10+01:00/2020-01-01t01:00:20.000001+01:00'), [1]);
});

queries(
  'case 64: what is malformed is 422, what is wrong with the query 400, each with a message',
  async ({ user }) => {
    for (const period of [
      'bad',
      '2020-01-01/2020-01',
      '2020-01-01T00:00/2020-01-02T00:00',
      '2020-01-01/9999-01-01',
      `${P}/${T(30)}`,
      `${T(0)}/P1D`,
      T(0),
      '',
      `${T(0)}/`,
    ]) {
      expectFailure(await user.post('/query/', { timeperiods: [period], query: [ALL] }), 422);
    }
    for (const body of [
      { timeperiods: [P], query: ALL },
      { timeperiods: [P] },
      { query: [ALL] },
      { timeperiods: P, query: [ALL] },
      { timeperiods: [P], query: [1] },
      { timeperiods: [null], query: [ALL] },
      [],
      'x',
      null,
    ]) {
      expectFailure(await user.post('/query/', JSON.stringify(body)), 422);
    }
    const bad = (query: string) => user.post('/query/', { timeperiods: [P], query: [query] });
    expectQueryError(await bad('RETURN = no_such_function();'), 'QueryInterpretException');
    expectQueryError(await bad('RETURN = query_bucket("nope");'), 'QueryFunctionException');
    for (const text of ['', '# nothing', 'x = 1;', 'RETURN = "'])
      expectQueryError(await bad(text), 'QueryParseException');
    assert.match(
      (await bad('x = 1;\nRETURN = flood(x);')).json.message,
      /^line 2, column 10: flood\(events, \[pulsetime\]\): events must be a list of events, not a number$/,
    );
  },
);

queries('is taken as JSON alone, and by POST alone', async ({ user }) => {
  expectFailure(await user.post('/query/', '{'), 400);
  expectFailure(await user.post('/query/', { timeperiods: [P], query: [ALL] }, { type: 'text/plain' }), 415);
  expectFailure(await user.get('/query/'), 405);
});

queries('another user’s buckets are unknown, whatever asks for them', async ({ api, user }) => {
  await stored(user, [E(10, 5, { secret: 1 })]);
  const other = await api.newUser();
  await other.post('/buckets/own', B);
  const ask = (query: string) => other.post('/query/', { timeperiods: [P], query: [query] });
  for (const query of [
    'RETURN = query_bucket("b");',
    'RETURN = query_bucket_eventcount("b");',
    'RETURN = find_bucket("b");',
    'RETURN = query_bucket(find_bucket("b"));',
    'RETURN = find_bucket("b", "h");',
  ]) {
    const reply = await ask(query);
    expectQueryError(reply, 'QueryFunctionException');
    assert.is(
      reply.json.message.replaceAll('"b"', '"zz"'),
      (await ask(query.replaceAll('"b"', '"zz"'))).json.message,
      'as of one that nobody has',
    );
  }
  assert.equal((await ask('RETURN = query_bucket_names();')).json, [['own']]);
});

queries('buckets go by their public ids, of all devices', async ({ user }) => {
  for (const name of ['laptop', 'desktop'])
    assert.is((await user.post('/devices/register', { device_id: name, hostname: name })).status, 200);
  for (const name of ['laptop', 'desktop']) {
    const headers = { 'x-device-id': name };
    assert.is((await user.post('/buckets/aw-watcher-window', { ...B, hostname: name }, { headers })).status, 200);
    assert.is(
      (await user.post('/buckets/aw-watcher-window/events', [E(12, 1, { on: name })], { headers })).status,
      200,
    );
  }
  const ask = async (query: string, headers = {}) =>
    (await user.post('/query/', { timeperiods: [P], query: [query] }, { headers })).json[0];
  assert.equal((await ask('RETURN = query_bucket_names();')).sort(), [
    'aw-watcher-window',
    'aw-watcher-window-desktop',
    'b',
  ]);
  assert.equal(
    (await ask('RETURN = query_bucket("aw-watcher-window");')).map(({ data }: { data: object }) => data),
    [{ on: 'laptop' }],
  );
  assert.is(await ask('RETURN = find_bucket("aw-watcher-window", "desktop");'), 'aw-watcher-window-desktop');
  assert.is(await ask('RETURN = find_bucket("aw-watcher", "laptop");'), 'aw-watcher-window');
  const both =
    'a = query_bucket(find_bucket("aw-watcher", "laptop")); b = query_bucket(find_bucket("aw-watcher", ' +
    '"desktop")); RETURN = concat(a, b);';
  assert.equal(
    (await ask(both)).map(({ data }: { data: { on: string } }) => data.on),
    ['laptop', 'desktop'],
  );
});

queries('data comes back as it was sent, with what jsonb refuses, whoever asks', async ({ user }) => {
  const data = { title: 'a\tb\nc\u0000d \u0010e', '\u0000k': ['😀', '\ud83d', 1.5, null, { deep: [] }] };
  await stored(user, [E(12, 1, data), E(13, 1, data)]);
  const { json } = await user.post('/query/', { timeperiods: [P], query: [ALL] });
  assert.equal(
    json[0].map((event: { data: unknown }) => event.data),
    [data, data],
  );
});

queries.run();
