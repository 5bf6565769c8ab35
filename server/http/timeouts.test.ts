/**
 * Slow clients on raw sockets. The limits here are small, and a slow client is one that sends or reads nothing at all.
 */
import type { RequestListener, Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { createServerAdapter } from '@whatwg-node/server';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openTestServer, type TestServer, type TestUser } from '../../test/support/test-server.ts';
import { readBody } from './body.ts';
import { limitConnections, onceAMinute, countedAddress } from './connection-limits.ts';
import { makeServer, timeoutsOf, type Timeouts } from './timeouts.ts';

/** Much longer than any test runs. */
const NEVER = 3_600_000;
const LENIENT: Timeouts = { head: NEVER, window: NEVER, bytes: 1, anonymous: NEVER, linger: NEVER, stall: NEVER };

type Scene = { server: TestServer; user: TestUser };
const timeouts = suite<Scene>('the timeouts of a server');
timeouts.before(async (scene) => {
  scene.server = await openTestServer();
  scene.user = await scene.server.newUser();
});

/** Serves over a socket, and records unexpected errors of the process. */
const serving = async (
  app: RequestListener,
  limits: Partial<Timeouts>,
  work: (dial: () => Call, server: Server) => Promise<void>,
): Promise<void> => {
  const server = makeServer(app, { ...LENIENT, ...limits });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const calls: Call[] = [];
  try {
    await work(() => (calls.push(dial((server.address() as AddressInfo).port)), calls.at(-1)!), server);
  } finally {
    for (const { socket } of calls) socket.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
};

/** A raw connection: `heard` is what has arrived so far, `ended` resolves to everything once the server closes it. */
type Call = {
  readonly socket: Socket;
  readonly heard: () => string;
  readonly says: (what: RegExp) => Promise<string>;
  readonly ended: Promise<string>;
};
const dial = (port: number): Call => {
  const socket = connect(port, '127.0.0.1');
  let heard = '';
  socket
    .setEncoding('latin1')
    .on('data', (more) => (heard += more))
    .on('error', () => {});
  const ended = new Promise<string>((resolve) => socket.once('close', () => resolve(heard)));
  const says = (what: RegExp) =>
    new Promise<string>((resolve, reject) => {
      const look = (): void => void (what.test(heard) && resolve(heard));
      look();
      socket.on('data', look);
      void ended.then(() => reject(new Error(`closed after ${JSON.stringify(heard)}`)));
    });
  return { socket, heard: () => heard, says, ended };
};

const post = (path: string, headers: Record<string, string>, body = ''): string =>
  `POST ${path} HTTP/1.1\r\nhost: kt.test\r\ncontent-type: application/json\r\n${Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}\r\n${body}`;
const messageOf = (answer: string): unknown => JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)).message;

/** Reads the whole body, and answers with its size. */
const reader = createServerAdapter(
  async (request: Request) => new Response(String((await readBody(request)).byteLength)),
);

timeouts('says 408 to a body that stays away, and closes', async ({ server, user }) => {
  const bearer = { authorization: `Bearer ${user.key}` };
  for (const [path, headers] of [
    ['/api/0/buckets/b', bearer],
    ['/api/0/import', bearer],
    ['/graphql', bearer],
    ['/graphql', {}],
  ] as const) {
    await serving(server.app, { window: 20, bytes: 100 }, async (dial) => {
      const { socket, ended } = dial();
      socket.write(post(path, { ...headers, 'content-length': '1000' }, '{"a":'));
      const answer = await ended;
      assert.match(answer, /^HTTP\/1\.1 408 /, path);
      assert.match(String(messageOf(answer)), /too slowly.*[Ss]end it again/);
    });
  }
});

timeouts('takes a body that trickles for one that stays away', async () => {
  await serving(reader, { window: 50, bytes: 1000 }, async (dial) => {
    const { socket, ended } = dial();
    socket.write(post('/', { 'transfer-encoding': 'chunked', 'x-api-key': 'k' }));
    const trickle = setInterval(() => void socket.write('1\r\nx\r\n'), 5);
    try {
      assert.match(await ended, /^HTTP\/1\.1 408 /);
    } finally {
      clearInterval(trickle);
    }
  });
});

timeouts('waits for a body that comes at its rate, however long it takes in all', async () => {
  await serving(reader, { window: 100, bytes: 1, anonymous: 1 }, async (dial) => {
    const { socket, says } = dial();
    socket.write(post('/', { 'content-length': '3000000', 'x-api-key': 'k' }));
    for (let i = 0; i < 30; i++) {
      socket.write(Buffer.alloc(100_000, 'x'));
      await new Promise((resolve) => setTimeout(resolve, 10)); // something arrives in all three of the server's windows
    }
    assert.match(await says(/3000000/), /^HTTP\/1\.1 200 /);
  });
});

timeouts('does not blame a sender for what the server leaves unread', async () => {
  let goOn = () => {};
  const later = new Promise<void>((resolve) => (goOn = resolve));
  const app: RequestListener = async (request, response) => {
    await later;
    let length = 0;
    for await (const chunk of request) length += chunk.length;
    response.end(String(length));
  };
  await serving(app, { window: 10, bytes: 1_000_000 }, async (dial) => {
    const { socket, says } = dial();
    socket.write(post('/', { 'content-length': '5', 'x-api-key': 'k' }, 'xxxx'));
    await new Promise((resolve) => setTimeout(resolve, 100)); // ten windows
    socket.write('x');
    goOn();
    assert.match(await says(/\r\n5$/), /^HTTP\/1\.1 200 /);
  });
});

timeouts('gives a body without a key less time in all', async () => {
  await serving(reader, { anonymous: 20 }, async (dial) => {
    const { socket, ended } = dial();
    socket.write(post('/', { 'content-length': '10' }, 'xx'));
    const answer = await ended;
    assert.match(answer, /^HTTP\/1\.1 408 /);
    assert.match(String(messageOf(answer)), /no API key/);
  });
  await serving(reader, { anonymous: null }, async (dial) => {
    const { socket, says } = dial();
    socket.write(post('/', { 'content-length': '3' }, 'xx'));
    await new Promise((resolve) => setTimeout(resolve, 30));
    socket.write('x');
    assert.match(await says(/\r\n3\r\n/), /^HTTP\/1\.1 200 /);
  });
});

timeouts('answers who is not let in before the body, and does not wait for the rest of it', async ({ server }) => {
  const wrong = { authorization: `Bearer kt_${'x'.repeat(43)}` };
  const cases: [path: string, headers: Record<string, string>][] = [
    ['/api/0/buckets/b', {}],
    ['/api/0/buckets/b', wrong],
    ['/api/0/import', {}],
    ['/api/0/nope', {}],
    ['/graphql', wrong],
  ];
  for (const [path, headers] of cases) {
    await serving(server.app, { linger: 10 }, async (dial) => {
      const { socket, ended } = dial();
      socket.write(post(path, { ...headers, 'content-length': '1000000' }));
      const trickle = setInterval(() => void socket.write('x'), 5);
      try {
        assert.match(await ended, /UNAUTHENTICATED|API key/, path);
      } finally {
        clearInterval(trickle);
      }
    });
  }
  await serving(server.app, { linger: 10 }, async (dial) => {
    const { socket, ended } = dial();
    socket.write('GET /health HTTP/1.1\r\nhost: kt.test\r\ncontent-length: 1000000\r\n\r\n');
    assert.match(await ended, /^HTTP\/1\.1 200 /, 'nor after an answer to anybody');
  });
});

timeouts('keeps a connection whose body has come to its end', async ({ server }) => {
  await serving(server.app, { linger: 1 }, async (dial) => {
    const { socket, says } = dial();
    socket.write(post('/api/0/buckets/b', { 'content-length': '2' }, '{}'));
    await says(/API key/);
    await new Promise((resolve) => setTimeout(resolve, 30));
    socket.write('GET /health HTTP/1.1\r\nhost: kt.test\r\n\r\n');
    await says(/alive/);
  });
});

timeouts('wants the head of a request in time, and says so to who began one', async () => {
  await serving(reader, { head: 200 }, async (dial) => {
    const [begun, silent] = [dial(), dial()];
    begun.socket.write('GET / HTTP/1.1\r\nho');
    const answer = await begun.ended;
    assert.match(answer, /^HTTP\/1\.1 408 /);
    assert.match(String(messageOf(answer)), /too long/);
    assert.is(await silent.ended, '', 'a connection that a browser opened ahead of its need is closed without a word');
  });
});

timeouts('cuts off who reads nothing of an answer', async () => {
  let left = () => {};
  const gone = new Promise<void>((resolve) => (left = resolve));
  const app = createServerAdapter(
    async () =>
      new Response(
        new ReadableStream(
          { pull: (controller) => controller.enqueue(new Uint8Array(1_000_000)) },
          { highWaterMark: 0 },
        ),
      ),
  );
  await serving(
    (request, response) => (response.once('close', left), app(request, response)),
    { stall: 40 },
    async (dial) => {
      const { socket } = dial();
      socket.pause();
      socket.write('GET / HTTP/1.1\r\nhost: kt.test\r\n\r\n');
      await gone;
    },
  );
});

timeouts('waits for who reads slowly, and with a subscription that has nothing to say', async () => {
  const size = 50_000_000;
  const cases: [what: string, app: RequestListener][] = [
    ['in one write', (_request, response) => void response.end(Buffer.alloc(size, 'x'))],
    ['in many', createServerAdapter(async () => new Response(new Uint8Array(size)))],
  ];
  const taken = cases.map(([what, app]) =>
    serving(app, { stall: 1500 }, async (dial) => {
      const { socket, heard, ended } = dial();
      socket.write('GET / HTTP/1.1\r\nhost: kt.test\r\nconnection: close\r\n\r\n');
      // A megabyte now and then, over several times the timeout.
      let taken = 0;
      socket.on('data', (more) => void ((taken += more.length) > 1e6 && socket.pause()));
      const pace = setInterval(() => {
        taken = 0;
        socket.resume();
      }, 100);
      await ended;
      clearInterval(pace);
      assert.ok(heard().length > size, what);
    }),
  );
  await Promise.all(taken);
  let end = () => {};
  const quiet: RequestListener = (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(':\n\n');
    end = () => void response.end('data: late\n\n');
  };
  await serving(quiet, { stall: 8 }, async (dial) => {
    const { socket, says } = dial();
    socket.write('GET / HTTP/1.1\r\nhost: kt.test\r\n\r\n');
    await says(/:\n\n/);
    await new Promise((resolve) => setTimeout(resolve, 80));
    end();
    await says(/late/);
  });
});

timeouts('outlives whatever comes over a socket, and who leaves at any time', async ({ server, user }) => {
  const bearer = { authorization: `Bearer ${user.key}` };
  const starts = [
    '',
    '\r\n\r\n',
    'GARBAGE\r\n\r\n',
    '\u0016\u0003\u0001\u0002',
    'GET / HTTP/1.1\r\n',
    'GET / HTTP/1.1\r\nhost: kt.test\r\n\r\nGARBAGE',
    `GET / HTTP/1.1\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`,
    post('/api/0/import', { ...bearer, 'content-length': '100' }, '{'),
    post('/graphql', { ...bearer, 'transfer-encoding': 'chunked' }, 'zz\r\n'),
    post('/graphql', { 'content-length': '5' }),
    'GET /api/0/export HTTP/1.1\r\nhost: kt.test\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n',
    'CONNECT x:1 HTTP/1.1\r\n\r\n',
    'GET /sign-in HTTP/1.1\r\nhost: kt.test\r\n\r\n'.repeat(500),
  ];
  await serving(server.app, {}, async (dial) => {
    for (const start of starts) {
      for (const leave of ['destroy', 'resetAndDestroy', 'end'] as const) {
        const { socket } = dial();
        await new Promise((resolve) => socket.once('connect', resolve));
        socket.write(start);
        await new Promise((resolve) => setImmediate(resolve));
        socket[leave]();
      }
    }
    const { socket, says } = dial();
    socket.write('GET /health HTTP/1.1\r\nhost: kt.test\r\n\r\n');
    await says(/alive/);
    const broken = dial();
    broken.socket.write('GARBAGE\r\n\r\n');
    assert.match(String(messageOf(await broken.ended)), /no HTTP request/);
  });
});

timeouts('has so many connections at once, and fewer from one address', async ({ server }) => {
  const alive = 'GET /health HTTP/1.1\r\nhost: kt.test\r\n\r\n';
  const cases: [
    limits: { connections: number; perAddress: number | null },
    addressOf: (address: string | undefined) => string | null,
    why: RegExp | null,
  ][] = [
    [{ connections: 3, perAddress: null }, countedAddress, /KT_SERVER_CONNECTIONS\)/],
    [{ connections: 100, perAddress: 3 }, (address) => address ?? null, /3 connections from 127\.0\.0\.1/],
    [{ connections: 100, perAddress: 3 }, countedAddress, null], // connections from this machine are not counted
    [{ connections: 100, perAddress: null }, (address) => address ?? null, null],
  ];
  for (const [limits, addressOf, why] of cases) {
    await serving(server.app, {}, async (dial, listening) => {
      const said: string[] = [];
      limitConnections(listening, limits, (text) => said.push(text), addressOf);
      const calls = [dial(), dial(), dial()];
      for (const { socket, says } of calls) {
        socket.write(alive);
        await says(/alive/);
      }
      const fourth = dial();
      fourth.socket.write(alive);
      if (why) assert.is(await fourth.ended, '');
      else await fourth.says(/alive/);
      assert.equal(
        said.map((text) => why?.test(text)),
        why ? [true] : [],
      );

      calls[0]!.socket.end();
      await calls[0]!.ended;
      const fifth = dial();
      fifth.socket.write(alive);
      await fifth.says(/alive/);
    });
  }
});

timeouts('counts an IPv6 line by its /64, and this machine not at all', () => {
  const counted: [address: string | undefined, under: string | null][] = [
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['127.0.0.1', null],
    ['127.9.9.9', null],
    ['::ffff:127.0.0.1', null],
    ['::1', null],
    [undefined, null],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:db8::9', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['2001:0db8:0001:0002::', '2001:db8:1:2::/64'],
  ];
  for (const [address, under] of counted) assert.is(countedAddress(address), under, String(address));
});

timeouts('tells of refused connections once a minute', () => {
  const said: string[] = [];
  let now = 0;
  const tell = onceAMinute(
    (why) => said.push(why),
    () => now,
  );
  for (now of [0, 1, 59_999, 60_000, 60_001]) tell(String(now));
  assert.equal(said, ['0', '60000']);
});

timeouts('are by default longer than any client of ours takes', () => {
  const { head, bytes, window, anonymous, stall } = timeoutsOf({ auth: 'key', uploadRate: 1000, stallSeconds: 300 });
  // kt-client gives a request 60 seconds, and sends at most 4 MB in one; aw-webui gives up after 30.
  assert.ok(head >= 30_000 && stall >= 60_000 && anonymous! >= 10_000);
  assert.ok(bytes / (window / 1000) < 4e6 / 60);
  assert.is(timeoutsOf({ auth: 'none', uploadRate: 1, stallSeconds: 1 }).anonymous, null);
});

timeouts.run();
