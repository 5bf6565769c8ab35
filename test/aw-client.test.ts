/** ActivityWatch's own client library, unchanged except for the key. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { AWClient } from 'aw-client';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openTestServer } from './support/test-server.ts';

const official = suite<{ listener: http.Server; client: AWClient; url: string }>('the npm package aw-client');
official.before(async (scene) => {
  const { app, newUser } = await openTestServer();
  scene.listener = http.createServer(app);
  await new Promise<void>((resolve) => scene.listener.listen(0, '127.0.0.1', resolve));
  scene.url = `http://127.0.0.1:${(scene.listener.address() as AddressInfo).port}`;
  scene.client = new AWClient('aw-watcher-test', { baseURL: scene.url });
  scene.client.req.defaults.headers.common['Authorization'] = `Bearer ${(await newUser()).key}`;
});
official.after(({ listener }) => {
  listener.closeAllConnections();
  listener.close();
});

const at = (seconds: number) => new Date(Date.UTC(2024, 4, 31, 9) + seconds * 1000);

official('finds the server, and creates a bucket once', async ({ client }) => {
  assert.is((await client.getInfo()).hostname, 'kt.test');
  assert.equal(await client.ensureBucket('window', 'currentwindow', 'laptop'), { alreadyExist: false });
  assert.equal(await client.ensureBucket('window', 'currentwindow', 'laptop'), { alreadyExist: true });
  const { window } = await client.getBuckets();
  assert.equal([window!.type, window!.client, window!.hostname], ['currentwindow', 'aw-watcher-test', 'laptop']);
  assert.ok(!Number.isNaN(window!.created.getTime()));
});

official('sends 100 heartbeats that merge into the right events, and reads them back', async ({ client }) => {
  await client.ensureBucket('beats', 'currentwindow', 'laptop');
  // Four windows for ten seconds each, a heartbeat every second; after the fifth a minute without any, then the same
  // window again.
  const stretches = [
    ['vim', 0],
    ['web', 10],
    ['vim', 20],
    ['mail', 30],
    ['vim', 40],
    ['vim', 110],
    ['web', 120],
    ['vim', 130],
    ['mail', 140],
    ['web', 150],
  ] as const;
  await Promise.all(
    stretches.flatMap(([app, from]) =>
      Array.from({ length: 10 }, (_, i) =>
        client.heartbeat('beats', 5, { timestamp: at(from + i), duration: 0, data: { app } }),
      ),
    ),
  );
  const events = await client.getEvents('beats');
  assert.equal(
    events.map(({ timestamp, duration, data }) => [timestamp.getTime(), duration, data['app']]),
    stretches.map(([app, from]) => [at(from).getTime(), 9, app]).reverse(),
  );
  assert.is(await client.countEvents('beats'), 10);
  assert.equal(await client.getEvent('beats', events[0]!.id!), events[0]);
  assert.equal(
    (await client.getEvents('beats', { start: at(40), end: at(49), limit: 5 })).map(({ data }) => data['app']),
    ['vim'],
  );
});

official('inserts, replaces and deletes events, and deletes the bucket', async ({ client }) => {
  await client.ensureBucket('own', 'test', 'laptop');
  await client.insertEvents('own', [
    { timestamp: at(0), duration: 1, data: { n: 1 } },
    { timestamp: at(5), duration: 1, data: { n: 2 } },
  ]);
  const [two, one] = await client.getEvents('own');
  await client.replaceEvent('own', { ...two!, duration: 3 });
  await client.deleteEvent('own', one!.id!);
  assert.equal(await client.getEvents('own'), [{ ...two!, duration: 3 }]);
  await client.deleteBucket('own');
  assert.not.ok('own' in (await client.getBuckets()));
});

official('is told 401 without a key', async ({ url }) => {
  const status = await new AWClient('nobody', { baseURL: url }).getBuckets().then(
    () => 200,
    (error: { response?: { status: number } }) => error.response?.status,
  );
  assert.is(status, 401);
});

official.run();
