/**
 * Signals that are lost when the garbage collector comes by: on Node 20.20
 * `fetch(new Request(url, { signal }))` forgets its signal with the Request, amid the answer. A daemon then
 * never ended (2026-11): its stream to the server stayed open.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeLocalServer } from '../aw/local-server.ts';
import { processContext } from '../context.ts';
import { makeRemoteServer } from './remote-server.ts';
import { revisions } from './revisions.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const collected = suite<{ server: Server; url: string; closed: Promise<void> }>('after the garbage was collected');

/** A server that begins each answer and never ends it. */
collected.before.each(async (trial) => {
  trial.closed = new Promise((resolve) => {
    trial.server = createServer((_, response) => {
      response
        .writeHead(200, { 'content-type': 'text/event-stream' })
        .write('event: next\ndata: {"data":{"revision":"1"}}\n\n');
      response.on('close', () => resolve());
    });
  });
  await new Promise<void>((resolve) => trial.server.listen(0, '127.0.0.1', resolve));
  trial.url = `http://127.0.0.1:${(trial.server.address() as AddressInfo).port}`;
});
collected.after.each(({ server }) => {
  server.closeAllConnections();
  server.close();
});

const collectWell = async (): Promise<void> => {
  for (let times = 0; times < 5; times++) {
    await sleep(20);
    collect();
  }
};

collected('a stream of revisions still closes its connection', async ({ url, closed }) => {
  const stop = new AbortController();
  for await (const _ of revisions({ url, apiKey: 'k' }, stop.signal)) {
    await collectWell();
    stop.abort();
  }
  await closed;
});

collected('a request to either server still ends by its time-out', async ({ url }) => {
  for (const ask of [
    () => makeRemoteServer({ url, apiKey: 'k', retries: 0, timeoutMs: 300 }).info(),
    () => makeLocalServer({ url, timeoutMs: 300 }).info(),
  ]) {
    const asking = ask().then(
      () => 'answered',
      (error: { code: string }) => error.code,
    );
    await collectWell();
    assert.is(await asking, 'unavailable');
  }
});

collected('a request to either server can still be cut off', async ({ url }) => {
  const context = processContext('test');
  const config = {
    remote: { url, api_key: 'k' },
    local: { host: '127.0.0.1', port: Number(new URL(url).port), api_key: '' },
  } as Parameters<typeof context.makeLocal>[0];
  const cut = new AbortController();
  const asking = [
    context.makeRemote(config, { cut: cut.signal, retries: 0 }).info(),
    context.makeLocal(config, { cut: cut.signal }).info(),
  ].map((answer) =>
    answer.then(
      () => 'answered',
      (error: { code: string }) => error.code,
    ),
  );
  await collectWell();
  cut.abort();
  assert.equal(await Promise.all(asking), ['unavailable', 'unavailable']);
});

collected.run();
