/**
 * How a load balancer checks whether the server is alive, byte by byte: with any host name or none, in HTTP/1.0 too.
 * spec/rest DEV-23.
 */
import { connect } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readConfig } from '../../server/config.ts';
import { makeLog } from '../../server/log.ts';
import { serve, type Serving } from '../../server/serve.ts';
import { newPostgresUrl, testEngine } from '../support/test-database.ts';

type Scene = { folders: string[]; open: Serving[]; ports: Record<string, number>; key: string };
const probes = suite<Scene>('probes');

/** Each bind address, and running without keys, which is the strictest otherwise. */
const SERVERS: Record<string, Record<string, string>> = {
  loopback: { KT_SERVER_HOST: '127.0.0.1' },
  everywhere: { KT_SERVER_HOST: '0.0.0.0' },
  named: { KT_SERVER_HOST: '0.0.0.0', KT_SERVER_PUBLIC_URL: 'https://kt.example.org' },
  keyless: { KT_SERVER_HOST: '127.0.0.1', KT_SERVER_AUTH: 'none' },
};

probes.before(async (scene) => {
  Object.assign(scene, { folders: [], open: [], ports: {} });
  const databaseUrl = testEngine() === 'postgres' ? { DATABASE_URL: await newPostgresUrl() } : {};
  for (const [name, env] of Object.entries(SERVERS)) {
    const folder = mkdtempSync(join(tmpdir(), 'kt-probes-'));
    scene.folders.push(folder);
    const config = readConfig({ dataDir: folder, port: '0' }, { ...env, ...databaseUrl });
    const serving = await serve(config, makeLog('silent'));
    scene.open.push(serving);
    scene.ports[name] = serving.port;
    scene.key ??= serving.firstKey!.key;
  }
});
probes.after(async ({ open, folders }) => {
  for (const serving of open) await serving.stop();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

type Answer = { status: number; head: string; body: string };

/** Sends these lines unchanged, and returns everything until the connection ends. */
const send = (port: number, ...lines: string[]): Promise<Answer> =>
  new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => socket.write([...lines, '', ''].join('\r\n')));
    socket
      .setEncoding('utf8')
      .on('data', (more: string) => (text += more))
      .on('error', reject);
    socket.on('close', () => {
      const [head = '', ...rest] = text.split('\r\n\r\n');
      const body = rest.join('\r\n\r\n');
      // One chunk and the empty one, which is how small bodies are sent.
      resolve({
        status: Number(head.split(' ')[1]),
        head,
        body: /^transfer-encoding: chunked$/im.test(head) ? (body.split('\r\n')[1] ?? '') : body,
      });
    });
  });

const CLOSE = 'Connection: close';
/** What a health check may send besides the path. The first is HAProxy's `option httpchk GET /health`. */
const PROBERS: [name: string, version: string, ...headers: string[]][] = [
  ['HAProxy’s check', 'HTTP/1.0'],
  ['no name', 'HTTP/1.1', CLOSE],
  ['an empty name', 'HTTP/1.1', 'Host:', CLOSE],
  ['an address', 'HTTP/1.1', 'Host: 10.0.0.7:5700', CLOSE],
  ['its own name', 'HTTP/1.1', 'Host: haproxy.example', CLOSE],
  ['what is no name', 'HTTP/1.1', 'Host: a b/[%%', CLOSE],
  ['two names', 'HTTP/1.1', 'Host: a', 'Host: b', CLOSE],
  ['an origin', 'HTTP/1.1', 'Host: a', 'Origin: http://evil.example', CLOSE],
  ['what a proxy writes', 'HTTP/1.1', 'Host: a', 'X-Forwarded-For: 10.0.0.1', 'Via: 1.1 lb', CLOSE],
];

for (const name of Object.keys(SERVERS)) {
  probes(`are answered by a server that is ${name}, whoever asks`, async ({ ports }) => {
    for (const [prober, version, ...headers] of PROBERS) {
      for (const [path, status] of [
        ['/health', 'alive'],
        ['/ready', 'ready'],
        ['/health/', 'alive'],
        ['/health?from=lb', 'alive'],
      ]) {
        const { status: found, body } = await send(ports[name]!, `GET ${path} ${version}`, ...headers);
        assert.equal([found, body], [200, JSON.stringify({ status })], `${prober}: ${path}`);
      }
      const head = await send(ports[name]!, `HEAD /health ${version}`, ...headers);
      assert.equal([head.status, head.body], [200, ''], prober);
    }
  });

  probes(`are all that a server that is ${name} answers without a name`, async ({ ports }) => {
    for (const path of [
      '/api/0/info',
      '/',
      '/graphql?query={info{version}}',
      '/health/x',
      '/healthx',
      '/api/0/buckets',
    ]) {
      for (const lines of [
        [`GET ${path} HTTP/1.1`, CLOSE],
        [`GET ${path} HTTP/1.1`, 'Host:', CLOSE],
        [`GET ${path} HTTP/1.0`],
      ]) {
        const { status, body } = await send(ports[name]!, ...lines);
        assert.is(status, name === 'keyless' && lines.length === 1 ? 403 : 400, lines.join(' '));
        assert.type(JSON.parse(body).message, 'string');
      }
    }
    assert.is((await send(ports[name]!, 'POST /health HTTP/1.1', 'Content-Length: 0', CLOSE)).status, 400);
  });
}

probes('let no page of another origin read their answer', async ({ ports }) => {
  const from = (origin: string) =>
    send(ports['loopback']!, 'GET /health HTTP/1.1', 'Host: localhost', `Origin: ${origin}`, CLOSE);
  assert.not.match((await from('http://evil.example')).head, /access-control/i);
  assert.match(
    (await from(`http://localhost:${ports['loopback']}`)).head,
    /access-control-allow-origin: http:\/\/localhost/i,
  );
});

probes.run();
