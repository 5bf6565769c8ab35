import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { freshState } from './saved-state.ts';
import {
  keptRow,
  knownAlso,
  knownAnew,
  knownAtInstants,
  knownCount,
  knownById,
  knownRows,
  knownThere,
  MOST_KNOWN,
  refusedRow,
  unwritableRow,
  type Known,
} from './known-rows.ts';
import { noteRefused } from './report.ts';
import type { Refusal } from './ports.ts';

const event = (startUs: bigint) => ({ startUs, durationNs: 0n, data: {} });
const NAN = refusedRow({ sourceId: 7, startUs: 5000n, reason: 'NaN' });
const BROKEN = refusedRow({ sourceId: null, startUs: 9000n, reason: 'broken' });
const of = (known: Known) => ({ ...freshState('d'), known });

const known = suite('rows that are known');

known('are counted by side: here what can’t be read or is refused, there what can’t be kept', () => {
  const state = of(
    knownAlso(knownAlso({}, 'w', [NAN, BROKEN]), 'copy', [unwritableRow(event(-1n)), keptRow({ id: 3, ...event(1n) })]),
  );
  assert.equal([knownCount(state, 'w'), knownThere(state, 'w')], [2, 0]);
  assert.equal([knownCount(state, 'copy'), knownThere(state, 'copy')], [1, 1]);
  assert.equal([knownCount(state, 'other'), knownCount(state, 'toString'), knownCount(state, '__proto__')], [0, 0, 0]);
  assert.equal([...knownById(knownRows(state, 'w'))], [[7, NAN]]);
});

known('are one by id, else by start, however often they are seen', () => {
  const again = refusedRow({ sourceId: 7, startUs: 6000n, reason: 'NaN still' });
  const first = knownAlso({}, 'w', [NAN, BROKEN]);
  assert.is(knownAlso(first, 'w', [again, BROKEN]), first);
  assert.is(
    knownCount(of(knownAlso(first, 'w', [refusedRow({ sourceId: null, startUs: 9001n, reason: 'broken' })])), 'w'),
    3,
  );
});

known(
  'that both sides have, in another form, are left out of neither count, and stay so when they are seen again',
  () => {
    const both = knownAnew({}, 'w', [{ ...NAN, on: 'both' }]);
    assert.is(knownAlso(both, 'w', [NAN]), both);
    assert.equal([knownCount(of(both), 'w'), knownThere(of(both), 'w')], [0, 0]);
  },
);

known('are others after all of a bucket was read, and none where nothing is left', () => {
  const first = knownAlso({}, 'w', [NAN]);
  assert.equal(knownAnew(first, 'w', [BROKEN]), { w: [BROKEN] });
  assert.equal(knownAnew(first, 'w', []), {});
});

known('of a copy are told anew at the instants that are written, and nowhere else', () => {
  const [early, late] = [unwritableRow(event(-5_000_000n)), unwritableRow(event(-1n))];
  const first = knownAlso({}, 'copy', [early, late, keptRow({ id: 3, ...event(-1n) })]);
  const after = of(knownAtInstants(first, 'copy', new Set([-1n]), []));
  assert.equal([knownThere(after, 'copy'), knownCount(after, 'copy')], [1, 1]);
  assert.is(knownAtInstants(first, 'copy', new Set([77n]), []), first);
});

known('are bounded in number and in words', () => {
  const many = Array.from({ length: 3 * MOST_KNOWN }, (_, i): Refusal => ({ sourceId: i, reason: 'x'.repeat(10_000) }));
  const rows = knownAnew({}, 'w', many.map(refusedRow))['w']!;
  assert.equal([rows.length, rows[0]!.reason.length], [MOST_KNOWN, 200]);
  const noted: Refusal[] = [];
  for (const refusal of many) noteRefused(noted, [refusal, refusal]);
  assert.is(noted.length, MOST_KNOWN + 1);
});

known.run();
