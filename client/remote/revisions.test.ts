import { createServer, request as ask, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isKtError } from '../../domain/errors.ts';
import { firstRevision, revisions, type RevisionsOptions, type Stream } from './revisions.ts';

/** A server that speaks graphql-sse as kt-server does, and does what a test wants besides. */
type Scripted = {
  server: Server;
  url: string;
  /** What each request gets; the last stands for all after it. */
  answers: ((response: ServerResponse) => void)[];
  requests: { accept: string; authorization: string }[];
};

const next = (revision: string) => `event: next\ndata: ${JSON.stringify({ data: { revision } })}\n\n`;
const stream =
  (...parts: string[]) =>
  (response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const part of parts) response.write(part);
  };
const thenCut =
  (...parts: string[]) =>
  (response: ServerResponse) => {
    stream(...parts)(response);
    setImmediate(() => response.destroy());
  };
const thenComplete =
  (...parts: string[]) =>
  (response: ServerResponse) => {
    stream(...parts, 'event: complete\ndata:\n\n')(response);
    response.end();
  };
const status =
  (code: number, headers: Record<string, string> = {}) =>
  (response: ServerResponse) =>
    void response.writeHead(code, headers).end('{}');

const live = suite<Scripted>('the revisions of an account');

live.before.each(async (scripted) => {
  scripted.answers = [];
  scripted.requests = [];
  scripted.server = createServer((request, response) => {
    scripted.requests.push({
      accept: request.headers.accept ?? '',
      authorization: request.headers.authorization ?? '',
    });
    const answer = scripted.answers.length > 1 ? scripted.answers.shift()! : scripted.answers[0]!;
    answer(response);
  });
  await new Promise<void>((resolve) => scripted.server.listen(0, '127.0.0.1', resolve));
  scripted.url = `http://127.0.0.1:${(scripted.server.address() as AddressInfo).port}`;
});
live.after.each(({ server }) => {
  server.closeAllConnections();
  server.close();
});

/**
 * Reads until `enough` were told or the stream fails; how long it would have waited, and what it said of the stream.
 */
const read = async ({ url }: Pick<Scripted, 'url'>, enough: number, options: Partial<RevisionsOptions> = {}) => {
  const stop = new AbortController();
  const told: bigint[] = [];
  const waits: number[] = [];
  const said: string[] = [];
  let failure: string | null = null;
  const onChange = (state: Stream) =>
    void said.push(state.open ? 'open' : state.why.message.replace(/^.*\((.*)\)$/, '$1'));
  try {
    for await (const revision of revisions(
      { url, apiKey: 'kt_secret', sleep: async (ms) => void waits.push(ms), chance: () => 1, onChange, ...options },
      stop.signal,
    )) {
      told.push(revision);
      if (told.length >= enough) stop.abort();
    }
  } catch (error) {
    if (!isKtError(error)) throw error;
    assert.not.match(error.message, /kt_secret/);
    failure = error.code;
  }
  return { told, waits, said, failure };
};

live('are told as they move, with the key in a header, until the reader has enough', async (scripted) => {
  scripted.answers = [stream(':\n\n', next('7'), next('9007199254740993'))];
  assert.equal(await read(scripted, 2), {
    told: [7n, 9_007_199_254_740_993n],
    waits: [],
    said: ['open'],
    failure: null,
  });
  assert.equal(scripted.requests, [{ accept: 'text/event-stream', authorization: 'Bearer kt_secret' }]);
});

live('go on after the connection was cut, and after the server ended it in good order', async (scripted) => {
  scripted.answers = [thenCut(next('1')), thenComplete(next('2')), stream(next('3'))];
  const { told, said } = await read(scripted, 3);
  assert.equal(told, [1n, 2n, 3n]);
  assert.equal(said, ['open', 'the connection broke', 'open', 'the stream ended', 'open']);
});

live(
  'are waited for longer each time while the server does not answer, and for as long as it asks',
  async (scripted) => {
    scripted.answers = [status(502), status(500), status(503, { 'retry-after': '20' }), stream(next('1'))];
    const { waits, said } = await read(scripted, 1);
    assert.equal(waits, [1000, 2000, 24_000]);
    assert.equal(said, ['status 502', 'status 500', 'status 503', 'open']);
  },
);

live('survive a server that is down, and start the waiting anew after it was up', async (scripted) => {
  const { port } = scripted.server.address() as AddressInfo;
  scripted.server.close();
  let tries = 0;
  const sleep = async () => {
    if (++tries === 3) await new Promise<void>((resolve) => scripted.server.listen(port, '127.0.0.1', resolve));
  };
  scripted.answers = [stream(next('5'))];
  assert.equal((await read(scripted, 1, { sleep })).told, [5n]);
  assert.is(tries, 3);
});

live('end with a key that is refused, and are not asked for again', async (scripted) => {
  for (const [code, word] of [
    [401, 'unauthenticated'],
    [403, 'forbidden'],
  ] as const) {
    scripted.requests.length = 0;
    scripted.answers = [status(code)];
    assert.is((await read(scripted, 1)).failure, word);
    assert.is(scripted.requests.length, 1);
  }
  scripted.answers = [
    stream(
      'event: next\ndata: ' +
        `${JSON.stringify({ errors: [{ message: 'no', extensions: { code: 'UNAUTHENTICATED' } }] })}\n\n`,
    ),
  ];
  assert.is((await read(scripted, 1)).failure, 'unauthenticated');
});

live('are asked for again when the line is dead, though nobody said so', async (scripted) => {
  scripted.answers = [stream(next('1')), () => undefined, stream(next('2'))];
  const { told } = await read(scripted, 2, { silenceMs: 100 });
  assert.is(told.at(-1), 2n);
  assert.ok(scripted.requests.length >= 3);
});

/** nginx as people set it up: an answer goes on when it is whole, headers and all, until somebody switches that off. */
const behindProxy = async (
  { url }: Scripted,
  work: (proxy: { url: string; buffers: boolean }) => Promise<void>,
): Promise<void> => {
  const proxy = { url: '', buffers: true };
  const between = createServer((request, response) => {
    const sent = ask(`${url}${request.url}`, { method: request.method!, headers: request.headers }, (answer) => {
      const held: Buffer[] = [];
      if (!proxy.buffers) response.writeHead(answer.statusCode!, answer.headers).flushHeaders();
      answer.on('data', (chunk: Buffer) => void (proxy.buffers ? held.push(chunk) : response.write(chunk)));
      answer.on('end', () =>
        proxy.buffers
          ? response.writeHead(answer.statusCode!, answer.headers).end(Buffer.concat(held))
          : response.end(),
      );
    });
    sent.on('error', () => response.destroy());
    response.on('close', () => sent.destroy());
    request.pipe(sent);
  });
  await new Promise<void>((resolve) => between.listen(0, '127.0.0.1', resolve));
  proxy.url = `http://127.0.0.1:${(between.address() as AddressInfo).port}`;
  try {
    await work(proxy);
  } finally {
    between.closeAllConnections();
    between.close();
  }
};

live('name the proxy that holds them back, and come through once it does not', async (scripted) => {
  scripted.answers = [stream(':\n\n', next('7'), ':\n\n')];
  await behindProxy(scripted, async (proxy) => {
    const whys: Stream[] = [];
    let tries = 0;
    const options: Partial<RevisionsOptions> = {
      firstMs: 300,
      onChange: (state) => void whys.push(state),
      sleep: async () => {
        if (++tries === 3) proxy.buffers = false;
      },
    };
    const { told, failure } = await read(proxy, 1, options);
    assert.equal([told, failure], [[7n], null]);
    assert.ok(scripted.requests.length >= 4);
    const [why] = whys;
    assert.ok(why && !why.open && why.why.details['heldBack'] === true);
    assert.match(
      why.why.message,
      new RegExp(
        'not tell its changes \\(in 0\\.3 s its stream brought no byte: most likely a proxy before it.*' +
          '`proxy_buffering off`.*`X-Accel-Buffering: no`',
      ),
    );
  });
});

live('are tried once by the doctor, who says the same of such a proxy', async (scripted) => {
  scripted.answers = [stream(':\n\n', next('7'))];
  assert.is(await firstRevision({ url: scripted.url, apiKey: 'kt_secret' }), 7n);
  await behindProxy(scripted, async ({ url }) => {
    const error: unknown = await firstRevision({ url, apiKey: 'kt_secret', firstMs: 100 }).then(
      () => null,
      (failure: unknown) => failure,
    );
    assert.ok(isKtError(error, 'unavailable') && error.details['heldBack'] === true);
  });
  scripted.answers = [thenComplete(':\n\n')];
  assert.match(
    await firstRevision({ url: scripted.url, apiKey: 'k' }).then(() => '', String),
    /ended before it told anything/,
  );
});

live('of what is no kt-server end with words, and are not asked for again', async (scripted) => {
  scripted.answers = [
    (response) =>
      void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Welcome to our hotel</html>'),
  ];
  assert.is((await read(scripted, 1)).failure, 'invalid');
  assert.is(scripted.requests.length, 1);
});

live('end while they wait to connect again', async (scripted) => {
  scripted.answers = [status(500)];
  const stop = new AbortController();
  for await (const _ of revisions(
    { url: scripted.url, apiKey: 'k', chance: () => 1, onChange: () => stop.abort() },
    stop.signal,
  ))
    assert.unreachable();
});

live('close the connection when the reader leaves', async (scripted) => {
  let closed: () => void;
  const gone = new Promise<void>((resolve) => (closed = resolve));
  scripted.answers = [
    (response) => {
      response.on('close', () => closed());
      stream(next('1'))(response);
    },
  ];
  await read(scripted, 1);
  await gone;
});

live.run();
