import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeFakeAw } from '../../../test/support/fake-aw/server.ts';
import { canonicalJson } from '../../../domain/data.ts';
import { KtError } from '../../../domain/errors.ts';
import { durationUs, instantOf, type Event } from '../../../domain/event.ts';
import type { Instant } from '../../../domain/sync/changes.ts';
import { makeLocalServer } from '../../aw/local-server.ts';
import { applyInstants } from './apply-instants.ts';
import type { Local } from '../ports.ts';
import type { PulledBucket } from '../report.ts';

const BASE_MS = 1_700_000_000_000n;
const report = (): PulledBucket => ({
  bucket: 'b',
  device: 'd',
  hostname: 'h',
  localId: 'b',
  outcome: 'in_step',
  reason: null,
  inserted: 0,
  replaced: 0,
  deleted: 0,
  unwritable: 0,
  aside: [],
});
const multiset = (events: readonly Event[]) =>
  events.map((event) => `${instantOf(event)} ${durationUs(event)} ${canonicalJson(event.data)}`).sort();

const openCopy = async (
  kind: 'rust' | 'python',
  events: readonly Event[],
): Promise<{ local: Local; aw: ReturnType<typeof makeFakeAw> }> => {
  const aw = makeFakeAw({ kind });
  const local = makeLocalServer({ url: 'http://aw', fetch: (request) => aw.fetch(request) });
  await local.createBucket({ id: 'b', type: 't', client: 'c', hostname: 'h', createdUs: null, data: {} });
  if (events.length > 0) await local.insert('b', events);
  return { local, aw };
};

// Few instants a second apart and some next to one another; durations that reach over several of them.
const arbitraryEvent = fc
  .record({
    ms: fc.constantFrom(0, 1, 2, 1000, 2000, 3000, 60_000),
    us: fc.constantFrom(0, 250, 999),
    seconds: fc.constantFrom(0, 0.001, 0.5, 5, 3600, -1),
    title: fc.constantFrom('a', 'b'),
  })
  .map(
    ({ ms, us, seconds, title }): Event => ({
      startUs: (BASE_MS + BigInt(ms)) * 1000n + BigInt(us),
      durationNs: BigInt(Math.round(seconds * 1e9)),
      data: { title },
    }),
  );
const arbitraryEvents = fc.array(arbitraryEvent, { maxLength: 20 });

const instantsOf = (events: readonly Event[], more: readonly bigint[], gone: boolean): Instant[] => {
  const all = new Set([...events.map(instantOf), ...more]);
  return [...all]
    .sort((a, b) => (a < b ? -1 : 1))
    .map((atMs) => ({ atMs, gone, events: events.filter((event) => instantOf(event) === atMs) }));
};

for (const kind of ['rust', 'python'] as const) {
  const apply = suite(`changes applied to a ${kind} aw-server`);

  apply('make the copy equal at the instants they name, and are nothing the second time', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryEvents, arbitraryEvents, async (before, after) => {
        const { local } = await openCopy(kind, before);
        const instants = instantsOf(after, before.map(instantOf), true);
        const first = report();
        await applyInstants(local, 'b', instants, first);
        assert.equal(multiset((await local.events('b', {})).events), multiset(after));
        const second = report();
        await applyInstants(local, 'b', instants, second);
        assert.equal(second, report());
      }),
      { numRuns: 60 },
    );
  });

  apply('leave the other instants alone', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryEvents, arbitraryEvents, async (before, after) => {
        const { local } = await openCopy(kind, before);
        await applyInstants(local, 'b', instantsOf(after, [], true), report());
        const touched = new Set(after.map(instantOf));
        const untouched = before.filter((event) => !touched.has(instantOf(event)));
        assert.equal(multiset((await local.events('b', {})).events), multiset([...untouched, ...after]));
      }),
      { numRuns: 40 },
    );
  });

  apply('find their instants below a thousand other events, and among a thousand equal ones', async () => {
    const at = (ms: number, title: string, seconds = 0.5): Event => ({
      startUs: (BASE_MS + BigInt(ms)) * 1000n,
      durationNs: BigInt(seconds * 1e9),
      data: { title },
    });
    const crowd = [
      ...Array.from({ length: 1000 }, (_, i) => at(100_000 + i * 1000, 'later')),
      ...Array.from({ length: 300 }, () => at(50_000, 'same')),
    ];
    const { local } = await openCopy(kind, [at(0, 'old', 1), ...crowd]);
    const result = report();
    await applyInstants(
      local,
      'b',
      instantsOf(
        [
          at(0, 'old', 9),
          ...Array.from({ length: 301 }, () => at(50_000, 'same')),
          at(500_000, 'later'),
          at(500_000, 'new'),
        ],
        [],
        false,
      ),
      result,
    );
    assert.equal([result.inserted, result.replaced, result.deleted], [2, 1, 0]);
    assert.is(await local.count('b'), 1303);
  });

  apply('leave out, and count, what aw-server would hide or die of', async () => {
    const { local, aw } = await openCopy(kind, []);
    const early: Event = { startUs: -5_000_000n, durationNs: 1_000_000_000n, data: {} };
    const result = report();
    await applyInstants(local, 'b', instantsOf([early, { ...early, startUs: 5_000_000n }], [], false), result);
    assert.equal([result.inserted, result.unwritable], [1, 1]);
    assert.is(aw.dump()['b']!.events.length, 1);
  });

  apply('halve a refused batch, and leave out what is refused alone', async () => {
    const { local } = await openCopy(kind, []);
    const picky: Local = {
      ...local,
      async insert(id, events) {
        if (events.some(({ data }) => data['title'] === 'poison')) throw new KtError('invalid', 'no');
        await local.insert(id, events);
      },
    };
    const events = Array.from(
      { length: 9 },
      (_, i): Event => ({
        startUs: (BASE_MS + BigInt(i)) * 1000n,
        durationNs: 0n,
        data: { title: i === 4 ? 'poison' : 'good' },
      }),
    );
    const result = report();
    await applyInstants(picky, 'b', instantsOf(events, [], false), result);
    assert.equal([result.inserted, result.unwritable], [8, 1]);
  });

  apply.run();
}
