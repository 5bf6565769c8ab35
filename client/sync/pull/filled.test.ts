import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Instant } from '../../../domain/sync/changes.ts';
import { makeFilled } from './filled.ts';

const filled = suite('what was written into a new copy');
const page = (...ms: number[]): Instant[] => ms.map((at) => ({ atMs: BigInt(at), gone: false, events: [] }));
const msOf = (instants: readonly Instant[]) => instants.map(({ atMs }) => Number(atMs));

filled('is never taken for nothing, however pages lie', () => {
  const pages = fc.array(fc.uniqueArray(fc.integer({ min: 0, max: 60 }), { maxLength: 8 }), { maxLength: 12 });
  fc.assert(
    fc.property(pages, (drawn) => {
      const { part } = makeFilled();
      const written = new Set<number>();
      for (const ms of drawn.map((one) => [...one].sort((a, b) => a - b))) {
        const { fresh, others } = part(page(...ms));
        assert.equal(
          msOf(fresh).filter((at) => written.has(at)),
          [],
        );
        assert.equal(
          [...msOf(fresh), ...msOf(others)].sort((a, b) => a - b),
          ms,
        );
        for (const at of ms) written.add(at);
      }
    }),
  );
});

filled('lies elsewhere than the next page, after a first push and the passes behind it', () => {
  const { part } = makeFilled();
  for (const walked of [page(80, 85, 90), page(50, 60, 79), page(10, 20, 49), page(91, 95), page(96)])
    assert.equal(part(walked), { fresh: walked, others: [] });
  assert.equal(part(page(5, 60, 97)), { fresh: page(5, 97), others: page(60) });
  assert.equal(part(page()), { fresh: [], others: [] });
});

filled.run();
