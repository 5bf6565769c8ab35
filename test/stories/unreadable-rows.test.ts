/**
 * Rows that can't be read don't affect others: each is set aside by itself, reported, and not a difference
 * (spec/sync 4.8).
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { knownCount, knownRows, knownThere } from '../../client/sync/known-rows.ts';
import { isInStep } from '../../client/sync/report.ts';
import { atRest, beginStory, iso, KINDS, later, proven, sameCopy, written, type Laptop, type Told } from './scene.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;

/** Records what JSON.stringify does not write: the Python aw-server accepts it, and prints it that way. */
const recordRaw = async (
  lap: Laptop,
  bucket: string,
  rows: readonly { at: string; data: string; id?: number }[],
): Promise<void> => {
  const idOf = (id: number | undefined) => (id === undefined ? '' : `"id": ${id}, `);
  const events = rows.map(({ at, data, id }) => `{${idOf(id)}"timestamp": "${at}", "duration": 1, "data": ${data}}`);
  const body = `[${events.join(',')}]`;
  const request = new Request(`http://127.0.0.1:5600/api/0/buckets/${bucket}/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  assert.is((await lap.aw.fetch(request)).status, 200);
};
const fine = (lap: Laptop, bucket = 'window'): string[] => lap.events(bucket).filter((text) => /"title"/.test(text));
const known = async (lap: Laptop, bucket = 'window') => knownRows((await lap.state.load())!, bucket);

const BAD: [what: string, at: string, data: string][] = [
  ['NaN', iso(5 * DAY), '{"a": NaN}'],
  ['Infinity', iso(4 * DAY), '{"a": [Infinity, -Infinity]}'],
  ['a number that overflows', iso(600), '{"a": {"b": 1e400}}'],
  ['the year 9999', '9999-01-01T00:00:00Z', '{"a": 1}'],
  ['the year 1000', '1000-01-01T00:00:00Z', '{"a": 1}'],
];

const rows = suite('a row that can’t be read');
for (const [what, at, data] of BAD) {
  rows(`is set aside alone, told, and no difference: ${what}`, async () => {
    const story = await beginStory();
    const lap = story.laptop('lap', { kind: 'python' });
    const desk = story.laptop('desk', { kind: 'rust' });
    for (const bucket of ['afk', 'window']) await lap.bucket(bucket);
    await lap.record('afk', [DAY, 5, 'beside it']);
    await lap.record('window', ...[9, 6, 5, 4, 3].map((days): Told => [days * DAY, 60, `day ${days}`]), [
      500,
      60,
      'now',
    ]);
    await recordRaw(lap, 'window', [{ at, data }]);

    const first = await lap.sync();
    assert.ok(isInStep(first));
    assert.equal(
      first.pushed.map(({ bucket, inserted, rejected }) => [bucket, inserted, rejected.length]),
      [
        ['afk', 1, 0],
        ['window', 6, 1],
      ],
    );
    assert.equal(
      (await known(lap)).map(({ id }) => id),
      [8],
    );

    // Neither the counts nor a proof report a difference, now or later, and an idle pass costs no more than before.
    for (const hours of [0, 0, 2, 4]) {
      const next = await lap.sync({}, later(hours));
      assert.ok(isInStep(next) && written(next) === 0);
      assert.ok(lap.sent.length <= 3, `${lap.sent.length} requests`);
    }
    assert.equal((await lap.state.load())!.proofs, {}, 'no count was doubted, so nothing was proven whole');
    for (const repair of [false, true])
      assert.equal(
        (await lap.verify({ repair })).rows.map(({ outcome, days, rejected }) => [outcome, days, rejected.length]),
        [
          ['equal', [], 0],
          ['equal', [], 1],
        ],
      );
    await desk.sync();
    assert.equal(desk.events('window-synced-from-lap'), fine(lap));
    sameCopy(lap, 'afk', desk);
    await atRest(story, lap, desk);

    await lap.delete('window', 8);
    assert.ok(isInStep(await lap.sync({}, later(6))));
    await lap.verify();
    assert.equal(await known(lap), [], 'what is gone is not told any more');
  });
}

rows('that came late, far behind the tail, raises one alarm and no second', async () => {
  const story = await beginStory();
  const lap = story.laptop('lap', { kind: 'python' });
  await lap.bucket('window');
  await lap.record('window', [9 * DAY, 60, 'old'], [500, 60, 'now']);
  await lap.sync();
  await recordRaw(lap, 'window', [{ at: iso(8 * DAY), data: '{"a": NaN}' }]);
  assert.ok(isInStep(await lap.sync()));
  assert.is(knownCount((await lap.state.load())!, 'window'), 1);
  // The next pass comes before it may be proven again: a second difference could only be reported.
  for (const hours of [0, 1, 3]) {
    assert.ok(isInStep(await lap.sync({}, later(hours))));
    assert.ok(lap.sent.length <= 3);
  }
});

rows('that was pushed once stays on the server as it was, and is no difference', async () => {
  const story = await beginStory();
  const lap = story.laptop('lap', { kind: 'python' });
  await lap.bucket('window');
  const ids = await lap.record('window', [9 * DAY, 60, 'old'], [8 * DAY, 60, 'to be spoiled'], [500, 60, 'now']);
  await lap.sync();
  const before = await story.onServer(lap, 'window');
  await recordRaw(lap, 'window', [{ at: iso(8 * DAY), data: '{"a": NaN}', id: ids[1]! }]);
  for (const repair of [false, true]) await lap.verify({ repair, allowDeletes: true });
  await proven(lap);
  assert.equal(await story.onServer(lap, 'window'), before);
  for (const hours of [0, 2, 4]) {
    assert.ok(isInStep(await lap.sync({}, later(hours))));
    assert.ok(lap.sent.length <= 3);
  }
  await lap.edit('window', ids[1]!, [8 * DAY, 60, 'mended']);
  await lap.verify({ repair: true });
  assert.equal(await story.onServer(lap, 'window'), lap.events('window'));
  assert.equal(await known(lap), []);
});

rows('of which there are pages hides no row behind them', async () => {
  const story = await beginStory();
  const lap = story.laptop('lap', { kind: 'python' });
  await lap.bucket('window');
  await lap.record('window', [9 * DAY, 60, 'old'], [500, 60, 'now']);
  await recordRaw(
    lap,
    'window',
    Array.from({ length: 6000 }, (_, i) => ({ at: iso(DAY + i), data: '{"a": NaN}' })),
  );
  const report = await lap.sync();
  assert.is(report.pushed[0]!.inserted, 2);
  assert.equal(await story.onServer(lap, 'window'), fine(lap));
});
rows.run();

const early = suite('an event that begins before 1970');
for (const kind of KINDS) {
  early(`is written into no copy, told, and no repair tries it again (${kind})`, async () => {
    const story = await beginStory();
    const lap = story.laptop('lap', { kind: 'python' });
    const desk = story.laptop('desk', { kind });
    await lap.bucket('window');
    await lap.record(
      'window',
      ['1969-12-31T23:59:00Z', 120, 'over the new year'],
      ['1969-06-01T00:00:00Z', 1, 'before'],
      [500, 60, 'now'],
    );
    await lap.sync();
    for (const _ of [1, 2]) assert.ok(isInStep(await desk.sync()));
    for (const repair of [true, true, false]) {
      const report = await desk.verify({ repair });
      assert.equal(
        report.rows.map(({ outcome, inserted, unwritable }) => [outcome, inserted, unwritable]),
        [['equal', 0, 2]],
      );
    }
    const copy = 'window-synced-from-lap';
    assert.is(desk.events(copy).length, 1);
    assert.equal([knownThere((await desk.state.load())!, copy), knownCount((await desk.state.load())!, copy)], [2, 0]);
    await atRest(story, lap, desk);
  });
}
early.run();
