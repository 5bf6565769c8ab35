import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { KtError } from '../../../domain/errors.ts';
import { clock, makeLaptop, NOW_MS, random, type Laptop, type Recorded } from '../../testing/laptop.ts';
import { makeMemoryRemote, type MemoryRemote } from '../../testing/memory-remote.ts';
import { canonicalJson } from '../../../domain/data.ts';
import { durationUs, instantOf, type StoredEvent } from '../../../domain/event.ts';
import { isProven, type ProofReport } from './proof-report.ts';
import type { Ports } from '../ports.ts';
import { isInStep } from '../report.ts';
import { prove, type ProofOptions } from './verify.ts';

const DAY = 86_400;

const proof = (
  laptop: Laptop,
  remote: MemoryRemote,
  options?: ProofOptions,
  ports: Partial<Ports> = {},
): Promise<ProofReport> =>
  prove({ local: laptop.local, remote, state: laptop.state, clock, random, ...ports }, options);

const idOf = async (laptop: Laptop): Promise<string> => (await laptop.state.load())!.deviceId;
const there = async (laptop: Laptop, remote: MemoryRemote, bucket: string): Promise<string[]> =>
  remote
    .rows(await idOf(laptop), bucket)
    .map((event) => `${instantOf(event)} ${durationUs(event)} ${canonicalJson(event.data)}`)
    .sort();
const here = (laptop: Laptop, bucket: string): string[] =>
  laptop.aw
    .dump()
    [bucket]!.events.map(
      ({ startNs, durationNs, data }) =>
        `${startNs / 1_000_000n} ${(durationNs + 500n) / 1000n} ${canonicalJson(data)}`,
    )
    .sort();

type Change = {
  readonly kind: 'insert' | 'edit' | 'move' | 'grow' | 'delete';
  readonly which: number;
  readonly ago: number;
};
const arbitraryChange: fc.Arbitrary<Change> = fc.record({
  kind: fc.constantFrom('insert' as const, 'edit' as const, 'move' as const, 'grow' as const, 'delete' as const),
  which: fc.nat(29),
  ago: fc.constantFrom(3 * DAY, 3 * DAY + 1, 9 * DAY, 20 * DAY, 500 * DAY),
});

/** Changes a bucket behind the sync's back: the newest event, which the tail would send, stays. */
const carryOut = async ({ local, record }: Laptop, { kind, which, ago }: Change): Promise<void> => {
  const { events } = await local.events('window', {});
  const event = events[1 + (which % (events.length - 1))]!;
  const as = (change: Partial<StoredEvent>) => local.replace('window', [{ ...event, ...change }]);
  if (kind === 'insert') await record('window', [[ago, 5, 'late']]);
  if (kind === 'edit') await as({ data: { title: `edited ${ago}` } });
  if (kind === 'move') await as({ startUs: BigInt(NOW_MS - ago * 1000) * 1000n });
  if (kind === 'grow') await as({ durationNs: event.durationNs + 3_000_000_000n });
  if (kind === 'delete') await local.deleteEvent('window', event.id);
};

const thirty: Recorded[] = Array.from({ length: 30 }, (_, i) => [2 * DAY + i * 30_000, 60, `t${i % 4}`]);

for (const kind of ['rust', 'python'] as const) {
  const proofs = suite(`a proof beside a ${kind} aw-server`);

  const begin = async (): Promise<{ remote: MemoryRemote; a: Laptop; b: Laptop }> => {
    const remote = makeMemoryRemote(clock);
    const [a, b] = [makeLaptop(remote, kind, 'anna'), makeLaptop(remote, kind, 'bert')];
    await a.bucket('window');
    await a.record('window', thirty);
    for (const laptop of [a, b]) assert.ok(isInStep(await laptop.sync()));
    return { remote, a, b };
  };

  proofs('of what was just synced finds both sides equal, and writes nothing', async () => {
    const { remote, a, b } = await begin();
    const writes = remote.writes;
    for (const laptop of [a, b]) {
      const report = await proof(laptop, remote);
      assert.ok(isProven(report));
      assert.equal(
        report.rows.map(({ here, there, kept, toSend, toDelete, moving, days }) => [
          here,
          there,
          kept,
          toSend,
          toDelete,
          moving,
          days,
        ]),
        [[30, 30, 0, 0, 0, 0, []]],
      );
    }
    assert.is(remote.writes, writes);
  });

  proofs('finds whatever changed, heals nothing unasked, and heals all of it when asked', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(arbitraryChange, { minLength: 1, maxLength: 8 }), async (changes) => {
        const { remote, a, b } = await begin();
        for (const change of changes) await carryOut(a, change);
        const writes = remote.writes;
        const differs = JSON.stringify(here(a, 'window')) !== JSON.stringify(await there(a, remote, 'window'));
        const found = await proof(a, remote);
        assert.is(isProven(found), !differs);
        assert.is(remote.writes, writes);
        const mended = await proof(a, remote, { repair: true });
        assert.ok(isProven(mended));
        assert.equal(await there(a, remote, 'window'), here(a, 'window'));
        assert.ok(isProven(await proof(a, remote)));
        await b.sync();
        assert.equal(here(b, 'window-synced-from-anna'), here(a, 'window'));
        const after = remote.writes;
        assert.ok(isProven(await proof(a, remote, { repair: true })));
        assert.is(remote.writes, after);
      }),
      { numRuns: 25 },
    );
  });

  proofs('heals a bucket too small to tell that its events have other ids now', async () => {
    const few: Recorded[] = [0, 1, 2, 3, 4, 5].map((i) => [(2 + Math.floor(i / 2)) * DAY + i * 60, 60, `f${i}`]);
    await fc.assert(
      // Which event each id is now; one beyond the six is an id that nobody had.
      fc.asyncProperty(fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: 6, maxLength: 6 }), async (drawn) => {
        const { remote, a } = await begin();
        await a.bucket('few');
        await a.record('few', few);
        await a.sync();
        const { events } = await a.local.events('few', {});
        await a.record('few', [
          [DAY, 1, 'more'],
          [DAY, 1, 'more'],
        ]);
        const ids = [...events, ...(await a.local.events('few', { limit: 2 })).events].map(({ id }) => id);
        await a.local.replace(
          'few',
          drawn.map((nth, i) => ({ ...events[i]!, id: ids[nth]! })),
        );
        for (const [nth, id] of ids.entries()) if (!drawn.includes(nth)) await a.local.deleteEvent('few', id);
        assert.is(here(a, 'few').length, 6);
        assert.ok(isProven(await proof(a, remote, { repair: true, allowDeletes: true })));
        assert.equal(await there(a, remote, 'few'), here(a, 'few'));
      }),
      { numRuns: 40 },
    );
  });

  proofs('that breaks anywhere ends well with the next', async () => {
    const many: Change[] = [
      { kind: 'insert', which: 0, ago: 9 * DAY },
      { kind: 'edit', which: 3, ago: 1 },
      { kind: 'delete', which: 7, ago: 1 },
      { kind: 'move', which: 11, ago: 500 * DAY },
    ];
    for (let n = 1; n < 40; n++) {
      const { remote, a } = await begin();
      for (const change of many) await carryOut(a, change);
      let calls = 0;
      const breaking = new Proxy(remote, {
        get(target, name) {
          const member: unknown = Reflect.get(target, name);
          if (typeof member !== 'function') return member;
          return async (...args: unknown[]) => {
            if (++calls >= n) throw new KtError('unavailable', 'the connection broke');
            return (member as (...args: unknown[]) => unknown).apply(target, args);
          };
        },
      });
      const broken = await proof(a, remote, { repair: true }, { remote: breaking }).then(
        () => false,
        (error: KtError) => error.code === 'unavailable',
      );
      assert.ok(isProven(await proof(a, remote, { repair: true })), `broken at call ${n}`);
      assert.equal(await there(a, remote, 'window'), here(a, 'window'));
      if (!broken) return assert.ok(n > 5);
    }
    assert.unreachable('a proof takes fewer calls');
  });

  proofs('notes when all was repaired, and takes a pass number for itself', async () => {
    const { remote, a } = await begin();
    const { pass } = (await a.state.load())!;
    assert.is((await proof(a, remote)).pass, pass + 1);
    assert.is((await a.state.load())!.repairedMs, null);
    await proof(a, remote, { repair: true });
    assert.is((await a.state.load())!.repairedMs, NOW_MS);
  });

  proofs('keeps to the mode and the buckets of the configuration', async () => {
    const { remote, a, b } = await begin();
    await b.bucket('afk');
    await b.record('afk', [[DAY, 1, 'x']]);
    for (const laptop of [b, a]) await laptop.sync();
    const sides = async (options: ProofOptions) =>
      (await proof(a, remote, options)).rows.map(({ side, bucket }) => `${side} ${bucket}`);
    assert.equal(await sides({}), ['own window', 'copy afk']);
    assert.equal(await sides({ mode: 'push' }), ['own window']);
    assert.equal(await sides({ mode: 'pull' }), ['copy afk']);
    assert.equal(await sides({ selection: { globs: ['afk'], has: (id) => id === 'afk' } }), ['copy afk']);
  });

  proofs('says of what was not synced yet that it is not proven, and a repair brings it', async () => {
    const { remote, a, b } = await begin();
    await a.bucket('new');
    await a.record('new', [[DAY, 1, 'x']]);
    const before = await proof(a, remote);
    assert.equal(
      before.rows.map(({ bucket, outcome }) => `${bucket} ${outcome}`),
      ['new unproven', 'window equal'],
    );
    assert.ok(isProven(await proof(a, remote, { repair: true })));
    const missing = (await proof(b, remote)).rows.find(({ bucket }) => bucket === 'new')!;
    assert.equal([missing.outcome, missing.here, missing.there, missing.toSend], ['unproven', 0, 1, 1]);
    assert.ok(isProven(await proof(b, remote, { repair: true })));
    assert.equal(here(b, 'new-synced-from-anna'), here(a, 'new'));
  });

  proofs('does not heal what has other ids now, but a repair matches it anew', async () => {
    const { remote, a } = await begin();
    const rebuilt = makeLaptop(remote, kind, 'anna');
    await rebuilt.bucket('window');
    await rebuilt.record('window', [...thirty].reverse());
    const writes = remote.writes;
    const before = await proof(rebuilt, remote, {}, { state: a.state });
    assert.equal(
      before.rows.map(({ outcome }) => outcome),
      ['unproven'],
    );
    assert.match(before.rows[0]!.reason!, /other ids/);
    assert.ok(isProven(await proof(rebuilt, remote, { repair: true }, { state: a.state })));
    assert.is(remote.writes, writes);
    assert.is(remote.kept(await idOf(a), 'window').length, 0);
  });

  proofs('fails for one bucket alone', async () => {
    const { remote, a } = await begin();
    await a.bucket('afk');
    await a.record('afk', [[DAY, 1, 'x']]);
    await a.sync();
    const local: Ports['local'] = {
      ...a.local,
      events: async (id, query) =>
        id === 'afk' && query.startUs === undefined
          ? Promise.reject(new KtError('unavailable', 'disk error'))
          : a.local.events(id, query),
    };
    const report = await proof(a, remote, {}, { local });
    assert.equal(
      report.rows.map(({ bucket, outcome, reason }) => [bucket, outcome, reason]),
      [
        ['afk', 'failed', 'disk error'],
        ['window', 'equal', null],
      ],
    );
  });

  proofs.run();
}
