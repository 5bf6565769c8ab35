/**
 * A computer that is reinstalled (spec/sync 7.5): kt-client stops, because it may be a known device, and a person says
 * that it is.
 */
import type { Ports } from '../../client/sync/ports.ts';
import { freshState, makeMemoryState } from '../../client/sync/saved-state.ts';
import { sync } from '../../client/sync/engine.ts';
import { isKtError } from '../../domain/errors.ts';
import { makeFakeAw } from '../support/fake-aw/server.ts';
import { check } from './check.ts';
import type { Machine } from './machine.ts';
import { beyond, keyOf, textsOf } from './reading.ts';
import { pass, type World } from './world.ts';

/**
 * At least this many events are on both sides, and only a few on one: then it can't be mistaken for another device's.
 */
const ENOUGH = 20;
const FEW = 4;

/** Whether the server has a large bucket of this machine in its current form. Read over REST, not by probes. */
const hasHistory = async ({ account }: World, machine: Machine): Promise<boolean> => {
  const deviceId = (await machine.state.load())?.deviceId;
  for (const bucket of await account.buckets()) {
    if (bucket.deviceId !== deviceId || machine.buckets()[bucket.bucketId]?.client !== 'model') continue;
    const here = (await machine.texts(bucket.bucketId)).map(keyOf);
    const there = textsOf(await account.events(bucket)).map(keyOf);
    if (here.length > ENOUGH && beyond(here, there).length <= FEW && beyond(there, here).length <= FEW) return true;
  }
  return false;
};

/** Older than all that is on the server. */
const LONG_AGO_MS = 3 * 365 * 86_400_000;

/**
 * Another computer with this one's `device_id` and another past, as a cloned disk has, and without a state: its first
 * pass stops and names the device.
 */
export const meetSameId = async ({ account, time }: World, machine: Machine): Promise<void> => {
  const deviceId = (await machine.state.load())?.deviceId;
  const devices = await machine.ports(null).ports.remote.devices();
  const known = devices.find((device) => device.deviceId === deviceId);
  if (!known?.awDeviceId || devices.some((one) => one !== known && one.awDeviceId === known.awDeviceId)) return;
  const buckets = (await account.buckets()).filter((bucket) => bucket.deviceId === deviceId);
  const held = await Promise.all(buckets.map(async (bucket) => (await account.events(bucket)).length));
  const bucket = buckets.find((_, i) => held[i]! > 0);
  if (!bucket) return;
  const { kind, hostname } = machine.aw;
  const now = () => BigInt(time.nowMs) * 1_000_000n;
  const other = makeFakeAw({ kind, hostname, deviceId: known.awDeviceId, now });
  const versions = await account.versions();
  await machine.beside(other, async () => {
    await machine.makeBucket(bucket.bucketId);
    const events = [time.nowMs - LONG_AGO_MS, time.nowMs].map((ms) => ({
      timestamp: new Date(ms).toISOString(),
      duration: 1,
      data: { app: 'other' },
    }));
    await machine.recordElsewhere(bucket.bucketId, events);
    const { ports } = machine.ports(null, makeMemoryState());
    const named = await askedFor(ports);
    check(
      named.includes(known.deviceId),
      () => `${machine.name}: another computer with its device_id was taken for it, or for a new one`,
    );
  });
  const moved = beyond(await account.versions(), versions);
  check(moved.length === 0, () => `${machine.name}: another computer with its device_id wrote ${moved.slice(0, 3)}`);
};

/** The devices that a first pass stops for, since it may be one of them; none when it did not stop. */
const askedFor = async (ports: Ports): Promise<readonly string[]> => {
  try {
    await sync(ports);
    return [];
  } catch (error) {
    if (!isKtError(error, 'device_in_use')) throw error;
    return (error.details['reclaim'] as string[] | undefined) ?? [];
  }
};

/**
 * Reinstalled beside another aw-server, without the state folder: a pass stops and names the device, and `setup
 * --reclaim` continues as that device.
 */
export const reinstall = async (world: World, machine: Machine, hostname: number, order: number): Promise<void> => {
  if (!(await hasHistory(world, machine))) return;
  const { deviceId } = (await machine.state.load())!;
  await machine.reinstall(hostname, order);
  const { ports } = machine.ports(null);
  check(
    (await askedFor(ports)).includes(deviceId),
    () => `${machine.name}: installed anew, it was not told that it is ${deviceId}`,
  );
  await machine.become(freshState(deviceId, (await ports.remote.reclaim(deviceId)).pass));
  await pass(world, machine, null);
};
