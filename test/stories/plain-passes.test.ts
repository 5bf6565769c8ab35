/**
 * Passes alone prove everything within a day, whatever runs them (spec/sync 4.4): without `verify`, and without a
 * daemon that repairs.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Ports } from '../../client/sync/ports.ts';
import { isInStep, type Report } from '../../client/sync/report.ts';
import {
  atRest,
  beginStory,
  inStep,
  iso,
  KINDS,
  later,
  sameCopy,
  sameOnServer,
  written,
  type Laptop,
  type Story,
  type Told,
} from './scene.ts';

const WINDOW = 'aw-watcher-window';
const COPY = `${WINDOW}-synced-from-anna`;
const DAY = 86_400;

/** Passes every three hours, in which each read of the local aw-server takes this many seconds by the clock. */
const cron = (secondsARead: number) => {
  let asked = 0;
  let hour = 0;
  const base = BigInt(Date.now()) * 1000n;
  const ports: Partial<Ports> = {
    clock: { nowUs: () => base + BigInt(hour) * 3_600_000_000n + BigInt(Math.round(++asked * secondsARead * 1e6)) },
  };
  return async (laptop: Laptop): Promise<Report> => {
    hour += 3;
    asked = 0;
    return laptop.sync({}, ports);
  };
};

/** A day of passes; returns their reports. */
const aDay = async (laptop: Laptop, secondsARead: number): Promise<Report[]> => {
  const pass = cron(secondsARead);
  const reports: Report[] = [];
  for (let n = 0; n < 8; n++) reports.push(await pass(laptop));
  return reports;
};

/** An event's id by its title. */
const idOf = (laptop: Laptop, bucket: string, title: string): number =>
  laptop.aw.dump()[bucket]!.events.find(({ data }) => (data as { title: string }).title === title)!.id;

for (const kind of KINDS) {
  const plain = suite<{ story: Story; anna: Laptop; bert: Laptop }>(`plain passes beside a ${kind} aw-server`);
  plain.before.each(async (context) => {
    context.story = await beginStory();
    context.anna = context.story.laptop('anna', { kind });
    context.bert = context.story.laptop('bert', { kind });
    for (const bucket of [WINDOW, 'afk', 'web']) {
      await context.anna.bucket(bucket);
      await context.anna.record(
        bucket,
        ...Array.from({ length: 60 }, (_, i): Told => [(60 - i) * DAY, 30, `${bucket} ${i}`]),
      );
    }
    for (const laptop of [context.anna, context.bert]) inStep(await laptop.sync());
  });

  plain('find an old edit, and as many late inserts as deletions, in an own bucket', async ({ story, anna, bert }) => {
    await anna.edit(WINDOW, idOf(anna, WINDOW, `${WINDOW} 10`), [50 * DAY, 99, 'edited long after']);
    await anna.record('afk', [40 * DAY + 5, 7, 'late a'], [30 * DAY + 5, 7, 'late b']);
    for (const title of ['afk 3', 'afk 50']) await anna.delete('afk', idOf(anna, 'afk', title));
    await anna.edit('web', idOf(anna, 'web', 'web 20'), [3 * DAY + 77, 5, 'moved to another day']);

    const reports = await aDay(anna, 0.4);
    for (const bucket of [WINDOW, 'afk', 'web']) await sameOnServer(story, anna, bucket);
    const last = reports.at(-1)!;
    inStep(last);
    assert.ok(
      reports.some((report) => report.compared!.daysLeft! > 0),
      'one pass alone is too short for all',
    );
    assert.equal([last.compared!.daysLeft, last.compared!.events], [0, 180]);
    const ageMs = Number(last.endedUs / 1000n) - last.compared!.sinceMs!;
    assert.ok(ageMs <= DAY * 1000, `all is proven, ${ageMs} ms ago`);
    inStep(await bert.sync());
    for (const bucket of [WINDOW, 'afk', 'web']) sameCopy(anna, bucket, bert);
  });

  plain(
    'find what was edited in a copy, and what is gone from it, without a word of the server',
    async ({ anna, bert }) => {
      await bert.edit(COPY, idOf(bert, COPY, `${WINDOW} 10`), [iso(50 * DAY), 99, 'spoiled']);
      const away = bert.aw
        .dump()
        [COPY]!.events.find(({ data }) => (data as { title: string }).title === `${WINDOW} 30`)!;
      await bert.delete(COPY, away.id);
      await bert.record(COPY, [20 * DAY + 9, 1, 'a note']);
      await aDay(bert, 0.4);
      const titles = bert.aw
        .dump()
        [COPY]!.events.map(({ data }) => (data as { title: string }).title)
        .sort();
      assert.equal(
        titles,
        [...Array.from({ length: 60 }, (_, i) => `${WINDOW} ${i}`), 'a note', 'spoiled'].sort(),
        'it lacks nothing, and keeps what only it has',
      );
      assert.ok(anna.events(WINDOW).every((event) => bert.events(COPY).includes(event)));
      assert.ok(isInStep(await bert.sync()));
    },
  );

  plain('delete nothing by a part: that is done by a whole proof alone, hourly at most', async ({ story, anna }) => {
    await anna.sync();
    const state = (await anna.state.load())!;
    await anna.state.save({ ...state, proofs: { [WINDOW]: Date.now() } });
    await anna.delete(WINDOW, idOf(anna, WINDOW, `${WINDOW} 30`));
    await anna.record(WINDOW, [20 * DAY + 9, 1, 'late']);
    const there = (await story.onServer(anna, WINDOW)).length;
    const report = await anna.sync();
    assert.is(
      report.pushed.reduce((sum, { deleted }) => sum + deleted, 0),
      0,
    );
    assert.is((await story.onServer(anna, WINDOW)).length, there + 1, 'what was late is there');
    assert.match(
      report.pushed.find(({ bucket }) => bucket === WINDOW)!.reason!,
      /on the server, and all of it was compared less than an hour ago|holds what is not here any more/,
    );
    assert.not.ok(isInStep(report));
    await aDay(anna, 0);
    await sameOnServer(story, anna, WINDOW);
  });

  plain('delete nothing from a copy by a part: what lacks is filled in beside it', async ({ anna, bert }) => {
    const noon = Math.floor(Date.now() / DAY / 1000) * DAY * 1000 - 29.5 * DAY * 1000;
    const at = (seconds: number) => new Date(noon + seconds * 1000).toISOString();
    await anna.record(WINDOW, [at(0), 5, 'to go'], [at(60), 5, 'beside it']);
    for (const laptop of [anna, bert]) await laptop.sync();
    await anna.delete(WINDOW, idOf(anna, WINDOW, 'to go'));
    for (const laptop of [anna, bert]) inStep(await laptop.sync({}, later(2)));
    sameCopy(anna, WINDOW, bert);

    // The number of events is right, so no count reveals it; and everything was proven a moment ago.
    await bert.record(COPY, [at(0), 5, 'to go']);
    await bert.delete(COPY, idOf(bert, COPY, 'beside it'));
    const state = (await bert.state.load())!;
    await bert.state.save({ ...state, proofs: { ...state.proofs, [COPY]: Number(later(3).clock!.nowUs() / 1000n) } });
    const report = await bert.sync({}, later(3));
    const told = report.pulled.find(({ localId }) => localId === COPY)!;
    assert.equal([told.inserted, told.deleted, told.outcome], [1, 0, 'held']);
    assert.match(told.reason!, /holds events that went from its origin/);
    assert.equal(bert.events(COPY).filter((text) => /to go|beside it/.test(text)).length, 2);
    // A complete proof deletes it later.
    inStep(await bert.sync({}, later(5)));
    sameCopy(anna, WINDOW, bert);
  });

  plain(
    'say what was compared, ask three times, and write nothing when nothing is new',
    async ({ story, anna, bert }) => {
      for (const laptop of [anna, bert]) {
        await laptop.sync();
        const before = await story.rowVersions();
        const requests = laptop.aw.requests.length;
        const report = await laptop.sync();
        inStep(report);
        assert.is(written(report), 0);
        assert.ok(laptop.sent.length <= 3, `${laptop.sent.length} requests`);
        assert.equal([report.compared!.events, report.compared!.daysLeft], [180, 0]);
        const asked = laptop.aw.requests.slice(requests);
        assert.ok(asked.every(({ method }) => method === 'GET'));
        assert.ok(asked.length <= 2 + 3 * 4, `${asked.length} local reads`);
        assert.equal(
          (await story.rowVersions()).filter((row) => !before.includes(row)),
          [],
        );
      }
      await atRest(story, anna, bert);
    },
  );

  plain('prove a bucket without events too, and go on doing so', async ({ story }) => {
    const cara = story.laptop('cara', { kind });
    await cara.bucket(WINDOW);
    await cara.sync();
    const pass = cron(0);
    const begun: number[] = [];
    for (let n = 0; n < 2; n++) {
      const { compared, startedUs } = await pass(cara);
      assert.equal(compared, { events: 180, sinceMs: Number(startedUs / 1000n), daysLeft: 0 });
      begun.push(compared!.sinceMs!);
    }
    assert.ok(begun[1]! > begun[0]!);
  });

  plain(
    'count as walked what the walk read: the newest days, compared in each pass, bring it no nearer to its end',
    async ({ story }) => {
      const cara = story.laptop('cara', { kind });
      const [days, perDay] = [30, 100];
      // Seconds ago, of yesterday: by the time of day, a pass would read more or fewer rows of a day that it leaves.
      const noon = ((Date.now() / 1000) % DAY) + DAY / 2;
      await cara.bucket(WINDOW);
      await cara.record(
        WINDOW,
        ...Array.from({ length: days * perDay }, (_, i): Told => [iso(noon + (i * DAY) / perDay), 30, `${i}`]),
      );
      inStep(await cara.sync());
      await cron(0.4)(cara);
      const { at, read } = (await cara.state.load())!.round!;
      assert.ok(at?.before, 'one pass alone is too short for all');
      const walked = cara.aw
        .dump()
        [WINDOW]!.events.filter(({ startNs }) => startNs >= BigInt(at!.before!) * 86_400_000_000_000n).length;
      // A pass may read into a day without finishing it, up to 50 more.
      assert.ok(read >= walked && read <= walked + perDay + 50, `${read} read, ${walked} walked`);
    },
  );

  plain('walk on from the bucket where the last pass ended, and so come to each', async ({ story }) => {
    const cara = story.laptop('cara', { kind });
    const [days, perDay] = [20, 100];
    const buckets = ['afk', WINDOW, 'web'];
    for (const bucket of buckets) {
      await cara.bucket(bucket);
      await cara.record(
        bucket,
        ...Array.from({ length: days * perDay }, (_, i): Told => [(i * DAY) / perDay + 7200, 30, `${i}`]),
      );
    }
    inStep(await cara.sync());
    // Slow enough that no pass comes through one bucket.
    const pass = cron(1);
    const entered: string[] = [];
    for (let n = 0; n < 24 && entered.length < buckets.length; n++) {
      await pass(cara);
      const { localId } = (await cara.state.load())!.round!.at!;
      if (localId !== entered.at(-1)) entered.push(localId);
    }
    assert.equal(entered.sort(), buckets, 'none is begun again before all were walked');
  });

  plain('are nudged without comparing anything', async ({ bert }) => {
    const requests = bert.aw.requests.length;
    const report = await bert.sync({ mode: 'pull', nudged: true });
    assert.is(report.compared, null);
    assert.equal(
      bert.aw.requests.slice(requests).filter(({ path }) => path.includes('/events')),
      [],
    );
  });
  plain.run();
}
