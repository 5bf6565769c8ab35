/** What must be true in the end: both sides hold the same, nothing twice, and one more pass writes nothing. */
import { isProven, type ProofReport } from '../../client/sync/proof/proof-report.ts';
import { prove } from '../../client/sync/proof/verify.ts';
import type { Report } from '../../client/sync/report.ts';
import { check } from './check.ts';
import { aDay, held, provenByPasses } from './day-of-passes.ts';
import { beyond } from './reading.ts';
import { sameEverywhere } from './same-everywhere.ts';
import { arrive, MINUTE_MS, pass, repair, run, type World } from './world.ts';

/** Rounds of passes after which nothing may change any more. */
const ROUNDS = 6;
/** Requests of a pass that finds nothing new. */
const MOST_ASKED = 3;

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
    const { busy, moved } = await roundOf(world);
    if (busy === null && moved.length === 0) return;
    check(round < ROUNDS, () => `not quiet after ${ROUNDS} rounds: ${busy ?? 'a head moved'}`);
    check(
      busy !== null || ++heads < 2,
      () => `a pass with nothing new wrote rows of the server: ${moved.slice(0, 5).join(', ')}`,
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

/** `busy`: what is not quiet yet. `moved`: where nothing is, the rows of the server that were written all the same. */
type Round = { readonly busy: string | null; readonly moved: readonly string[] };

/**
 * What a pass had to do that an idle one has not; null if nothing. A new empty bucket is no event, and recovering a
 * lost state takes more requests.
 */
const busyWith = (name: string, { pushed, pulled }: Report, isNew: boolean, isMore: boolean): string | null => {
  if (isNew) return `${name} is new`;
  const sent = pushed.reduce((sum, one) => sum + one.sent, 0);
  const written =
    pushed.reduce((sum, one) => sum + one.inserted + one.updated + one.deleted, 0) +
    pulled.reduce((sum, one) => sum + one.inserted + one.replaced + one.deleted, 0);
  if (sent + written > 0) return `a pass of ${name} sent ${sent} events, and wrote ${written}`;
  return isMore ? `a pass of ${name} made a bucket` : null;
};

/** A pass of each machine. */
const roundOf = async (world: World): Promise<Round> => {
  const { account, machines, time } = world;
  const versions = await account.versions();
  const known = (await account.buckets()).length;
  const requests = machines.map(({ aw }) => aw.requests.length);
  let asked = 0;
  for (const machine of machines) {
    time.nowMs += MINUTE_MS;
    const isNew = (await machine.state.load()) === null;
    const ran = (await pass(world, machine, null, { calm: true }))!;
    const busy = busyWith(machine.name, ran.result, isNew, (await account.buckets()).length > known);
    if (busy !== null) return { busy, moved: [] };
    asked = Math.max(asked, ran.asked);
  }
  // A part that differed, or a copy whose pass died, was checked, and nothing was wrong: the next round sends fewer
  // requests.
  if (asked > MOST_ASKED) return { busy: `an idle pass asked ${asked} times`, moved: [] };
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
  return { busy: null, moved: beyond(await account.versions(), versions) };
};
