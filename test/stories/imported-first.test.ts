/**
 * Imports and syncs of one history, in any order (spec/sync 7.2): its events decide whose it is, and it exists once.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  atRest,
  beginStory,
  inStep,
  iso,
  KINDS,
  later,
  proven,
  sameCopy,
  sameOnServer,
  type Laptop,
  type Story,
  type Told,
} from './scene.ts';

const HOUR = 3600;
const told = (laptop: string, count = 40, from = 3): Told[] =>
  Array.from({ length: count }, (_, i): Told => [(count + from - i) * 7 * HOUR, 60, `${laptop} ${i}`]);

type Kind = (typeof KINDS)[number];

/** A laptop with buckets whose watchers know its name, and one whose watcher does not. */
const furnished = async (
  story: Story,
  kind: Kind,
  hostname = 'lap',
  id = `aw-watcher-window_${hostname}`,
): Promise<Laptop> => {
  const laptop = story.laptop(hostname, { kind });
  for (const [bucket, host] of [
    [id, hostname],
    ['aw-watcher-web-firefox', 'unknown'],
  ] as const) {
    await laptop.bucket(bucket, { hostname: host });
    await laptop.record(bucket, ...told(`${hostname} ${bucket}`));
  }
  return laptop;
};

const exported = (laptop: Laptop): Promise<unknown> => laptop.ask('export', 'GET');
const imported = async (
  story: Story,
  file: unknown,
): Promise<Record<string, { imported: number; present: number }>> => {
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(file) };
  const response = await story.user.fetch('/api/0/import', init);
  assert.is(response.status, 200, await response.clone().text());
  return ((await response.json()) as { buckets: Record<string, { imported: number; present: number }> }).buckets;
};

type ServerBucket = {
  id: string;
  bucketId: string;
  eventCount: number;
  device: { hostname: string };
  former: { bucketId: string } | null;
};
const onTheServer = async (story: Story): Promise<ServerBucket[]> =>
  (
    await story.user.graphql<{ buckets: ServerBucket[] }>(
      '{ buckets { id bucketId eventCount device { hostname } former { bucketId } } }',
    )
  ).buckets;
const ids = (buckets: readonly ServerBucket[]): string[] => buckets.map(({ id }) => id).sort();

const WINDOW = 'aw-watcher-window_lap';
const WEB = 'aw-watcher-web-firefox';

const stories = suite('an import and a sync of one history');
for (const kind of KINDS) {
  stories(`the import first: the sync takes its buckets over, and doubles nothing (${kind})`, async () => {
    const story = await beginStory();
    const lap = await furnished(story, kind);
    await imported(story, await exported(lap));
    const before = ids(await onTheServer(story));
    inStep(await lap.sync());
    assert.equal(ids(await onTheServer(story)), before, 'no bucket more');
    assert.equal(
      (await onTheServer(story)).map(({ device }) => device.hostname),
      ['lap', 'lap'],
    );
    assert.equal(lap.bucketIds(), [WEB, WINDOW], 'and no copy of it here');
    for (const id of [WINDOW, WEB]) {
      await sameOnServer(story, lap, id);
      assert.is(await story.kept(lap, id), 0);
    }
    await lap.record(WINDOW, [60, 5, 'goes on']);
    inStep(await lap.sync());
    await sameOnServer(story, lap, WINDOW);
    await atRest(story, lap);
  });

  stories(
    `what is written by hand where an import was that a device took over is in no copy of it (${kind})`,
    async () => {
      const story = await beginStory();
      const lap = await furnished(story, kind);
      const desk = story.laptop('desk', { kind });
      await imported(story, await exported(lap));
      inStep(await desk.sync());
      const copies = desk.bucketIds();
      inStep(await lap.sync());
      for (const title of ['by hand', 'once more']) {
        const made = await story.user.fetch(`/api/0/buckets/${WEB}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ type: 'web.tab.current', client: 'page', hostname: 'unknown' }),
        });
        assert.is.not(made.status, 400);
        const event = { timestamp: iso(60), duration: 5, data: { title } };
        const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify([event]) };
        assert.is((await story.user.fetch(`/api/0/buckets/${WEB}/events`, init)).status, 200);
      }
      const read = (await (await story.user.fetch(`/api/0/buckets/${WEB}/events`)).json()) as {
        data: { title: string };
      }[];
      assert.equal(
        read.map(({ data }) => data.title).sort(),
        ['by hand', 'once more'],
        'one bucket, found by its name',
      );
      for (const laptop of [desk, lap, desk]) inStep(await laptop.sync());
      assert.is(desk.bucketIds().length, copies.length + 1, 'a copy of its own');
      await proven(desk);
      await proven(lap);
      await atRest(story, lap, desk);
    },
  );

  stories(`the import between two passes and after them: all of it is there already (${kind})`, async () => {
    const story = await beginStory();
    const lap = await furnished(story, kind);
    const began = iso(600);
    const [growing] = await lap.record(WINDOW, [began, 30, 'grows']);
    inStep(await lap.sync());
    await lap.record(WINDOW, [500, 9, 'not yet pushed']);
    await lap.edit(WINDOW, growing!, [began, 60, 'grows']);
    const between = await imported(story, await exported(lap));
    assert.equal([between[WINDOW], between[WEB]], [
      { imported: 2, present: 40, refused: [] },
      { imported: 0, present: 40, refused: [] },
    ] as never);
    await lap.edit(WINDOW, growing!, [began, 90, 'grows']);
    inStep(await lap.sync());
    const after = await imported(story, await exported(lap));
    assert.equal([after[WINDOW]?.imported, after[WEB]?.imported], [0, 0]);
    assert.is((await onTheServer(story)).length, 2);
    for (const id of [WINDOW, WEB]) {
      await sameOnServer(story, lap, id);
      assert.is(await story.kept(lap, id), 0);
    }
    await atRest(story, lap);
  });

  stories(
    `what changed here since the export is as it is here, and what only the import has is kept (${kind})`,
    async () => {
      const story = await beginStory();
      const lap = await furnished(story, kind);
      await imported(story, await exported(lap));
      const rows = lap.aw.dump()[WINDOW]!.events;
      const at = (n: number) => new Date(Number(rows[n]!.startNs / 1_000_000n)).toISOString();
      const title = (n: number) => (rows[n]!.data as { title: string }).title;
      await lap.delete(WINDOW, rows[5]!.id);
      await lap.edit(WINDOW, rows[9]!.id, [at(9), 60, 'edited']);
      await lap.edit(WINDOW, rows[0]!.id, [at(0), 600, title(0)]);
      await lap.record(WINDOW, ...told('since', 12, 0));
      inStep(await lap.sync());
      assert.is((await onTheServer(story)).length, 2);
      assert.is(await story.kept(lap, WINDOW), 2, 'the deleted one, and the edited one as it was');
      const there = await story.onServer(lap, WINDOW);
      assert.is(there.length, lap.events(WINDOW).length + 2);
      for (const text of lap.events(WINDOW)) assert.ok(there.includes(text), text);
      await atRest(story, lap);
    },
  );

  for (const order of ['first', 'second'] as const) {
    stories(`two devices with equal ids and unknown hostnames, the ${order} one synced first (${kind})`, async () => {
      const story = await beginStory();
      const pair = [story.laptop('one', { kind }), story.laptop('two', { kind })] as const;
      for (const laptop of pair) {
        for (const id of [WEB, 'aw-stopwatch']) {
          await laptop.bucket(id, { hostname: 'unknown' });
          await laptop.record(id, ...told(`${laptop.hostname} ${id}`, id === WEB ? 40 : 3));
        }
        await imported(story, await exported(laptop));
      }
      assert.is((await onTheServer(story)).length, 4, 'two histories, two buckets');
      const [a, b] = order === 'first' ? pair : [pair[1], pair[0]];
      for (const laptop of [a, b, a]) inStep(await laptop.sync());
      const there = await onTheServer(story);
      assert.equal(
        there.map(({ bucketId, device }) => `${device.hostname} ${bucketId}`).sort(),
        [`one ${WEB}`, 'one aw-stopwatch', `two ${WEB}`, 'two aw-stopwatch'].sort(),
      );
      for (const [laptop, other] of [
        [a, b],
        [b, a],
      ] as const) {
        for (const id of [WEB, 'aw-stopwatch']) {
          await sameOnServer(story, laptop, id);
          assert.is(await story.kept(laptop, id), 0);
        }
        const copies = laptop.bucketIds().filter((id) => id.includes('-synced-from-'));
        assert.is(copies.length, 2, copies.join());
        const copied = copies.flatMap((id) => laptop.events(id)).sort();
        assert.equal(copied, [...other.events(WEB), ...other.events('aw-stopwatch')].sort());
      }
      await atRest(story, ...pair);
    });
  }

  stories(`a copy of the import that another device made goes on as the copy of what it became (${kind})`, async () => {
    const story = await beginStory();
    const lap = await furnished(story, kind);
    await imported(story, await exported(lap));
    const desk = story.laptop('desk', { kind });
    inStep(await desk.sync());
    const copies = desk.bucketIds();
    assert.is(copies.length, 2);
    inStep(await lap.sync());
    await proven(desk);
    await lap.record(WINDOW, [60, 5, 'goes on']);
    inStep(await lap.sync());
    inStep(await desk.sync());
    assert.equal(desk.bucketIds(), copies, 'no second copy, and the name stays');
    for (const id of [WINDOW, WEB])
      sameCopy(
        lap,
        id,
        desk,
        copies.find((copy) => copy.startsWith(`${id}-`)),
      );
    assert.equal(lap.bucketIds(), [WEB, WINDOW]);
    await atRest(story, lap, desk);
  });

  stories(
    `a copy of the import on the device whose history it is goes once all of it is proven to be there (${kind})`,
    async () => {
      const story = await beginStory();
      const lap = await furnished(story, kind);
      await imported(story, await exported(lap));
      inStep(await lap.sync({ mode: 'pull' }));
      const copies = lap.bucketIds().filter((id) => id.includes('-synced-from-'));
      assert.is(copies.length, 2);
      const mine = copies.find((id) => id.startsWith(WEB))!;
      const [note] = await lap.record(mine, [99 * HOUR, 7, 'only in the copy']);
      inStep(await lap.sync({ mode: 'push' }));
      const report = await lap.sync();
      assert.equal(
        report.pulled.map(({ localId, outcome }) => [localId, outcome]).sort(),
        copies.map((id) => [id, id === mine ? 'held' : 'in_step']).sort(),
      );
      assert.match(report.pulled.find(({ localId }) => localId === mine)!.reason!, /1 of its events/);
      assert.equal(lap.bucketIds(), [WEB, mine, WINDOW].sort());
      assert.is((await lap.sync()).pulled[0]!.outcome, 'held', 'looked into hourly at most, and told all the same');
      await lap.delete(mine, note!);
      inStep(await lap.sync({}, later(2)));
      assert.equal(lap.bucketIds(), [WEB, WINDOW]);
      await atRest(story, lap);
    },
  );

  stories(`a bucket that is deleted on the server and imported again is the device’s again (${kind})`, async () => {
    for (const whose of ['of the device', 'of the server'] as const) {
      const story = await beginStory();
      const lap = await furnished(story, kind);
      const namesake = story.laptop('lap', { kind }); // so that the hostname says nothing either
      const desk = story.laptop('desk', { kind });
      for (const laptop of [lap, namesake, desk]) inStep(await laptop.sync());
      const file =
        whose === 'of the device' ? await exported(lap) : await (await story.user.fetch('/api/0/export')).json();
      for (const { id } of await onTheServer(story))
        assert.is(
          (await story.user.fetch(`/api/0/buckets/${encodeURIComponent(id)}`, { method: 'DELETE' })).status,
          200,
        );
      await imported(story, file);
      await lap.record(WINDOW, [60, 5, 'goes on']);
      for (const laptop of [lap, desk]) inStep(await laptop.sync());
      assert.is((await onTheServer(story)).length, 2);
      for (const id of [WINDOW, WEB]) {
        await sameOnServer(story, lap, id);
        assert.is(await story.kept(lap, id), 0);
        sameCopy(lap, id, desk);
      }
      assert.is(desk.bucketIds().length, 2, desk.bucketIds().join());
      await atRest(story, lap, desk);
    }
  });
}

stories('an import that somebody wrote to since is nobody’s to take over', async () => {
  const story = await beginStory();
  const lap = await furnished(story, 'rust');
  await imported(story, await exported(lap));
  const beat = { timestamp: iso(30), duration: 0, data: { app: 'by hand' } };
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(beat) };
  assert.is((await story.user.fetch(`/api/0/buckets/${WINDOW}/heartbeat?pulsetime=5`, init)).status, 200);
  inStep(await lap.sync());
  assert.equal(ids(await onTheServer(story)), [WEB, WINDOW, `${WINDOW}-lap`].sort());
  await sameOnServer(story, lap, WINDOW);
  await atRest(story, lap);
});

stories.run();
