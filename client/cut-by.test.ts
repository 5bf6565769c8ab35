import { getEventListeners, once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readConfig } from './config/config.ts';
import { processContext } from './context.ts';

/** An aw-server of one answer, and how far it has come with each. */
type Trial = { server: Server; port: number; answer: 'whole' | 'half'; halves: number };

const cutting = suite<Trial>('a pass that can be cut off');
cutting.before.each(async (trial) => {
  trial.answer = 'whole';
  trial.halves = 0;
  trial.server = createServer((request, response) => {
    request.resume();
    if (request.method === 'POST') return void response.writeHead(304).end();
    response.writeHead(200, { 'content-type': 'application/json' });
    if (trial.answer === 'whole') return void response.end('{}');
    response.write('{"a":');
    trial.halves++;
    trial.server.emit('half');
  });
  trial.server.listen(0, '127.0.0.1');
  await once(trial.server, 'listening');
  trial.port = (trial.server.address() as AddressInfo).port;
});
cutting.after.each(({ server }) => {
  server.closeAllConnections();
  server.close();
});

const openLocal = (port: number, cut: AbortSignal) =>
  processContext('1').makeLocal(
    readConfig({ KT_CLIENT_LOCAL_PORT: String(port) }, { file: '/nowhere', mayBeMissing: true }).config,
    { cut },
  );

cutting('listens for it while a request is under way, and not a moment longer', async ({ port }) => {
  const cut = new AbortController();
  const local = openLocal(port, cut.signal);
  for (let n = 0; n < 30; n++) {
    assert.equal(await local.buckets(), []);
    assert.is(
      await local.createBucket({ id: 'b', type: 't', client: 'c', hostname: 'h', createdUs: null, data: {} }),
      false,
      'a 304 has no body',
    );
  }
  assert.is(getEventListeners(cut.signal, 'abort').length, 0);
});

cutting('is cut off in the middle of an answer too', async (trial) => {
  trial.answer = 'half';
  const cut = new AbortController();
  const local = openLocal(trial.port, cut.signal);
  const half = once(trial.server, 'half');
  const asked = local.buckets().then(
    () => 'answered',
    (error: Error) => error.message,
  );
  await half;
  cut.abort();
  assert.match(await asked, /cannot be reached/);
  assert.is(getEventListeners(cut.signal, 'abort').length, 0);
});

cutting('sends nothing once it was cut off', async (trial) => {
  trial.answer = 'half';
  const asked = openLocal(trial.port, AbortSignal.abort()).buckets();
  await asked.then(
    () => assert.unreachable(),
    (error: Error) => assert.match(error.message, /cannot be reached/),
  );
  assert.is(trial.halves, 0);
});

cutting.run();
