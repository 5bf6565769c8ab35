import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import fc from 'fast-check';
import { isDark, makeScratch, paintLane, pixelOf } from './paint.ts';
import { changeFrom, lanesOf, rowAt, sumsWithin, totalWithin, type Rows } from './rows.ts';
import { detailOf, instantOf, makeAhead, panned, ticksOf, viewNamed, within, zoomed } from './view.ts';

const lanes = suite('lanes, as they are drawn');

const DAY = 86_400_000;
const base64 = (numbers: Uint32Array | Uint8Array): string =>
  Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength).toString('base64');
const packed = (rows: readonly (readonly [start: number, length: number, value: number, coverage: number])[]) => ({
  kind: 'WINDOW' as const,
  deviceId: null,
  packedStarts: base64(Uint32Array.from(rows, ([start]) => start)),
  packedLengths: base64(Uint32Array.from(rows, ([, length]) => length)),
  packedValues: base64(Uint32Array.from(rows, ([, , value]) => value)),
  packedCoverages: base64(Uint8Array.from(rows, ([, , , coverage]) => coverage)),
});
const tableOf = (lane: ReturnType<typeof packed>, unitSeconds = 0.001) =>
  lanesOf({
    startAt: '2025-03-28T03:00:00Z',
    endAt: '2025-03-29T03:00:00Z',
    unitSeconds,
    categoryNames: [],
    packedLanes: [lane],
  });

lanes('are unpacked, in ms, whatever their unit is', () => {
  const {
    lanes: all,
    unit,
    start,
  } = tableOf(
    packed([
      [1, 2, 4_294_967_295, 255],
      [4, 1, 0, 51],
    ]),
    900,
  );
  assert.equal([unit, new Date(start).toISOString()], [900_000, '2025-03-28T03:00:00.000Z']);
  assert.equal([...all[0]!.starts], [900_000, 3_600_000]);
  assert.equal([...all[0]!.ends], [2_700_000, 4_500_000]);
  assert.equal([...all[0]!.values], [4_294_967_295, 0]);
  assert.equal(
    [...all[0]!.coverages].map((each) => Math.round(each * 100)),
    [100, 20],
  );
});

lanes('are as long as their shortest column', () => {
  const lane = {
    ...packed([
      [1, 2, 3, 255],
      [4, 1, 5, 255],
    ]),
    packedValues: base64(Uint32Array.of(7)),
  };
  const { lanes: all } = tableOf(lane);
  assert.equal([all[0]!.starts.length, all[0]!.ends.length, all[0]!.coverages.length], [1, 1, 1]);
});

/** Stretches of some ms, one after the other. */
const someRows = fc
  .array(
    fc.record({
      gap: fc.integer({ min: 0, max: 50 }),
      length: fc.integer({ min: 1, max: 50 }),
      value: fc.integer({ min: 1, max: 4 }),
      coverage: fc.integer({ min: 1, max: 255 }),
    }),
    { maxLength: 40 },
  )
  .map((list) => {
    let at = 0;
    const rows = list.map(({ gap, length, value, coverage }) => {
      const start = at + gap;
      at = start + length;
      return [start, length, value, coverage] as const;
    });
    return { rows, lane: tableOf(packed(rows)).lanes[0]! };
  });
const twoPlaces = fc.tuple(fc.integer({ min: 0, max: 2_000 }), fc.integer({ min: 1, max: 2_000 }));

lanes('are summed between any two instants, as counting each ms does', () => {
  fc.assert(
    fc.property(someRows, twoPlaces, ({ rows, lane }, [from, length]) => {
      const sums = new Map<number, number>();
      for (const [start, long, value, coverage] of rows)
        for (let at = start; at < start + long; at++)
          if (at >= from && at < from + length) sums.set(value, (sums.get(value) ?? 0) + coverage / 255);
      const told = new Map(sumsWithin(lane, from, from + length));
      assert.equal([...told.keys()].sort(), [...sums.keys()].sort());
      for (const [value, ms] of sums) assert.ok(Math.abs(told.get(value)! - ms) < 0.01);
      const all = [...sums.values()].reduce((sum, ms) => sum + ms, 0);
      assert.ok(Math.abs(totalWithin(lane, from, from + length) - all) < 0.01);
    }),
  );
});

lanes('tell what is at an instant, and when something else is', () => {
  fc.assert(
    fc.property(someRows, fc.integer({ min: 0, max: 2_000 }), ({ rows, lane }, at) => {
      const found = rows.findIndex(([start, length]) => start <= at && at < start + length);
      assert.is(rowAt(lane, at), found < 0 ? null : found);
      const edges = rows.flatMap(([start, length]) => [start, start + length]);
      assert.is(changeFrom(lane, at, true), edges.find((edge) => edge > at) ?? null);
      assert.is(changeFrom(lane, at, false), edges.findLast((edge) => edge < at) ?? null);
    }),
  );
});

const painted = (lane: Rows, width: number, from: number, to: number): Uint32Array => {
  const out = new Uint32Array(width).fill(9);
  paintLane(out, lane, Uint32Array.from(lane.values), [from, to], makeScratch(width));
  return out;
};
/** What a pixel shows: the value, and how opaque it is. */
const shown = (pixel: number) => [pixel & 0xffffff, pixel >>> 24];

lanes('are painted by what takes most of a pixel, as opaque as anything was there', () => {
  const lane = tableOf(
    packed([
      [0, 20, 1, 255],
      [20, 8, 2, 255],
      [30, 10, 3, 102],
    ]),
  ).lanes[0]!;
  assert.equal([...painted(lane, 4, 0, 40)].map(shown), [
    [1, 255],
    [1, 255],
    [2, 204],
    [3, 102],
  ]);
  assert.equal([...painted(lane, 2, 0, 40)].map(shown), [
    [1, 255],
    [2, 153],
  ]);
  assert.equal([...painted(lane, 3, 24, 36)].map(shown), [
    [2, 255],
    [3, 77],
    [3, 102],
  ]);
  assert.equal([...painted(lane, 2, 28, 30)].map(shown), [
    [0, 0],
    [0, 0],
  ]);
});

lanes('show what was there for an instant, however much time a pixel stands for', () => {
  const lane = tableOf(packed([[500, 1, 7, 255]])).lanes[0]!;
  const [value, opacity] = shown(painted(lane, 1, 0, 1_000_000)[0]!);
  assert.is(value, 7);
  assert.ok(opacity! > 60);
});

lanes('paint as much as there is, and nothing where nothing is, at any zoom', () => {
  fc.assert(
    fc.property(someRows, twoPlaces, fc.integer({ min: 1, max: 300 }), ({ lane }, [from, length], width) => {
      const out = painted(lane, width, from, from + length);
      const perPixel = length / width;
      out.forEach((pixel, at) => {
        const inIt = sumsWithin(lane, from + at * perPixel, from + (at + 1) * perPixel).filter(([, ms]) => ms > 1e-6);
        if (inIt.length === 0) assert.ok(pixel >>> 24 <= 77, 'at most a trace');
        else assert.ok(pixel >>> 24 >= 76 && inIt.some(([value]) => value === (pixel & 0xffffff)));
      });
    }),
  );
});

lanes('have colours as ActivityWatch writes them, and grey for what is none', () => {
  assert.is(pixelOf('#0a1').toString(16), '11aa00');
  assert.is(pixelOf('#102030').toString(16), '302010');
  assert.is(pixelOf('red; }').toString(16), '999999');
  assert.equal([isDark(pixelOf('#000')), isDark(pixelOf('#ffee00'))], [true, false]);
});

const bounds = { from: 1_000_000, to: 1_000_000 + DAY };

lanes('are zoomed around a place that stays, and never beyond what there is or below a second', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.double({ min: 0.1, max: 8, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })), {
        maxLength: 60,
      }),
      (steps) => {
        let view = bounds;
        for (const [factor, share] of steps) {
          const around = view.from + share * (view.to - view.from);
          const next = zoomed(view, factor, around, bounds);
          assert.ok(next.from >= bounds.from - 0.01 && next.to <= bounds.to + 0.01);
          assert.ok(next.to - next.from >= 999.9);
          if (factor < 1) {
            const moved = (around - next.from) / (next.to - next.from) - share;
            assert.ok(Math.abs(moved) < 0.01, `${moved}`);
          }
          view = next;
        }
      },
    ),
  );
  assert.equal(zoomed(bounds, 100, bounds.from, bounds), bounds);
  assert.equal(panned({ from: 1_000_000, to: 2_000_000 }, -5_000, bounds), { from: 1_000_000, to: 2_000_000 });
  assert.equal(within({ from: bounds.to - 10, to: bounds.to + 90 }, bounds), { from: bounds.to - 100, to: bounds.to });
});

lanes('are seen as an address says, and whole where it says nothing that is', () => {
  const day = { from: Date.parse('2025-03-28T03:00:00Z'), to: Date.parse('2025-03-29T03:00:00Z') };
  const named = (from: string | null, to: string | null) => viewNamed(from, to, day);
  const part = named('2025-03-28T12:00:00.000Z', '2025-03-28T13:00:00.000Z');
  assert.is(part.to - part.from, 3_600_000);
  for (const [from, to] of [
    [null, null],
    ['2025-03-28T12:00:00Z', null],
    ['2025-03-28T13:00:00Z', '2025-03-28T12:00:00Z'],
    ['2025-03-27T13:00:00Z', '2025-03-27T14:00:00Z'],
    ['x', '9'.repeat(1_000)],
  ] as const)
    assert.equal(named(from, to), day);
  assert.is(instantOf('2025-02-31T99'), null);
});

lanes('are asked for more finely once a view is closer than what is known, with the days beside it', () => {
  const first = 20_000;
  const week = { first, last: first + 6 };
  const coarse = { start: first * DAY, end: (first + 7) * DAY, unit: 240_000 };
  const seen = (from: number, to: number) => ({ from: (first + from) * DAY, to: (first + to) * DAY });
  assert.is(detailOf(seen(0, 7), week, coarse, 1_000), null);
  assert.equal(detailOf(seen(2.2, 2.4), week, coarse, 1_000), { first: first + 2, last: first + 2 });
  assert.equal(detailOf(seen(3, 4), week, coarse, 1_000), { first: first + 2, last: first + 4 });
  assert.equal(detailOf(seen(0, 0.1), week, coarse, 1_000), { first, last: first });
  assert.is(detailOf(seen(3, 4), week, { ...coarse, unit: 1 }, 1_000), null);
  const year = { first, last: first + 364 };
  const bins = { start: first * DAY, end: (first + 365) * DAY, unit: 14_400_000 };
  assert.is(detailOf(seen(0, 365), year, bins, 1_000), null);
  assert.equal(detailOf(seen(100, 140), year, bins, 1_000), { first: first + 84, last: first + 155 });
});

lanes('have times that are round on the clocks of the zone, also in the night when these are changed', () => {
  const ahead = makeAhead('Europe/Berlin');
  const night = { from: Date.parse('2025-03-29T22:00:00Z'), to: Date.parse('2025-03-30T06:00:00Z') };
  const clock = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Berlin', timeStyle: 'short' });
  const texts = ticksOf(night, 8, ahead).at.map((at) => clock.format(at));
  assert.equal(texts, ['23:00', '00:00', '01:00', '03:00', '04:00', '05:00', '06:00', '07:00']);
  const nepal = new Intl.DateTimeFormat('en-GB', { timeZone: 'Asia/Kathmandu', timeStyle: 'short' });
  assert.equal(
    ticksOf({ from: night.from, to: night.from + 3 * 3_600_000 }, 4, makeAhead('Asia/Kathmandu')).at.map((at) =>
      nepal.format(at),
    ),
    ['04:00', '05:00', '06:00'],
  );
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2_000_000_000 }).map((seconds) => seconds * 1_000),
      fc.integer({ min: 1_000, max: 366 * DAY }),
      fc.integer({ min: 2, max: 20 }),
      (from, length, most) => {
        const { at } = ticksOf({ from, to: from + length }, most, ahead);
        assert.ok(at.length <= most + 2, `${at.length} of ${most}`);
        assert.ok(at.every((each, i) => each >= from && each < from + length && (i === 0 || each > at[i - 1]!)));
      },
    ),
  );
});

lanes.run();
