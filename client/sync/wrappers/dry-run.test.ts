/** A dry run is held against the pass that follows it: what it tells is what that one does. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isKtError } from '../../../domain/errors.ts';
import { freshState, makeMemoryState } from '../saved-state.ts';
import type { Report } from '../report.ts';
import { clock, makeLaptop, NOW_MS, type Laptop, type Recorded } from '../../testing/laptop.ts';
import { makeMemoryRemote, type MemoryRemote } from '../../testing/memory-remote.ts';

type Mutable = { -readonly [Key in keyof Laptop]: Laptop[Key] };

/** What both reports tell of what is moved; the pass's number and its times are another's. */
const gist = ({ newDevice, pushed, pulled }: Report) => ({
  newDevice,
  pushed: pushed.map(({ bucket, outcome, renewed, sent, inserted, updated, unchanged, deleted }) => ({
    bucket,
    outcome,
    renewed,
    sent,
    inserted,
    updated,
    unchanged,
    deleted,
  })),
  pulled: pulled.map(({ bucket, localId, outcome, inserted, replaced, deleted }) => ({
    bucket,
    localId,
    outcome,
    inserted,
    replaced,
    deleted,
  })),
});

/** What a pass, or a dry run of it, comes to where a person has to say which device this is. */
const undecided = async (pass: Promise<Report>): Promise<string | Report> => {
  try {
    return await pass;
  } catch (error) {
    if (isKtError(error, 'device_in_use')) return error.message;
    throw error;
  }
};

/**
 * A dry run that changes nothing, and the pass after it, which does what was told; where either would ask, both do, and
 * the person says it is the one.
 */
const foretold = async (laptop: Mutable, remote: MemoryRemote): Promise<Report> => {
  const before = [
    JSON.stringify(laptop.aw.dump(), (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
    String(remote.writes),
    String((await laptop.state.load())?.pass),
  ];
  const dry = await undecided(laptop.sync({ dryRun: true }));
  assert.equal(
    [
      JSON.stringify(laptop.aw.dump(), (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
      String(remote.writes),
      String((await laptop.state.load())?.pass),
    ],
    before,
  );
  const real = await undecided(laptop.sync());
  if (typeof dry === 'string' || typeof real === 'string') {
    assert.is(dry, real);
    const { hostname } = await laptop.local.info();
    const known = (await remote.devices()).find((device) => device.hostname === hostname)!;
    await laptop.state.save(freshState(known.deviceId, known.pass));
    return foretold(laptop, remote);
  }
  assert.equal(gist(dry), gist(real));
  return real;
};

/** The same in titles that no other laptop has: two of one history would be asked which device they are. */
const own = ({ aw }: Laptop, events: readonly Recorded[]) =>
  events.map(([ago, seconds, title]): Recorded => [ago, seconds, `${aw.hostname} ${title}`]);

/** A laptop whose state, and aw-server, can be lost. */
const open = (remote: MemoryRemote, kind: 'rust' | 'python', hostname: string): Mutable => {
  const made = makeLaptop(remote, kind, hostname);
  const laptop: Mutable = { ...made };
  laptop.sync = (options, ports) => made.sync(options, { state: laptop.state, ...ports });
  return laptop;
};

for (const kind of ['rust', 'python'] as const) {
  const dry = suite(`a dry run beside a ${kind} aw-server`);

  dry('after a lost state tells that nothing is new, though everything is sent again', async () => {
    const remote = makeMemoryRemote(clock);
    const [laptop, other] = [open(remote, kind, 'anna'), open(remote, kind, 'bert')];
    for (const [one, id] of [
      [laptop, 'window'],
      [other, 'afk'],
    ] as const) {
      await one.bucket(id);
      await one.record(
        id,
        Array.from({ length: 300 }, (_, i): Recorded => [i * 7000, 60, `${id} ${i}`]),
      );
      await foretold(one, remote);
    }
    await foretold(laptop, remote);
    laptop.state = makeMemoryState();
    const { pushed, pulled } = await foretold(laptop, remote);
    assert.equal(
      pushed.map(({ inserted, updated }) => inserted + updated),
      [0, 0],
    );
    assert.equal(
      pulled.map(({ inserted, replaced, deleted }) => inserted + replaced + deleted),
      [0],
    );
  });

  dry('tells of a rebuilt database that its events are matched anew, and of the others that they are new', async () => {
    const remote = makeMemoryRemote(clock);
    const before = open(remote, kind, 'anna');
    const rows: Recorded[] = Array.from({ length: 30 }, (_, i) => [i * 7000, 100, `t${i}`]);
    await before.bucket('window');
    await before.record('window', rows);
    await before.sync();
    const rebuilt = open(remote, kind, 'anna');
    rebuilt.state = before.state;
    await rebuilt.bucket('window');
    await rebuilt.record('window', [...[...rows].reverse(), [5, 1, 'new']]);
    const { pushed } = await foretold(rebuilt, remote);
    assert.equal([pushed[0]!.renewed === null, pushed[0]!.sent, pushed[0]!.inserted], [false, 31, 1]);
  });

  // The last hour alone: what changes behind the tail, and what is deleted, a proof finds, which a dry run does not
  // make.
  const ago = fc.integer({ min: 1, max: 3000 });
  const told = (when: fc.Arbitrary<number>) =>
    fc.array(fc.tuple(when, fc.constantFrom(0, 5), fc.constantFrom('x', 'y')), { minLength: 1, maxLength: 12 });
  const op = fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant('record' as const), by: fc.nat(1), events: told(ago) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('edit' as const), by: fc.nat(1), event: fc.nat(), ago }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('lose' as const), by: fc.nat(1) }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('sync' as const), by: fc.nat(1) }) },
  );
  dry('tells what the pass after it does, whatever was recorded, edited and lost before', async () => {
    await fc.assert(
      fc.asyncProperty(
        told(fc.integer({ min: 1, max: 400_000 })),
        fc.array(op, { minLength: 3, maxLength: 14 }),
        async (history, ops) => {
          const remote = makeMemoryRemote(clock);
          const laptops = [open(remote, kind, 'anna'), open(remote, kind, 'bert')];
          for (const laptop of laptops) {
            await laptop.bucket('window');
            await laptop.record('window', own(laptop, [[1, 1, 'the newest'], ...history]));
          }
          for (const one of [...ops, { do: 'sync' as const, by: 0 }, { do: 'sync' as const, by: 1 }]) {
            const laptop = laptops[one.by]!;
            if (one.do === 'record') await laptop.record('window', own(laptop, one.events));
            else if (one.do === 'lose') laptop.state = makeMemoryState();
            else if (one.do === 'sync') await foretold(laptop, remote);
            else {
              const events = laptop.aw.dump()['window']!.events;
              const recent = events.filter(({ startNs }) => startNs > BigInt(NOW_MS - 3_000_000) * 1_000_000n);
              const event = recent[one.event % Math.max(1, recent.length)];
              if (event)
                await laptop.local.replace('window', [
                  {
                    id: event.id,
                    startUs: BigInt(NOW_MS - one.ago * 1000) * 1000n,
                    durationNs: 1_000_000_000n,
                    data: { title: 'edited' },
                  },
                ]);
            }
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  dry.run();
}
