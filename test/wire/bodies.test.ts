/** Request bodies and their limits: spec/rest 1.2, and server/http/body.ts. */
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { createServerAdapter } from '@whatwg-node/server';
import * as assert from 'uvu/assert';
import { isKtError } from '../../domain/errors.ts';
import { readBody } from '../../server/http/body.ts';
import { openRestApi } from './rest-api.ts';
import { expectFailure } from './expect.ts';
import { B, counted, E, listed, wireSuite } from './scene.ts';

const bodies = wireSuite('request bodies');

bodies('that are no JSON, or JSON that can not be kept, are 400', async ({ user }) => {
  const good = JSON.stringify([E(0, 1)]);
  const data = (text: string) => `[{"timestamp":"2020-01-01T00:00:00Z","data":{"a":${text}}}]`;
  const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
  const bad = [
    ...[`\ufeff${good}`, `${good}x`, `${good}${good}`, '', ' ', "{'a':1}"],
    ...['NaN', 'Infinity', '1e400', '-1e400', nested(130), nested(1_000_000)].map(data),
  ];
  for (const body of bad) expectFailure(await user.post('/buckets/b/events', body), 400);
  expectFailure(
    await user.post('/buckets/b/events', new Uint8Array([...Buffer.from('[{"a":"'), 0xff, ...Buffer.from('"}]')])),
    400,
  );
  assert.is(await counted(user), 0);
  for (const body of [` \n${good} `, data(nested(100)), data('"\\ud83d"'), data('1e308')])
    assert.is((await user.post('/buckets/b/events', body)).status, 200);
});

bodies('of GET and DELETE are not looked at', async ({ user }) => {
  const reply = await user.raw('DELETE', '/api/0/buckets/b', { body: '{bad', type: 'text/plain' });
  assert.is(reply.status, 200);
});

bodies('are inflated', async ({ user }) => {
  const body = gzipSync(JSON.stringify([E(0, 1, { a: 1 })]));
  for (const encoding of ['gzip', ' GZIP ', 'x-gzip']) {
    assert.is(
      (await user.post('/buckets/b/events', body, { headers: { 'content-encoding': encoding } })).status,
      200,
      encoding,
    );
  }
  assert.equal(
    (await listed(user)).map((event) => event.data),
    [{ a: 1 }, { a: 1 }, { a: 1 }],
  );
});

bodies('that are not what their encoding says are 400, and other encodings 415', async ({ user }) => {
  const good = gzipSync(JSON.stringify([E(0, 1)]));
  const gzip = { headers: { 'content-encoding': 'gzip' } };
  for (const body of [JSON.stringify([E(0, 1)]), good.subarray(0, -9), good.subarray(0, 5), ''])
    expectFailure(await user.post('/buckets/b/events', body, gzip), 400);
  for (const encoding of ['br', 'deflate', 'gzip, gzip']) {
    expectFailure(await user.post('/buckets/b/events', good, { headers: { 'content-encoding': encoding } }), 415);
  }
  assert.is(await counted(user), 0);
});

bodies('above the limit are 413: as declared, as sent, and as inflated', async () => {
  const user = await (await openRestApi({ bodyLimit: 1000 })).newUser();
  await user.post('/buckets/b', B);
  const big = JSON.stringify([E(0, 1, { a: 'x'.repeat(1000) })]);
  const gzip = { headers: { 'content-encoding': 'gzip' } };
  expectFailure(await user.post('/buckets/b/events', big), 413);
  expectFailure(await user.post('/buckets/b/events', big, { headers: { 'content-length': '10' } }), 413);
  expectFailure(await user.post('/buckets/b/events', '[]', { headers: { 'content-length': '1001' } }), 413);
  expectFailure(await user.post('/buckets/b/events', gzipSync(big), gzip), 413);
  assert.is(await counted(user), 0);
  const exact = JSON.stringify([E(0, 1, { a: '' })]);
  const full = JSON.stringify([E(0, 1, { a: 'x'.repeat(1000 - exact.length) })]);
  assert.is((await user.post('/buckets/b/events', full)).status, 200);
  assert.is((await user.post('/buckets/b/events', gzipSync(full), gzip)).status, 200);
});

/** A body that never ends, and how many of its bytes were read. */
const endless = (headers: Record<string, string> = {}, chunk = new Uint8Array(1000)) => {
  let taken = 0;
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>(
    {
      pull: (controller) => {
        taken += chunk.byteLength;
        controller.enqueue(chunk);
      },
      cancel: () => {
        cancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  const request = new Request('http://kt/', { method: 'POST', headers, body, duplex: 'half' } as RequestInit);
  return { request, taken: () => taken, cancelled: () => cancelled };
};

/** The error of reading a body. */
const failureOf = (request: Request, limit?: number): Promise<unknown> =>
  readBody(request, limit).then(
    () => 'it was read',
    (error: unknown) => error,
  );

bodies('that do not end are read for as much again, and the connection is left to the answer', async () => {
  for (const headers of [{}, { 'content-length': '99999999' }] as Record<string, string>[]) {
    const sender = endless(headers);
    assert.ok(isKtError(await failureOf(sender.request, 10_000), 'too_large'));
    assert.ok(sender.taken() <= 22_000, String(sender.taken()));
    assert.not(sender.cancelled());
  }
});

bodies('that inflate without end are stopped at the limit', async () => {
  const bomb = gzipSync(new Uint8Array(200_000_000)); // 200 kB
  const before = process.memoryUsage.rss();
  const request = new Request('http://kt/', { method: 'POST', headers: { 'content-encoding': 'gzip' }, body: bomb });
  assert.ok(isKtError(await failureOf(request, 1_000_000), 'too_large'));
  assert.ok(process.memoryUsage.rss() - before < 100_000_000);
});

bodies("that break off are the sender's affair", async () => {
  for (const headers of [{}, { 'content-encoding': 'gzip' }] as Record<string, string>[]) {
    const body = new ReadableStream({ pull: (controller) => controller.error(new Error('ECONNRESET')) });
    const request = new Request('http://kt/', { method: 'POST', headers, body, duplex: 'half' } as RequestInit);
    assert.ok(isKtError(await failureOf(request), 'invalid'));
  }
});

/** Posts `size` bytes over a socket, at once or chunk by chunk, and returns the status. */
const postOverSocket = (
  port: number,
  key: string,
  size: number,
  headers: Record<string, string>,
): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const sending = httpRequest(
      {
        port,
        method: 'POST',
        path: '/api/0/buckets/b',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
      },
      (response) => response.resume().on('end', () => resolve(response.statusCode)),
    );
    sending.on('error', reject);
    for (let left = size; left > 0; left -= 65_536) sending.write(Buffer.alloc(Math.min(left, 65_536), ' '));
    sending.end();
  });

bodies('above the limit get their 413 over a socket, while they are being sent', async ({ user }) => {
  const { rest } = await openRestApi({ bodyLimit: 1_000_000 });
  const adapter = createServerAdapter<{ req: { url: string } }>((request, { req }) =>
    rest(request as unknown as Request, req.url),
  );
  const server = createServer(adapter as never);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    for (const size of [1_000_001, 1_900_000]) {
      assert.is(await postOverSocket(port, user.key, size, { 'content-length': String(size) }), 413);
      assert.is(await postOverSocket(port, user.key, size, { 'transfer-encoding': 'chunked' }), 413);
    }
    assert.is(await postOverSocket(port, user.key, 0, { 'content-length': '0' }), 400);
    assert.is(await postOverSocket(port, 'wrong', 1_900_000, { 'transfer-encoding': 'chunked' }), 401);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

bodies.run();
