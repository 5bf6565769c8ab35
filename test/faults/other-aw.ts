/**
 * Another computer's aw-server, a testing one, or a kt-server, in place of the machine's (spec/sync 7.4): nothing of it
 * may be synced.
 */
import { sync } from '../../client/sync/engine.ts';
import type { Ports } from '../../client/sync/ports.ts';
import { prove } from '../../client/sync/proof/verify.ts';
import { makeFakeAw, type FakeAw } from '../support/fake-aw/server.ts';
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
export const meetOtherAw = async (world: World, machine: Machine, testing: boolean): Promise<void> => {
  const { account, time } = world;
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
  await meet(world, machine, other, BUCKETS[0]);
};

/**
 * The account's own kt-server answers in place of the aw-server, as where `[local]` names its port: synced, it would
 * push the account into itself under another name. Refused before anything is asked of the account, so that the pass
 * keeps its number.
 */
export const meetKtServer = async (world: World, machine: Machine): Promise<void> => {
  const { account, time } = world;
  const { kind, hostname } = machine.aw;
  const fetch = async (request: Request): Promise<Response> => {
    const { pathname, search } = new URL(request.url);
    const asked = new Request(account.url + pathname + search, request);
    asked.headers.set('authorization', `Bearer ${account.key}`); // as `[local] api_key` would
    return account.fetch(asked);
  };
  const state = await machine.state.load();
  await meet(world, machine, { ...makeFakeAw({ kind, hostname, now: () => BigInt(time.nowMs) * 1_000_000n }), fetch });
  check(
    JSON.stringify(await machine.state.load(), printable) === JSON.stringify(state, printable),
    () => `${machine.name}: a kt-server in place of the aw-server changed the state`,
  );
};

const printable = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);

/** A pass and a repair beside this aw-server; it has a bucket of the given id, which may be none of the account's. */
const meet = async ({ account }: World, machine: Machine, other: FakeAw, bucket?: string): Promise<void> => {
  const there = async () => [...(await account.versions()), ...(await account.devices())];
  const before = await there();
  await machine.beside(other, async () => {
    if (bucket !== undefined) await machine.makeBucket(bucket);
    const buckets = Object.keys(machine.buckets()).length;
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
    check(
      Object.keys(machine.buckets()).length === buckets,
      () => `${machine.name}: a copy was made on another aw-server`,
    );
  });
  const moved = beyond(await there(), before);
  check(moved.length === 0, () => `${machine.name}: another aw-server wrote ${moved.slice(0, 3).join(', ')}`);
};
