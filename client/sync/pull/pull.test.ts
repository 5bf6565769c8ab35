/** How a copy is filled: by which requests, in which order, and what becomes of a pull that is cut off. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { KtError } from '../../../domain/errors.ts';
import { clock, makeLaptop, type Laptop, type Recorded } from '../../testing/laptop.ts';
import { makeMemoryRemote, type MemoryRemote } from '../../testing/memory-remote.ts';
import type { Local, Remote } from '../ports.ts';

const EVENTS = 400;
const history: Recorded[] = Array.from({ length: EVENTS }, (_, i) => [10_000 + i * 100, 60, `title ${i % 7}`]);
const COPY = 'window-synced-from-desk';

type Scene = { desk: Laptop; lap: Laptop; remote: MemoryRemote; log: string[] };

for (const kind of ['rust', 'python'] as const) {
  const pulling = suite<Scene>(`a pull into a ${kind} aw-server`);
  pulling.before.each(async (scene) => {
    scene.remote = makeMemoryRemote(clock);
    scene.desk = makeLaptop(scene.remote, 'rust', 'desk');
    scene.lap = makeLaptop(scene.remote, kind, 'lap');
    scene.log = [];
    await scene.desk.bucket('window');
    // A revision per hundred events, newest first, as a walk sends them.
    for (let from = 0; from < EVENTS; from += 100) {
      await scene.desk.record('window', history.slice(from, from + 100));
      await scene.desk.sync();
    }
  });

  /** The server in pages of a hundred events, and what is asked of it. */
  const paged = ({ remote, log }: Scene): Remote => ({
    ...remote,
    changes: async (input) => {
      log.push('ask');
      return remote.changes({ ...input, first: 100 });
    },
  });
  /** The local aw-server, and what is asked of the copy; `insert` in place of its own. */
  const watching = ({ lap, log }: Scene, insert: Local['insert'] = lap.local.insert): Local => ({
    ...lap.local,
    async events(id, query) {
      if (id === COPY) log.push('read back');
      return lap.local.events(id, query);
    },
    async insert(id, events) {
      log.push(`insert ${events.length}`);
      await insert(id, events);
      log.push('inserted');
    },
  });
  const isWhole = ({ desk, lap }: Scene) => assert.equal(lap.events(COPY), desk.events('window'));

  pulling('fills a new copy without reading it back, a request a page', async (scene) => {
    const { pulled } = await scene.lap.sync({ mode: 'pull', nudged: true }, { local: watching(scene) });
    assert.is(pulled[0]!.inserted, EVENTS);
    assert.equal(scene.log, [`insert ${EVENTS}`, 'inserted']);
    isWhole(scene);
    // The next pass finds the copy: what is new is read back first, as ever.
    await scene.desk.record('window', [[5, 1, 'new']]);
    await scene.desk.sync();
    scene.log.length = 0;
    await scene.lap.sync({ mode: 'pull', nudged: true }, { local: watching(scene) });
    assert.equal(scene.log, ['read back', 'insert 1', 'inserted']);
    isWhole(scene);
  });

  pulling('asks for the next page while one is written, and for no more than that', async (scene) => {
    await scene.lap.sync({ mode: 'pull', nudged: true }, { local: watching(scene), remote: paged(scene) });
    const page = ['insert 100', 'inserted'];
    assert.equal(scene.log, ['ask', 'ask', ...page, 'ask', ...page, 'ask', ...page, ...page]);
    isWhole(scene);
  });

  pulling('reads back what a later page tells of again', async (scene) => {
    const { desk, lap, remote } = scene;
    let asked = 0;
    const growing: Remote = {
      ...paged(scene),
      async changes(input) {
        const page = await remote.changes({ ...input, first: 100 });
        // While the pages are read an old event is edited, which raises its revision: it comes again.
        if (++asked === 1) {
          const [event] = desk.aw.dump()['window']!.events.slice(50);
          await desk.local.replace('window', [
            { id: event!.id, startUs: event!.startNs / 1000n, durationNs: 5_000_000_000n, data: { title: 'edited' } },
          ]);
          await desk.sync();
          await desk.sync();
        }
        return page;
      },
    };
    await lap.sync({ mode: 'pull', nudged: true }, { local: watching(scene), remote: growing });
    isWhole(scene);
  });

  for (const isStored of [true, false]) {
    const what = isStored ? 'after a write whose answer is lost' : 'before a write';
    pulling(`that is cut off ${what} doubles nothing, and loses nothing`, async (scene) => {
      let writes = 0;
      const cut = watching(scene, async (id, events) => {
        if (++writes === 3 && !isStored) throw new KtError('unavailable', 'cut off');
        await scene.lap.local.insert(id, events);
        if (writes === 3) throw new KtError('unavailable', 'the answer is lost');
      });
      const { pulled } = await scene.lap.sync({ mode: 'pull', nudged: true }, { local: cut, remote: paged(scene) });
      assert.is(pulled[0]!.outcome, 'failed');
      scene.log.length = 0;
      await scene.lap.sync({ mode: 'pull', nudged: true }, { local: watching(scene), remote: paged(scene) });
      assert.ok(scene.log.includes('read back'), 'what may be there is looked at');
      isWhole(scene);
    });
  }

  pulling('leaves no request behind when it stops early', async (scene) => {
    let underWay = 0;
    const slow: Remote = {
      ...scene.remote,
      async changes(input) {
        underWay++;
        for (let turns = 0; turns < 50; turns++) await Promise.resolve();
        underWay--;
        return scene.remote.changes({ ...input, first: 100 });
      },
    };
    for (const error of [new KtError('unavailable', 'gone'), new TypeError('a bug')]) {
      const failing = watching(scene, () => Promise.reject(error));
      await scene.lap.sync({ mode: 'pull', nudged: true }, { local: failing, remote: slow }).catch(() => undefined);
      assert.is(underWay, 0);
    }
  });

  pulling.run();
}
