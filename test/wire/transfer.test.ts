/** spec/rest 11, cases 56-62: export and import. */
import * as assert from 'uvu/assert';
import type { Asker, Reply } from './asker.ts';
import { expectEmpty, expectFailure } from './expect.ts';
import { B, counted, E, listed, stored, T, wireSuite } from './scene.ts';

const transfer = wireSuite('REST export and import');

const exported = async (user: Asker, path = '/buckets/b/export'): Promise<any> => {
  const reply = await user.get(path);
  assert.is(reply.status, 200, reply.text);
  assert.is(reply.headers.get('content-type'), 'application/json');
  return reply.json;
};
/** What a file of buckets is imported as. */
const fileOf = (...buckets: object[]) => ({
  buckets: Object.fromEntries(buckets.map((bucket, i) => [`key${i}`, bucket])),
});
/** A successful import; returns the results of the file's buckets. */
const expectImport = (
  reply: Reply,
): Record<
  string,
  { imported: number; present: number; refused: { index: number; reason: string }[]; moreRefused?: number }
> => {
  assert.is(reply.status, 200, reply.text);
  return reply.json.buckets;
};
const withoutIds = (events: any[]) => events.map(({ id: _, ...event }) => event);
/** A form as a browser sends it. */
const form = (...parts: { field: string; file?: string; type?: string; content: string }[]) => {
  const text = parts.map(
    ({ field, file, type, content }) =>
      '--xyz\r\ncontent-disposition: form-data; ' +
      `name="${field}"${file === undefined ? '' : `; filename="${file}"`}\r\n` +
      `${type === undefined ? '' : `content-type: ${type}\r\n`}\r\n${content}\r\n`,
  );
  return { body: `${text.join('')}--xyz--\r\n`, type: 'multipart/form-data; boundary=xyz' };
};

transfer('case 56: an export is its bucket with all its events, newest first', async ({ user }) => {
  const events = await stored(user, [E(0, 5, { a: 1 }), E(10.123456, 2.5, { b: '\u0000😀' })]);
  const bucket = (await user.get('/buckets/b')).json;
  const reply = await user.get('/buckets/b/export');
  const kt = { device: (await user.get('/info')).json.device_id, bucketId: 'b' };
  assert.equal(reply.json, { buckets: { b: { ...bucket, kt, events: events.reverse() } } });
  assert.is(reply.headers.get('content-disposition'), 'attachment; filename="aw-bucket-export_b.json"');
  assert.is(reply.headers.get('cache-control'), 'no-store');
  expectFailure(await user.get('/buckets/nope/export'), 404);
  assert.equal((await user.head('/buckets/b/export')).text, '');
});

transfer('case 56: an export of everything has as many buckets as there are', async ({ api, user }) => {
  const nobody = await api.newUser();
  assert.is((await nobody.get('/export')).text, '{"buckets":{}}');
  assert.is(
    (await nobody.get('/export')).headers.get('content-disposition'),
    'attachment; filename="aw-buckets-export.json"',
  );
  const one = await user.get('/export/');
  assert.equal(Object.keys(one.json.buckets), ['b']);
  assert.is(one.headers.get('content-disposition'), 'attachment; filename="aw-bucket-export_b.json"');
  expectEmpty(await user.post('/buckets/__proto__', B));
  await stored(user, [E(0, 1)], '__proto__');
  const two = await user.get('/export');
  assert.equal(Object.keys(two.json.buckets), ['b', '__proto__']);
  // biome-ignore lint/suspicious/noProto: an own key of that name, as JSON.parse makes it
  assert.is(two.json.buckets['__proto__'].events.length, 1);
  assert.is(two.headers.get('content-disposition'), 'attachment; filename="aw-buckets-export.json"');
});

transfer('the name of a download is nothing but a name', async ({ user }) => {
  const names: [path: string, header: string][] = [
    ['a%22%0d%0aset-cookie:%20x', `filename="aw-bucket-export_a___set-cookie_ x.json"`],
    ['..%2f..%5cetc', 'filename="aw-bucket-export_.._.._etc.json"'],
    ['100%25', `filename="aw-bucket-export_100_.json"; filename*=UTF-8''aw-bucket-export_100%25.json`],
    [
      "b%C3%BC'(%F0%9F%98%80)",
      `filename="aw-bucket-export_b_'(_).json"; filename*=UTF-8''aw-bucket-export_b%C3%BC%27%28%F0%9F%98%80%29.json`,
    ],
  ];
  for (const [path, name] of names) {
    expectEmpty(await user.post(`/buckets/${path}`, B));
    assert.is(
      (await user.get(`/buckets/${path}/export`)).headers.get('content-disposition'),
      `attachment; ${name}`,
      path,
    );
  }
});

transfer('case 57: export, delete and import restore everything but ids', async ({ user }) => {
  expectEmpty(
    await user.post('/buckets/full', {
      ...B,
      client: 'ü',
      created: '2019-01-01T00:00:00.123456Z',
      data: { '$aw.sync.origin': 'x', n: [1.5, null] },
    }),
  );
  const events = [
    E(0, 5, { a: 1 }),
    E(0, 5, { a: 1 }),
    E(3, -2, {}),
    E(0.000001, 1e-9, { '': ['\ud83d', '\u0000', { __proto: 1 }] }),
    E(-1e9, 1e8, { big: 2 ** 53 }),
  ];
  await stored(user, events, 'full');
  const before = await exported(user, '/buckets/full/export');
  expectEmpty(await user.delete('/buckets/full'));
  expectImport(await user.post('/import', before));
  const after = await exported(user, '/buckets/full/export');
  assert.equal(withoutIds(after.buckets.full.events), withoutIds(before.buckets.full.events));
  assert.equal({ ...after.buckets.full, events: [] }, { ...before.buckets.full, events: [] });
  assert.is.not(after.buckets.full.events[0].id, before.buckets.full.events[0].id);
});

transfer('case 58: the same file again changes nothing', async ({ user }) => {
  await stored(user, [E(0, 5, { a: 1, b: [1, 2] }), E(0, 5, { a: 1, b: [1, 2] }), E(10, 5, { a: '\ud83d' })]);
  const file = await exported(user);
  for (const _ of [1, 2]) expectImport(await user.post('/import', file));
  assert.equal(await exported(user), file);
  const importing = async (...more: object[]) => {
    const before = await counted(user);
    expectImport(await user.post('/import', fileOf({ ...B, id: 'b', events: [...file.buckets.b.events, ...more] })));
    return (await counted(user)) - before;
  };
  assert.is(await importing(E(100, 1)), 1, 'an event more');
  assert.is(await importing(E(1, 2, { a: 1, b: [1, 2] })), 1, 'inside a longer one');
  assert.is(await importing(E(10, 6, { a: '\ud83d' })), 1, 'another duration');
  assert.is(await importing(E(10, 5, { a: 'x' })), 1, 'other data');
  assert.is(await importing({ ...E(0, 5, {}), data: { b: [1, 2], a: 1 }, id: 7 }), 1, 'a third copy of two');
  assert.is(
    await importing({ ...E(0, 5, {}), data: { b: [1, 2], a: 1 }, id: 7 }),
    0,
    'the third again, its keys in another order',
  );
  assert.is(await importing(E(10, 5, { a: '\ufffd' })), 1, 'a second copy: half a character is U+FFFD');
  assert.is(await importing(E(10, 5, { a: '\ufffd' })), 0);
});

transfer('case 59: a bucket that exists keeps its facts', async ({ user }) => {
  await stored(user, [E(0, 1)]);
  const before = (await user.get('/buckets/b')).json;
  expectImport(
    await user.post(
      '/import',
      fileOf({ id: 'b', type: 'other', client: 'other', hostname: '!local', data: { x: 1 }, events: [E(5, 2)] }),
    ),
  );
  assert.equal((await user.get('/buckets/b')).json, {
    ...before,
    metadata: { start: T(0), end: T(7) },
    last_updated: T(7),
  });
  assert.is(await counted(user), 2);
});

transfer('case 60: ids of a file take nothing from anybody', async ({ user }) => {
  const events = await stored(user, [E(0, 1), E(5, 1)]);
  const file = await exported(user);
  expectImport(await user.post('/import', { buckets: { 'b-copy': { ...file.buckets.b, id: 'b-copy' } } }));
  assert.equal(await listed(user), events.reverse());
  assert.is((await listed(user, '', 'b-copy')).length, 2);
});

transfer('case 61: a form is taken by its field, whatever the part says of itself', async ({ user }) => {
  const content = (n: number) => JSON.stringify(fileOf({ ...B, id: 'b', events: [E(n, 1)] }));
  const parts = [
    { field: 'buckets.json', file: 'x.json', type: 'application/json', content: content(1) },
    { field: 'buckets.json', file: 'x', type: 'image/png', content: content(2) },
    { field: 'buckets.json', content: content(3) },
    { field: 'buckets', file: '', content: content(4) },
  ];
  for (const [i, part] of parts.entries()) {
    const { body, type } = form({ field: 'other', content: '{' }, part);
    expectImport(await user.post('/import', body, { type }));
    assert.is(await counted(user), i + 1);
  }
  const both = form(
    { field: 'buckets', content: content(5) },
    { field: 'buckets.json', file: 'y', content: content(6) },
  );
  expectImport(await user.post('/import', both.body, { type: 'multipart/form-data; BOUNDARY="xyz"' }));
  assert.is(await counted(user), 6);
});

transfer('case 61: a form without such a field, or with what is no JSON in it, is refused', async ({ user }) => {
  const good = JSON.stringify(fileOf({ ...B, id: 'b', events: [E(1, 1)] }));
  const bad = [
    form({ field: 'file', file: 'x.json', content: good }),
    form({ field: 'buckets.json', content: '{' }),
    form({ field: 'buckets.json', content: '' }),
    form({ field: 'buckets.json', content: good }, { field: 'buckets', content: '{' }),
    { body: form().body, type: 'multipart/form-data; boundary=xyz' },
    { body: form({ field: 'buckets', content: good }).body, type: 'multipart/form-data' },
    { body: form({ field: 'buckets', content: good }).body.slice(0, -12), type: 'multipart/form-data; boundary=xyz' },
    { body: form({ field: 'buckets', content: good }).body, type: 'multipart/form-data; boundary=abc' },
    { body: '', type: 'multipart/form-data; boundary=xyz' },
    form(...Array.from({ length: 101 }, () => ({ field: 'buckets', content: good }))),
  ];
  for (const { body, type } of bad) expectFailure(await user.post('/import', body, { type }), 400, 422);
  expectFailure(await user.post('/import', good, { type: 'text/plain' }), 415);
  expectFailure(await user.post('/import', good, { type: null }), 415);
  assert.is(await counted(user), 0);
});

transfer('case 62: what is no file of buckets is 422, and nothing of it stays', async ({ user }) => {
  const good = { ...B, id: 'good', events: [E(0, 1)] };
  const { hostname: _, ...lacking } = good;
  const bad = [
    { buckets: [] },
    {},
    { ...B, id: 'b' },
    [],
    null,
    { buckets: null },
    { buckets: { b: [] } },
    fileOf(good, lacking),
    fileOf(good, { ...good, id: null }),
    fileOf(good, { ...good, events: {} }),
    fileOf(good, { ...good, created: 'x' }),
    fileOf(good, { ...good, data: null }),
  ];
  for (const body of bad) expectFailure(await user.post('/import', JSON.stringify(body)), 422);
  for (const body of [
    '',
    '{',
    '{"buckets":',
    `{"buckets":{}}x`,
    `${JSON.stringify(fileOf(good))}}`,
    JSON.stringify(fileOf(good)).slice(0, -1),
    '{"buckets":{"a":{"events":[1e400]}}}',
  ]) {
    expectFailure(await user.post('/import', body), 400, 422);
  }
  for (const value of ['1e400', `${'['.repeat(200)}${']'.repeat(200)}`]) {
    expectFailure(
      await user.post(
        '/import',
        JSON.stringify(fileOf({ ...good, events: [E(0, 1, { x: 0 })] })).replace('"x":0', `"x":${value}`),
      ),
      400,
    );
  }
  expectFailure(await user.get('/buckets/good'), 404);
  expectImport(await user.post('/import', { buckets: {} }));
  assert.equal(Object.keys((await user.get('/buckets')).json), ['b']);
});

transfer('case 62: good events are kept among bad ones, and what may be missing may', async ({ user }) => {
  const events = [
    null,
    1,
    'x',
    E(0, 1),
    { bad: 1 },
    [],
    { ...E(1, 1), duration: '1' },
    E(2, 1),
    { ...E(3, 1), timestamp: '9999-01-01T00:00:00Z' },
  ];
  expectImport(
    await user.post('/import', {
      more: { ignored: [1] },
      buckets: { key: { ...B, events, id: 'named' }, unnamed: { ...B, events: null }, bare: B },
    }),
  );
  assert.equal(Object.keys((await user.get('/buckets')).json), ['b', 'named', 'unnamed', 'bare']);
  assert.is((await listed(user, '', 'named')).length, 2);
  assert.is((await listed(user, '', 'bare')).length, 0);
});

transfer('an import tells how many events it took, had and left, and which', async ({ user }) => {
  await stored(user, [E(0, 1, { a: 1 }), E(0, 1, { a: 1 })]);
  const bad = [{ timestamp: T(1) }, { ...E(2, 1), duration: 'long' }, E(3, 1, { a: 'x'.repeat(1_000_001) }), null];
  const events = [E(0, 1, { a: 1 }), bad[0], E(0, 1, { a: 1 }), bad[1], E(0, 1, { a: 1 }), bad[2], bad[3], E(9, 1)];
  const report = expectImport(
    await user.post(
      '/import',
      fileOf(
        { ...B, id: 'b', events },
        { ...B, id: 'n', events: [E(0, 1)] },
        { ...B, id: 'n', events: [E(0, 1), E(1, 1)] },
      ),
    ),
  );
  assert.equal(
    [report['b']!.imported, report['b']!.present],
    [2, 2],
    'a third copy of two that are here, and one event',
  );
  assert.equal(
    report['b']!.refused.map(({ index }) => index),
    [1, 3, 5, 6],
  );
  for (const [i, reason] of [/event\.data/, /event\.duration/, /1000000 bytes/, /JSON object/].entries())
    assert.match(report['b']!.refused[i]!.reason, reason);
  assert.equal(report['n'], { imported: 2, present: 1, refused: [] }, 'a bucket that the file has twice');
  const many = expectImport(
    await user.post('/import', fileOf({ ...B, id: 'b', events: Array.from({ length: 1000 }, () => 1) })),
  )['b']!;
  assert.equal([many.refused.length, many.moreRefused, many.refused.at(-1)!.index], [20, 980, 19]);
});

transfer('an import takes an event whose time has no zone, and says what it took it for', async ({ user }) => {
  // A script's export. Such an import was once answered with 200, although nothing of it was stored.
  const events = [{ timestamp: '2026-02-23T10:00:00', duration: 30.0, data: { app: 'x' } }];
  const file = {
    buckets: {
      nc2: { id: 'nc2', type: 'currentwindow', client: 'c', hostname: 'h', created: '2026-01-01T00:00:00Z', events },
    },
  };
  const reply = await user.post('/import', file);
  assert.equal(expectImport(reply), { nc2: { imported: 1, present: 0, refused: [] } });
  assert.is(reply.headers.get('x-time-zone-assumed'), 'UTC');
  assert.is((await listed(user, '', 'nc2'))[0].timestamp, '2026-02-23T10:00:00Z');
});

transfer('more events than a millisecond has room for are refused, and told', async ({ user }) => {
  const file = fileOf({
    ...B,
    id: 'b',
    events: [...Array.from({ length: 20_003 }, (_, i) => E(0, 0, { i })), E(1, 1)],
  });
  const report = expectImport(await user.post('/import', file))['b']!;
  assert.equal([report.imported, report.refused.map(({ index }) => index)], [20_001, [20_000, 20_001, 20_002]]);
  assert.match(report.refused[0]!.reason, /20000 events.*same millisecond, 2020-01-01T00:00:00Z/);
  assert.equal([expectImport(await user.post('/import', file))['b']!.present, await counted(user)], [20_001, 20_001]);
});

transfer('the list of events may come before what says whose they are', async ({ user }) => {
  const x = `{"events":[${JSON.stringify(E(0, 1))}],"type":"t","metadata":{},"client":"c","hostname":"h"}`;
  const text = `{"buckets":{"x":${x},"y":{"type":"t","client":"c","hostname":"h","events":[]}}}`;
  expectImport(await user.post('/import', text));
  assert.is((await listed(user, '', 'x')).length, 1);
  assert.equal(await listed(user, '', 'y'), []);
});

transfer('a bucket that the file has twice takes both', async ({ user }) => {
  expectImport(
    await user.post(
      '/import',
      fileOf(
        { ...B, id: 'n', type: 'first', events: [E(0, 1), E(0, 1)] },
        { ...B, id: 'n', events: [E(0, 1), E(1, 1)] },
      ),
    ),
  );
  assert.is((await user.get('/buckets/n')).json.type, 'first');
  assert.is((await listed(user, '', 'n')).length, 3);
});

transfer('an import empties the heartbeat slot where it brought anything', async ({ user }) => {
  const beat = async (seconds: number) =>
    (await user.post('/buckets/b/heartbeat?pulsetime=5', E(seconds, 0, { a: 1 }))).json;
  const first = await beat(0);
  const file = await exported(user);
  await stored(user, [E(100, 0, { a: 1 })]);
  const back = await beat(50); // new, and the slot
  expectImport(await user.post('/import', file));
  assert.is((await beat(52)).id, back.id, 'nothing came: the slot stays');
  expectImport(await user.post('/import', fileOf({ ...B, id: 'b', events: [E(1000, 0, { a: 1 })] })));
  assert.is((await beat(1003)).duration, 3, 'something came: the newest event is next');
  assert.ok(first.id < back.id);
});

transfer('long events of an import are found by what comes after', async ({ user }) => {
  await stored(user, [E(0, 1)]);
  expectImport(
    await user.post(
      '/import',
      fileOf({ ...B, id: 'b', events: [E(10, 1e6)] }, { ...B, id: 'n', events: [E(10, 1e6)] }),
    ),
  );
  for (const bucket of ['b', 'n']) {
    assert.is((await listed(user, `?start=${T(9e5)}`, bucket)).length, 1);
    assert.is((await user.get(`/buckets/${bucket}`)).json.metadata.end, T(1_000_010));
  }
});

/** A bucket of many events: equal starts, equal events, and more than one page. */
const many = (count: number) => Array.from({ length: count }, (_, i) => E(Math.floor(i / 3), i % 2, { i: i % 5 }));

transfer('more events than a page are merged as one list', async ({ user }) => {
  expectImport(await user.post('/import', fileOf({ ...B, id: 'b', events: many(12_003) })));
  assert.is(await counted(user), 12_003);
  const file = await exported(user);
  expectImport(await user.post('/import', file));
  assert.is(await counted(user), 12_003);
  expectImport(
    await user.post(
      '/import',
      fileOf({ ...file.buckets.b, events: [...file.buckets.b.events].reverse().concat(many(10), E(5000, 3)) }),
    ),
  );
  assert.is(await counted(user), 12_014);
  expectImport(await user.post('/import', fileOf({ ...file.buckets.b, id: 'copy' })));
  assert.equal(withoutIds(await listed(user, '', 'copy')), withoutIds(file.buckets.b.events), 'ties keep their order');
});

transfer('events at one instant, more than a page, are told apart', async ({ user }) => {
  const events = Array.from({ length: 11_000 }, (_, i) => E(0, 0, { i: Math.floor(i / 2) }));
  const file = fileOf({ ...B, id: 'b', events });
  for (const _ of [1, 2]) expectImport(await user.post('/import', file));
  assert.is(await counted(user), 11_000);
});

transfer('an import that breaks off leaves nothing behind', async ({ api, user }) => {
  const text = JSON.stringify(fileOf({ ...B, id: 'n', events: many(12_000) }, { ...B, id: 'b', events: many(3) }));
  const request = (size: number) =>
    new Request('http://kt/', {
      method: 'POST',
      headers: { authorization: `Bearer ${user.key}`, 'content-type': 'application/json' },
      body: new ReadableStream({
        start: (controller) => controller.enqueue(Buffer.from(text.slice(0, size))),
        pull: (controller) => controller.error(new Error('ECONNRESET')),
      }),
      duplex: 'half',
    } as RequestInit);
  for (const size of [10, Math.floor(text.length / 2), text.length - 1]) {
    assert.is((await api.rest(request(size), '/api/0/import')).status, 400);
    expectFailure(await user.post('/import', text.slice(0, size)), 400, 422);
    assert.equal(Object.keys((await user.get('/buckets')).json), ['b']);
    assert.is(await counted(user), 0);
  }
});

transfer(
  'an export whose bucket goes away meanwhile breaks off, and is not as if it were whole',
  async ({ api, user }) => {
    expectImport(await user.post('/import', fileOf({ ...B, id: 'n', events: many(12_000) })));
    const response = await api.rest(
      new Request('http://kt/', { headers: { authorization: `Bearer ${user.key}` } }),
      '/api/0/buckets/n/export',
    );
    const reader = response.body!.getReader();
    const { value } = await reader.read();
    assert.is(new TextDecoder().decode(value), '{"buckets":{');
    for (let i = 0; i < 2; i++) await reader.read();
    expectEmpty(await user.delete('/buckets/n'));
    const rest = async () => {
      while (!(await reader.read()).done);
    };
    await rest().then(
      () => assert.unreachable('it ended'),
      (error: Error) => assert.match(error.message, '"n"'),
    );
  },
);

transfer('while an import runs, everybody else is answered many times', async ({ api, user }) => {
  const other = await api.newUser();
  expectEmpty(await other.post('/buckets/b', B));
  let running = true;
  const importing = user
    .post('/import', fileOf({ ...B, id: 'n', events: many(20_000) }))
    .finally(() => (running = false));
  let answered = 0;
  while (running) {
    const replies = await Promise.all([
      other.post('/buckets/b/heartbeat?pulsetime=60', E(answered, 0, { a: 1 })),
      user.post('/buckets/b/heartbeat?pulsetime=60', E(answered, 0, { a: 1 })),
      other.get('/buckets/b/events'),
      user.get('/buckets'),
    ]);
    assert.equal(
      replies.map((reply) => reply.status),
      [200, 200, 200, 200],
    );
    answered++;
    // As a socket would: a request comes in a turn of the event loop of its own.
    await new Promise((later) => setTimeout(later, 5));
  }
  expectImport(await importing);
  // It is staged and merged in twenty slices. A request asks the database three times at most (its key, its bucket,
  // what it is for), and nobody waits for more than a slice each time.
  assert.ok(answered >= 20 / 3, String(answered));
  assert.is(await counted(user, '', 'n'), 20_000);
  assert.equal([(await listed(user)).length, (await listed(other)).length], [1, 1]);
});

transfer('two imports at once, of the same buckets in another order, are as one after the other', async ({ user }) => {
  const files = [
    ['x', 'y', 'b'],
    ['b', 'y', 'x'],
  ].map((ids) => fileOf(...ids.map((id) => ({ ...B, id, events: many(300) }))));
  expectImport(await user.post('/import', fileOf({ ...B, id: 'x' }, { ...B, id: 'y' })));
  const replies = await Promise.all([...files, ...files].map((file) => user.post('/import', file)));
  assert.equal(
    replies.map((reply) => reply.status),
    [200, 200, 200, 200],
  );
  for (const id of ['x', 'y', 'b']) assert.is(await counted(user, '', id), 300);
});

transfer.run();
