/**
 * Where everything is in the end, read over REST: each machine's buckets on the server, its copies on the other, and
 * nothing twice.
 */
import { copyId } from '../../domain/bucket.ts';
import { placesOf } from './account.ts';
import { copiesOf, isCopyAt } from './after-pass.ts';
import { check } from './check.ts';
import type { Machine } from './machine.ts';
import { isForeign } from './other-aw.ts';
import { beyond, counted, keyOf, textsOf } from './reading.ts';
import type { World } from './world.ts';

const some = (texts: readonly string[]): string => `${texts.length} (${texts.slice(0, 3).join(' | ')})`;

/** Fails with the first violation. */
export const sameEverywhere = async (world: World): Promise<void> => {
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

  // What was written by hand reaches every machine, like another device's buckets.
  for (const bucket of buckets.filter(({ deviceId }) => deviceId === devices[0])) {
    const there = textsOf(await account.events(bucket));
    check(
      !ownerless.has(bucket.number) || ownerless.get(bucket.number) === there.length,
      () => `the account's own ${bucket.bucketId} has rows of a device`,
    );
    for (const machine of machines) {
      const copies = Object.entries(machine.buckets()).filter(
        ([id, { client }]) => client === `kt-client:${devices[0]}` && id.startsWith(copyId(bucket.bucketId, '')),
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
      // Where its own export was imported on top of another's, the two are one history (spec/sync 7.1).
      check(
        imported || !there.some(isForeign),
        () => `${what}: it took over what was imported of another history: ${some(there.filter(isForeign))}`,
      );
      if (own.includes(bucket.bucketId)) {
        const here = await machine.texts(bucket.bucketId);
        const missing = beyond(here, there);
        check(missing.length === 0, () => `${what}: the server lacks ${some(missing)}`);
        const kept = beyond(there, here);
        const unowned = ownerless.get(bucket.number) ?? 0;
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
        // Longer in the file than it ever was pushed, and shorter since, or longer in one file than in the other:
        // what only an import
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

/** What was imported of a machine's bucket is in that bucket alone, and nobody has a copy of a deleted one. */
const importedOnce = async ({ account, machines, apart, lostPlaces }: World, ownDevice: string): Promise<void> => {
  const buckets = await account.buckets();
  const kept = buckets.filter(({ deviceId }) => deviceId === ownDevice);
  for (const bucket of kept) {
    const keys = textsOf(await account.events(bucket)).map(keyOf);
    for (const pushed of buckets.filter(
      ({ deviceId, bucketId, number }) =>
        deviceId !== ownDevice && bucket.bucketId.startsWith(bucketId) && !apart.has(number),
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
    const places = [...buckets.filter(({ deviceId }) => deviceId !== me).flatMap(placesOf), ...lostPlaces];
    const astray = Object.entries(here())
      .filter(([, { client }]) => client === `kt-client:${ownDevice}`)
      .filter(([id, { client }]) => !places.some((place) => isCopyAt(id, client, place)))
      .map(([id]) => id);
    check(astray.length === 0, () => `${name} has copies of an import that is no more: ${astray.join(', ')}`);
  }
};
