import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { binFor, exactLane, makeBins, type LaneColumns, type Stretch } from './lane.ts';

const lanes = suite('a lane');

const rowsOf = ({ starts, lengths, values, coverages }: LaneColumns): number[][] =>
  [...starts].map((start, i) => [start, lengths[i]!, values[i]!, coverages[i]!]);

lanes('is exact where a pixel is less than a minute, and else of the largest bins that are none wider', () => {
  const MINUTE = 60_000;
  assert.equal(
    [1, MINUTE - 1, MINUTE, 3.9 * MINUTE, 4 * MINUTE, 15 * MINUTE, 60 * MINUTE, 1e9].map((ms) => binFor(ms, true)),
    [null, null, MINUTE, MINUTE, 4 * MINUTE, 15 * MINUTE, 60 * MINUTE, 57_600_000],
  );
  assert.equal(
    [1, 4 * MINUTE, 60 * MINUTE].map((ms) => binFor(ms, false)),
    [15 * MINUTE, 15 * MINUTE, 60 * MINUTE],
  );
});

lanes('joins what continues with the same value, and leaves out what has no length', () => {
  const stretches = [
    { start: 0, end: 10.7, value: 1 },
    { start: 10.7, end: 20, value: 1 },
    { start: 20, end: 20.2, value: 2 },
    { start: 20.2, end: 30, value: 3 },
    { start: 40, end: 50, value: 3 },
  ];
  assert.equal(rowsOf(exactLane(stretches)), [
    [0, 20, 1, 255],
    [20, 10, 3, 255],
    [40, 10, 3, 255],
  ]);
});

lanes('has of each bin the value that was there longest, and how much of it anything was', () => {
  const bins = makeBins(100);
  for (const stretch of [
    { start: 0, end: 60, value: 7 },
    { start: 60, end: 100, value: 5 },
    { start: 150, end: 250, value: 9 },
    { start: 250, end: 300, value: 4 },
  ])
    bins.addStretch(stretch);
  bins.add(7, 2, 100);
  bins.add(8, 2, 100);
  bins.add(10, 1, 0.1);
  assert.equal(rowsOf(bins.lane()), [
    [0, 1, 7, 255],
    [1, 1, 9, 128],
    [2, 1, 4, 255], // as long as 9 was, and lower
    [7, 2, 2, 255],
    [10, 1, 1, 1],
  ]);
});

lanes('loses and doubles no time, whatever the bins', () => {
  const stretches = fc
    .array(fc.tuple(fc.nat(50), fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 3 })), { maxLength: 40 })
    .map((parts) => {
      let at = 0;
      return parts.map(([gap, length, value]): Stretch => {
        const start = at + gap;
        at = start + length;
        return { start, end: at, value };
      });
    });
  fc.assert(
    fc.property(stretches, fc.constantFrom(1, 7, 100), (given, bin) => {
      const total = given.reduce((sum, { start, end }) => sum + end - start, 0);
      const exact = rowsOf(exactLane(given));
      assert.is(
        exact.reduce((sum, [, length]) => sum + length!, 0),
        total,
      );
      const bins = makeBins(bin);
      for (const stretch of given) bins.addStretch(stretch);
      const rows = rowsOf(bins.lane());
      let last = -1;
      for (const [start, length] of rows) {
        assert.ok(start! >= last && length! > 0);
        last = start! + length!;
      }
      const covered = rows.reduce((sum, [, length, , coverage]) => sum + (length! * coverage! * bin) / 255, 0);
      assert.ok(Math.abs(covered - total) <= (rows.length + total / bin) * (bin / 255), `${covered} of ${total}`);
      // A bin is told by what is in it longest.
      for (const [start, length, value] of rows)
        for (let place = start!; place < start! + length!; place++) {
          const within = new Map<number, number>();
          for (const one of given) {
            const ms = Math.min(one.end, (place + 1) * bin) - Math.max(one.start, place * bin);
            if (ms > 0) within.set(one.value, (within.get(one.value) ?? 0) + ms);
          }
          assert.is(within.get(value!), Math.max(...within.values()));
        }
    }),
  );
});

lanes.run();
