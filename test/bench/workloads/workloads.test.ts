/** What is measured must be what it says it is: the shapes of the workloads, on a small scale. */
import { createHash } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DAY_US, FIRST_DAY_US, type Activity } from './activity.ts';
import { BEATS_A_SECOND, beats, PULSETIME } from './beats.ts';
import { edits } from './edits.ts';
import { hostileTitle } from './hostile.ts';
import { about, workload, type WorkloadBucket, type WorkloadName } from './workloads.ts';
import { batches, snapshotOf, timestamp } from './wire.ts';

const workloads = suite('workloads');

const NAMES: readonly WorkloadName[] = ['W1', 'W2', 'W3', 'W4', 'W5', 'W8'];
const share = <T>(list: readonly T[], is: (one: T, index: number) => boolean): number =>
  list.filter(is).length / list.length;
const textOf = (buckets: readonly WorkloadBucket[]): string => {
  const hash = createHash('sha256');
  for (const { id, events } of buckets) for (const event of events()) hash.update(`${id}${JSON.stringify(event)}\n`);
  return hash.digest('hex');
};
const distinct = (events: readonly Activity[]): number => new Set(events.map(({ data }) => JSON.stringify(data))).size;
const isTwin = ({ startUs }: Activity, index: number, all: readonly Activity[]): boolean =>
  index > 0 && all[index - 1]!.startUs === startUs;

workloads('have as many buckets and events as real ones', () => {
  const whole = NAMES.map((name) => [
    name,
    workload(name).length,
    workload(name).reduce((sum, { count }) => sum + count, 0),
  ]);
  assert.equal(whole, [
    ['W1', 2, 300_000],
    ['W2', 4, 545_000],
    ['W3', 6, 1_440_000],
    ['W4', 1, 285_000],
    ['W5', 1, 1_650_000],
    ['W8', 1, 20_000],
  ]);
  for (const name of NAMES)
    assert.is(
      about(name).events,
      workload(name).reduce((sum, { count }) => sum + count, 0),
    );
});

workloads('yield as many events as they say, oldest first, each within the day after the one before', () => {
  for (const name of NAMES)
    for (const { id, count, events } of workload(name, { events: 2_000 })) {
      let [told, last] = [0, FIRST_DAY_US];
      for (const { startUs, durationUs } of events()) {
        assert.ok(startUs >= last && startUs - last < DAY_US && durationUs >= 0, `${id}: event ${told}`);
        last = startUs;
        told++;
      }
      assert.is(told, count, id);
    }
});

workloads('are the same every time, and begin the same however many there are', () => {
  assert.is(textOf(workload('W2', { events: 3_000 })), textOf(workload('W2', { events: 3_000 })));
  assert.is(
    textOf(NAMES.flatMap((name) => workload(name, { events: 500 }))),
    'ddbc68a0f905cbb94f76f342f343d849b86708398846b7ad7d7af8ec0b3529da',
    'a change of the workloads: figures from before it can not be compared with those after it',
  );
  const [few, many] = [1_000, 5_000].map((events) => [...workload('W5', { events })[0]!.events()]);
  assert.equal(many!.slice(0, 1_000), few);
});

workloads('W2 is mostly windows, of some 200 distinct ones a month', () => {
  const [windows] = workload('W2');
  assert.is(windows!.count / 545_000, 0.57);
  const month = [...workload('W2', { events: 48_000 })[0]!.events()];
  const inMonth = month.filter(({ startUs }) => startUs < FIRST_DAY_US + 30 * DAY_US);
  assert.ok(inMonth.length > 20_000 && distinct(inMonth) > 180 && distinct(inMonth) <= 200, `${distinct(inMonth)}`);
  assert.ok(distinct(month.filter((event) => !inMonth.includes(event))) > 0);
});

workloads('W4 is 92 % without duration, with many starts in common and a day of 14,013 events', () => {
  const sick = [...workload('W4', { events: 20_000 })[0]!.events()];
  assert.ok(Math.abs(share(sick, ({ durationUs }) => durationUs === 0) - 0.92) < 0.01);
  assert.ok(Math.abs(share(sick, (event, index) => isTwin(event, index, sick)) - 0.4) < 0.02);
  const days = new Map<number, number>();
  for (const { startUs } of sick) {
    const day = Math.floor((startUs - FIRST_DAY_US) / DAY_US);
    days.set(day, (days.get(day) ?? 0) + 1);
  }
  assert.is(Math.max(...days.values()), 14_013);
});

workloads('W2 has events without duration and a few with the start of the one before', () => {
  const windows = [...workload('W2', { events: 40_000 })[0]!.events()];
  assert.ok(Math.abs(share(windows, ({ durationUs }) => durationUs === 0) - 0.1) < 0.01);
  const twins = share(windows, (event, index) => isTwin(event, index, windows));
  assert.ok(twins > 0.0005 && twins < 0.005, `${twins}`);
});

workloads('W6 are beats of 60 devices in turn, each close enough to its last one to grow it', () => {
  const last = new Map<number, Activity>();
  let [told, changed] = [0, 0];
  for (const { device, event } of beats(60)) {
    const before = last.get(device);
    if (before) {
      assert.ok(event.startUs - before.startUs < PULSETIME * 1e6);
      assert.is(Math.round((1e6 / (event.startUs - before.startUs)) * 100) / 100, BEATS_A_SECOND);
      if (JSON.stringify(before.data) !== JSON.stringify(event.data)) changed++;
    }
    last.set(device, event);
    if (++told === 6_000) break;
  }
  assert.is(last.size, 60);
  assert.ok(changed > 400 && changed < 800, `${changed}`);
});

workloads('W7 are changes to one event of a thousand, of any age, each once', () => {
  const list = [...edits(100_000)];
  assert.is(list.length, 100);
  assert.is(new Set(list.map(({ place }) => place)).size, 100);
  assert.is(list.filter(({ change }) => change === 'delete').length, 50);
  for (const [from, to] of [
    [0, 30_000],
    [30_000, 70_000],
    [70_000, 100_000],
  ] as const)
    assert.ok(list.some(({ place }) => place >= from && place < to));
  assert.equal([...edits(100_000)], list);
  assert.is([...edits(3)].length, 1);
});

workloads('W8 has titles with NUL, half surrogates, 10 kB, right-to-left and emoji', () => {
  const titles = [...workload('W8', { events: 2_000 })[0]!.events()].map(({ data }) => String(data['title']));
  for (const [what, has] of Object.entries<(title: string) => boolean>({
    NUL: (title) => title.includes('\0'),
    'half a pair': (title) => !title.isWellFormed(),
    'ten kilobytes': (title) => title.length > 10_000,
    'right to left': (title) => /[\u0590-\u05ff\u202e]/.test(title),
    emoji: (title) => /\p{Extended_Pictographic}/u.test(title),
    nothing: (title) => title === '',
  }))
    assert.ok(titles.some(has), what);
  assert.is(hostileTitle(3), hostileTitle(3));
});

workloads('go over the wire in batches, with microseconds', () => {
  const [bucket] = workload('W5', { events: 2_500 });
  const bodies = [...batches(bucket!.events(), 1_000)];
  assert.equal(
    bodies.map(({ count }) => count),
    [1_000, 1_000, 500],
  );
  const [first] = JSON.parse(bodies[0]!.body) as { timestamp: string; duration: number; data: object }[];
  assert.equal(Object.keys(first!), ['timestamp', 'duration', 'data']);
  assert.is(timestamp(1_704_096_000_000_042), '2024-01-01T08:00:00.000042Z');
});

workloads('can be the database of a scripted aw-server, newest first, no id twice', () => {
  const { buckets, sequence } = snapshotOf('python', workload('W2', { events: 400 }));
  assert.equal(
    buckets.map(({ events }) => events.length),
    [228, 80, 44, 48],
  );
  const ids = buckets.flatMap(({ events }) => events.map(({ id }) => id));
  assert.is(new Set(ids).size, 400);
  assert.ok(Math.max(...ids) <= sequence);
  for (const { events } of buckets)
    assert.ok(events.every(({ start }, i) => i === 0 || (start <= events[i - 1]!.start && start % 1_000_000n === 0n)));
});

workloads.run();
