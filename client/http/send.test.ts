import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { send, sendBy, type Answer, type Asked } from './send.ts';

/** A server that answers as told, and what it was asked. */
type Trial = {
  server: Server;
  url: string;
  answer: (response: ServerResponse) => void;
  readonly asked: string[];
  readonly sockets: Set<Socket>;
};

const sending = suite<Trial>('a request of kt-client');
sending.before.each(async (trial) => {
  Object.assign(trial, { asked: [], sockets: new Set(), answer: (response: ServerResponse) => response.end('{}') });
  trial.server = createServer((request, response) => {
    trial.sockets.add(request.socket);
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      trial.asked.push([request.method, request.url, request.headers['content-length'] ?? '-', body].join(' '));
      trial.answer(response);
    });
  });
  trial.server.listen(0, '127.0.0.1');
  await once(trial.server, 'listening');
  trial.url = `http://127.0.0.1:${(trial.server.address() as AddressInfo).port}/a?b=%C3%A9`;
});
sending.after.each(({ server }) => {
  server.closeAllConnections();
  server.close();
});

const never = new AbortController().signal;
const ask = (url: string, more: Partial<Asked> = {}): Promise<Answer> =>
  send({ method: 'GET', url, headers: {}, signal: never, ...more });
const failure = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => null,
    (error: unknown) => error,
  );
const codeOf = (error: unknown): unknown => (error as { cause?: { code?: unknown } }).cause?.code;

sending('has its body’s length, and the same connection as the last', async (trial) => {
  const { url, asked, sockets } = trial;
  for (const more of [{}, { method: 'POST', body: 'é' }, { method: 'POST', body: new Uint8Array([65, 66]) }])
    assert.is(await (await ask(url, more)).text(), '{}');
  assert.equal(asked, ['GET /a?b=%C3%A9 - ', 'POST /a?b=%C3%A9 2 é', 'POST /a?b=%C3%A9 2 AB']);
  trial.answer = (response) => void response.writeHead(304).end();
  const bodiless = await ask(url);
  assert.equal([bodiless.status, await bodiless.text()], [304, '']);
  assert.is(await (await ask(url)).text(), '');
  assert.is(sockets.size, 1);
});

/** The same text as a `Response` makes of it. */
const TEXTS: [what: string, bytes: Buffer][] = [
  ['ASCII', Buffer.from('{"a":1}')],
  ['nothing', Buffer.alloc(0)],
  ['other letters, in pieces that tear them', Buffer.from('é€😀'.repeat(50_000))],
  ['a byte order mark', Buffer.from('\uFEFF{}')],
  ['what is no UTF-8', Buffer.from([0x22, 0xff, 0xc3, 0x22])],
];
for (const [what, bytes] of TEXTS)
  sending(`is answered by a text, gzipped or not: ${what}`, async (trial) => {
    const expected = await new Response(new Uint8Array(bytes)).text();
    trial.answer = (response) => response.end(bytes);
    assert.is(await (await ask(trial.url)).text(), expected);
    trial.answer = (response) => void response.setHeader('content-encoding', 'gzip').end(gzipSync(bytes));
    assert.is(await (await ask(trial.url)).text(), expected);
  });

sending('shows the answer’s headers by any case, and null for one that is not there', async (trial) => {
  trial.answer = (response) => void response.writeHead(301, { Location: '/x', 'retry-after': '7' }).end();
  const { status, headers } = await ask(trial.url);
  assert.equal(
    [status, headers.get('location'), headers.get('Retry-After'), headers.get('date2')],
    [301, '/x', '7', null],
  );
});

sending('fails with the network’s code as the cause', async (trial) => {
  const errors = [
    await failure(ask('http://127.0.0.1:1/')),
    await failure(ask('http://')),
    await failure(ask(trial.url, { headers: { authorization: 'a\nb' } })),
  ];
  trial.answer = (response) => void response.socket!.destroy();
  errors.push(await failure(ask(trial.url)));
  trial.answer = (response) =>
    void response.writeHead(200, { 'content-length': '9' }).write('1234', () => response.socket!.destroy());
  errors.push(await failure((await ask(trial.url)).text()));
  trial.answer = (response) => void response.setHeader('content-encoding', 'gzip').end('no gzip');
  errors.push(await failure((await ask(trial.url)).text()));
  assert.equal(errors.map(codeOf), [
    'ECONNREFUSED',
    'ERR_INVALID_URL',
    'ERR_INVALID_CHAR',
    'ECONNRESET',
    'ECONNRESET',
    'Z_DATA_ERROR',
  ]);
  assert.ok(errors.every((error) => error instanceof TypeError));
});

sending('ends with the reason of its signal: before, while it waits, and amid the answer', async (trial) => {
  const reason = new Error('enough');
  assert.is(await failure(ask(trial.url, { signal: AbortSignal.abort(reason) })), reason);
  assert.is(trial.asked.length, 0);

  const waiting = new AbortController();
  trial.answer = () => waiting.abort(reason);
  assert.is(await failure(ask(trial.url, { signal: waiting.signal })), reason);

  const amid = new AbortController();
  trial.answer = (response) => void response.write('{"a":');
  const answer = await ask(trial.url, { signal: amid.signal });
  const text = failure(answer.text());
  amid.abort(reason);
  assert.is(await text, reason);
});

sending('closes the connection of an answer that is cancelled', async (trial) => {
  trial.answer = (response) => void response.write('{"a":');
  const answer = await ask(trial.url);
  const closed = once([...trial.sockets][0]!, 'close');
  await answer.body!.cancel();
  await closed;
});

sending('may go by a fetch instead, with all that was asked', async ({ url, asked }) => {
  const by = sendBy((request, init) => fetch(request, init));
  const answer = await by({ method: 'POST', url, headers: { 'x-a': 'b' }, body: 'é', signal: never });
  assert.equal([answer.status, await answer.text()], [200, '{}']);
  assert.equal(asked, ['POST /a?b=%C3%A9 2 é']);
});

sending.run();
