/** What must be true in the end: both sides hold the same, nothing twice, and one more pass writes nothing. */
import { isProven, type ProofReport } from '../../client/sync/proof/proof-report.ts';
import { prove } from '../../client/sync/proof/verify.ts';
import type { Report } from '../../client/sync/report.ts';
import { aDay, held, provenByPasses } from './day-of-passes.ts';
import { beyond } from './reading.ts';
import { sameEverywhere } from './same-everywhere.ts';
import { arrive, check, MINUTE_MS, pass, repair, run, type World } from './world.ts';

/** Rounds of passes after which nothing may change any more. */
const ROUNDS = 6;
/** Requests of a pass that finds nothing new. */
const MOST_ASKED = 3;

const written = ({ pushed, pulled }: Report): number =>
  pushed.reduce((sum, one) => sum + one.inserted + one.updated + one.deleted, 0) +
  pulled.reduce((sum, one) => sum + one.inserted + one.replaced + one.deleted, 0);

/** The differences that a proof found. */
const unproven = ({ rows }: ProofReport): string =>
  rows
    .filter(({ outcome }) => outcome !== 'equal' && outcome !== 'apart')
    .map(
      ({ side, bucket, outcome, reason, here, there, toSend, toDelete }) =>
        `${side} ${bucket} ${outcome} (${reason}): ${here} here, ${there} there, ${toSend} to send, ` +
        `${toDelete} to delete`,
    )
    .join('; ');

/**
 * Alternating passes until a round writes nothing. Once, a head may still move: to an event whose start was in the
 * future when it was sent.
 */
const untilQuiet = async (world: World): Promise<void> => {
  let heads = 0;
  for (let round = 1; ; round++) {
    const moved = await roundOf(world);
    if (moved?.length === 0) return;
    check(round < ROUNDS, () => `still writing, or asking more than ${MOST_ASKED} times, after ${ROUNDS} rounds`);
    check(
      moved === null || ++heads < 2,
      () => `a pass with nothing new wrote rows of the server: ${moved!.slice(0, 5).join(', ')}`,
    );
  }
};

/** Checks what must be true in the end. */
export const finish = async (world: World): Promise<void> => {
  const { machines, time } = world;
  time.nowMs += 120 * MINUTE_MS;
  await arrive(world);
  if (!world.plain) {
    for (const machine of machines) await pass(world, machine, null);
    if (world.day) await aDay(world);
    for (const machine of world.day ? await held(world) : machines) {
      const { result } = (await repair(world, machine, null))!;
      check(isProven(result), () => `${machine.name}: a repair left ${unproven(result)}`);
    }
  }
  await untilQuiet(world);
  await sameEverywhere(world);
  if (world.plain || world.day) await provenByPasses(world);
};

/**
 * A pass of each machine. Null when one wrote events, was a device's first, or sent more requests than an idle pass;
 * else the rows of the server that it wrote all the same.
 */
const roundOf = async (world: World): Promise<string[] | null> => {
  const { account, machines, time } = world;
  const versions = await account.versions();
  const known = (await account.buckets()).length;
  const requests = machines.map(({ aw }) => aw.requests.length);
  let asked = 0;
  for (const machine of machines) {
    time.nowMs += MINUTE_MS;
    const isNew = (await machine.state.load()) === null;
    const ran = (await pass(world, machine, null, { calm: true }))!;
    // A new empty bucket is no event, and recovering a lost state takes more requests.
    if (isNew || written(ran.result) > 0 || (await account.buckets()).length > known) return null;
    asked = Math.max(asked, ran.asked);
  }
  // A part that differed, or a copy whose pass died, was checked, and nothing was wrong: the next round sends fewer
  // requests.
  if (asked > MOST_ASKED) return null;
  for (const machine of machines) {
    const { result } = (await run(world, machine, null, (ports) => prove(ports)))!;
    check(isProven(result), () => `${machine.name}: verify says ${unproven(result)}`);
  }
  for (const [i, { name, aw }] of machines.entries()) {
    const writes = aw.requests.slice(requests[i]).filter(({ method }) => method !== 'GET');
    check(
      writes.length === 0,
      () =>
        `${name}: a pass with nothing new wrote to its aw-server: ` +
        `${writes.map(({ method, path }) => `${method} ${path}`).join(', ')}`,
    );
  }
  return beyond(await account.versions(), versions);
};
