/** Whose turn it is with the embedded engine's one connection. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeDiskSpace } from '../disk-space.ts';
import type { PortClient } from '../pg-port.ts';
import { Engine } from './engine.ts';
import { EnginePool } from './pool.ts';

const pool = suite<{ engine: Engine }>('the pool of the embedded engine');
pool.before(async (scene) => {
  scene.engine = await Engine.open(null, () => {});
});
pool.after(({ engine }) => engine.close(true));

const about = (account: number) => [{ name: 'n', text: 'select', values: [[1, 2], account, 500] }];
const SHARED = [{ name: 'k', text: 'select', values: [[1, 2]] }];

pool('has one connection, and each account its turn, and what is of no single one every second', async (scene) => {
  const of = new EnginePool(scene.engine, makeDiskSpace(process.cwd(), 0));
  const held: PortClient = await of.connect(about(1));
  const seen: string[] = [];
  const asked = (
    [
      ['busy', about(1)],
      ['busy', about(1)],
      ['busy', about(1)],
      ['little', about(2)],
      ['shared', SHARED],
      ['shared', SHARED],
      ['of Prisma', undefined],
    ] as const
  ).map(async ([name, first]) => {
    const client: PortClient = await of.connect(first);
    seen.push(name);
    await client.query('select 1');
    assert.is(seen.at(-1), name, 'nobody else has it meanwhile');
    client.release();
  });
  held.release();
  await Promise.all(asked);
  assert.equal(seen, ['shared', 'busy', 'shared', 'little', 'of Prisma', 'busy', 'busy']);
});

pool.run();
