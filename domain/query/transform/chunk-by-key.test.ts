import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { span } from '../../../test/query/some-spans.ts';
import { chunkByKey } from './chunk-by-key.ts';

const write = ({ id }: { id: number | null }) => ({ id });
const events = [
  span(1, 0, 10, { app: 'a' }),
  span(2, 500, 505, { app: 'a' }),
  span(3, 505, 510, { app: 'b' }),
  span(4, 900, 901, { app: 'a' }),
];

const chunks = suite('chunk_events_by_key');

chunks('joins equal neighbours of a list that is oldest first, however far apart', () => {
  assert.equal(chunkByKey(events, 'app', write), [
    span(null, 0, 15, { app: 'a', subevents: [{ id: 1 }, { id: 2 }] }),
    span(null, 505, 510, { app: 'b', subevents: [{ id: 3 }] }),
    span(null, 900, 901, { app: 'a', subevents: [{ id: 4 }] }),
  ]);
});

chunks('joins those of a list that is newest first only near its end', () => {
  const out = chunkByKey([span(3, 30, 31, { k: 1 }), span(2, 16, 17, { k: 1 }), span(1, 0, 10, { k: 1 })], 'k', write);
  assert.equal(
    out.map(({ data }) => data['subevents']),
    [[{ id: 3 }], [{ id: 2 }, { id: 1 }]],
  );
});

chunks('ends at the first event without the key', () => {
  assert.is(chunkByKey([span(1, 0, 1, { k: 1 }), span(2, 1, 2, {}), span(3, 2, 3, { k: 1 })], 'k', write).length, 1);
  assert.equal(chunkByKey([], 'k', write), []);
});

chunks.run();
