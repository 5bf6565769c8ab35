/**
 * A computer that is reinstalled (spec/sync 7.5): kt-client stops, because it may be a known device, and a person says
 * that it is.
 */
import { freshState } from '../../client/sync/saved-state.ts';
import { sync } from '../../client/sync/engine.ts';
import { isKtError } from '../../domain/errors.ts';
import type { Machine } from './machine.ts';
import { beyond, keyOf, textsOf } from './reading.ts';
import { check, pass, type World } from './world.ts';

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

/**
 * Reinstalled beside another aw-server, without the state folder: a pass stops and names the device, and `setup
 * --reclaim` continues as that device.
 */
export const reinstall = async (world: World, machine: Machine, hostname: number, order: number): Promise<void> => {
  if (!(await hasHistory(world, machine))) return;
  const { deviceId } = (await machine.state.load())!;
  await machine.reinstall(hostname, order);
  const { ports } = machine.ports(null);
  const error = await sync(ports).then(
    () => null,
    (failure: unknown) => failure,
  );
  const named = isKtError(error, 'device_in_use') ? (error.details['reclaim'] as string[]) : [];
  check(
    named.includes(deviceId),
    () => `${machine.name}: installed anew, it was not told that it is ${deviceId}: ${String(error)}`,
  );
  await machine.become(freshState(deviceId, (await ports.remote.reclaim(deviceId)).pass));
  await pass(world, machine, null);
};
