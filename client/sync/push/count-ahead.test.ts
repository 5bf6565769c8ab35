/** A pass counts what it pushed before while the server answers who it is. */
import { setImmediate as tick } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { KtError } from '../../../domain/errors.ts';
import { clock, makeLaptop } from '../../testing/laptop.ts';
import { makeMemoryRemote } from '../../testing/memory-remote.ts';
import type { Local, Remote } from '../ports.ts';
import { countAhead } from './count-ahead.ts';

const counting = suite('buckets counted ahead');

const TURNS = 20;
const slowly = async <T>(work: () => T | Promise<T>): Promise<T> => {
  for (let turn = 0; turn < TURNS; turn++) await tick();
  return work();
};

counting('are counted one after the other, and one that fails stops none', async () => {
  const log: string[] = [];
  const count = (id: string): Promise<number> => {
    log.push(id);
    return slowly(() => {
      log.push(`${id} done`);
      if (id === 'b') throw new KtError('unavailable', 'it broke');
      return id.charCodeAt(0);
    });
  };
  const counts = countAhead({ count }, ['a', 'b', 'c']);
  assert.is(counts.of('d'), null);
  assert.is(await counts.of('c'), 99);
  assert.is(await counts.of('a'), 97);
  assert.is(await counts.of('b')!.catch((error: KtError) => error.message), 'it broke');
  assert.equal(log, ['a', 'a done', 'b', 'b done', 'c', 'c done']);
});

counting('are not asked for any more when nobody waits', async () => {
  const log: string[] = [];
  const counts = countAhead({ count: (id) => slowly(() => log.push(id)) }, ['a', 'b', 'c']);
  await tick();
  counts.stop();
  await slowly(() => slowly(() => undefined));
  assert.equal(log, ['a']);
});

counting('are asked for once a pass, before the server has answered', async () => {
  const remote = makeMemoryRemote(clock);
  const laptop = makeLaptop(remote, 'rust', 'lap');
  for (const id of ['afk', 'window']) {
    await laptop.bucket(id);
    await laptop.record(id, [[9_000, 5, 'a']]);
  }
  await laptop.sync();
  await laptop.bucket('new');
  const log: string[] = [];
  const local: Local = {
    ...laptop.local,
    count: (id) => {
      log.push(`count ${id}`);
      return laptop.local.count(id);
    },
  };
  const slow: Remote = {
    ...remote,
    register: (input) =>
      slowly(() => {
        log.push('registered');
        return remote.register(input);
      }),
  };
  await laptop.sync({}, { local, remote: slow });
  assert.equal(log, ['count afk', 'count window', 'registered']);

  log.length = 0;
  const refusing: Remote = {
    ...remote,
    register: () =>
      slowly(() => {
        throw new KtError('unavailable', 'no server');
      }),
  };
  assert.is(await laptop.sync({}, { local, remote: refusing }).catch((error: KtError) => error.message), 'no server');
  assert.equal(log, ['count afk', 'count window'], 'nor by a pass that can not begin');

  log.length = 0;
  await laptop.sync({ mode: 'pull' }, { local });
  assert.equal(log, [], 'nor by one that pushes nothing');
});

counting.run();
