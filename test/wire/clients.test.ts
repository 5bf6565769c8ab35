/**
 * The calls of spec/rest 7, as each client sends them: its headers, its form of JSON and of parameters. The npm client,
 * on axios, is in test/aw-client-api.test.ts.
 */
import * as assert from 'uvu/assert';
import { makeAuthenticate } from '../../server/auth/authenticate.ts';
import { APP_URL } from '../support/test-server.ts';
import type { Asker } from './asker.ts';
import { openRestApi, type RestApi, type User } from './rest-api.ts';
import { expectEmpty, expectFailure } from './expect.ts';
import { B, E, T, wireSuite } from './scene.ts';

const clients = wireSuite('clients');

/** The same user on a server without keys: what fetch and the watchers of the same machine send. */
const withoutKey = async (api: RestApi, user: User, headers: Record<string, string> = {}): Promise<Asker> => {
  const viewer = await makeAuthenticate(
    api.database,
    () => new Date(),
  )(new Request(APP_URL, { headers: { authorization: `Bearer ${user.key}` } }));
  return (await openRestApi({ authenticate: async () => viewer })).asker(headers);
};

clients(
  'JS 0.4, on fetch: no key, a content type on POST alone, and `?` with nothing behind',
  async ({ api, user }) => {
    const js = await withoutKey(api, user);
    const ms = (seconds: number) => new Date(Date.parse(T(seconds))).toISOString();
    assert.is((await js.get('/info')).status, 200);
    assert.equal(Object.keys((await js.get('/buckets/')).json), ['b']);
    expectEmpty(
      await js.post('/buckets/web', { client: 'aw-client-web', type: 'web.tab.current', hostname: 'unknown' }),
    );
    assert.is(
      (await js.post('/buckets/web', { client: 'aw-client-web', type: 'web.tab.current', hostname: 'unknown' })).status,
      304,
    );
    const beat = await js.post('/buckets/web/heartbeat?pulsetime=60', {
      timestamp: ms(0.5),
      duration: 0,
      data: { url: 'https://example.org', audible: false, incognito: false, tabCount: 3 },
    });
    assert.equal([beat.status, beat.json.timestamp], [200, '2020-01-01T00:00:00.500Z']);
    const inserted = await js.post('/buckets/web/events', [{ timestamp: ms(10), duration: 5, data: {} }]);
    assert.is(inserted.json.length, 1);
    assert.is((await js.get('/buckets/web/events?')).json.length, 2);
    assert.is(
      (await js.get(`/buckets/web/events?start=${encodeURIComponent(ms(5))}&end=${encodeURIComponent(ms(60))}&limit=1`))
        .json.length,
      1,
    );
    assert.is((await js.get(`/buckets/web/events/count?start=${encodeURIComponent(ms(5))}`)).text, '1');
    assert.is((await js.get('/buckets/web/events/count?')).text, '2');
    assert.is((await js.get(`/buckets/web/events/${beat.json.id}`)).json.data.tabCount, 3);
    expectEmpty(await js.delete(`/buckets/web/events/${beat.json.id}`));
    assert.equal((await js.post('/query/', { query: ['RETURN = 1;'], timeperiods: [`${ms(0)}/${ms(60)}`] })).json, [1]);
    assert.is((await js.post('/settings/theme', '"dark"')).status, 201);
    assert.is((await js.get('/settings/theme')).json, 'dark');
    assert.equal((await js.get('/settings')).json, { theme: 'dark' });
    expectEmpty(await js.delete('/buckets/web?force=1'));
  },
);

/** JSON as Python's json.dumps writes it: blanks after separators, everything outside ASCII escaped. */
const pythonJson = (value: unknown): string =>
  JSON.stringify(value, null, 1)
    .replace(/\n */g, '')
    .replace(/":/g, '": ')
    .replace(/,(?=["{[\d-])/g, ', ')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: all that is no ASCII
    .replace(/[^\x00-\x7f]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);

clients(
  'Python: a stray header, ASCII escapes, half characters, ids that are null, and a body on DELETE',
  async ({ api, user }) => {
    const headers = {
      'content-type': 'application/json',
      charset: 'utf-8',
      'user-agent': 'python-requests/2.32',
      accept: '*/*',
      'accept-encoding': 'gzip, deflate',
    };
    // HTTP Basic is all that it can send to a remote host.
    const python = api.asker({
      ...headers,
      authorization: `Basic ${Buffer.from(`user:${user.key}`).toString('base64')}`,
    });
    const post = (path: string, body: unknown) => python.post(path, pythonJson(body), { type: null });
    const bucket = 'aw-watcher-window_h%C3%B6st';
    expectEmpty(
      await post(`/buckets/${bucket}`, { client: 'aw-watcher-window', hostname: 'höst', type: 'currentwindow' }),
    );
    assert.is(
      (await post(`/buckets/${bucket}`, { client: 'aw-watcher-window', hostname: 'höst', type: 'currentwindow' }))
        .status,
      304,
    );
    const event = {
      id: null,
      timestamp: '2020-01-01T00:00:00.123000+00:00',
      duration: 0,
      data: { app: 'ü', title: 'cut \ud83d 😀' },
    };
    const beat = await post(`/buckets/${bucket}/heartbeat?pulsetime=60.0`, event);
    assert.equal([beat.status, beat.json.timestamp], [200, '2020-01-01T00:00:00.123Z']);
    assert.equal(beat.json.data.app, 'ü');
    const later = await post(`/buckets/${bucket}/heartbeat?pulsetime=60.0`, {
      ...event,
      timestamp: '2020-01-01T00:00:05.123000+00:00',
    });
    assert.equal([later.json.id, later.json.duration], [beat.json.id, 5]);
    const inserted = await post(`/buckets/${bucket}/events`, [
      { ...event, timestamp: '2020-01-01T00:01:00+00:00', duration: 1.5 },
    ]);
    assert.equal([inserted.status, inserted.json.length], [200, 1]);
    const listed = await python.get(
      `/buckets/${bucket}/events?limit=-1&start=2020-01-01T00%3A00%3A00%2B00%3A00` +
        '&end=2020-01-02T00%3A00%3A00%2B00%3A00',
    );
    assert.equal(
      listed.json.map((one: object) => Object.keys(one)),
      [
        ['id', 'timestamp', 'duration', 'data'],
        ['id', 'timestamp', 'duration', 'data'],
      ],
    );
    assert.is(
      Number.parseInt(
        (await python.get(`/buckets/${bucket}/events/count?limit=-1&start=2020-01-01T00%3A00%3A30%2B00%3A00`)).text,
        10,
      ),
      1,
    );
    assert.is((await python.get(`/buckets/${bucket}/events/${beat.json.id}`)).status, 200);
    expectFailure(await python.get(`/buckets/${bucket}/events/1000000`), 404);
    const result = await post('/query/?name=report&cache=1', {
      timeperiods: ['2020-01-01T00:00:00+00:00/2020-01-02T00:00:00+00:00'],
      query: [`RETURN = limit_events(query_bucket("aw-watcher-window_höst"), 1);`],
    });
    assert.is(result.json[0].length, 1);
    const exported = (await python.get('/export')).json;
    assert.equal(Object.keys(exported.buckets).sort(), ['aw-watcher-window_höst', 'b']);
    expectEmpty(await python.delete(`/buckets/${bucket}?force=1`, { body: '{}', type: null }));
    const back = await post('/import', {
      buckets: { 'aw-watcher-window_höst': exported.buckets['aw-watcher-window_höst'] },
    });
    assert.equal(back.json, { buckets: { 'aw-watcher-window_höst': { imported: 2, present: 0, refused: [] } } });
    assert.is((await python.get(`/buckets/${bucket}/events/count`)).text, '2');
    assert.is((await python.get('/settings/classes')).text, 'null');
    assert.is((await post('/settings/classes', [{ name: ['Work'], rule: { type: 'regex', regex: 'ü' } }])).status, 201);
    assert.is((await python.get('/settings/classes')).json[0].rule.regex, 'ü');
    expectEmpty(await python.delete(`/buckets/${bucket}/events/${beat.json.id}`, { body: '{}', type: null }));
  },
);

clients(
  'Rust: whole structs with their nulls, nanoseconds, paths without a slash at the end',
  async ({ api, user }) => {
    for (const rust of [user, await withoutKey(api, user)]) {
      const struct = {
        id: 'aw-watcher-afk_rust',
        type: 'afkstatus',
        client: 'aw-watcher-afk',
        hostname: 'rust',
        created: null,
        data: {},
        metadata: { start: null, end: null },
        events: null,
        last_updated: null,
      };
      expectEmpty(await rust.post('/buckets/aw-watcher-afk_rust', struct));
      const bucket = (await rust.get('/buckets/aw-watcher-afk_rust')).json;
      for (const field of ['type', 'client', 'hostname']) assert.type(bucket[field], 'string');
      assert.equal(Object.keys((await rust.get('/info')).json), ['hostname', 'version', 'testing', 'device_id']);
      const event = { id: null, timestamp: '2020-01-01T00:00:00.123456789Z', duration: 0, data: { status: 'not-afk' } };
      const beat = await rust.post('/buckets/aw-watcher-afk_rust/heartbeat?pulsetime=2.5', event);
      assert.equal([beat.status, beat.json.timestamp], [200, '2020-01-01T00:00:00.123456Z']);
      const inserted = await rust.post('/buckets/aw-watcher-afk_rust/events', [
        { ...event, timestamp: T(5), duration: 1.000000001 },
      ]);
      assert.is(inserted.json[0].duration, 1.000000001);
      assert.is(
        (
          await rust.get(
            '/buckets/aw-watcher-afk_rust/events?start=2020-01-01T00%3A00%3A00%2B00%3A00' +
              '&end=2020-01-01T00%3A00%3A05%2B00%3A00&limit=5000',
          )
        ).json.length,
        2,
      );
      assert.is((await rust.get('/buckets/aw-watcher-afk_rust/events/count')).text, '2');
      expectEmpty(await rust.delete(`/buckets/aw-watcher-afk_rust/events/${beat.json.id}`));
      assert.equal((await rust.post('/query', { query: ['RETURN = 1;'], timeperiods: [`${T(0)}/${T(9)}`] })).json, [1]);
      assert.is((await rust.post('/settings/k', '[1]')).status, 201);
      assert.equal((await rust.get('/settings')).json, { k: [1] });
      expectEmpty(await rust.delete('/settings/k'));
      expectEmpty(await rust.delete('/buckets/aw-watcher-afk_rust'));
    }
  },
);

clients('aw-sync: a copy with its origin, read back page by page', async ({ api, user }) => {
  const sync = await withoutKey(api, user);
  expectFailure(await sync.get('/buckets/b-synced-from-h'), 404);
  const origin = {
    id: 'b-synced-from-h',
    type: 't',
    client: 'c',
    hostname: 'h',
    created: T(0),
    data: { '$aw.sync.origin': 'h' },
    metadata: { start: null, end: null },
    events: null,
    last_updated: null,
  };
  expectEmpty(await sync.post('/buckets/b-synced-from-h', origin));
  assert.equal((await sync.get('/buckets/b-synced-from-h')).json.data, { '$aw.sync.origin': 'h' });
  assert.equal((await sync.get('/buckets/b-synced-from-h/events?limit=1')).json, []);
  const batch = Array.from({ length: 50 }, (_, i) => ({ id: null, ...E(i * 10, 5, { i }) }));
  assert.is((await sync.post('/buckets/b-synced-from-h/events', batch)).json.length, 50);
  const [newest] = (await sync.get('/buckets/b-synced-from-h/events?limit=1')).json;
  assert.is(newest.data.i, 49);
  const resumed = Date.parse(newest.timestamp) + newest.duration * 1000;
  assert.equal(
    (await sync.get(`/buckets/b-synced-from-h/events?start=${new Date(resumed).toISOString()}&limit=5000`)).json.map(
      (event: any) => [event.id, event.duration],
    ),
    [[newest.id, 0]],
  );
  const again = await sync.post('/buckets/b-synced-from-h/heartbeat?pulsetime=0', {
    id: null,
    ...E(490, 7, { i: 49 }),
  });
  assert.equal([again.json.id, again.json.duration], [newest.id, 7]);
  assert.is((await sync.get('/buckets/b-synced-from-h/events/count')).json, 50);
});

clients('aw-webui: its Accept, its key from the address, and a form for a file', async ({ api, user }) => {
  const ui = api.asker({ accept: 'application/json, text/plain, */*', authorization: `Bearer ${user.key}` });
  for (const path of ['/info', '/buckets/', '/settings', '/settings/aw-notify'])
    assert.is((await ui.get(path)).status, 200, path);
  assert.is((await ui.get('/settings/aw-notify')).text, 'null');
  expectEmpty(
    await ui.post('/buckets/aw-stopwatch', { client: 'aw-webui', type: 'general.stopwatch', hostname: 'unknown' }),
  );
  const beat = await ui.post('/buckets/aw-stopwatch/heartbeat?pulsetime=1', {
    timestamp: '2020-01-01T00:00:00.000Z',
    duration: 0,
    data: { running: true, label: 'x' },
  });
  const edited = await ui.post('/buckets/aw-stopwatch/events', [
    { ...beat.json, duration: 60, data: { running: false, label: 'x' } },
  ]);
  assert.equal(edited.json, [{ ...beat.json, duration: 60, data: { running: false, label: 'x' } }]);
  assert.is(
    (
      await ui.get(
        '/buckets/aw-stopwatch/events?start=2020-01-01T01%3A00%3A00%2B01%3A00' +
          '&end=2020-01-02T01%3A00%3A00%2B01%3A00&limit=-1',
      )
    ).json.length,
    1,
  );
  assert.is((await ui.get('/buckets/aw-stopwatch/events?limit=100')).json.length, 1);
  const file = new FormData();
  file.append(
    'buckets.json',
    new Blob([JSON.stringify({ buckets: { i: { ...B, id: 'i', events: [E(0, 1)] } } })], { type: 'application/json' }),
    'my export.json',
  );
  const request = new Request('http://kt/', {
    method: 'POST',
    headers: { authorization: `Bearer ${user.key}` },
    body: file,
  });
  assert.is((await api.rest(request, '/api/0/import')).status, 200);
  assert.is((await ui.get('/buckets/i/events/count')).text, '1');
  assert.is((await ui.post('/settings/startOfDay', '"04:00"')).status, 201);
  assert.is((await ui.post('/settings/always_active_pattern', '""')).status, 201);
  assert.equal((await ui.get('/settings')).json, { always_active_pattern: '', startOfDay: '04:00' });
  expectFailure(await ui.get('/buckets/nope/events'), 404);
});

clients.run();
