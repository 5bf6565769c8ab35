/**
 * What a client is told where the URL leads to something else than a kt-server. Real sockets on 127.0.0.1,
 * and no proxy but our own.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer as createHttp, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { createServer as createTcp, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isKtError } from '../../domain/errors.ts';
import { listenFakeAw } from '../../test/support/fake-aw/listen.ts';
import { makeFakeAw } from '../../test/support/fake-aw/server.ts';
import { AUTHORITY, FOR_ANOTHER, KEY, OF_AUTHORITY, SELF_SIGNED } from '../../test/support/tls.ts';
import { makeLocalServer } from '../aw/local-server.ts';
import { inspectServer } from './inspect.ts';
import { networkWords } from './network-faults.ts';
import { makeRemoteServer } from './remote-server.ts';
import { firstRevision } from './revisions.ts';

const API_KEY = 'kt_secret-key-of-a-test';
const INFO = { hostname: 'h', version: 'v', deviceId: 'd' };

type Trial = { closers: (() => Promise<unknown>)[]; listen(server: Server): Promise<number> };

const answers = suite<Trial>('what answers at the URL of kt-server');
answers.before.each((trial) => {
  trial.closers = [];
  trial.listen = async (server) => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    trial.closers.push(async () => {
      (server as { closeAllConnections?: () => void }).closeAllConnections?.();
      server.close();
    });
    return (server.address() as AddressInfo).port;
  };
});
answers.after.each(async ({ closers }) => void (await Promise.all(closers.map((close) => close()))));

const json =
  (body: unknown): RequestListener =>
  (_, response) =>
    void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
const html =
  (status: number, page: string, headers = {}): RequestListener =>
  (_, response) =>
    void response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', ...headers }).end(page);
const plainHttp =
  (answer: RequestListener) =>
  async ({ listen }: Trial) =>
    `http://127.0.0.1:${await listen(createHttp(answer))}`;
const tls =
  (cert: string, answer: RequestListener = json({ data: { info: INFO } })) =>
  async ({ listen }: Trial) =>
    `127.0.0.1:${await listen(createHttps({ key: KEY, cert }, answer))}`;
const fakeAw =
  (kind: 'rust' | 'python') =>
  async ({ closers }: Trial) => {
    const aw = await listenFakeAw(makeFakeAw({ kind, hostname: 'anna' }));
    closers.push(aw.close);
    return aw.url;
  };
const by = (scheme: string, at: (trial: Trial) => Promise<string>) => async (trial: Trial) =>
  `${scheme}://${await at(trial)}`;
const bare = (at: (trial: Trial) => Promise<string>) => async (trial: Trial) =>
  (await at(trial)).replace(/^\w+:\/\//, '');
/** nginx where plain http comes to its https port. */
const NGINX_400 = html(
  400,
  '<html><center><h1>400 Bad Request</h1></center><center>The plain HTTP request was sent to HTTPS ' +
    'port</center></html>',
);
const noPort = async ({ listen }: Trial) => {
  const server = createTcp();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
};

const CASES: [what: string, at: (trial: Trial) => Promise<string>, code: string, says: RegExp][] = [
  [
    'an aw-server, the Rust one',
    fakeAw('rust'),
    'invalid',
    /is an aw-server \(.*\), not a kt-server: .*\[local\], or in --local-port/,
  ],
  [
    'an aw-server, the Python one',
    fakeAw('python'),
    'invalid',
    /is an aw-server \(.*\), not a kt-server: .*\[local\], or in --local-port/,
  ],
  [
    'a certificate signed by itself',
    by('https', tls(SELF_SIGNED)),
    'unavailable',
    /DEPTH_ZERO_SELF_SIGNED_CERT.*NODE_EXTRA_CA_CERTS=/,
  ],
  [
    'a certificate of a private authority',
    by('https', tls(OF_AUTHORITY)),
    'unavailable',
    /UNABLE_TO_VERIFY_LEAF_SIGNATURE.*NODE_EXTRA_CA_CERTS=/,
  ],
  [
    'https at an http port',
    by('https', bare(plainHttp(json({ data: { info: INFO } })))),
    'unavailable',
    /speaks no TLS; is it http:\/\/127\.0\.0\.1:\d+\?/,
  ],
  [
    'http at an https port',
    by('http', tls(SELF_SIGNED)),
    'invalid',
    /speaks TLS: give `kt-client setup` https:\/\/127\.0\.0\.1:\d+$/,
  ],
  [
    'an http port that answers like nginx’s https port',
    plainHttp(NGINX_400),
    'invalid',
    /something \(status 400\) that is not kt-server answers at .*: check the URL/,
  ],
  ['nothing that listens', noPort, 'unavailable', /ECONNREFUSED\): nothing listens there/],
  [
    'what hangs up',
    async ({ listen }) =>
      `http://127.0.0.1:${await listen(createTcp((socket) => socket.on('error', () => undefined).destroy()))}`,
    'unavailable',
    /cannot be reached/,
  ],
  [
    'what speaks no HTTP',
    async ({ listen }) => {
      const ssh = createTcp((socket) => socket.on('error', () => undefined).end('SSH-2.0-OpenSSH_9.6\r\n'));
      return `http://127.0.0.1:${await listen(ssh)}`;
    },
    'unavailable',
    /cannot be reached/,
  ],
  [
    'a network that asks to sign in',
    plainHttp(html(200, '<html>Welcome to our hotel</html>')),
    'invalid',
    /a web page .*sign in.* that is not kt-server answers at /,
  ],
  [
    'a network that asks to sign in by a redirect',
    plainHttp(html(302, '', { location: 'http://portal.example/login?token=x' })),
    'invalid',
    /redirects requests to http:\/\/portal\.example\/login \(status 302\)/,
  ],
  [
    'a web server without such a page',
    plainHttp(html(404, '<html>not here</html>')),
    'not_found',
    /something \(status 404\) that is not kt-server answers .*: check the URL/,
  ],
  [
    'something that answers in JSON',
    plainHttp(json({ hello: 'world' })),
    'invalid',
    /not (a )?kt-server.*: check the URL/,
  ],
  [
    'something that answers in text',
    plainHttp((_, response) => void response.writeHead(200, { 'content-type': 'text/plain' }).end('hello')),
    'invalid',
    /not (a )?kt-server.*: check the URL/,
  ],
  [
    'a proxy with a password of its own',
    plainHttp(html(401, 'Authorization Required', { 'www-authenticate': 'Basic realm="x"' })),
    'unauthenticated',
    /asks for a password.*pass requests that carry an API key/,
  ],
  ['a proxy whose kt-server is down', plainHttp(html(502, '<html>Bad Gateway</html>')), 'unavailable', /busy or down/],
  [
    'a proxy that passes on the REST API alone',
    plainHttp((request, response) =>
      request.url === '/api/0/info'
        ? json({ hostname: 'h', version: 'v0.14.0 (kt-server 0.1.0)', testing: false, device_id: 'd' })(
            request,
            response,
          )
        : html(404, 'no')(request, response),
    ),
    'invalid',
    /not at http:\/\/127\.0\.0\.1:\d+\/graphql: let the proxy before it pass on everything/,
  ],
  // getaddrinfo refuses such a label by itself: no resolver is asked.
  [
    'a name that does not resolve',
    async () => `http://${'a'.repeat(64)}.invalid`,
    'unavailable',
    /the name a+\.invalid does not resolve; check the URL and the network/,
  ],
];
for (const [what, at, code, says] of CASES) {
  answers(`may be ${what}: one line says so, and what to do`, async (trial) => {
    const url = await at(trial);
    const error: unknown = await makeRemoteServer({ url, apiKey: API_KEY, retries: 0, timeoutMs: 20_000 })
      .info()
      .then(
        () => assert.unreachable(),
        (failure: unknown) => failure,
      );
    assert.ok(isKtError(error), String(error));
    assert.match(error.message, says);
    assert.is(error.code, code);
    assert.not.match(error.message, new RegExp(`\\n|${API_KEY}|token`));
  });
}

answers('is a kt-server where its certificate is of an authority that Node was given', async (trial) => {
  const folder = mkdtempSync(join(tmpdir(), 'kt-tls-'));
  try {
    writeFileSync(join(folder, 'ca.pem'), AUTHORITY);
    const url = await by('https', tls(OF_AUTHORITY))(trial);
    const module = new URL('./remote-server.ts', import.meta.url).href;
    const asking = `import { makeRemoteServer } from ${JSON.stringify(module)};
      const remote = makeRemoteServer({ url: ${JSON.stringify(url)}, apiKey: 'k', retries: 0 });
      console.log(JSON.stringify(await remote.info()));`;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '-e', asking],
      { env: { ...process.env, NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem') } },
    );
    assert.equal(JSON.parse(stdout), INFO);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** The certificate's own faults, by OpenSSL's word: none can be met here without another clock or name. */
const WORDS: [code: string, says: RegExp][] = [
  ['CERT_HAS_EXPIRED', /has expired; renew it, or set the clock/],
  ['CERT_NOT_YET_VALID', /set the clock/],
  ['ERR_TLS_CERT_ALTNAME_INVALID', /for another name/],
  ['SELF_SIGNED_CERT_IN_CHAIN', /NODE_EXTRA_CA_CERTS/],
  ['EAI_AGAIN', /the name kt\.example does not resolve/],
  ['EHOSTUNREACH', /no route/],
  ['UND_ERR_CONNECT_TIMEOUT', /firewall/],
  ['SOMETHING_NEW', /cannot be reached \(SOMETHING_NEW\): is it running/],
];
answers('is missing: each network error is explained in words', async (trial) => {
  for (const [code, says] of WORDS)
    assert.match(
      networkWords(
        new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code }) }),
        'https://kt.example',
      ),
      says,
    );
  const stream = await firstRevision({ url: 'http://127.0.0.1:6000', apiKey: 'k' }).then(() => '', String);
  assert.match(stream, /Node's fetch refuses it; let kt-server listen at another/, 'by which the stream is asked');
  const url = await by('https', tls(FOR_ANOTHER))(trial);
  assert.match(
    await makeRemoteServer({ url, apiKey: 'k', retries: 0 })
      .info()
      .then(() => '', String),
    /NODE_EXTRA_CA_CERTS|another name/,
  );
});

answers('may redirect: the key never goes there', async (trial) => {
  const seen: IncomingMessage[] = [];
  const listener = createHttp((request, response) => {
    seen.push(request);
    json({ data: { info: INFO } })(request, response);
  });
  const elsewhere = `http://127.0.0.1:${await trial.listen(listener)}`;
  for (const status of [301, 302, 303, 307, 308]) {
    const url = await plainHttp((request, response) =>
      html(status, '', { location: `${elsewhere}${request.url}` })(request, response),
    )(trial);
    const asks: [what: string, ask: () => Promise<unknown>][] = [
      ['the server', () => makeRemoteServer({ url, apiKey: API_KEY, retries: 0 }).info()],
      ['whose the key is', () => inspectServer({ url, apiKey: API_KEY })],
      ['the stream', () => firstRevision({ url, apiKey: API_KEY })],
      ['the local aw-server', () => makeLocalServer({ url, apiKey: API_KEY }).buckets()],
    ];
    for (const [what, ask] of asks) {
      const message = await ask().then(
        () => '',
        (error: Error) => error.message,
      );
      assert.match(message, new RegExp(`redirects requests.*${elsewhere}.*${status}`), what);
    }
  }
  assert.is(seen.length, 0, 'nothing was followed, with the key or without');
});

answers('may be a proxy that serves kt-server under a path: every request goes under it', async (trial) => {
  const paths: string[] = [];
  const url = await plainHttp((request, response) => {
    paths.push(request.url ?? '');
    if (request.headers.accept?.includes('event-stream'))
      return void response
        .writeHead(200, { 'content-type': 'text/event-stream' })
        .end('event: next\ndata: {"data":{"revision":"7"}}\n\n');
    json({ data: { info: INFO, viewer: { email: 'e', access: { scope: 'FULL', deviceId: null } } } })(
      request,
      response,
    );
  })(trial);
  for (const given of [`${url}/kt`, `${url}/kt/`, `${url}/kt/graphql`]) {
    assert.equal(await makeRemoteServer({ url: given, apiKey: API_KEY, retries: 0 }).info(), INFO);
    assert.is((await inspectServer({ url: given, apiKey: API_KEY })).email, 'e');
    assert.is(await firstRevision({ url: given, apiKey: API_KEY }), 7n);
  }
  assert.equal([...new Set(paths)], ['/kt/graphql']);
});

answers('under a path is examined under that path', async (trial) => {
  const paths: string[] = [];
  const url = await plainHttp(
    (request, response) => (paths.push(request.url ?? ''), html(404, 'no')(request, response)),
  )(trial);
  await makeRemoteServer({ url: `${url}/kt`, apiKey: API_KEY, retries: 0 })
    .info()
    .then(
      () => assert.unreachable(),
      () => undefined,
    );
  assert.equal(paths, ['/kt/graphql', '/kt/api/0/info']);
});

answers.run();
