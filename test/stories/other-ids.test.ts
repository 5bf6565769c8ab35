/**
 * The source ids have changed (spec/sync 1.5): nothing is lost, nothing is doubled, and what only the server has is
 * kept.
 */
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
  type Story,
  type Told,
} from './scene.ts';

const HOUR = 3600;

/** A laptop with two buckets of a few weeks, and a desk that has copies. */
const begin = (kind: (typeof KINDS)[number]) => {
  const past = (count: number): Told[] => [
    ...Array.from({ length: count }, (_, i): Told => [(count - i) * 7 * HOUR, 61.5 + (i % 3), `title ${i % 9}`]),
    [600, 5, 'twice'],
    [600, 9, 'twice'],
  ];
  return lapAndDesk(kind, { window: past(80), afk: past(6) });
};

const end = async (story: Story, lap: Laptop, desk: Laptop): Promise<void> => {
  inStep(await desk.sync());
  for (const id of ['window', 'afk']) {
    await sameOnServer(story, lap, id);
    sameCopy(lap, id, desk);
    assert.is(await story.kept(lap, id), 0, `rows of ${id} that nobody owns`);
  }
  await atRest(story, lap, desk);
};

type Exported = { buckets: Record<string, { id: string; created: string; events: { id?: number }[] }> };

/**
 * Puts an export of a laptop's database into a fresh one of this kind, its events in the order that `arrange` gives.
 */
const reimport = async (
  lap: Laptop,
  kind: (typeof KINDS)[number],
  arrange: (events: readonly { id?: number }[]) => { id?: number }[],
): Promise<void> => {
  const { buckets } = (await lap.ask('export', 'GET')) as Exported;
  lap.aw = makeFakeAw({ kind, hostname: lap.hostname });
  for (const bucket of Object.values(buckets))
    bucket.events = arrange(bucket.events).map((event) => ({ ...event, id: undefined }) as { id?: number });
  await lap.ask('import', 'POST', { buckets });
};

/** Another order, the same each time. */
const shuffled = <T>(events: readonly T[]): T[] =>
  events
    .map((event, i) => [(i * 37) % 101, event] as const)
    .sort(([a], [b]) => a - b)
    .map(([, event]) => event);

const idsOf = (lap: Laptop, id: string): number[] => lap.aw.dump()[id]!.events.map((event) => event.id);

const rebuilt = suite('database rebuilt (ids restart)');
for (const kind of KINDS) {
  rebuilt(`and filled again with what there was: every row is known again, and none is written (${kind})`, async () => {
    const { story, lap, desk } = await begin(kind);
    const before = await story.onServer(lap, 'window');
    await lap.drop('afk');
    await reimport(lap, kind, (events) => [...events]);
    await lap.bucket('afk');
    await lap.record('afk', [30, 1, 'fresh']);
    const report = await lap.sync();
    inStep(report);
    assert.match(report.pushed.find(({ bucket }) => bucket === 'window')!.renewed!, /other ids/);
    assert.equal(await story.onServer(lap, 'window'), before);
    assert.is(written(report), 1);
    assert.is(await story.kept(lap, 'window'), 0);
    assert.is(await story.kept(lap, 'afk'), 8, 'what was only there stays, and belongs to nobody');
    inStep(await desk.sync());
    await atRest(story, lap, desk);
  });

  rebuilt(`and empty: what the server holds stays, and what comes is added (${kind})`, async () => {
    const { story, lap, desk } = await begin(kind);
    const before = await story.onServer(lap, 'window');
    lap.aw = makeFakeAw({ kind, hostname: lap.hostname });
    inStep(await lap.sync());
    await lap.bucket('window');
    inStep(await lap.sync());
    await lap.record('window', [20, 1, 'new life']);
    inStep(await lap.sync());
    assert.is((await story.onServer(lap, 'window')).length, before.length + 1);
    assert.is(await story.kept(lap, 'window'), before.length);
    inStep(await desk.sync());
    assert.equal(desk.events('window-synced-from-lap'), await story.onServer(lap, 'window'));
    await atRest(story, lap, desk);
  });
}
rebuilt.run();

const permuted = suite('import that permutes the ids and keeps `created`');
for (const kind of KINDS) {
  permuted(`is told by the witnesses alone (${kind})`, async () => {
    const { story, lap, desk } = await begin(kind);
    const created = lap.aw.dump()['window']!.created;
    const ids = idsOf(lap, 'window');
    await reimport(lap, kind, shuffled);
    assert.is(lap.aw.dump()['window']!.created, created);
    assert.is.not(JSON.stringify(idsOf(lap, 'window')), JSON.stringify(ids));
    const report = await lap.sync();
    inStep(report);
    assert.is(written(report), 0);
    await end(story, lap, desk);
  });

  permuted(`while events grew, went and came (${kind})`, async () => {
    const { story, lap, desk } = await begin(kind);
    await reimport(lap, kind, shuffled);
    const [newest] = lap.aw.dump()['window']!.events;
    await lap.record('window', [10, 3, 'came meanwhile'], [9 * HOUR, 2, 'came late']);
    await lap.delete('window', newest!.id);
    inStep(await lap.sync());
    assert.is(await story.kept(lap, 'window'), 1);
    assert.equal((await story.onServer(lap, 'window')).length, lap.events('window').length + 1);
    inStep(await desk.sync());
    await atRest(story, lap, desk);
  });
}
permuted.run();

const again = suite('bucket created again');
for (const kind of KINDS) {
  again(`begins a new epoch by itself, whatever its ids (${kind})`, async () => {
    const { story, lap, desk } = await begin(kind);
    const before = await story.onServer(lap, 'afk');
    const events = (await lap.ask('buckets/afk/events', 'GET')) as { id?: number }[];
    await lap.drop('afk');
    await lap.bucket('afk');
    await lap.ask(
      'buckets/afk/events',
      'POST',
      events.map((event) => ({ ...event, id: undefined })),
    );
    const report = await lap.sync();
    inStep(report);
    assert.equal(
      report.pushed.map(({ bucket, renewed }) => [bucket, renewed === null]),
      [
        ['afk', false],
        ['window', true],
      ],
    );
    assert.is(written(report), 0);
    assert.equal(await story.onServer(lap, 'afk'), before);
    await end(story, lap, desk);
  });
}
again.run();

const backup = suite('yesterday’s backup of the local database');
for (const kind of KINDS) {
  backup(`loses nothing of today on the server, and doubles nothing (${kind})`, async () => {
    const { story, lap, desk } = await begin(kind);
    await desk.bucket('desk');
    await desk.record('desk', ...Array.from({ length: 40 }, (_, i): Told => [(40 - i) * HOUR, 10, `d${i}`]));
    for (const laptop of [desk, lap]) inStep(await laptop.sync());
    const yesterday = lap.aw.snapshot();
    await lap.record('window', ...Array.from({ length: 40 }, (_, i): Told => [500 - i * 10, 8, `today ${i}`]));
    await desk.record('desk', ...Array.from({ length: 5 }, (_, i): Told => [500 - i * 10, 8, `desk today ${i}`]));
    for (const laptop of [desk, lap, desk]) inStep(await laptop.sync());
    const whole = await story.onServer(lap, 'window');

    lap.aw.restore(yesterday);
    await lap.record('window', [50, 3, 'after the restore']);
    const report = await lap.sync();
    inStep(report);
    assert.is(report.pushed.find(({ bucket }) => bucket === 'window')!.inserted, 1);
    assert.is((await story.onServer(lap, 'window')).length, whole.length + 1);
    assert.is(await story.kept(lap, 'window'), 40);
    sameCopy(desk, 'desk', lap, 'desk-synced-from-desk');
    inStep(await desk.sync());
    assert.equal(desk.events('window-synced-from-lap'), await story.onServer(lap, 'window'));
    await atRest(story, lap, desk);
  });
}
backup.run();

const killed = suite('aw-server killed after it acknowledged');
for (const kind of KINDS) {
  for (const lost of [3, 25]) {
    killed(`takes ${lost} ids back and gives them again (${kind})`, async () => {
      const { story, lap, desk } = await begin(kind);
      const committed = lap.aw.snapshot();
      await lap.record('window', ...Array.from({ length: lost }, (_, i): Told => [300 - i * 10, 8, `lost ${i}`]));
      inStep(await lap.sync());
      lap.aw.restore(committed);
      await lap.record('window', ...Array.from({ length: lost }, (_, i): Told => [100 - i * 3, 2, `again ${i}`]));
      inStep(await lap.sync());
      inStep(await lap.sync());
      const pushed = (await story.onServer(lap, 'window')).length - (await story.kept(lap, 'window'));
      assert.is(pushed, lap.events('window').length);
      assert.is(await story.kept(lap, 'window'), lost > 10 ? lost : 0, 'a loss too small to be seen is followed');
      inStep(await desk.sync());
      assert.equal(desk.events('window-synced-from-lap'), await story.onServer(lap, 'window'));
      await atRest(story, lap, desk);
    });
  }
}
killed.run();

const swapped = suite('Rust swapped for Python');
for (const [from, to] of [
  ['rust', 'python'],
  ['python', 'rust'],
] as const) {
  swapped(
    `with its history imported: starts in other digits, ids from 1, the same rows (${from} to ${to})`,
    async () => {
      const story = await beginStory();
      const lap = story.laptop('lap', { kind: from });
      const desk = story.laptop('desk', { kind: from });
      await lap.bucket('window');
      const started = Date.now() - 20 * 86_400_000;
      const fine = (i: number) => new Date(started + i * 3_600_000 + (i % 1000)).toISOString().replace('Z', '456Z');
      await lap.record(
        'window',
        ...Array.from({ length: 60 }, (_, i): Told => [fine(i), 8.2 + i / 7, `title ${i % 5}`]),
      );
      for (const laptop of [lap, desk]) inStep(await laptop.sync());
      const rows = await story.rowVersions();
      await reimport(lap, to, (events) => [...events]);
      const report = await lap.sync();
      inStep(report);
      assert.is(written(report), 0);
      assert.is((await story.rowVersions()).length, rows.length);
      await sameOnServer(story, lap, 'window');
      inStep(await desk.sync());
      sameCopy(lap, 'window', desk);
      await atRest(story, lap, desk);
    },
  );
}
swapped.run();
