/** A first push reads a page ahead of what is being stored, and no further. */
import { setImmediate as tick } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { KtError } from '../../../domain/errors.ts';
import { clock, makeLaptop, type Laptop, type Recorded } from '../../testing/laptop.ts';
import { makeMemoryRemote, type MemoryRemote } from '../../testing/memory-remote.ts';
import type { Local, Remote } from '../ports.ts';
import { PAGE_SIZE } from './walk.ts';

const PAGES = 4;
const EVENTS = (PAGES - 1) * PAGE_SIZE + 2_000;
const history: Recorded[] = Array.from({ length: EVENTS }, (_, i) => [10_000 + i * 10, 5, `title ${i % 7}`]);

type Scene = { remote: MemoryRemote; laptop: Laptop; log: string[]; underWay: Set<string> };
const ahead = suite<Scene>('a first push');
ahead.before.each(async (scene) => {
  scene.remote = makeMemoryRemote(clock);
  scene.laptop = makeLaptop(scene.remote, 'rust', 'lap');
  scene.log = [];
  scene.underWay = new Set();
  await scene.laptop.bucket('window');
  await scene.laptop.record('window', history);
});

/** Both servers, which note what is asked and answered; `fails` may answer in their place. */
const watching = ({ remote, laptop, log, underWay }: Scene, fails: (what: string) => void = () => undefined) => {
  const counts = { read: 0, push: 0 };
  const noting = async <T>(what: keyof typeof counts, turns: number, work: () => Promise<T>): Promise<T> => {
    const name = `${what} ${++counts[what]}`;
    log.push(name);
    underWay.add(name);
    try {
      for (let turn = 0; turn < turns; turn++) await tick();
      fails(name);
      return await work();
    } finally {
      underWay.delete(name);
      log.push(`${name} done`);
    }
  };
  const local: Local = {
    ...laptop.local,
    events: (id, query) => noting('read', 1, () => laptop.local.events(id, query)),
  };
  // A server that takes long: whatever may be done meanwhile is.
  const slow: Remote = { ...remote, push: (input) => noting('push', 20, () => remote.push(input)) };
  return { local, remote: slow };
};
const push = (scene: Scene, fails?: (what: string) => void) =>
  scene.laptop.sync({ mode: 'push', nudged: true }, watching(scene, fails));

ahead('reads the next page while one is stored, and no page beyond it', async (scene) => {
  const { pushed } = await push(scene);
  assert.is(pushed[0]!.inserted, EVENTS);
  const { log } = scene;
  const at = (what: string) => log.indexOf(what);
  for (let page = 1; page < PAGES; page++) {
    assert.ok(
      at(`push ${page}`) < at(`read ${page + 1} done`) && at(`read ${page + 1} done`) < at(`push ${page} done`),
    );
    assert.ok(at(`push ${page} done`) < at(`push ${page + 1}`), 'one call at a time');
    if (page + 2 <= PAGES) assert.ok(at(`push ${page} done`) < at(`read ${page + 2}`), 'one page waits, no more');
  }
  assert.equal(log.filter((line) => /^push \d+$/.test(line)).length, PAGES);
});

ahead('leaves no request behind when either server fails, and the next pass goes on', async (scene) => {
  for (const what of ['push 2', 'read 3', 'push 1']) {
    for (const error of [new KtError('unavailable', 'gone'), new TypeError('a bug')]) {
      await push(scene, (name) => {
        if (name === what) throw error;
      }).catch(() => undefined);
      assert.equal([...scene.underWay], [], what);
    }
  }
  await scene.laptop.sync({ mode: 'push' });
  assert.is(scene.remote.rows((await scene.laptop.state.load())!.deviceId, 'window').length, EVENTS);
  assert.is(scene.remote.writes, EVENTS, 'each row was written once');
});

ahead.run();
