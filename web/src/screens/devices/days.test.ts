import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { formatDay, parseDay } from '../../../../domain/day.ts';
import { MOST_DIFFERING } from '../../../../domain/sync/told-proof.ts';
import { daysOf } from './days.ts';

const days = suite('the days of a bucket');

const NOTHING = { stretches: [], differingDays: [], differingDeviceCounts: [], differingServerCounts: [] };
const digested = (day: string, pushedCount: number, eventCount = pushedCount) => ({ day, pushedCount, eventCount });
const [WHOLE, CURRENT] = ['2024-06-01T10:00:00Z', '2024-06-03T10:00:00Z'];
const stretches = [
  { firstDay: null, lastDay: '2024-06-01', provenAt: WHOLE },
  { firstDay: '2024-05-31', lastDay: '2024-06-03', provenAt: CURRENT },
];
const on = (day: string): number => parseDay(day)!;

days('are equal as of the latest walk that came by them, and unknown where none did', () => {
  const { of, years } = daysOf({ ...NOTHING, stretches }, [
    digested('2023-01-01', 4),
    digested('2024-05-31', 3, 5),
    digested('2024-06-04', 2),
    digested('2024-06-02', 0, 7),
  ]);
  assert.equal(years, [2024, 2023]);
  assert.equal(of(on('2023-01-01')), { state: 'equal', here: 4, elsewhere: 0, at: WHOLE });
  assert.equal(of(on('2024-05-31')), { state: 'equal', here: 3, elsewhere: 2, at: CURRENT });
  assert.equal(of(on('2024-06-04')), { state: 'unknown', here: 2, elsewhere: 0 });
  assert.equal(of(on('2024-06-02')), { state: 'unknown', here: 0, elsewhere: 7 }, 'nothing of it was compared');
  assert.equal(of(on('2022-01-01')), { state: 'nothing' });
});

days('that differ are told as such inside a stretch too, also where nothing is here', () => {
  const differing = { differingDays: ['2024-06-01'], differingDeviceCounts: [2], differingServerCounts: [0] };
  const { of, years } = daysOf({ stretches, ...differing }, []);
  assert.equal(years, [2024]);
  assert.equal(of(on('2024-06-01')), { state: 'differs', here: 0, there: 2, elsewhere: 0 });
});

days('before the last of as many as a device tells are not called equal', () => {
  const differingDays = Array.from({ length: MOST_DIFFERING }, (_, i) => formatDay(on('2024-06-01') - 2 * i));
  const counts = differingDays.map(() => 1);
  const differing = { differingDays, differingDeviceCounts: counts, differingServerCounts: counts };
  const oldest = on(differingDays.at(-1)!);
  const { of } = daysOf({ stretches, ...differing }, [
    digested(formatDay(oldest + 1), 1),
    digested(formatDay(oldest - 1), 1),
  ]);
  assert.is(of(oldest + 1).state, 'equal');
  assert.is(of(oldest - 1).state, 'unknown');
});

days.run();
