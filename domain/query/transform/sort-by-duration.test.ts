import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { span } from '../../../test/query/some-spans.ts';
import { sortByDuration } from './sort-by-duration.ts';
import { sortByTimestamp } from './sort-by-timestamp.ts';
import { sumDurations } from './sum-durations.ts';

const events = [span(1, 5, 7), span(2, 0, 2), span(3, 5, 9), span(4, 0, 4)];
const ids = (list: readonly { id: number | null }[]) => list.map(({ id }) => id);

const sorts = suite('sort_by_duration, sort_by_timestamp, sum_durations');

sorts('put the longest, or the oldest, first and keep the order of equals', () => {
  assert.equal(ids(sortByDuration(events)), [3, 4, 1, 2]);
  assert.equal(ids(sortByTimestamp(events)), [2, 4, 1, 3]);
  assert.equal(ids(events), [1, 2, 3, 4]);
});

sorts('add up whole microseconds, so that no fraction gathers', () => {
  const tenths = Array.from({ length: 10_000 }, (_, i) => span(i, i, i + 0.1));
  assert.is(sumDurations(tenths.map((event) => ({ ...event, end: Math.round(event.end) }))), 1000);
  assert.is(sumDurations([]), 0);
});

sorts.run();
