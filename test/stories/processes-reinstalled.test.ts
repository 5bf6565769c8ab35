/**
 * A new device that is really an old one, in each way this comes about, through `kt-client setup` (spec/sync 7.5). Its
 * cases are in reinstalled.test.ts.
 */
import * as assert from 'uvu/assert';
import type { FakeAw } from '../support/fake-aw/server.ts';
import {
  IN_STEP,
  PROVEN,
  sameOnServer,
  says,
  tellAtOnce,
  type Account,
  type Computer,
  type Served,
  type Told,
} from './process-scene.ts';

const HOUR = 3600;
const past = (count: number): Told[] =>
  Array.from({ length: count }, (_, i): Told => [(count + 2 - i) * HOUR, 61.5, `title ${i}`]);
const NEW_DEVICE = /setup --new-device/;
/** The lines that list devices, and how to reclaim one of them. */
const reclaims = (...ids: readonly string[]): RegExp =>
  new RegExp(`${ids.map((id) => `(?=.*device ${id})`).join('')}.*setup --reclaim`);

type Begun = { account: Account; lap: Computer; id: string; kind: FakeAw['kind'] };

/** A computer that has synced 80 events, whose watchers don't know its name. */
const begin = async (served: Served, kind: FakeAw['kind'], deviceId = 'first'): Promise<Begun> => {
  const account = await served.newAccount();
  const lap = await account.computer('lap', { kind, deviceId });
  await lap.bucket('window', { hostname: 'unknown' });
  await lap.record('window', ...past(80));
  says(await lap.client(0, 'sync'), IN_STEP);
  return { account, lap, id: lap.deviceId()!, kind };
};

/** A computer with that one's current database, and without a state folder. */
const withItsDatabase = async (
  { account, lap, kind }: Begun,
  hostname: string,
  options: { deviceId?: string; key?: string } = {},
): Promise<Computer> => {
  const next = await account.computer(hostname, { kind, ...options });
  next.aw.restore(lap.aw.snapshot());
  return next;
};

tellAtOnce('a computer that was installed anew', {
  'beside a new aw-server: setup says whose history it has, sync stops, and --reclaim goes on as that device': async (
    served,
  ) => {
    const begun = await begin(served, 'rust');
    const { account, lap, id } = begun;
    const next = await withItsDatabase(begun, 'lap');
    const there = await account.texts('window');
    says(await next.setup(), reclaims(id));
    const told = await next.client(1, 'sync');
    says(told, reclaims(id));
    says(told, NEW_DEVICE);
    assert.equal([next.deviceId(), await account.devices(), await account.texts('window')], [null, [id], there]);

    await next.client(0, 'setup', '--reclaim', 'lap');
    await next.record('window', [60, 5, 'since']);
    says(await next.client(0, 'sync'), IN_STEP);
    assert.equal([next.deviceId(), await account.devices()], [id, [id]]);
    assert.is((await account.texts('window')).length, there.length + 1);
    await sameOnServer(account, next, 'window');
    says(await next.client(0, 'verify'), PROVEN);
    says(await lap.client(1, 'sync'), NEW_DEVICE, 'the computer before it is told so if it comes back');
  },
  'from a backup that lacks the newest hours, under another hostname: what only the server has is kept': async (
    served,
  ) => {
    const begun = await begin(served, 'python');
    const { account, lap, id } = begun;
    const next = await withItsDatabase(begun, 'renamed');
    await lap.record('window', ...Array.from({ length: 15 }, (_, i): Told => [4000 - i * 10, 8, `lost ${i}`]));
    says(await lap.client(0, 'sync'), IN_STEP);
    const whole = await account.texts('window');
    assert.is(whole.length, 95);
    await next.record('window', [200, 2, 'after']);

    says(await next.client(1, 'sync'), reclaims(id));
    await next.client(0, 'setup', '--reclaim', id);
    says(await next.client(0, 'sync'), IN_STEP);
    const after = await account.texts('window');
    assert.equal(
      after.filter((text) => whole.includes(text)),
      whole,
    );
    assert.is(after.length, 96);
    says(await next.client(0, 'verify'), /\b81 +81 +15\b[\s\S]*Both sides hold the same/);
    assert.equal(
      (await account.stored()).map(({ bucketId, device }) => [bucketId, device.deviceId, device.hostname]),
      [['window', id, 'renamed']],
    );
  },
  'two computers with one imported history: both are named, and a third may be either, or none': async (served) => {
    const begun = await begin(served, 'rust');
    const { account, lap, id } = begun;
    const second = await withItsDatabase(begun, 'lap');
    const third = await withItsDatabase(begun, 'lap');
    says(await second.client(1, 'sync'), reclaims(id));
    await second.client(0, 'setup', '--new-device');
    says(await second.client(0, 'sync'), IN_STEP);
    await second.record('window', [30, 5, 'of the second']);
    says(await second.client(0, 'sync'), IN_STEP);
    const both = [id, second.deviceId()!].sort();
    assert.equal(await account.devices(), both);

    says(await third.client(1, 'sync'), reclaims(...both));
    says(await third.client(1, 'setup', '--reclaim', 'lap'), /2 devices are called lap/);
    assert.equal([third.deviceId(), await account.devices()], [null, both]);
    says(await lap.client(0, 'sync'), IN_STEP);
    for (const computer of [lap, second]) await sameOnServer(account, computer, 'window');
  },
  'a machine cloned before setup: the later one is refused, and becomes a device of its own': async (served) => {
    const begun = await begin(served, 'python', 'cloned with it');
    const { account, lap, id } = begun;
    const clone = await withItsDatabase(begun, 'lap', { deviceId: 'cloned with it' });
    says(await clone.client(0, 'sync'), IN_STEP);
    assert.is(clone.deviceId(), id, 'by its device_id and its history it is the same');
    says(await lap.client(1, 'sync'), NEW_DEVICE);
    says(await lap.client(1, 'status'), NEW_DEVICE);
    await lap.client(0, 'setup', '--new-device');
    await lap.record('window', [30, 5, 'of the first']);
    for (const computer of [lap, clone]) says(await computer.client(0, 'sync'), IN_STEP);
    const both = [id, lap.deviceId()!].sort();
    assert.equal(await account.devices(), both);
    for (const computer of [lap, clone]) await sameOnServer(account, computer, 'window');
    const third = await withItsDatabase(begun, 'lap', { deviceId: 'cloned with it' });
    says(await third.client(1, 'sync'), reclaims(...both));
  },
  'with a key bound to a device that never pushed: it is bound anew, and the empty device goes': async (served) => {
    const begun = await begin(served, 'rust');
    const { account, id } = begun;
    const register = (deviceId: string) =>
      account.graphql(`mutation { registerDevice(input: { deviceId: "${deviceId}", hostname: "lap" }) { accountId } }`);
    await register('bound');
    const next = await withItsDatabase(begun, 'lap', { key: await account.newKey('--device', 'bound') });
    says(await next.setup(), reclaims(id));
    says(await next.client(1, 'sync'), reclaims(id));
    await next.client(0, 'setup', '--reclaim', id);
    says(await next.client(0, 'sync'), IN_STEP);
    const { devices } = await account.graphql<{ devices: { deviceId: string }[] }>('{ devices { deviceId } }');
    assert.equal(
      devices.map(({ deviceId }) => deviceId),
      [id],
    );
    await sameOnServer(account, next, 'window');
  },
}).run();
