/**
 * The stopwatch of ActivityWatch's web UI at kt-server, beside a device that has one (spec/sync 2.8): what the page
 * records and what the device records stay apart.
 */
import { AWClient } from 'aw-client';
import * as assert from 'uvu/assert';
import { COPY, copiesOn, IN_STEP, PROVEN, sameOnServer, says, tellAtOnce, type Account } from './process-scene.ts';

const STOPWATCH = 'aw-stopwatch';
const TYPE = 'general.stopwatch';

/** What the page does, with its own client library: it creates its bucket, starts and stops timers, and reads them. */
const openPage = async ({ url, key }: Account) => {
  const aw = new AWClient('aw-webui', { baseURL: url });
  aw.req.defaults.headers.common['Authorization'] = `Bearer ${key}`;
  await aw.ensureBucket(STOPWATCH, TYPE, 'unknown');
  const timers = () => aw.getEvents(STOPWATCH, { limit: 100 });
  return {
    timers,
    labels: async () => (await timers()).map(({ data }) => `${data['label']}${data['running'] ? ', running' : ''}`),
    // The page sends a boolean where the library's types have text and numbers.
    start: (label: string) =>
      aw.heartbeat(STOPWATCH, 1, { timestamp: new Date(), data: { running: true as never, label } }),
    stop: async (label: string, seconds: number) => {
      const event = (await timers()).find(({ data }) => data['label'] === label)!;
      await aw.replaceEvent(STOPWATCH, { ...event, duration: seconds, data: { running: false as never, label } });
    },
    delete: async (label: string) => {
      const event = (await timers()).find(({ data }) => data['label'] === label)!;
      await aw.deleteEvent(STOPWATCH, event.id!);
    },
  };
};

tellAtOnce('the stopwatch of the web UI', {
  'finds its own timers under its own name, and they reach the devices in a bucket of their own': async (served) => {
    const account = await served.newAccount();
    const lap = await account.computer('lap', { kind: 'rust' });
    const desk = await account.computer('desk', { kind: 'python' });
    await lap.bucket(STOPWATCH, { type: TYPE, hostname: 'unknown' });
    await lap.record(STOPWATCH, [7000, 60, 'on the laptop'], [5000, 30, 'there too']);
    for (const computer of [lap, desk]) says(await computer.client(0, 'sync'), IN_STEP);
    const own = await lap.texts(STOPWATCH);
    assert.equal(await account.texts(STOPWATCH), own, 'until there is another it has the name');
    const copies = copiesOn(desk);

    const page = await openPage(account);
    assert.equal(await page.labels(), [], 'what a device recorded is not the page’s');
    await page.start('write');
    await page.start('read');
    assert.equal((await page.labels()).sort(), ['read, running', 'write, running']);
    await page.stop('write', 90);
    await page.delete('read');
    const again = await openPage(account);
    assert.equal(await again.labels(), ['write']);
    assert.is((await again.timers())[0]!.duration, 90);

    for (const computer of [lap, desk]) says(await computer.client(0, 'sync'), IN_STEP);
    const timers = await account.texts(STOPWATCH);
    assert.is(timers.length, 1);
    const { info } = await account.graphql<{ info: { hostname: string } }>('{ info { hostname } }');
    const name = `${STOPWATCH}${COPY}${info.hostname.replace(/[^A-Za-z0-9._-]/g, '_')}`;
    assert.equal(lap.bucketIds(), [STOPWATCH, name]);
    assert.equal(desk.bucketIds(), [...copies, name].sort(), 'the copy of the device’s keeps its name');
    for (const computer of [lap, desk]) assert.equal(await computer.texts(name), timers);
    assert.equal([await lap.texts(STOPWATCH), await desk.texts(copies[0]!)], [own, own]);
    await sameOnServer(account, lap, STOPWATCH);
    assert.is((await account.stored()).length, 2);
    for (const computer of [lap, desk]) says(await computer.client(0, 'verify'), PROVEN);
  },
}).run();
