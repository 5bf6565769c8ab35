import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeMemoryState } from './saved-state.ts';
import { clock, makeLaptop, type Recorded } from '../testing/laptop.ts';
import { makeMemoryRemote } from '../testing/memory-remote.ts';
import type { EventQuery } from './ports.ts';
import { isInStep, type Progress } from './report.ts';

for (const kind of ['rust', 'python'] as const) {
  const engine = suite(`the engine beside a ${kind} aw-server`);

  engine('brings the events of one laptop to another, and a second pass changes nothing', async () => {
    const remote = makeMemoryRemote(clock);
    const a = makeLaptop(remote, kind, 'anna');
    const b = makeLaptop(remote, kind, 'bert');
    await a.bucket('window');
    await a.record('window', [
      [9000, 60, 'one'],
      [8000, 60, 'two'],
      [8000, 60, 'two'],
      [100, 7200, 'long'],
      [10, 5, 'last'],
    ]);
    const first = await a.sync();
    assert.ok(isInStep(first));
    assert.is(first.pushed[0]!.inserted, 5);
    const pulled = await b.sync();
    assert.is(pulled.pulled[0]!.inserted, 5);
    assert.is(pulled.pulled[0]!.localId, 'window-synced-from-anna');
    assert.equal(b.events('window-synced-from-anna'), a.events('window'));
    const writes = remote.writes;
    for (const laptop of [a, b, a, b]) {
      const report = await laptop.sync();
      assert.ok(isInStep(report));
      assert.equal(report.pushed.map(({ inserted, updated }) => inserted + updated).filter(Boolean), []);
      assert.equal(
        report.pulled.map((bucket) => bucket.inserted + bucket.replaced + bucket.deleted).filter(Boolean),
        [],
      );
    }
    assert.is(remote.writes, writes);
  });

  engine('tells which bucket it is at as it comes to it: no one watches the bucket before', async () => {
    const remote = makeMemoryRemote(clock);
    const [a, b] = [makeLaptop(remote, kind, 'anna'), makeLaptop(remote, kind, 'bert')];
    const own = ['afk', 'web', 'window'];
    for (const id of own) {
      await a.bucket(id);
      await a.record(
        id,
        Array.from({ length: 1500 }, (_, i): Recorded => [i * 10, 9, `${id} ${i}`]),
      );
    }
    for (const laptop of [a, b]) {
      const seen: Progress[] = [];
      const wrong: string[] = [];
      const local = {
        ...laptop.local,
        events: (id: string, query: EventQuery) => (
          seen.at(-1)?.bucket === id || !own.includes(id) || wrong.push(`${id} at ${seen.at(-1)?.bucket}`),
          laptop.local.events(id, query)
        ),
      };
      const changes: typeof remote.changes = (input) => (
        seen.at(-1)?.phase === 'pull' || wrong.push(`pull at ${seen.at(-1)?.phase}`), remote.changes(input)
      );
      await laptop.sync(
        { onProgress: (progress) => void seen.push(progress) },
        { local, remote: { ...remote, changes } },
      );
      assert.equal(wrong, []);
      const begun = seen.filter(({ done }) => done === 0);
      assert.equal(
        begun.map(({ phase, bucket, total }) => `${phase} ${bucket} ${total}`),
        laptop === a ? [...own.map((id) => `push ${id} 1500`), 'pull  0'] : ['pull  4500'],
      );
      for (const { done, total } of seen) assert.ok(total === null || done <= total);
    }
  });

  engine('follows an event that grows', async () => {
    const remote = makeMemoryRemote(clock);
    const a = makeLaptop(remote, kind, 'anna');
    const b = makeLaptop(remote, kind, 'bert');
    await a.bucket('afk');
    for (const ago of [300, 270, 240, 210, 180]) {
      await a.beat('afk', ago, 'away');
      await a.sync();
      await b.sync();
      assert.equal(b.events('afk-synced-from-anna'), a.events('afk'));
    }
    assert.is(b.events('afk-synced-from-anna').length, 1);
  });

  engine('asks for little when nothing is new: one request, and three small reads per bucket', async () => {
    const remote = makeMemoryRemote(clock);
    const a = makeLaptop(remote, kind, 'anna');
    for (let n = 0; n < 30; n++) {
      await a.bucket(`bucket-${n}`);
      await a.record(
        `bucket-${n}`,
        Array.from({ length: 40 }, (_, i) => [i * 300 + n, 299, `t${i}`]),
      );
    }
    await a.sync();
    await a.sync();
    remote.calls.length = 0;
    const before = a.aw.requests.length;
    assert.ok(isInStep(await a.sync()));
    assert.equal(remote.calls, ['register']);
    assert.ok(a.aw.requests.length - before <= 2 + 30 * 3, `${a.aw.requests.length - before} local reads`);
  });

  engine('does not push what came here by a sync: no echo through three devices', async () => {
    const remote = makeMemoryRemote(clock);
    const laptops = ['anna', 'bert', 'carl'].map((name) => makeLaptop(remote, kind, name));
    for (const [n, laptop] of laptops.entries()) {
      await laptop.bucket('window');
      await laptop.record('window', [[100 + n, 1, `of ${n}`]]);
    }
    for (let round = 0; round < 3; round++) for (const laptop of laptops) await laptop.sync();
    for (const laptop of laptops) assert.is(Object.keys(laptop.aw.dump()).length, 3);
    assert.is((await remote.buckets()).length, 3);
    await laptops[0]!.sync({}, { state: makeMemoryState() }); // it lost its state

    await laptops[1]!.sync();
    assert.is((await remote.buckets()).length, 3);
    assert.is((await remote.devices()).length, 3);
    assert.is(Object.keys(laptops[0]!.aw.dump()).length, 3);
  });

  engine('tells what it would do without doing it', async () => {
    const remote = makeMemoryRemote(clock);
    const a = makeLaptop(remote, kind, 'anna');
    const b = makeLaptop(remote, kind, 'bert');
    await a.bucket('window');
    await a.record('window', [[100, 1, 'x']]);
    const dry = await a.sync({ dryRun: true });
    assert.is(dry.newDevice, true);
    assert.is(dry.pushed[0]!.sent, 1);
    assert.equal(await remote.devices(), []);
    assert.is(await a.state.load(), null);
    await a.sync();
    const wouldPull = await b.sync({ dryRun: true });
    assert.is(wouldPull.pulled[0]!.inserted, 1);
    assert.equal(b.aw.dump(), {});
    assert.is(await b.state.load(), null);
  });

  engine(
    'matches a bucket whose ids are others now anew: nothing is doubled, nothing dropped, nothing written',
    async () => {
      const remote = makeMemoryRemote(clock);
      const a = makeLaptop(remote, kind, 'anna');
      await a.bucket('window');
      const rows: Recorded[] = Array.from({ length: 30 }, (_, i) => [i * 200, 100, `t${i}`]);
      await a.record('window', rows);
      await a.sync();
      const rebuilt = makeLaptop(remote, kind, 'anna');
      await rebuilt.bucket('window');
      await rebuilt.record('window', [...rows].reverse());
      const writes = remote.writes;
      const report = await rebuilt.sync({}, { state: a.state });
      assert.ok(isInStep(report));
      assert.match(report.pushed[0]!.renewed!, /other ids|created again/);
      assert.is(remote.writes, writes);
      const { deviceId } = (await a.state.load())!;
      assert.equal([remote.rows(deviceId, 'window').length, remote.kept(deviceId, 'window').length], [30, 0]);
      const next = await rebuilt.sync({}, { state: a.state });
      assert.equal([next.pushed[0]!.renewed, next.pushed[0]!.sent], [null, 0]);
    },
  );

  engine.run();
}
