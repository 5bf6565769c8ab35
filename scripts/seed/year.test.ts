/** The generated person is the same every time, and what is true of it is counted as it is meant. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseDay } from '../../domain/day.ts';
import { flood } from '../../domain/query/transform/flood.ts';
import { chanceFor } from './chance.ts';
import { sumOf } from './counted.ts';
import { DEVICES, isNightShift } from './habits.ts';
import { recordedOn, SEED_DEVICES } from './histories.ts';
import type { Meant, PersonDay } from './person.ts';
import { recorded } from './recorded.ts';
import { writeTruth } from './truth-file.ts';
import { truthOf, type Counting } from './truth.ts';
import { makeWallClock } from './wall-clock.ts';
import { lifeOf } from './year.ts';

const years = suite('the generated person');

const day = (text: string): number => parseDay(text)!;
const HOME: Counting = { zone: 'Europe/Berlin', startOfDay: 240, audible: false };
const someDays = (first: string, days: number, seed = 1) => ({ first: day(first), days, zone: HOME.zone, seed });

years('does the same on a day whichever day it is begun with, and another one something else', () => {
  const [, , third] = lifeOf(someDays('2025-03-28', 3));
  const [alone] = lifeOf(someDays('2025-03-30', 1));
  assert.equal(third, alone);
  const events = (of: PersonDay, seed: number) => SEED_DEVICES.map((device) => [...recordedOn(of, device, seed)]);
  assert.equal(events(third!, 1), events(alone!, 1));
  const [other] = lifeOf(someDays('2025-03-30', 1, 2));
  assert.not.equal(other, alone);
});

/** In ms, as it was when this was written: who changes the person changes stills and benches as well. */
const PINNED = { active: 31_802_475, overlap: 7_948_122 };

years('is still the same person', () => {
  const [night] = truthOf(lifeOf(someDays('2025-03-29', 1)), HOME);
  assert.equal(
    [night!.date, (night!.endMs - night!.startMs) / 3_600_000, night!.union.activeMs, night!.overlapMs],
    ['2025-03-29', 23, PINNED.active, PINNED.overlap],
  );
});

/** Spans that touch or are well apart, of unlike neighbours, at any time around midnight. */
const someMeant = fc
  .array(
    fc.record({
      length: fc.integer({ min: 1, max: 200_000 }),
      gap: fc.constantFrom(0, 0, 0, 6_000, 90_000),
      what: fc.constantFrom('a', 'b', 'c'),
    }),
    { minLength: 1, maxLength: 40 },
  )
  .map((list) => {
    const spans: Meant<string>[] = [];
    let at = day('2025-06-01') * 86_400_000 - 1_000_000;
    for (const { length, gap, what } of list) {
      const last = spans.at(-1);
      if (last?.end === at && last.what === what) continue;
      spans.push({ start: at, end: at + length, what });
      at += length + gap;
    }
    return spans;
  });

years('is recorded so that ActivityWatch makes of it what was meant', () => {
  fc.assert(
    fc.property(someMeant, fc.nat(), (meant, seed) => {
      const events = recorded(meant, (what) => ({ app: what }), chanceFor(seed));
      const made: Meant<unknown>[] = [];
      for (const { start, end, data } of flood(events.map((event, id) => ({ ...event, id })))) {
        const last = made.at(-1);
        const what = data['app'];
        if (last?.end === start / 1000 && last.what === what) made[made.length - 1] = { ...last, end: end / 1000 };
        else made.push({ start: start / 1000, end: end / 1000, what });
      }
      assert.equal(made, meant);
    }),
    { numRuns: 300 },
  );
});

years('has days of any zone in which nothing is lost or counted twice', () => {
  const zones = ['Europe/Berlin', 'Asia/Kathmandu', 'America/St_Johns', 'Australia/Lord_Howe', 'Pacific/Apia', 'UTC'];
  const life = [...lifeOf(someDays('2025-10-03', 4))];
  const all = zones.flatMap((zone) =>
    [0, 240, 1425].map((startOfDay) => {
      const days = [...truthOf(life, { zone, startOfDay, audible: true })];
      for (const [i, { startMs, endMs, union, overlapMs, devices, shares }] of days.entries()) {
        assert.ok(i === 0 || startMs >= days[i - 1]!.endMs);
        assert.ok(union.activeMs <= endMs - startMs, 'never more than the clock');
        const alone = DEVICES.reduce((ms, name) => ms + devices[name].activeMs, 0);
        assert.is(alone, union.activeMs + overlapMs);
        assert.is(sumOf(Object.values(shares)).activeMs, union.activeMs);
        assert.is(
          union.hours.reduce((ms, [, hour]) => ms + hour.activeMs, 0),
          union.activeMs,
        );
        assert.ok(union.hours.every(([start, { activeMs }]) => start >= startMs && activeMs <= 3_600_000));
      }
      return days.reduce((ms, { union }) => ms + union.activeMs, 0);
    }),
  );
  assert.is(new Set(all).size, 1);
});

years('works through the nights in which the clocks are changed, in any zone that does so', () => {
  for (const [zone, nights] of [
    ['Europe/Berlin', ['2025-03-29', '2025-10-25']],
    ['America/New_York', ['2025-03-08', '2025-11-01']],
  ] as const)
    for (const night of nights) assert.ok(isNightShift(day(night), makeWallClock(zone)), night);
});

years('has its truth in a file that can be read back', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kt-truth-'));
  try {
    const life = someDays('2025-02-26', 5);
    writeTruth(join(folder, 'truth.json'), life, HOME);
    const { days, weeks, months, all } = JSON.parse(readFileSync(join(folder, 'truth.json'), 'utf8'));
    const truth = [...truthOf(lifeOf(life), HOME)];
    assert.equal(days, Object.fromEntries(truth.map(({ date, ...rest }) => [date, rest])));
    const active = (ranges: object) =>
      Object.entries(ranges).map(([key, { union }]: [string, any]) => [key, union.activeMs]);
    const sum = (from: string, to: string) =>
      truth.reduce((ms, { date, union }) => (date >= from && date <= to ? ms + union.activeMs : ms), 0);
    assert.equal(active(weeks), [['2025-02-24', sum('2025-02-24', '2025-03-02')]]);
    assert.equal(active(months), [
      ['2025-02', sum('2025-02-01', '2025-02-31')],
      ['2025-03', sum('2025-03-01', '2025-03-31')],
    ]);
    assert.is(all.union.activeMs, sum('2025', '2026'));
    assert.equal(all.union.titles, sumOf(truth.map(({ union }) => union)).titles);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

years.run();
