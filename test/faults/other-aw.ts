/**
 * Another computer's aw-server, or a testing one, in place of the machine's (spec/sync 7.4): nothing of it may be
 * synced.
 */
import { sync } from '../../client/sync/engine.ts';
import type { Ports } from '../../client/sync/ports.ts';
import { prove } from '../../client/sync/proof/verify.ts';
import { makeFakeAw } from '../support/fake-aw/server.ts';
import { check } from './check.ts';
import type { Machine } from './machine.ts';
import { BUCKETS } from './ops.ts';
import { beyond } from './reading.ts';
import { isOtherAw, type World } from './world.ts';

/** What it recorded can be told from what the machines record. */
const FOREIGN = 'foreign';
export const isForeign = (text: string): boolean => text.includes(`"app":"${FOREIGN}"`);

/** An export of another computer, with one bucket. */
export const foreignFile = (id: string, events: readonly object[]): string =>
  JSON.stringify({
    buckets: {
      [id]: {
        id,
        type: 'currentwindow',
        client: 'model',
        hostname: 'elsewhere',
        created: '2026-01-01T00:00:00Z',
        events: events.map((event, i) => ({ ...event, data: { app: FOREIGN, title: String(i) } })),
      },
    },
  });

/**
 * Another aw-server answers during a pass and a repair: both stop before they send anything, and nothing changes on the
 * server.
 */
export const meetOtherAw = async ({ account, time }: World, machine: Machine, testing: boolean): Promise<void> => {
  const state = await machine.state.load();
  const { otherIds, swapped } = machine.facts;
  if (state?.aw == null || swapped || otherIds || state.aw.deviceId !== machine.aw.deviceId) return;
  const ownerless = await account.ownerless();
  const held = await Promise.all(
    (await account.buckets())
      .filter(({ deviceId }) => deviceId === state.deviceId)
      .map(async (one) => (await account.events(one)).length - (ownerless.get(one.number) ?? 0)),
  );
  if (!testing && held.every((n) => n === 0)) return; // nothing was pushed by which it could be recognized
  const other = makeFakeAw({
    kind: machine.aw.kind,
    hostname: 'other',
    testing,
    now: () => BigInt(time.nowMs) * 1_000_000n,
  });
  const versions = await account.versions();
  await machine.beside(other, async () => {
    await machine.makeBucket(BUCKETS[0]);
    for (const work of [sync, (ports: Ports) => prove(ports, { repair: true, allowDeletes: true })]) {
      let stopped = false;
      try {
        await work(machine.ports(null).ports);
      } catch (error) {
        if (!isOtherAw(error)) throw error;
        stopped = true;
      }
      check(stopped, () => `${machine.name}: another aw-server was synced`);
    }
    check(Object.keys(machine.buckets()).length === 1, () => `${machine.name}: a copy was made on another aw-server`);
  });
  const moved = beyond(await account.versions(), versions);
  check(moved.length === 0, () => `${machine.name}: another aw-server wrote ${moved.slice(0, 3).join(', ')}`);
};
