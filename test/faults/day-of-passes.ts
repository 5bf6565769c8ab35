/**
 * A day of passes, three hours apart: by themselves they must correct all differences, and prove everything
 * (spec/sync 4.4).
 */
import { isInStep } from '../../client/sync/report.ts';
import type { Machine } from './machine.ts';
import { beyond } from './reading.ts';
import { check } from './check.ts';
import { MINUTE_MS, pass, type World } from './world.ts';

/** Passes of a day, as cron would run them. */
const A_DAY = 8;
const APART_MS = 3 * 60 * MINUTE_MS;

/** Machines that hold deletions: a person has to allow those. */
export const held = async ({ machines }: World): Promise<Machine[]> => {
  const states = await Promise.all(machines.map(({ state }) => state.load()));
  return machines.filter((_, i) => Object.keys(states[i]!.held).length > 0);
};

/**
 * A round of passes three hours after the last; true if every machine reports that it is in step, and proven since
 * then.
 */
const oneRound = async (world: World, sinceMs: number, calm: boolean): Promise<boolean> => {
  let proven = true;
  world.time.nowMs += APART_MS;
  for (const machine of world.machines) {
    world.time.nowMs += MINUTE_MS;
    const { result } = (await pass(world, machine, null, { calm }))!;
    const { compared } = result;
    proven &&= isInStep(result) && compared !== null && compared.daysLeft === 0 && compared.sinceMs! >= sinceMs;
  }
  return proven;
};

/** Passes alone prove and correct everything, except for deletions that are held. */
export const aDay = async (world: World): Promise<void> => {
  const sinceMs = world.time.nowMs;
  for (let n = 0; n < A_DAY; n++) if (await oneRound(world, sinceMs, false)) return;
};

/** In a day of passes everything is proven, and nothing is written for that (spec/sync 4.4). */
export const provenByPasses = async (world: World): Promise<void> => {
  const { account, machines, time } = world;
  const sinceMs = time.nowMs + 1; // what `verify` proved just now counts no more
  const versions = await account.versions();
  const requests = machines.map(({ aw }) => aw.requests.length);
  let proven = false;
  for (let n = 0; n < A_DAY && !proven; n++) proven = await oneRound(world, sinceMs, true);
  check(proven, () => 'a day of passes did not prove all of it');
  const moved = beyond(await account.versions(), versions);
  check(moved.length === 0, () => `a day of idle passes wrote ${moved.slice(0, 5).join(', ')}`);
  for (const [i, { name, aw }] of machines.entries()) {
    const writes = aw.requests.slice(requests[i]).filter(({ method }) => method !== 'GET');
    check(writes.length === 0, () => `${name}: a day of idle passes wrote to its aw-server`);
  }
};
