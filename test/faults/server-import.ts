/** A machine's export, imported on the server: whose history it is there. */
import type { Account } from './account.ts';
import type { Machine } from './machine.ts';
import { beyond, keyOf, textsOf } from './reading.ts';
import type { World } from './world.ts';

/**
 * Whether the server has another device of the hostname in this machine's export: where that has no bucket of the same
 * id yet, it gets this machine's (spec/rest DEV-21).
 */
const hasNamesake = async (machine: Machine): Promise<boolean> => {
  const deviceId = (await machine.state.load())?.deviceId;
  const hostnames = Object.values(machine.buckets()).map(({ hostname }) => hostname);
  const devices = await machine.ports(null).ports.remote.devices();
  return devices.some((one) => one.deviceId !== deviceId && hostnames.includes(one.hostname));
};

/**
 * The buckets that this machine pushed and whose history on the server is not that of its export (spec/rest DEV-21):
 * fewer than ten of the file's events are there, and fewer than half.
 */
const bucketsApart = async (account: Account, { state, buckets, texts }: Machine): Promise<number[]> => {
  const deviceId = (await state.load())?.deviceId;
  const apart: number[] = [];
  for (const bucket of await account.buckets()) {
    if (bucket.deviceId !== deviceId || !(bucket.bucketId in buckets())) continue;
    const here = (await texts(bucket.bucketId)).map(keyOf);
    const unknown = beyond(here, textsOf(await account.events(bucket)).map(keyOf));
    const shared = here.length - unknown.length;
    if (shared < Math.min(10, here.length / 2)) apart.push(bucket.number);
  }
  return apart;
};

/** Imports all that a machine has, copies too. */
export const importExport = async (world: World, machine: Machine): Promise<void> => {
  world.importedAgain ||= world.imported;
  world.imported = true;
  world.shared ||= await hasNamesake(machine);
  const apart = await bucketsApart(world.account, machine);
  if (!(await world.account.importFile(await machine.exported()))) return;
  for (const number of apart) world.apart.add(number);
};
