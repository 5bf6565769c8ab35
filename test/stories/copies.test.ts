/** Copies: read-only and exact, whatever happens to them or beside them (sync.md section 3). */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeFakeAw } from '../support/fake-aw/server.ts';
import { atRest, beginStory, inStep, KINDS, sameCopy, sameOnServer, written, type Laptop, type Story, type Told } from './house.ts';

const HOUR = 3600;

const begin = async (kind: (typeof KINDS)[number]): Promise<{ story: Story; lap: Laptop; desk: Laptop }> => {
  const story = await beginStory();
  const lap = story.laptop('lap', { kind });
  const desk = story.laptop('desk', { kind });
  for (const id of ['window', 'afk']) {
    await lap.bucket(id);
    await lap.record(id, ...Array.from({ length: 40 }, (_, i): Told => [(40 - i) * 9 * HOUR, 60, `${id} ${i}`]));
  }
  for (const laptop of [lap, desk]) inStep(await laptop.sync());
  return { story, lap, desk };
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
    assert.ok(!desk.aw.requests.slice(requests).some(({ path }) => path.includes('afk-synced')), 'the other copy was left alone');
    assert.is((await desk.state.load())!.pulled, pulled);
    sameCopy(lap, 'window', desk);
    await atRest(story, lap, desk);
  });

  copies(`a pass killed in the middle of it is taken up by the next (${kind})`, async () => {
    const { story, lap, desk } = await begin(kind);
    await desk.drop('window-synced-from-lap');
    const dying: Laptop['aw'] = { ...desk.aw, fetch: async (request) => (request.method === 'POST' && request.url.endsWith('/events') ? Promise.reject(new Error('killed')) : real.fetch(request)) };
    const real = desk.aw;
    desk.aw = dying;
    assert.is((await desk.sync()).pulled[0]!.outcome, 'failed');
    desk.aw = real;
    inStep(await desk.sync());
    sameCopy(lap, 'window', desk);
    await atRest(story, lap, desk);
  });

  copies(`deleted and edited events come back with the daily repair; a local addition stays, and is told (${kind})`, async () => {
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
    assert.equal([mended.outcome, mended.inserted, mended.updated, mended.deleted, mended.kept], ['equal', 1, 1, 0, 1]);
    assert.is(desk.events(id).length, 41);
    assert.equal(desk.events(id).filter((text) => !text.includes('a note of my own')), lap.events('window'));
    assert.ok(third);
    await atRest(story, lap, desk);
  });

  copies(`of a bucket that was deleted on the server stays (${kind})`, async () => {
    const { story, lap, desk } = await begin(kind);
    const here = desk.events('afk-synced-from-lap');
    assert.is((await story.user.fetch('/api/0/buckets/afk?force=1', { method: 'DELETE' })).status, 200);
    inStep(await desk.sync());
    const report = await desk.verify({ repair: true });
    assert.equal(report.rows.map(({ bucket, outcome }) => `${bucket} ${outcome}`), ['window equal', 'afk apart']);
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
    assert.equal(devices.map(({ hostname }) => hostname).filter((name) => name !== 'kt.test').sort(), ['desk', 'lap-renamed']);
    assert.equal(desk.bucketIds(), before);
    sameCopy(lap, 'window', desk);
    await desk.drop('afk-synced-from-lap');
    inStep(await desk.sync());
    assert.equal(desk.bucketIds(), before, 'created again, it keeps its name');
    await atRest(story, lap, desk);
  });
}
renamed.run();
