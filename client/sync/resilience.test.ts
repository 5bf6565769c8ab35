/** What goes wrong in the middle, and what is true after the next pass. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { KtError } from '../../domain/errors.ts';
import { makeMemoryState } from './saved-state.ts';
import { clock, makeLaptop, type Laptop, type Recorded } from '../testing/laptop.ts';
import { makeMemoryRemote, type MemoryRemote } from '../testing/memory-remote.ts';
import type { Local, Remote } from './ports.ts';
import { isInStep } from './report.ts';

const many = (n: number): Recorded[] => Array.from({ length: n }, (_, i) => [i * 5, 4, `title ${i % 7}`]);
const failed = async (work: Promise<unknown>): Promise<KtError> => {
  try {
    await work;
  } catch (error) {
    assert.instance(error, KtError);
    return error as KtError;
  }
  return assert.unreachable() as never;
};

/** Lets the nth call from now fail, before it is carried out or after (its answer is lost). */
const breakCall = (remote: MemoryRemote, n: number, when: 'before' | 'after'): void => {
  let seen = 0;
  remote[when] = () => {
    if (++seen === n) throw new KtError('unavailable', 'the connection broke');
  };
};
const mend = (remote: MemoryRemote): void => {
  remote.before = remote.after = () => undefined;
};

const inStep = async (remote: MemoryRemote, a: Laptop, b: Laptop, id: string): Promise<void> => {
  assert.ok(isInStep(await a.sync()));
  assert.ok(isInStep(await b.sync()));
  assert.equal(b.events(`${id}-synced-from-anna`), a.events(id));
  const writes = remote.writes;
  await a.sync();
  assert.is(remote.writes, writes);
};

for (const kind of ['rust', 'python'] as const) {
  const broken = suite(`a pass that breaks beside a ${kind} aw-server`);

  for (const when of ['before', 'after'] as const) {
    for (const n of [1, 2, 3, 4]) {
      broken(`${when} call ${n} was carried out ends well with the next`, async () => {
        const remote = makeMemoryRemote(clock);
        const [a, b] = [makeLaptop(remote, kind, 'anna'), makeLaptop(remote, kind, 'bert')];
        await a.bucket('window');
        await a.record('window', many(11_000));
        breakCall(remote, n, when);
        assert.is((await failed(a.sync())).code, 'unavailable');
        mend(remote);
        await a.record('window', [[2, 1, 'after the break']]);
        await inStep(remote, a, b, 'window');
        assert.is((await remote.devices()).length, 2, 'no second device for a lost answer');
      });
    }
  }

  broken('in the middle of a walk goes on at the foot, and sends nothing twice but the tail', async () => {
    const remote = makeMemoryRemote(clock);
    const a = makeLaptop(remote, kind, 'anna');
    await a.bucket('window');
    await a.record('window', many(11_000));
    breakCall(remote, 4, 'before'); // register, and two pushes, are answered
    await failed(a.sync());
    mend(remote);
    const stored = remote.writes;
    assert.ok(stored >= 9000 && stored < 11_000, `${stored}`);
    const { pushed } = await a.sync();
    assert.is(pushed[0]!.inserted, 11_000 - stored);
    assert.ok(pushed[0]!.unchanged < 1000, 'an hour’s tail');
  });

  broken('at any local write while it pulls ends well with the next', async () => {
    for (const n of [1, 2, 3]) {
      const remote = makeMemoryRemote(clock);
      const [a, b] = [makeLaptop(remote, kind, 'anna'), makeLaptop(remote, kind, 'bert')];
      await a.bucket('window');
      for (let part = 0; part < 3; part++) {
        await a.record(
          'window',
          many(900).filter((_, i) => i % 3 === part),
        );
        await a.sync();
      }
      let writes = 0;
      const local: Local = {
        ...b.local,
        async insert(id, events) {
          await b.local.insert(id, events);
          if (++writes === n) throw new KtError('unavailable', 'the answer was lost');
        },
      };
      const paged: Remote = { ...remote, changes: (input) => remote.changes({ ...input, first: 300 }) };
      const report = await b.sync({}, { local, remote: paged });
      assert.is(report.pulled[0]!.outcome, 'failed');
      assert.not.ok(isInStep(report));
      await inStep(remote, a, b, 'window');
    }
  });

  broken('for one bucket leaves the others in step', async () => {
    const remote = makeMemoryRemote(clock);
    const [a, b] = [makeLaptop(remote, kind, 'anna'), makeLaptop(remote, kind, 'bert')];
    for (const id of ['x', 'y', 'z']) {
      await a.bucket(id);
      await a.record(id, many(5));
    }
    const failing = (local: Local, bad: string): Local => ({
      ...local,
      async events(id, query) {
        if (id.startsWith(bad)) throw new KtError('unavailable', 'disk error');
        return local.events(id, query);
      },
      async insert(id, events) {
        if (id.startsWith(bad)) throw new KtError('unavailable', 'disk error');
        return local.insert(id, events);
      },
    });
    const pushed = await a.sync({}, { local: failing(a.local, 'y') });
    assert.equal(pushed.pushed.map(({ bucket, outcome }) => `${bucket} ${outcome}`).sort(), [
      'x in_step',
      'y failed',
      'z in_step',
    ]);
    await a.sync();
    const pulled = await b.sync({}, { local: failing(b.local, 'x-') });
    assert.equal(pulled.pulled.map(({ bucket, outcome }) => `${bucket} ${outcome}`).sort(), [
      'x failed',
      'y in_step',
      'z in_step',
    ]);
    for (const id of ['x', 'y', 'z']) await inStep(remote, a, b, id);
  });

  const odd = suite(`odd things beside a ${kind} aw-server`);

  odd('a poison event: refused with a verdict or with its batch, it is told, and everything else arrives', async () => {
    for (const how of ['reject', 'batch'] as const) {
      const remote = makeMemoryRemote(clock);
      const a = makeLaptop(remote, kind, 'anna');
      await a.bucket('window');
      await a.record('window', [...many(20), [3, 1, 'poison'], ...many(20)]);
      remote.refuses = ({ data }) => (data['title'] === 'poison' ? { how, reason: 'too odd' } : null);
      const report = await a.sync();
      assert.is(report.pushed[0]!.inserted, 40);
      assert.is(report.pushed[0]!.rejected.length, 1);
      assert.ok(isInStep(report), 'it is known, and no difference');
      assert.equal(
        (await a.state.load())!.known['window']!.map(({ reason }) => reason),
        [how === 'reject' ? 'too odd' : 'a poison event'],
      );
      assert.equal(
        (await a.sync()).pushed.map(({ outcome }) => outcome),
        ['in_step'],
      );
    }
  });

  odd('an event from the future hides nothing still to come', async () => {
    const remote = makeMemoryRemote(clock);
    const [a, b] = [makeLaptop(remote, kind, 'anna'), makeLaptop(remote, kind, 'bert')];
    await a.bucket('window');
    await a.record('window', [
      [-30 * 86_400, 60, 'next month'],
      [600, 60, 'now'],
    ]);
    await inStep(remote, a, b, 'window');
    await a.record('window', [[300, 60, 'later']]);
    await inStep(remote, a, b, 'window');
    assert.is(b.events('window-synced-from-anna').length, 3);
  });

  odd('an old event that still grows is followed', async () => {
    const remote = makeMemoryRemote(clock);
    const [a, b] = [makeLaptop(remote, kind, 'anna'), makeLaptop(remote, kind, 'bert')];
    await a.bucket('mixed');
    await a.record('mixed', [
      [9000, 8000, 'call'],
      [900, 60, 'note'],
    ]);
    await inStep(remote, a, b, 'mixed');
    const [, call] = (await a.local.events('mixed', {})).events;
    await a.local.replace('mixed', [{ ...call!, durationNs: 8_500_000_000_000n }]);
    await inStep(remote, a, b, 'mixed');
  });

  odd('a renamed host makes no second device and no second copy', async () => {
    const remote = makeMemoryRemote(clock);
    const [a, b] = [makeLaptop(remote, kind, 'anna'), makeLaptop(remote, kind, 'bert')];
    await a.bucket('window');
    await a.record('window', many(3));
    await inStep(remote, a, b, 'window');
    const renamed: Local = { ...a.local, info: async () => ({ ...(await a.local.info()), hostname: 'anna-2' }) };
    await a.record('window', [[1, 1, 'new']]);
    await a.sync({}, { local: renamed });
    await b.sync();
    assert.equal(Object.keys(b.aw.dump()), ['window-synced-from-anna']);
    assert.is((await remote.devices()).length, 2);
  });

  odd('a lost state folder: the device is found again by its aw-server, and its copies by their marks', async () => {
    const remote = makeMemoryRemote(clock);
    const [a, b] = [makeLaptop(remote, kind, 'anna'), makeLaptop(remote, kind, 'bert')];
    for (const laptop of [a, b]) {
      await laptop.bucket('window');
      await laptop.record(
        'window',
        many(30).map(([ago, seconds, title]) => [ago, seconds, `${laptop.aw.hostname} ${title}`]),
      );
      await laptop.sync();
    }
    await a.sync();
    const writes = remote.writes;
    const before = a.events('window-synced-from-bert');
    const report = await a.sync({}, { state: makeMemoryState() });
    assert.ok(isInStep(report));
    assert.is(report.newDevice, false);
    assert.is(remote.writes, writes);
    assert.equal(a.events('window-synced-from-bert'), before);
    assert.is(Object.keys(a.aw.dump()).length, 2);
  });

  odd(
    'a server that was restored between two requests no longer knows the cursor: the pull begins again from 0',
    async () => {
      const remote = makeMemoryRemote(clock);
      const [a, b] = [makeLaptop(remote, kind, 'anna'), makeLaptop(remote, kind, 'bert')];
      await a.bucket('window');
      await a.record('window', many(30));
      await inStep(remote, a, b, 'window');
      await a.record('window', [[1, 1, 'new']]);
      await a.sync();
      const asked: bigint[] = [];
      const restored: MemoryRemote['changes'] = async (input) => {
        asked.push(input.after);
        if (input.after > 0n) throw new KtError('resync_required', 'this cursor is ahead of the account');
        return remote.changes(input);
      };
      const before = (await b.state.load())!.pulled;
      assert.ok(isInStep(await b.sync({}, { remote: { ...remote, changes: restored } })));
      assert.equal(asked, [before, 0n]);
      assert.equal(b.events('window-synced-from-anna'), a.events('window'));
    },
  );

  odd('a copied state folder is told, and asks no more', async () => {
    const remote = makeMemoryRemote(clock);
    const a = makeLaptop(remote, kind, 'anna');
    await a.bucket('window');
    await a.sync();
    const clone = makeMemoryState(await a.state.load());
    await a.sync({}, { state: clone });
    const error = await failed(a.sync());
    assert.is(error.code, 'device_in_use');
    assert.match(error.message, /setup --new-device/);
    remote.calls.length = 0;
    assert.is((await failed(a.sync())).code, 'device_in_use');
    assert.equal(remote.calls, []);
    assert.ok(isInStep(await a.sync({}, { state: clone })), 'the one that went on goes on');
  });

  odd('a copy that was deleted comes back whole', async () => {
    const remote = makeMemoryRemote(clock);
    const [a, b] = [makeLaptop(remote, kind, 'anna'), makeLaptop(remote, kind, 'bert')];
    await a.bucket('window');
    await a.record('window', many(30));
    await inStep(remote, a, b, 'window');
    await b.aw.fetch(new Request('http://aw/api/0/buckets/window-synced-from-anna?force=1', { method: 'DELETE' }));
    await inStep(remote, a, b, 'window');
  });

  odd('buckets selected later come with their past', async () => {
    const remote = makeMemoryRemote(clock);
    const [a, b] = [makeLaptop(remote, kind, 'anna'), makeLaptop(remote, kind, 'bert')];
    for (const id of ['window', 'afk']) {
      await a.bucket(id);
      await a.record(id, many(3));
    }
    await a.sync();
    const narrow = await b.sync({ selection: { globs: ['afk'], has: (id) => id === 'afk' } });
    assert.ok(isInStep(narrow));
    assert.equal(Object.keys(b.aw.dump()), ['afk-synced-from-anna']);
    await inStep(remote, a, b, 'window');
  });

  odd('the same bucket id and hostname on two devices makes two copies', async () => {
    const remote = makeMemoryRemote(clock);
    const laptops = ['mac', 'mac', 'carl'].map((name) => makeLaptop(remote, kind, name));
    for (const [n, laptop] of laptops.entries()) {
      await laptop.bucket('web');
      await laptop.record('web', [[10, 1, `of ${n}`]]);
      await laptop.sync();
    }
    const copies = Object.keys(laptops[2]!.aw.dump()).filter((id) => id !== 'web');
    assert.is(copies.length, 2);
    assert.is(new Set(copies.flatMap((id) => laptops[2]!.events(id))).size, 2);
  });

  odd('an empty bucket is made on the server once', async () => {
    const remote = makeMemoryRemote(clock);
    const a = makeLaptop(remote, kind, 'anna');
    await a.bucket('empty');
    await a.sync();
    assert.is((await remote.buckets()).length, 1);
    remote.calls.length = 0;
    await a.sync();
    assert.equal(remote.calls, ['register']);
  });

  broken.run();
  odd.run();
}
