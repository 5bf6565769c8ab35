import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync, gzipSync } from 'node:zlib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { KtError } from '../../domain/errors.ts';
import type { PushBucket } from '../sync/ports.ts';
import { retryAfterMs } from './faults.ts';
import { endpointOf, makeRemoteServer } from './remote-server.ts';

const KEY = 'kt_secret-key-of-a-test';

type Sent = { url: string; headers: Headers; body: { operationName: string; variables: Record<string, never> } };

/** A Remote whose server answers in turn as given; what it was sent is kept. */
const open = (...answers: (Response | Error)[]) => {
  const sent: Sent[] = [];
  const waits: number[] = [];
  const remote = makeRemoteServer({
    url: 'https://kt.example/',
    apiKey: KEY,
    sleep: async (ms) => void waits.push(ms),
    async fetch(request) {
      const bytes = Buffer.from(await request.arrayBuffer());
      const body = request.headers.get('content-encoding') === 'gzip' ? gunzipSync(bytes) : bytes;
      sent.push({ url: request.url, headers: request.headers, body: JSON.parse(String(body)) });
      const answer = answers.shift();
      if (!(answer instanceof Response)) throw answer ?? new Error('no more answers');
      return answer;
    },
  });
  return { remote, sent, waits };
};

const json = (body: unknown, status = 200, headers = {}) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } });
const data = (value: unknown) => json({ data: value });
const fault = (code: string, message: string, status = 200, headers = {}) =>
  json({ errors: [{ message, extensions: { code } }] }, status, headers);

const failure = async (work: Promise<unknown>): Promise<KtError> => {
  try {
    await work;
  } catch (error) {
    assert.instance(error, KtError);
    return error as KtError;
  }
  return assert.unreachable() as never;
};

const server = suite('kt-server as the client sees it');
const INFO = { info: { hostname: 'h', version: 'v', deviceId: 'd' } };

server('is asked through its GraphQL API, with the key as a bearer token', async () => {
  const { remote, sent } = open(data(INFO));
  assert.equal(await remote.info(), INFO.info);
  assert.is(sent[0]!.url, 'https://kt.example/graphql');
  assert.is(sent[0]!.headers.get('authorization'), `Bearer ${KEY}`);
  for (const url of ['http://h', 'http://h/', 'http://h/graphql', 'http://h/graphql/'])
    assert.is(endpointOf(url), 'http://h/graphql');
  assert.is(endpointOf('https://h/kt/'), 'https://h/kt/graphql');
});

const bucket: PushBucket = {
  bucket: { id: 'w', type: 't', client: 'c', hostname: 'h', createdUs: 1_500_000n, data: { a: 1 } },
  epoch: 2,
  events: Array.from({ length: 40 }, (_, i) => ({
    id: i,
    startUs: 1_000_001n,
    durationNs: 1_500_000_000n,
    data: { title: 'lone \ud83d' },
  })),
  deletes: [{ sourceId: 99, hash: -9_007_199_254_740_993n }],
  cursor: { headMs: 1_000n, footMs: null },
};

server('gets events as columns, each distinct data once, compressed, and answers counts and refusals', async () => {
  const result = {
    bucketId: 'w',
    epoch: 2,
    count: 40,
    inserted: 39,
    updated: 0,
    unchanged: 0,
    deleted: 1,
    error: null,
  };
  const answer = {
    ...result,
    comparedDays: null,
    pushCursor: { head: '1970-01-01T00:00:01Z', foot: '1970-01-01T00:00:00.500Z' },
    rejections: [{ sourceId: '7', reason: 'odd' }],
  };
  const { remote, sent } = open(data({ pushEvents: { revision: '123', results: [answer] } }));
  const { revision, results } = await remote.push({ deviceId: 'd', pass: 3, buckets: [bucket] });
  assert.is(revision, 123n);
  assert.equal(results, [
    {
      ...result,
      compared: null,
      cursor: { headMs: 1000n, footMs: 500n },
      rejected: [{ sourceId: 7, reason: 'odd' }],
    },
  ]);
  assert.is(sent[0]!.headers.get('content-encoding'), 'gzip');
  const { input } = sent[0]!.body.variables as unknown as {
    input: { buckets: { events: unknown; deletes: unknown[]; pushCursor: unknown; created: string }[] };
  };
  assert.equal(input.buckets[0]!.events, {
    sourceIds: Array.from({ length: 40 }, (_, i) => i),
    starts: Array.from({ length: 40 }, () => 1_000_001),
    durations: Array.from({ length: 40 }, () => 1_500_000_000),
    dataIndex: Array.from({ length: 40 }, () => 0),
    data: [{ title: 'lone \ud83d' }],
  });
  assert.equal(input.buckets[0]!.deletes, [{ sourceId: '99', hash: '-9007199254740993' }]);
  assert.equal(input.buckets[0]!.pushCursor, { head: '1970-01-01T00:00:01Z', foot: null });
  assert.is(input.buckets[0]!.created, '1970-01-01T00:00:01.500Z');
});

server('tells a bucket’s digest day by day, and what there is to compare on one', async () => {
  const days = [{ day: '1969-12-31', eventCount: 3, hash: '-27670116110564327424', pushedCount: 2, pushedHash: '5' }];
  const instants = { starts: [-1000], durations: [500_000_000], dataIndex: [0], data: [{}], gone: [-1] };
  const sources = [[{ sourceId: '7', hash: '-1' }], [{ sourceId: '9', hash: '3' }], []];
  const pages = [instants, { starts: [], durations: [], dataIndex: [], data: [], gone: [] }];
  const { remote, sent } = open(
    data({ bucket: { digest: days } }),
    ...sources.map((page) => data({ bucket: { sources: page } })),
    ...pages.map((page) => data({ bucket: { instants: page } })),
    data({ bucket: null }),
  );
  assert.equal(await remote.digest('w'), [
    { day: -1, events: 3, hash: -27_670_116_110_564_327_424n, pushed: 2, pushedHash: 5n },
  ]);
  assert.equal(await remote.sources('w', -1), [
    { sourceId: 7, hash: -1n },
    { sourceId: 9, hash: 3n },
  ]);
  assert.equal(await remote.instants('w', -1), [
    { atMs: -1n, gone: true, events: [{ startUs: -1000n, durationNs: 500_000_000n, data: {} }] },
  ]);
  // Page after page, until nothing is behind the last: the server may give fewer than were asked for.
  const day = { bucket: 'w', day: '1969-12-31', first: 5000 };
  assert.equal(
    sent.map(({ body }) => body.variables),
    [
      { bucket: 'w' },
      ...[null, '7', '9', null, '1969-12-31T23:59:59.999Z'].map((after) => ({ ...day, after })),
    ] as never,
  );
  assert.is((await failure(remote.digest('gone'))).code, 'not_found');
});

server('tells changes by bucket: its facts, and its instants', async () => {
  const facts = {
    id: 'w-1',
    bucketId: 'w',
    type: 't',
    client: 'c',
    hostname: 'h',
    created: '1970-01-01T00:00:00Z',
    data: {},
    device: { deviceId: 'd', hostname: 'laptop' },
  };
  const instants = {
    starts: [-500, '9007199254740993'],
    durations: ['9007199254740993', 100_000_000],
    dataIndex: [0, 0],
    data: [{ a: 1 }],
    gone: [-1],
  };
  const { remote, sent } = open(
    ...[null, 'there'].map((rest) =>
      data({
        changes: { revision: '9', more: true, rest, accountId: 'a', changedBuckets: [{ bucket: facts, instants }] },
      }),
    ),
  );
  const page = await remote.changes({ after: 0n, excludeDevice: 'me' });
  const { bucket: changed, instants: told } = page.buckets[0]!;
  assert.is(changed.deviceHostname, 'laptop');
  assert.equal(told, [
    { atMs: -1n, gone: true, events: [{ startUs: -500n, durationNs: 9_007_199_254_740_993n, data: { a: 1 } }] },
    {
      atMs: 9_007_199_254_740n,
      gone: false,
      events: [{ startUs: 9_007_199_254_740_993n, durationNs: 100_000_000n, data: { a: 1 } }],
    },
  ]);
  assert.is(
    (await remote.changes({ after: 0n, excludeDevice: 'me', rest: 'here' })).rest,
    'there',
    'a page that was cut says where it goes on',
  );
  assert.is((sent[1]!.body.variables as { rest?: string }).rest, 'here');
});

server('is believed nothing that does not fit together', async () => {
  const fine = { starts: [1], durations: [1], dataIndex: [0], data: [{}], gone: [] };
  for (const odd of [{ starts: [] }, { dataIndex: [1] }, { data: [7] }, { gone: 1 }, { durations: [0.5] }]) {
    const { remote } = open(data({ bucket: { instants: { ...fine, ...odd } } }));
    const error = await failure(remote.instants('w', 0));
    assert.is(error.code, 'internal');
    assert.match(error.message, /kt-server sent .* that this kt-client can't read: bring both to the same version/);
  }
});

const FAULTS: [what: string, answer: () => Response | Error, code: string, says: RegExp][] = [
  ['a wrong key', () => fault('UNAUTHENTICATED', 'no such key', 401), 'unauthenticated', /kt-client setup --url/],
  ['a code of its own', () => fault('DEVICE_IN_USE', 'pass 3 is over'), 'device_in_use', /pass 3 is over/],
  ['a fault of the server', () => fault('INTERNAL', 'Unexpected error.'), 'internal', /its log says why/],
  ['an older server', () => fault('UNSUPPORTED', 'Cannot query field', 400), 'unsupported', /same version/],
  ['a proxy’s page', () => new Response('<html>', { status: 413 }), 'too_large', /refused/],
  [
    'no kt-server at all',
    () => new Response('<html>hello</html>', { headers: { 'content-type': 'text/html' } }),
    'invalid',
    /not (a )?kt-server/,
  ],
  ['nothing at that path', () => new Response('nope', { status: 404 }), 'not_found', /check the URL/],
  [
    'a redirect',
    () => new Response(null, { status: 301, headers: { location: 'https://elsewhere' } }),
    'invalid',
    /the final address/,
  ],
];
for (const [what, answer, code, says] of FAULTS) {
  server(`${what} is ${code}, and one line that says what to do`, async () => {
    const { remote, waits } = open(answer());
    const error = await failure(remote.push({ deviceId: 'd', pass: 3, buckets: [bucket] }));
    assert.is(error.code, code);
    assert.match(error.message, says);
    assert.not.match(error.message, /\n/);
    assert.not.ok(error.message.includes(KEY) || error.message.includes('lone'), 'neither key nor request');
    assert.equal(waits, []);
  });
}

server('is asked again when it is busy or the answer is lost, as late as it says', async () => {
  const lost = new TypeError('fetch failed', { cause: { code: 'ECONNRESET' } });
  const { remote, sent, waits } = open(
    lost,
    new Response('', { status: 503, headers: { 'retry-after': '7' } }),
    data(INFO),
  );
  await remote.info();
  assert.is(sent.length, 3);
  assert.ok(waits[1]! >= 7000);
});
server('that stays away is unavailable', async () => {
  const { remote } = open(
    ...Array.from({ length: 4 }, () => new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } })),
  );
  assert.match((await failure(remote.info())).message, /cannot be reached \(ECONNREFUSED\)/);
});
server('may name a moment in Retry-After', () => {
  assert.is(retryAfterMs('3', 0), 3000);
  assert.is(retryAfterMs('Thu, 01 Jan 1970 00:00:10 GMT', 4000), 6000);
  assert.is(retryAfterMs('Thu, 01 Jan 1970 00:00:01 GMT', 4000), 0);
  assert.is(retryAfterMs('soon', 0), null);
  assert.is(retryAfterMs(null, 0), null);
});

server('answers gzipped over one connection that is kept, since both are asked for', async () => {
  const sockets = new Set<unknown>();
  const asked: [accepts: string | undefined, encoding: string | undefined, bytes: number][] = [];
  const real = createServer((request, response) => {
    sockets.add(request.socket);
    let bytes = 0;
    request.on('data', (some: Buffer) => (bytes += some.byteLength));
    request.on('end', () => {
      const { 'accept-encoding': accepts, 'content-encoding': encoding } = request.headers;
      asked.push([String(accepts), encoding, bytes]);
      const answer = JSON.stringify({ data: { ...INFO, pushEvents: { revision: '1', results: [] } } });
      const isZipped = String(accepts).includes('gzip');
      response.setHeader('content-type', 'application/json');
      if (isZipped) response.setHeader('content-encoding', 'gzip');
      response.end(isZipped ? gzipSync(answer) : answer);
    });
  });
  real.listen(0, '127.0.0.1');
  await once(real, 'listening');
  const near = `http://127.0.0.1:${(real.address() as AddressInfo).port}`;
  // This machine, by an address that does not say so.
  const far = makeRemoteServer({ url: near.replace('127.0.0.1', '0.0.0.0'), apiKey: KEY, retries: 0 });
  for (let n = 0; n < 5; n++) assert.equal(await far.info(), INFO.info);
  assert.is(sockets.size, 1);
  const events = Array.from({ length: 1_000 }, (_, i) => ({
    id: i,
    startUs: 1_700_000_000_000_000n + BigInt(i * 61_234_567),
    durationNs: BigInt((i * 7_919) % 60_000) * 1_000_000n,
    data: { app: 'editor', title: `a file of which there are few: ${i % 20}` },
  }));
  const push = { deviceId: 'd', pass: 3, buckets: [{ ...bucket, events }] };
  await far.push(push);
  await makeRemoteServer({ url: near, apiKey: KEY, retries: 0 }).push(push);
  const [[, , zipped], [accepts, encoding, plain]] = asked.slice(-2) as [(typeof asked)[0], (typeof asked)[0]];
  assert.equal(
    [asked.at(-2)![1], accepts, encoding],
    ['gzip', 'undefined', undefined],
    'within one machine nothing is',
  );
  assert.ok(plain < 50_000, `${plain} bytes: as objects they were 150,000`);
  assert.ok(zipped * 2 < plain, `${zipped} of ${plain} bytes`);
  real.closeAllConnections();
  real.close();
});

server.run();
