/**
 * Everything that must be true in the end: both sides hold the same, nothing twice, and one more pass writes nothing.
 */
import { isProven, type ProofReport } from '../../client/sync/proof/proof-report.ts';
import { prove } from '../../client/sync/proof/verify.ts';
import { isInStep, type Report } from '../../client/sync/report.ts';
import type { Machine } from './machine.ts';
import { beyond, counted, keyOf, textsOf } from './reading.ts';
import { arrive, check, copiesOf, MINUTE_MS, pass, repair, run, type World } from './world.ts';

/** Rounds of passes in which everything must have come to rest. */
const ROUNDS = 6;
/** Requests of a pass that finds nothing new. */
const MOST_ASKED = 3;

const written = ({ pushed, pulled }: Report): number =>
  pushed.reduce((sum, one) => sum + one.inserted + one.updated + one.deleted, 0) +
  pulled.reduce((sum, one) => sum + one.inserted + one.replaced + one.deleted, 0);

/** What a proof found wrong. */
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
 * Passes in turns until a round writes nothing. Once a head may catch up with an event that lay in the
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

/** Everything that must be true in the end. */
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

/** Passes of a day, as cron would run them. */
const A_DAY = 8;
const APART_MS = 3 * 60 * MINUTE_MS;

/** Machines that hold back deletions: those are for a person to allow. */
const held = async ({ machines }: World): Promise<Machine[]> => {
  const states = await Promise.all(machines.map(({ state }) => state.load()));
  return machines.filter((_, i) => Object.keys(states[i]!.held).length > 0);
};

/** A round of passes three hours after the last; true if all says that it is in step, and was proven since then. */
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

/** Passes alone mend and prove whatever it was, but for what is held. */
const aDay = async (world: World): Promise<void> => {
  const sinceMs = world.time.nowMs;
  for (let n = 0; n < A_DAY; n++) if (await oneRound(world, sinceMs, false)) return;
};

/** In a day of passes all is proven, and nothing is written for that (sync.md 8.3). */
const provenByPasses = async (world: World): Promise<void> => {
  const { account, machines, time } = world;
  const sinceMs = time.nowMs;
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

/**
 * A pass of each machine: null when one wrote events, was a device's first, or asked more than an idle pass does; else
 * the rows of the server that it wrote all the same.
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
    // An empty bucket that is new writes no event, and a state that was lost is found again by asking more.
    if (isNew || written(ran.result) > 0 || (await account.buckets()).length > known) return null;
    asked = Math.max(asked, ran.asked);
  }
  // A part that differed, or a copy that a pass died over, was looked at, and nothing was wrong: the
  // next round asks no more.
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

const some = (texts: readonly string[]): string => `${texts.length} (${texts.slice(0, 3).join(' | ')})`;

const sameEverywhere = async (world: World): Promise<void> => {
  const { account, machines, serverLost, putBack, imported, importedAgain } = world;
  const buckets = await account.buckets();
  const ownerless = await account.ownerless();
  const ids = await Promise.all(machines.map(async ({ state }) => (await state.load())!.deviceId));
  const devices = await account.devices();
  check(devices.length === 3, () => `${devices.length} devices, where there are two and the account's own`);
  for (const { bucketId, deviceId } of buckets) {
    check(!bucketId.includes('-synced-from-'), () => `an echo on the server: ${bucketId}`);
    check(ids.includes(deviceId) || devices[0] === deviceId, () => `${bucketId} is of a device that nobody is`);
  }

  // What was written by hand reaches every machine, as another device's would.
  for (const bucket of buckets.filter(({ deviceId }) => deviceId === devices[0])) {
    const there = textsOf(await account.events(bucket));
    check(
      !ownerless.has(bucket.uuid) || ownerless.get(bucket.uuid) === there.length,
      () => `the account's own ${bucket.bucketId} has rows of a device`,
    );
    for (const machine of machines) {
      const copies = Object.entries(machine.buckets()).filter(
        ([id, { client }]) => client === `kt-client:${devices[0]}` && id.startsWith(`${bucket.bucketId}-synced-from-`),
      );
      check(
        there.length === 0 || copies.length === 1,
        () => `${machine.name} has ${copies.length} copies of the account's own ${bucket.bucketId}`,
      );
      for (const [id] of copies)
        check(
          beyond(there, await machine.texts(id)).length === 0,
          () => `${machine.name}'s copy of the account's own ${bucket.bucketId} lacks something`,
        );
    }
  }

  for (const [i, machine] of machines.entries()) {
    const other = machines[1 - i]!;
    const own = Object.entries(machine.buckets())
      .filter(([, { client }]) => client === 'model')
      .map(([id]) => id);
    const theirs = buckets.filter(({ deviceId }) => deviceId === ids[i]);
    check(
      own.every((id) => theirs.some(({ bucketId }) => bucketId === id)),
      () => `${machine.name}: a bucket is not on the server`,
    );

    for (const bucket of theirs) {
      const what = `${machine.name}'s ${bucket.bucketId}`;
      const there = textsOf(await account.events(bucket));
      if (own.includes(bucket.bucketId)) {
        const here = await machine.texts(bucket.bucketId);
        const missing = beyond(here, there);
        check(missing.length === 0, () => `${what}: the server lacks ${some(missing)}`);
        const kept = beyond(there, here);
        const unowned = ownerless.get(bucket.uuid) ?? 0;
        check(
          kept.length === unowned,
          () => `${what}: the server holds ${some(kept)} beyond the device, but ${unowned} rows without source id`,
        );
        if (!machine.facts.otherIds && !serverLost && !putBack && !imported)
          check(kept.length === 0, () => `${what}: the server keeps ${some(kept)}`);
        const makers: readonly Machine[] = world.shared ? machines : [machine];
        const made = (key: string) =>
          makers.reduce((sum, one) => sum + (one.made.get(bucket.bucketId)?.get(key) ?? 0), 0);
        const doubled = [...counted(there.map(keyOf))].filter(([key, n]) => n > made(key)).map(([key]) => key);
        // Longer in the file than it ever was pushed, and shorter since, or longer in one file than in the other: what only an import
        // has is kept.
        const mayBeTwice = importedAgain || (imported && machines.some(({ facts }) => facts.shrunk));
        check(mayBeTwice || doubled.length === 0, () => `${what}: doubled on the server: ${some(doubled)}`);
      }

      const copies = copiesOf(other, bucket);
      if (there.length > 0) check(copies.length === 1, () => `${other.name} has ${copies.length} copies of ${what}`);
      for (const id of copies) {
        const copy = await other.texts(id);
        check(
          beyond(there, copy).length === 0,
          () => `${other.name}'s copy of ${what} lacks ${some(beyond(there, copy))}`,
        );
        const more = beyond(copy, there);
        const mayHaveMore = serverLost || other.facts.spoiled || other.facts.otherIds;
        check(mayHaveMore || more.length === 0, () => `${other.name}'s copy of ${what} has ${some(more)} beyond it`);
      }
    }
  }
  if (imported) await importedOnce(world, devices[0]!);
};

/**
 * What was imported of a bucket that a machine has is in that bucket alone, and nobody has a copy of what is no more.
 */
const importedOnce = async ({ account, machines }: World, ownDevice: string): Promise<void> => {
  const buckets = await account.buckets();
  const kept = buckets.filter(({ deviceId }) => deviceId === ownDevice);
  for (const bucket of kept) {
    const keys = textsOf(await account.events(bucket)).map(keyOf);
    for (const pushed of buckets.filter(
      ({ deviceId, bucketId }) => deviceId !== ownDevice && bucket.bucketId.startsWith(bucketId),
    )) {
      const theirs = textsOf(await account.events(pushed)).map(keyOf);
      check(
        keys.length === 0 || beyond(keys, theirs).length > 0,
        () => `the import ${bucket.publicId} is doubled by ${pushed.publicId}`,
      );
    }
  }
  for (const { name, state, buckets: here } of machines) {
    const me = (await state.load())!.deviceId;
    const left = Object.entries(here())
      .filter(([, { client }]) => client === `kt-client:${ownDevice}`)
      .map(([id]) => id);
    const origins = buckets.filter(
      ({ deviceId, formerDevice }) => deviceId === ownDevice || (formerDevice !== null && deviceId !== me),
    );
    const astray = left.filter((id) => !origins.some(({ bucketId }) => id.startsWith(`${bucketId}-synced-from-`)));
    check(astray.length === 0, () => `${name} has copies of an import that is no more: ${astray.join(', ')}`);
  }
};
