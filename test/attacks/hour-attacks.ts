/**
 * All attacks at once, in a process of its own (hour.ts starts it): without a key, with one that reads, one that pushes
 * and one that may do everything, each attack over and over until the time is up. Prints what they were answered with.
 */
import { randomUUID } from 'node:crypto';
import http from 'node:http';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { makeRemoteServer } from '../../client/remote/remote-server.ts';

export type Told = Readonly<Record<string, Readonly<Record<string, number>>>>;
export type Keys = { readonly full: string; readonly read: string; readonly push: string };

const [url = '', until = '0', keysText = '{}'] = process.argv.slice(2);
const keys = JSON.parse(keysText) as Keys;
const END = Number(until);
const { port, hostname } = new URL(url);

type Asked = {
  readonly path: string;
  readonly body?: string | Uint8Array;
  readonly key?: string;
  readonly headers?: Record<string, string>;
  /** Leaves once so many bytes of the answer have come. */
  readonly leave?: number;
};

/** The status, or why there is none. */
const ask = ({ path, body, key, headers, leave = Infinity }: Asked): Promise<string> =>
  new Promise((resolve) => {
    const request = http.request(url + path, {
      agent: false,
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        ...(body === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        ...headers,
      },
      signal: AbortSignal.timeout(120_000),
    });
    request.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.name));
    request.on('response', (response) => {
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > leave) request.destroy();
      });
      response.on('error', () => resolve('left'));
      response.on('end', () => resolve(String(response.statusCode)));
      response.on('close', () => resolve('left'));
    });
    request.end(body);
  });
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const x = (count: number): string => 'x'.repeat(count);
const gzip = { 'content-encoding': 'gzip' };
const many = <T>(count: number, one: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => one(n));
const DAY = Date.UTC(2024, 5, 3);
const RANGE = '{ first: "2024-01-01", last: "2024-12-31" }';
const BY_HOUR = `range: ${RANGE}, grain: HOUR`;
const B = '/api/0/buckets';
const event = (ms: number, data: object) => ({ timestamp: new Date(ms).toISOString(), duration: 1, data });
const eventsOf = (count: number, data: (n: number) => object): string =>
  JSON.stringify(many(count, (n) => event(DAY + (n * 86_400_000) / count, data(n))));
const graphql = (key: string | undefined, query: string, variables?: unknown): Asked => ({
  path: '/graphql',
  body: JSON.stringify({ query, variables }),
  ...(key === undefined ? {} : { key }),
});
const BOMB = gzipSync(`{"query":"{info{hostname}}","variables":{"a":[${'{},'.repeat(3e7)}{}]}}`, { level: 1 });
const FILE_BOMB = gzipSync(`{"buckets":{"x":{"type":"t","client":"c","hostname":"h","data":[${'{},'.repeat(3e7)}`, {
  level: 1,
});
const DEEP = `${'['.repeat(8000)}${']'.repeat(8000)}`;
const LARGE = JSON.stringify(many(15, (n) => event(DAY - 1e9 + n, { title: `${n}${x(990_000)}` })));
const RULES = many(300, (n) => ({ name: [`c${n}`], regex: `(a|b|ab)*${n}(x+x+)+y`, ignoreCase: true }));
const CLASSES = JSON.stringify(RULES.slice(0, 50).map(({ name, regex }) => [name, { type: 'regex', regex }]));
const PERIODS = [`${new Date(DAY).toISOString()}/${new Date(DAY + 86_400_000).toISOString()}`];

/** Sockets that send next to nothing for a while. */
const slowly = async (head: string, count: number): Promise<string> => {
  const sockets = many(count, () => {
    const socket = connect(Number(port), hostname, () => socket.write(head));
    socket.on('error', () => {});
    return socket;
  });
  for (let second = 0; second < 15 && Date.now() < END; second++) {
    for (const socket of sockets) if (socket.writable) socket.write('x');
    await pause(1000);
  }
  const open = sockets.filter((socket) => !socket.destroyed).length;
  for (const socket of sockets) socket.destroy();
  return open === count ? 'still open' : open === 0 ? 'all closed' : 'some closed';
};

/** Subscriptions that are opened, and left after a moment. */
const subscribed = async (count: number): Promise<string> => {
  const path = `/graphql?query=${encodeURIComponent('subscription { revision }')}`;
  const told = await Promise.all(
    many(count, () => ask({ path, key: keys.read, headers: { accept: 'text/event-stream' }, leave: 0 })),
  );
  return told[0]!;
};

const remote = makeRemoteServer({ url, apiKey: keys.push });
const deviceId = randomUUID();
let pass = 0;
let pushed = 0;
const push = async (count: number, bytes: number): Promise<string> => {
  if (pass === 0) {
    pass = 1;
    await remote.register({ deviceId, hostname: 'attacker', pass, nonce: randomUUID() } as never);
  }
  const bucket = { id: 'w', type: 'currentwindow', client: 'c', hostname: 'attacker', createdUs: null, data: {} };
  const events = many(count, () => ({
    id: ++pushed,
    startUs: BigInt(DAY + pushed * 10) * 1000n,
    durationNs: 1_000_000_000n,
    data: { app: `app ${pushed % 100}`, title: `${pushed} ${x(bytes)}` },
  }));
  const done = await remote.push({
    deviceId,
    pass,
    buckets: [{ bucket, epoch: 1, events, cursor: null }] as never,
  });
  return done.results[0]?.error?.code ?? 'stored';
};

type Attack = readonly [name: string, atOnce: number, pauseMs: number, run: () => Promise<string>];
const ATTACKS: readonly Attack[] = [
  ['wrong keys', 8, 5, () => ask({ path: B, key: `kt_${x(43)}` })],
  [
    'sign-in with wrong keys',
    2,
    50,
    () =>
      ask({
        path: '/auth/session',
        body: JSON.stringify({ key: `kt_${x(43)}` }),
        headers: { 'sec-fetch-site': 'same-origin' },
      }),
  ],
  ['the schema, without a key', 2, 20, () => ask(graphql(undefined, '{__schema{types{name fields{name}}}}'))],
  ['deep documents', 2, 10, () => ask(graphql(keys.read, `{${'viewer{'.repeat(190)}id${'}'.repeat(190)}}`))],
  ['deep bodies', 2, 10, () => ask({ path: '/graphql', key: keys.read, body: `{"variables":${DEEP}}` })],
  ['gzip bombs, GraphQL', 1, 500, () => ask({ path: '/graphql', key: keys.read, body: BOMB, headers: gzip })],
  ['gzip bombs, import', 1, 500, () => ask({ path: '/api/0/import', key: keys.full, body: FILE_BOMB, headers: gzip })],
  ['15 events of 1 MB', 1, 500, () => ask({ path: `${B}/large/events`, key: keys.full, body: LARGE })],
  [
    '25,000 events',
    1,
    500,
    () => ask({ path: `${B}/full/events`, key: keys.full, body: eventsOf(25_000, (n) => ({ n })) }),
  ],
  ['pushes of 5,000', 1, 100, () => push(5_000, 100)],
  [
    'heartbeats of 1 MB',
    1,
    100,
    () =>
      ask({
        path: `${B}/large/heartbeat?pulsetime=1`,
        key: keys.full,
        body: JSON.stringify(event(DAY + Math.random() * 1e9, { a: x(900_000) })),
      }),
  ],
  ['heads that come slowly', 1, 0, () => slowly('GET / HTTP/1.1\r\nHost: localhost\r\nx: ', 150)],
  [
    'bodies that come slowly',
    1,
    0,
    () =>
      slowly(
        `POST /graphql HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${keys.read}\r\n` +
          'Content-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{"',
        50,
      ),
  ],
  ['exports that are left', 4, 10, () => ask({ path: '/api/0/export', key: keys.read, leave: 100_000 })],
  ['exports', 4, 10, () => ask({ path: '/api/0/export', key: keys.read })],
  ['lists of all events', 3, 10, () => ask({ path: `${B}/full/events?limit=-1`, key: keys.read })],
  [
    '10,000 events by GraphQL',
    3,
    10,
    () =>
      ask(
        graphql(
          keys.read,
          `{ bucket(id: "full") { a: events(first: 5000) { edges { node { id data } } }
            b: events(first: 5000) { edges { node { id } } } } }`,
        ),
      ),
  ],
  [
    'five sums of a year',
    3,
    10,
    () =>
      ask(
        graphql(
          keys.read,
          `{ ${many(5, (n) => `a${n}: activity(${BY_HOUR}, by: [APP, TITLE]) { seconds }`).join(' ')} }`,
        ),
      ),
  ],
  [
    'lanes of a year',
    2,
    10,
    () => ask(graphql(keys.read, `{ lanes(range: ${RANGE}, pixels: 10000) { unitSeconds } }`)),
  ],
  [
    'hostile rules',
    2,
    10,
    () =>
      ask(
        graphql(
          keys.read,
          `query($rules: [CategoryRuleInput!]!) { previewCategories(rules: $rules, range: ${RANGE}) { seconds } }`,
          { rules: RULES },
        ),
      ),
  ],
  [
    'hostile queries',
    3,
    10,
    () =>
      ask({
        path: '/api/0/query/',
        key: keys.read,
        body: JSON.stringify({
          query: ['e = query_bucket("full");', `RETURN = categorize(e, ${CLASSES});`],
          timeperiods: PERIODS,
        }),
      }),
  ],
  ['subscriptions, left', 1, 100, () => subscribed(50)],
];

const told: Record<string, Record<string, number>> = {};
const create = (bucket: string) =>
  ask({
    path: `${B}/${bucket}`,
    key: keys.full,
    body: JSON.stringify({ client: 'c', type: 'currentwindow', hostname: 'h' }),
  });
await create('full');
await create('large');
await Promise.all(
  ATTACKS.flatMap(([name, atOnce, pauseMs, run]) =>
    many(atOnce, async () => {
      const counts = (told[name] ??= {});
      while (Date.now() < END) {
        const answer = await run().catch((error: Error & { code?: string }) => error.code ?? error.message);
        counts[answer] = (counts[answer] ?? 0) + 1;
        await pause(pauseMs);
      }
    }),
  ),
);
process.stdout.write(JSON.stringify(told), () => process.exit(0));
