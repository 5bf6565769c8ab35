import { gunzipSync, gzipSync } from 'node:zlib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { at, bucketWith, failing, newDevice, sent } from '../../test/support/pushing.ts';
import { APP_URL, openTestServer, type TestServer, type TestUser } from '../../test/support/test-server.ts';
import { makeApp, type App } from '../app.ts';
import { makeAuthenticate } from '../auth/authenticate.ts';
import type { Logger } from '../log.ts';
import type { Resolvers } from '../resolvers/resolvers.ts';

const api = suite<{ server: TestServer; user: TestUser }>('the GraphQL API');
api.before(async (scene) => {
  scene.server = await openTestServer();
  scene.user = await scene.server.newUser();
});

/** The app over the same database with other rules, and the errors that it logs. */
const appWith = ({ database, resolvers }: TestServer, more: Partial<Resolvers> = {}): { app: App; logged: any[] } => {
  const logged: any[] = [];
  const log = { error: (entry: unknown) => logged.push(entry), warn: () => {}, debug: () => {} } as unknown as Logger;
  return {
    logged,
    app: makeApp({
      database,
      resolvers: { ...resolvers, ...more },
      authenticate: makeAuthenticate(database, () => new Date()),
      log,
    }),
  };
};
const post = async (app: App, key: string | null, body: BodyInit, headers: Record<string, string> = {}) => {
  const response = await app.fetch(`${APP_URL}/graphql`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...(key === null ? {} : { 'x-api-key': key }), ...headers },
  });
  const text = await response.text();
  return { status: response.status, text, code: (JSON.parse(text) as any).errors?.[0]?.extensions?.code };
};
const asked = (query: string, variables = {}) => JSON.stringify({ query, variables });

api('tells nobody what went wrong inside, but the log with its cause', async ({ server, user }) => {
  const secret = new Error('password=hunter2');
  const { app, logged } = appWith(server, { info: { get: () => Promise.reject(secret) } });
  const answer = await post(app, user.key, asked('{ info { hostname } }'));
  assert.is(answer.code, 'INTERNAL');
  assert.not.match(answer.text, /hunter2|stack/);
  assert.is(logged.length, 1);
  assert.is(logged[0].err.originalError, secret);
});

api('says of a request that makes no sense what is wrong with it, and logs nothing', async ({ server, user }) => {
  const { app, logged } = appWith(server);
  const insert = 'mutation ($input: InsertEventsInput!) { insertEvents(input: $input) { events { id } } }';
  const input = (event: object) => ({ input: { publicBucketId: 'b', events: [event] } });
  const cases: [string, string, RegExp][] = [
    ['MALFORMED', asked('{'), /Syntax Error/],
    ['UNSUPPORTED', asked('{ nonsense }'), /nonsense/],
    ['MALFORMED', asked(insert, input({ timestamp: 'noon', data: {} })), /DateTime is RFC 3339/],
    ['MALFORMED', asked(insert, input({ data: {} })), /timestamp/],
    ['MALFORMED', asked(insert, input({ timestamp: at(0), duration: '1', data: {} })), /duration/],
    ['MALFORMED', asked(insert), /not provided/],
    [
      'MALFORMED',
      asked('{ changes(after: null) { revision } bucket(id: "b") { events(start: "noon") { edges { cursor } } } }'),
      /DateTime/,
    ],
  ];
  for (const [code, body, message] of cases) {
    const answer = await post(app, user.key, body);
    assert.equal([answer.status, answer.code], [200, code], answer.text);
    assert.match(answer.text, message);
  }
  for (const body of ['', '{', 'null', '[]']) assert.equal((await post(app, user.key, body)).status, 400, body);
  assert.equal(logged, []);
});

api('uses every query that Pothos hands it, also where nothing is found', async ({ server }) => {
  const user = await server.newUser();
  const { app, logged } = appWith(server);
  const nothing = `{ viewer { id devices { id buckets { id device { id } } } apiKeys { id device { id } } }
    devices { id buckets { id } }
    buckets { id device { id } } bucket(id: "nobody") { id } nul: bucket(id: "\\u0000") { id }
      changes { changedBuckets { bucket { id device { id } } } } }`;
  for (const query of [
    nothing,
    'mutation { createBucket(input: { bucketId: "b", type: "t", client: "c", hostname: "h" }) ' +
      '{ bucket { id device { id } } } }',
    'mutation { registerDevice(input: { deviceId: "d", hostname: "h" }) { device { id buckets { id } } } }',
  ]) {
    assert.is((await post(app, user.key, asked(query))).code, undefined);
  }
  await (await newDevice(user)).push(bucketWith([sent(1, 0)]));
  assert.is((await post(app, user.key, asked(nothing.replace('"nobody"', '"window"')))).code, undefined);
  await failing('NOT_FOUND', user.graphql('mutation { deleteBucket(input: { id: "nobody" }) { id } }'));
  assert.equal(logged, []);
});

api('stops a body that inflates beyond its limit with 413, with a key and sooner without', async ({ server, user }) => {
  const bomb = (megabytes: number) => gzipSync(Buffer.alloc(megabytes * 2 ** 20, ' '));
  const gzip = { 'content-encoding': 'gzip' };
  const big = bomb(33);
  assert.ok(big.byteLength < 100_000);
  const refused = await post(server.app, user.key, big, gzip);
  assert.equal([refused.status, refused.code], [413, 'TOO_LARGE']);
  const anonymous = await post(server.app, null, bomb(1), gzip);
  assert.equal([anonymous.status, anonymous.code], [413, 'TOO_LARGE']);
  const plain = await post(server.app, null, asked('{ info { hostname } }').padEnd(70_000));
  assert.equal([plain.status, plain.code], [413, 'TOO_LARGE']);
  assert.is((await post(server.app, user.key, asked('{ info { hostname } }').padEnd(70_000))).status, 200);
});

api('refuses a body that is not what its encoding says', async ({ server, user }) => {
  const gzipped = gzipSync(asked('{ viewer { id } }'));
  assert.is((await post(server.app, user.key, 'not gzip', { 'content-encoding': 'gzip' })).code, 'INVALID');
  assert.is(
    (await post(server.app, user.key, gzipped.subarray(0, -10), { 'content-encoding': 'gzip' })).code,
    'INVALID',
  );
  assert.is((await post(server.app, user.key, gzipped, { 'content-encoding': 'br' })).code, 'UNSUPPORTED');
});

api('answers questions by GET too, but makes no change by it', async ({ user }) => {
  const get = (query: string) => user.fetch(`/graphql?query=${encodeURIComponent(query)}`);
  assert.equal(await (await get('{ viewer { id } }')).json(), { data: { viewer: { id: user.userId } } });
  assert.is(
    (
      await get(
        'mutation { createBucket(input: { bucketId: "by-get", type: "t", client: "c", hostname: "h" }) ' +
          '{ wasCreated } }',
      )
    ).status,
    405,
  );
  assert.equal(await user.graphql('{ bucket(id: "by-get") { id } }'), { bucket: null });
});

api('gzips a large answer for who takes it, and nothing else', async ({ server, user }) => {
  const ask = (query: string, encoding: string) =>
    server.app.fetch(`${APP_URL}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${user.key}`, 'content-type': 'application/json', 'accept-encoding': encoding },
      body: JSON.stringify({ query }),
    });
  const large = '{ __schema { types { name description fields { name description } } } }';
  const plain = await (await ask(large, 'identity')).text();
  for (const encoding of ['gzip', 'br, gzip;q=0.5', '*']) {
    const zipped = await ask(large, encoding);
    assert.is(zipped.headers.get('content-encoding'), 'gzip');
    assert.match(zipped.headers.get('vary')!, /accept-encoding/i);
    const bytes = Buffer.from(await zipped.arrayBuffer());
    assert.ok(bytes.length * 3 < plain.length, `${bytes.length} of ${plain.length} bytes`);
    assert.is(gunzipSync(bytes).toString(), plain);
  }
  for (const [query, encoding] of [
    [large, 'gzip;q=0'],
    [large, 'br'],
    ['{ viewer { id } }', 'gzip'],
  ] as const) {
    assert.is((await ask(query, encoding)).headers.get('content-encoding'), null, `${encoding}: ${query.slice(0, 10)}`);
  }
});

api('never gzips a stream of events', async ({ server, user }) => {
  const left = new AbortController();
  const headers = {
    authorization: `Bearer ${user.key}`,
    'content-type': 'application/json',
    accept: 'text/event-stream',
    'accept-encoding': 'gzip',
  };
  const response = await server.app.fetch(`${APP_URL}/graphql`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ query: 'subscription { revision }' }),
    signal: left.signal,
  });
  assert.match(response.headers.get('content-type')!, 'text/event-stream');
  assert.is.not(response.headers.get('content-encoding'), 'gzip');
  const reader = response.body!.getReader();
  await reader.read(); // read once, because Yoga's stream fails when it is cancelled unread
  await reader.cancel();
  left.abort();
});

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

api('shows a browser GraphiQL as one page that loads nothing from elsewhere, gzipped or not', async ({ server }) => {
  const show = (encoding: string) =>
    server.app.fetch(`${APP_URL}/graphql`, { headers: { accept: BROWSER, 'accept-encoding': encoding } });
  const [plain, zipped] = [await show('identity'), await show('gzip, br')];
  for (const response of [plain, zipped]) {
    assert.is(response.status, 200);
    assert.match(response.headers.get('content-type')!, /^text\/html/);
  }
  assert.is(plain.headers.get('content-encoding'), null);
  assert.is(zipped.headers.get('content-encoding'), 'gzip');
  const html = await plain.text();
  assert.is(gunzipSync(Buffer.from(await zipped.arrayBuffer())).toString(), html);
  assert.match(html, /Authorization.{1,9}Bearer/, 'the Headers pane waits for the key');

  const styles = [...html.matchAll(/<style[^>]*>([\s\S]*?)<\/style>/gi)].map((match) => match[1]!).join('\n');
  assert.not.match(styles, /@import|url\(\s*['"]?(https?:)?\/\//i);
  const tags = html
    .replace(/"data:[^"]*"/g, '""')
    .replace(/(<script[^>]*>)[\s\S]*?<\/script>/gi, '$1')
    .replace(/(<style[^>]*>)[\s\S]*?<\/style>/gi, '$1');
  assert.ok(tags.length < 10_000, 'scripts, styles and the icon were taken out');
  assert.equal(
    [...tags.matchAll(/<(?:script|link|img|iframe)[^>]*\s(?:src|href)=["']?((?:https?:)?\/\/[^"'>\s]*)/gi)].map(
      (match) => match[1],
    ),
    [],
  );
  assert.not.match(html, /\bimport\(\s*["'`]https?:|importScripts\(\s*["'`]https?:|new Worker\(\s*["'`]https?:/);
});

api('holds one GraphiQL page for all readers, and makes no more of it than each has read', async ({ server }) => {
  const first = async (encoding: string) => {
    const response = await server.app.fetch(`${APP_URL}/graphql`, {
      headers: { accept: BROWSER, 'accept-encoding': encoding },
    });
    const reader = response.body!.getReader() as ReadableStreamDefaultReader<Uint8Array>;
    return { reader, piece: (await reader.read()).value! };
  };
  const before = process.memoryUsage().arrayBuffers;
  const readers = await Promise.all(Array.from({ length: 40 }, (_, n) => first(n % 2 === 0 ? 'gzip' : 'identity')));
  const held = process.memoryUsage().arrayBuffers - before;
  assert.ok(held < 40 * 2 ** 20, `${held} bytes for 40 readers of 2.4 and 9 MB`);
  for (const { piece } of readers) assert.ok(piece.byteLength <= 64 * 1024, `${piece.byteLength} bytes at once`);
  const buffers = readers.filter((_, n) => n % 2 === 0).map(({ piece }) => piece.buffer);
  assert.is(new Set(buffers).size, 1, 'the zipped page is one buffer for all of them');
  await Promise.all(readers.map(({ reader }) => reader.cancel()));
});

api(
  'forbids proxies to keep back or to compress a stream of events, and begins it at once',
  async ({ server, user }) => {
    const headers = { 'content-type': 'application/json', accept: 'text/event-stream', 'x-api-key': user.key };
    const body = JSON.stringify({ query: 'subscription { revision }' });
    const response = await server.app.fetch(`${APP_URL}/graphql`, { method: 'POST', headers, body });
    assert.is(response.headers.get('x-accel-buffering'), 'no');
    assert.match(response.headers.get('cache-control')!, /no-cache.*no-transform/);
    const reader = response.body!.getReader() as ReadableStreamDefaultReader<Uint8Array>;
    assert.is(
      Buffer.from((await reader.read()).value!).toString(),
      ':\n\n',
      'a comment, before there is anything to tell',
    );
    await reader.cancel();
    const other = await user.fetch('/graphql?query={info{hostname}}');
    assert.is(other.headers.get('x-accel-buffering'), null);
  },
);

api('gives a program JSON where a browser gets the page', async ({ server }) => {
  for (const accept of ['application/json', 'application/graphql-response+json', '*/*']) {
    const response = await server.app.fetch(`${APP_URL}/graphql?query=${encodeURIComponent('{ info { hostname } }')}`, {
      headers: { accept },
    });
    assert.equal(await response.json(), { data: { info: { hostname: 'kt.test' } } });
  }
});

api.run();
