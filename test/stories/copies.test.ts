/** Copies: read-only and exact, whatever happens to them or around them (spec/sync 3). */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeFakeAw } from '../support/fake-aw/server.ts';
import {
  atRest,
  beginStory,
  inStep,
  KINDS,
  lapAndDesk,
  sameCopy,
  sameOnServer,
  written,
  type Laptop,
  type Told,
} from './scene.ts';

const HOUR = 3600;

const begin = (kind: (typeof KINDS)[number]) => {
  const past = (id: string) => Array.from({ length: 40 }, (_, i): Told => [(40 - i) * 9 * HOUR, 60, `${id} ${i}`]);
  return lapAndDesk(kind, { window: past('window'), afk: past('afk') });
};

const copies = suite('a copy deleted or edited locally');
for (const kind of KINDS) {
  copies(`a deleted one is created again and proven at once, and nothing else is read again (${kind})`, async () => {
    const { story, lap, desk } = await begin(kind);
    const { pulled } = (await desk.state.load())!;
    await desk.drop('window-synced-from-lap');
    const requests = desk.aw.requests.length;
    const report = await desk.sync();
    inStep(report);
    assert.is(written(report), 40);
    assert.ok(
      !desk.aw.requests.slice(requests).some(({ method, path }) => method !== 'GET' && path.includes('afk-synced')),
      'the other copy was left alone',
    );
    assert.is((await desk.state.load())!.pulled, pulled);
    sameCopy(lap, 'window', desk);
    await atRest(story, lap, desk);
  });

  copies(`a pass killed in the middle of it is taken up by the next (${kind})`, async () => {
    const { story, lap, desk } = await begin(kind);
    await desk.drop('window-synced-from-lap');
    const dying: Laptop['aw'] = {
      ...desk.aw,
      fetch: async (request) =>
        request.method === 'POST' && request.url.endsWith('/events')
          ? Promise.reject(new Error('killed'))
          : real.fetch(request),
    };
    const real = desk.aw;
    desk.aw = dying;
    assert.is((await desk.sync()).pulled[0]!.outcome, 'failed');
    desk.aw = real;
    inStep(await desk.sync());
    sameCopy(lap, 'window', desk);
    await atRest(story, lap, desk);
  });

  copies(
    `deleted and edited events come back with the daily repair; a local addition stays, and is told (${kind})`,
    async () => {
      const { story, lap, desk } = await begin(kind);
      const id = 'window-synced-from-lap';
      const [first, second, third] = desk.aw.dump()[id]!.events;
      const title = (second!.data as { title: string }).title;
      await desk.delete(id, first!.id);
      await desk.edit(id, second!.id, [new Date(Number(second!.startNs / 1_000_000n)).toISOString(), 3, title]);
      await desk.record(id, [50 * HOUR + 7, 1, 'a note of my own']);

      const found = (await desk.verify()).rows.find((row) => row.localId === id)!;
      assert.equal([found.outcome, found.toSend, found.toDelete, found.kept], ['differs', 2, 0, 1]);
      const mended = (await desk.verify({ repair: true })).rows.find((row) => row.localId === id)!;
      assert.equal(
        [mended.outcome, mended.inserted, mended.updated, mended.deleted, mended.kept],
        ['equal', 1, 1, 0, 1],
      );
      assert.is(desk.events(id).length, 41);
      assert.equal(
        desk.events(id).filter((text) => !text.includes('a note of my own')),
        lap.events('window'),
      );
      assert.ok(third);
      await atRest(story, lap, desk);
    },
  );

  copies(`of a bucket that was deleted on the server stays (${kind})`, async () => {
    const { story, lap, desk } = await begin(kind);
    const here = desk.events('afk-synced-from-lap');
    assert.is((await story.user.fetch('/api/0/buckets/afk?force=1', { method: 'DELETE' })).status, 200);
    inStep(await desk.sync());
    const report = await desk.verify({ repair: true });
    assert.equal(
      report.rows.map(({ bucket, outcome }) => `${bucket} ${outcome}`),
      ['window equal', 'afk apart'],
    );
    assert.equal(desk.events('afk-synced-from-lap'), here);
    inStep(await lap.sync()); // it comes back with its device's next pass
    inStep(await desk.sync());
    await sameOnServer(story, lap, 'afk');
    sameCopy(lap, 'afk', desk);
    await atRest(story, lap, desk);
  });
}
copies.run();

const beside = suite('aw-sync beside us');
for (const kind of KINDS) {
  beside(`its copies are not pushed, and ours find other names (${kind})`, async () => {
    const story = await beginStory();
    const lap = story.laptop('lap', { kind });
    const desk = story.laptop('desk', { kind });
    await lap.bucket('window');
    await lap.record('window', [100, 10, 'of lap']);
    await desk.bucket('window-synced-from-lap', { client: 'aw-sync' });
    await desk.record('window-synced-from-lap', [100, 10, 'as aw-sync has it']);
    for (const laptop of [lap, desk, lap]) inStep(await laptop.sync());
    const [theirs, ours, ...others] = desk.bucketIds();
    assert.equal(others, []);
    assert.is(theirs, 'window-synced-from-lap');
    assert.match(ours!, /^window-synced-from-lap-[0-9a-f]{8}$/);
    assert.match(desk.events(theirs!)[0]!, /as aw-sync has it/);
    sameCopy(lap, 'window', desk, ours);
    assert.equal(lap.bucketIds(), ['window']);
    await atRest(story, lap, desk);
  });
}
beside.run();

const renamed = suite('hostname changed');
for (const kind of KINDS) {
  renamed(`makes neither a second device nor a second copy (${kind})`, async () => {
    const { story, lap, desk } = await begin(kind);
    const before = desk.bucketIds();
    const aw = makeFakeAw({ kind, hostname: 'lap-renamed', deviceId: lap.aw.deviceId });
    aw.restore(lap.aw.snapshot());
    lap.aw = aw;
    await lap.record('window', [60, 5, 'under another name']);
    for (const laptop of [lap, desk]) inStep(await laptop.sync());
    const { devices } = await story.user.graphql<{ devices: { hostname: string }[] }>('{ devices { hostname } }');
    assert.equal(
      devices
        .map(({ hostname }) => hostname)
        .filter((name) => name !== 'kt.test')
        .sort(),
      ['desk', 'lap-renamed'],
    );
    assert.equal(desk.bucketIds(), before);
    sameCopy(lap, 'window', desk);
    await desk.drop('afk-synced-from-lap');
    inStep(await desk.sync());
    assert.equal(desk.bucketIds(), before, 'created again, it keeps its name');
    await atRest(story, lap, desk);
  });
}
renamed.run();

const shown = suite('the hostname of a copy');
const hostOf = (on: Laptop, id: string) => on.aw.dump()[id]?.hostname;
for (const kind of KINDS) {
  shown(
    `is its device’s where the watcher gave none, for aw-webui shows such a bucket under every host (${kind})`,
    async () => {
      const story = await beginStory();
      const [lap, desk] = [story.laptop('lap', { kind }), story.laptop('desk', { kind })];
      const hostnames = { web: 'unknown', stopwatch: '', window: 'lap', phone: 'of-a-phone' };
      for (const [id, hostname] of Object.entries(hostnames)) {
        await lap.bucket(id, { hostname });
        await lap.record(id, [100, 10, id]);
      }
      for (const laptop of [lap, desk]) inStep(await laptop.sync());
      const there = { web: 'lap', stopwatch: 'lap', window: 'lap', phone: 'of-a-phone' };
      for (const [id, hostname] of Object.entries(there))
        assert.is(hostOf(desk, `${id}-synced-from-lap`), hostname, id);
      const { buckets } = await story.user.graphql<{ buckets: { bucketId: string; hostname: string }[] }>(
        '{ buckets { bucketId hostname } }',
      );
      assert.equal(
        Object.fromEntries(buckets.map(({ bucketId, hostname }) => [bucketId, hostname])),
        hostnames,
        'what is stored stays',
      );
      for (const [id, hostname] of Object.entries(hostnames)) assert.is(hostOf(lap, id), hostname, 'and what is here');
      await atRest(story, lap, desk);
    },
  );

  shown(`is another for each of two devices of one name, on a third computer and on both (${kind})`, async () => {
    const story = await beginStory();
    const [first, second, desk] = [
      story.laptop('MacBook-Pro', { kind }),
      story.laptop('MacBook-Pro', { kind }),
      story.laptop('desk', { kind }),
    ];
    for (const [laptop, title] of [
      [first, 'of the first'],
      [second, 'of the second'],
    ] as const) {
      await laptop.bucket('window');
      await laptop.bucket('web', { hostname: 'unknown' });
      for (const id of ['window', 'web']) await laptop.record(id, [100, 10, title]);
      inStep(await laptop.sync());
    }
    for (const laptop of [desk, first]) inStep(await laptop.sync());
    const numbered = kind === 'rust' ? 'MacBook-Pro_(2)' : 'MacBook-Pro (2)'; // the Rust one refuses blanks
    for (const id of ['window', 'web']) {
      const ids = desk.bucketIds().filter((copy) => copy.startsWith(`${id}-`));
      const whose = ids.map((copy) => `${/of the (\w+)/.exec(desk.events(copy)[0]!)?.[1]}: ${hostOf(desk, copy)}`);
      assert.equal(whose.sort(), ['first: MacBook-Pro', `second: ${numbered}`]);
      for (const laptop of [first, second])
        assert.is(
          hostOf(laptop, `${id}-synced-from-MacBook-Pro`),
          numbered,
          'this computer’s own buckets have the plain name',
        );
    }
    await atRest(story, first, second, desk);
  });

  shown(`that an earlier version gave stays, and no second copy is made (${kind})`, async () => {
    const story = await beginStory();
    const [lap, desk] = [story.laptop('lap', { kind }), story.laptop('desk', { kind })];
    await lap.bucket('web', { hostname: 'unknown' });
    await lap.record('web', [100, 10, 'a page']);
    inStep(await lap.sync());
    const { deviceId } = (await lap.state.load())!;
    await desk.bucket('web-synced-from-lap', { client: `kt-client:${deviceId}`, hostname: 'unknown' });
    inStep(await desk.sync());
    assert.equal(desk.bucketIds(), ['web-synced-from-lap']);
    assert.is(hostOf(desk, 'web-synced-from-lap'), 'unknown');
    sameCopy(lap, 'web', desk);
    await atRest(story, lap, desk);
  });
}
shown.run();
