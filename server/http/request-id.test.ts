import { createServer, request as httpRequest } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openTestServer, serverOn, type TestServer, type TestUser } from '../../test/support/test-server.ts';
import { makeLog } from '../log.ts';
import { REQUEST_ID, requestIdOf } from './request-id.ts';

type Scene = { server: TestServer; user: TestUser; lines: () => any[] };
const ids = suite<Scene>('the id of a request');
ids.before(async (scene) => {
  const { database } = await openTestServer();
  let text = '';
  const write = (chunk: unknown, _encoding: unknown, done: () => void) => {
    text += String(chunk);
    done();
  };
  const log = makeLog('debug', 'json', new Writable({ write, decodeStrings: false }));
  scene.server = serverOn(database, undefined, () => Promise.reject(new Error('a fault of ours')), log);
  scene.user = await scene.server.newUser();
  scene.lines = () =>
    text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
});

const UUID = /^[0-9a-f-]{36}$/;

for (const [what, sent, isTaken] of [
  ['a UUID', '0b7e4a52-6c1e-4f0a-9d8f-1d3f5a7c9e11', true],
  ['nginx’s', '4a52c1e06c1e4f0a9d8f1d3f5a7c9e11', true],
  ['a trace', '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', true],
  ['AWS’s', 'Root=1-67891233-abcdef012345678912345678', true],
  ['none', undefined, false],
  ['nothing', '', false],
  ['two', 'a, b', false],
  ['two in a list', ['a', 'b'], false],
  ['a line break', 'a\nb', false],
  ['a quote', 'a"b', false],
  ['an escape of a terminal', '\u001b[31m', false],
  ['other letters', 'ä', false],
  ['10 kB', 'a'.repeat(10_000), false],
] as const) {
  ids(`is ${isTaken ? 'taken over' : 'a new one'} where the client says ${what}`, () => {
    const id = requestIdOf(sent as string);
    if (isTaken) assert.is(id, sent);
    else assert.match(id, UUID);
  });
}

const AW_QUERY = '{ awQuery(query: ["RETURN = 1;"], timeperiods: ["2024-05-31T00:00:00Z/2024-06-01T00:00:00Z"]) }';
const JSON_POST = { method: 'POST', headers: { 'content-type': 'application/json' } };
for (const [path, init, status] of [
  ['/api/0/info', {}, 200],
  ['/api/0/buckets/', {}, 200],
  ['/api/0/nothing', {}, 404],
  ['/api/0/buckets/', { headers: { authorization: 'Bearer wrong' } }, 401],
  ['/api/0/query', { ...JSON_POST, body: '{"query":["RETURN = 1;"],"timeperiods":["2026-01-01/2026-01-02"]}' }, 500],
  ['/graphql', { ...JSON_POST, body: '{"query":"{ viewer { email } }"}' }, 200],
  ['/graphql', { ...JSON_POST, body: `{"query":${JSON.stringify(AW_QUERY)}}` }, 200],
  ['/graphql', { ...JSON_POST, body: '{"query":"{ nothing }"}' }, 200],
  ['/graphql', { ...JSON_POST, body: '{"query":' }, 400],
  [
    '/graphql',
    { ...JSON_POST, body: '{"query":"{ bucket(id: \\"x\\") { id } }"}', headers: { 'content-type': 'a/b' } },
    415,
  ],
] as const) {
  ids(`is in the answer to ${path} with ${status}, in its error, and in each line of the log`, async (scene) => {
    const id = `test-${Math.random().toString(36).slice(2)}`;
    const headers = { ...('headers' in init ? init.headers : {}), [REQUEST_ID]: id };
    const response = await scene.user.fetch(path, { ...init, headers });
    assert.is(response.status, status, await response.clone().text());
    assert.is(response.headers.get(REQUEST_ID), id);
    const { requestId, errors, message } = (await response.json()) as any;
    if (errors || message) assert.is(errors ? errors[0].extensions.requestId : requestId, id);
    else assert.is(status, 200);
    const told = scene.lines().filter((line) => line.requestId === id);
    assert.ok(told.some(({ msg }) => msg === 'request'));
    assert.is(
      told.some(({ msg, err }) => msg === 'internal error' && /a fault of ours/.test(err.stack)),
      status === 500 || errors?.[0].extensions.code === 'INTERNAL',
    );
    if (init.headers && 'authorization' in init.headers) assert.ok(told.some(({ msg }) => msg === 'a key was refused'));
  });
}

ids('is made anew for each request that brings none', async ({ user }) => {
  const [one, two] = await Promise.all([user.fetch('/api/0/info'), user.fetch('/api/0/info')]);
  assert.match(one!.headers.get(REQUEST_ID)!, UUID);
  assert.is.not(one!.headers.get(REQUEST_ID), two!.headers.get(REQUEST_ID));
});

ids('can not be used over a socket to write another line, or header', async ({ server, lines }) => {
  const listening = createServer((request, response) => void server.app(request, response));
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const { port } = listening.address() as AddressInfo;
  try {
    const raw = (head: string) =>
      new Promise<string>((resolve, reject) => {
        let text = '';
        const socket = connect(port, '127.0.0.1', () => socket.end(head));
        socket.on('data', (chunk) => (text += String(chunk))).on('error', reject);
        socket.on('close', () => resolve(text));
      });
    const start = 'GET /api/0/info HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n';
    for (const sent of ['evil\n\tforged', 'evil\r\n forged', 'evil\u0000forged', 'evil\u000bforged']) {
      const answer = await raw(`${start}X-Request-Id: ${sent}\r\n\r\n`);
      assert.match(answer, /^HTTP\/1\.1 (400|200) /);
      assert.not.match(answer, 'forged');
    }
    const answer = await raw(`${start}X-Request-Id: one\r\nX-Request-Id: two\r\n\r\n`);
    assert.match(answer, /\r\nx-request-id: [0-9a-f-]{36}\r\n/i);
    const long = await new Promise<string>((resolve, reject) => {
      httpRequest({ port, path: '/api/0/info', headers: { [REQUEST_ID]: 'x'.repeat(10_000) } }, (response) => {
        response.resume();
        resolve(String(response.headers[REQUEST_ID]));
      })
        .on('error', reject)
        .end();
    });
    assert.match(long, UUID);
    assert.not.match(JSON.stringify(lines()), /forged|x{200}/);
  } finally {
    listening.close();
  }
});

ids.run();
