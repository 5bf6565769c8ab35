/**
 * A new device that is really an old one (spec/sync 7.5): its events show that, whatever the hostname; nothing is
 * doubled, and a person decides where only a person can.
 */
import { randomUUID } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeRemoteServer } from '../../client/remote/remote-server.ts';
import { reclaim } from '../../client/setup/reclaim.ts';
import { freshState, makeMemoryState } from '../../client/sync/saved-state.ts';
import type { Remote } from '../../client/sync/ports.ts';
import { KtError } from '../../domain/errors.ts';
import { makeFakeAw } from '../support/fake-aw/server.ts';
import { APP_URL } from '../support/test-server.ts';
import {
  atRest,
  inStep,
  KINDS,
  lapAndDesk,
  sameCopy,
  sameOnServer,
  type Laptop,
  type Story,
  type Told,
} from './scene.ts';

const HOUR = 3600;
const past = (count: number, whose: string): Told[] =>
  Array.from({ length: count }, (_, i): Told => [(count - i) * HOUR + 1, 61.5, `${whose} ${i}`]);

type Scene = { story: Story; lap: Laptop; desk: Laptop };

/** A laptop with a large bucket and a small one, and a desk that has copies of both. */
const begin = (kind: (typeof KINDS)[number], hostname?: string): Promise<Scene> =>
  lapAndDesk(kind, { window: past(80, 'window'), afk: past(6, 'afk') }, hostname);

/** A laptop with a copy of another's current database, beside an aw-server of its own; it has no state. */
const withDatabaseOf = (
  { story }: Scene,
  other: Laptop,
  hostname: string,
  more: { deviceId?: string } = {},
): Laptop => {
  const laptop = story.laptop(hostname, { kind: other.aw.kind, ...more });
  laptop.aw.restore(other.aw.snapshot());
  return laptop;
};

/** The ids of the devices that a pass without state lists instead of syncing. */
const stops = async (story: Story, laptop: Laptop): Promise<string[]> => {
  const rows = await story.rowVersions();
  const before = await devices(story);
  try {
    await laptop.sync();
  } catch (error) {
    assert.ok(error instanceof KtError, String(error));
    assert.is(error.code, 'device_in_use', error.message);
    const named = error.details['reclaim'] as string[];
    for (const id of named) assert.match(error.message, id);
    assert.match(error.message, /setup --reclaim .*setup --new-device/);
    assert.equal([await story.rowVersions(), await devices(story), await laptop.state.load()], [rows, before, null]);
    return named;
  }
  return assert.unreachable('it went on') as never;
};

const devices = async ({ user }: Story): Promise<string[]> =>
  (await user.graphql<{ devices: { deviceId: string }[] }>('{ devices { deviceId } }')).devices.map(
    ({ deviceId }) => deviceId,
  );
const idOf = async ({ state }: Laptop): Promise<string> => (await state.load())!.deviceId;
const remoteOf = ({ server, user }: Story, apiKey = user.key): Remote =>
  makeRemoteServer({
    url: APP_URL,
    apiKey,
    retries: 0,
    fetch: async (request, init) => server.app.fetch(request, init as never),
  });

for (const kind of KINDS) {
  const again = suite(`installed anew, without the state folder (${kind})`);

  again('under another device_id it goes on as the device it was; copies stay what they are', async () => {
    const scene = await begin(kind);
    const { story, lap, desk } = scene;
    const next = withDatabaseOf(scene, lap, 'lap');
    const rows = (await story.rowVersions()).length;
    const id = await idOf(lap);
    assert.equal(await stops(story, next), [id]);
    await reclaim(remoteOf(story), next.state, 'lap');
    await next.record('window', [60, 5, 'since']);
    for (const laptop of [next, desk]) inStep(await laptop.sync());
    assert.equal(await devices(story), [id, await idOf(desk)]);
    assert.is((await story.rowVersions()).length, rows + 2, 'the new event, and its title');
    for (const bucket of ['window', 'afk']) {
      await sameOnServer(story, next, bucket);
      sameCopy(next, bucket, desk);
      assert.is(await story.kept(next, bucket), 0);
    }
    await atRest(story, next, desk);
  });

  again(
    'from a backup that lacks the newest hours, under another hostname: what only the server has is kept',
    async () => {
      const scene = await begin(kind, 'unknown');
      const { story, lap, desk } = scene;
      const backup = withDatabaseOf(scene, lap, 'renamed');
      await lap.record('window', ...Array.from({ length: 15 }, (_, i): Told => [500 - i * 10, 8, `lost ${i}`]));
      for (const laptop of [lap, desk]) inStep(await laptop.sync());
      const whole = await story.onServer(lap, 'window');
      await backup.record('window', ...Array.from({ length: 12 }, (_, i): Told => [200 - i * 10, 2, `after ${i}`]));
      const id = await idOf(lap);
      assert.equal(await stops(story, backup), [id]);
      await reclaim(remoteOf(story), backup.state, id);
      for (const laptop of [backup, desk]) inStep(await laptop.sync());
      assert.is((await story.onServer(backup, 'window')).length, whole.length + 12);
      assert.is(await story.kept(backup, 'window'), 15);
      assert.equal(desk.events('window-synced-from-unknown'), await story.onServer(backup, 'window'));
      assert.equal(desk.bucketIds().length, 2);
      assert.equal(await devices(story), [id, await idOf(desk)]);
      await atRest(story, backup, desk);
    },
  );

  again('with more here than the server got: its newest and what is spread there are here', async () => {
    const scene = await begin(kind);
    const { story, lap } = scene;
    await lap.record('window', ...Array.from({ length: 200 }, (_, i): Told => [3000 - i * 10, 8, `never sent ${i}`]));
    assert.equal(await stops(story, withDatabaseOf(scene, lap, 'other')), [await idOf(lap)]);
  });

  again('two computers with one imported history: each is named, and a third may be any of them, or none', async () => {
    const scene = await begin(kind, 'unknown');
    const { story, lap, desk } = scene;
    const second = withDatabaseOf(scene, lap, 'unknown');
    assert.equal(await stops(story, second), [await idOf(lap)]);
    await second.state.save(freshState(randomUUID()));
    inStep(await second.sync());
    await second.record('window', [30, 5, 'of the second']);
    for (const laptop of [second, lap, desk]) inStep(await laptop.sync());
    const third = withDatabaseOf(scene, second, 'third');
    for (const id of third.bucketIds().filter((bucket) => bucket.includes('-synced-from-'))) await third.drop(id);
    assert.equal((await stops(story, third)).sort(), [await idOf(lap), await idOf(second)].sort());
    assert.is((await devices(story)).length, 3);
    for (const laptop of [lap, second])
      for (const bucket of ['window', 'afk']) await sameOnServer(story, laptop, bucket);
    await atRest(story, lap, second, desk);
  });

  again('a machine cloned before setup: two devices of one device_id are both named', async () => {
    const scene = await begin(kind);
    const { story, lap } = scene;
    const { deviceId } = lap.aw;
    const clone = withDatabaseOf(scene, lap, 'lap', { deviceId });
    const id = await idOf(lap);
    inStep(await clone.sync());
    assert.is(await idOf(clone), id, 'by its device_id and its history it is the same');
    await clone.state.save(freshState(randomUUID())); // device_in_use says to: `setup --new-device`
    inStep(await clone.sync());
    const third = withDatabaseOf(scene, lap, 'lap', { deviceId });
    assert.equal((await stops(story, third)).sort(), [id, await idOf(clone)].sort());
    await reclaim(remoteOf(story), third.state, id);
    inStep(await third.sync());
    assert.is((await devices(story)).length, 3);
    await sameOnServer(story, third, 'window');
    await atRest(story, third, clone);
  });

  again(
    'by a key that is bound to a device which never pushed: it is bound anew, and the empty device goes',
    async () => {
      const scene = await begin(kind);
      const { story, lap, desk } = scene;
      const next = withDatabaseOf(scene, lap, 'lap');
      const id = await idOf(lap);
      await remoteOf(story).register({ deviceId: 'bound', hostname: 'lap', awDeviceId: null });
      const { key } = await story.server.resolvers.accounts.createKey({
        email: story.user.email,
        name: 'bound',
        deviceId: 'bound',
      });
      const remote = remoteOf(story, key);
      let code = '';
      await next.sync({}, { remote }).catch((error: KtError) => (code = error.code));
      assert.is(code, 'device_in_use');
      await reclaim(remote, next.state, id);
      inStep(await next.sync({}, { remote }));
      assert.equal(await devices(story), [id, await idOf(desk)]);
      await sameOnServer(story, next, 'window');
      const other = story.server.resolvers.accounts.createKey({
        email: story.user.email,
        name: 'desk',
        deviceId: await idOf(desk),
      });
      await desk.bucket('own');
      inStep(await desk.sync());
      code = '';
      await reclaim(remoteOf(story, (await other).key), makeMemoryState(), id).catch(
        (error: KtError) => (code = error.code),
      );
      assert.is(code, 'forbidden', 'a key of a device that holds something is that one’s');
      await atRest(story, next, desk);
    },
  );
  again.run();

  const quiet = suite(`nobody is asked (${kind})`);

  quiet('about a lost state folder beside the same aw-server', async () => {
    const { story, lap, desk } = await begin(kind);
    const id = await idOf(lap);
    lap.state = makeMemoryState();
    const report = await lap.sync();
    inStep(report);
    assert.equal([report.newDevice, await idOf(lap)], [false, id]);
    await atRest(story, lap, desk);
  });

  quiet('about a database that was wiped, beside the same aw-server: what the server holds is kept', async () => {
    const { story, lap, desk } = await begin(kind);
    const id = await idOf(lap);
    const before = await story.onServer(lap, 'window');
    const { deviceId } = lap.aw;
    lap.aw = makeFakeAw({ kind, hostname: 'lap', deviceId });
    lap.state = makeMemoryState();
    await lap.bucket('window');
    await lap.record('window', ...Array.from({ length: 30 }, (_, i): Told => [900 - i * 20, 5, `anew ${i}`]));
    inStep(await lap.sync());
    assert.is(await idOf(lap), id);
    assert.is((await story.onServer(lap, 'window')).length, before.length + 30);
    inStep(await desk.sync());
    await atRest(story, lap, desk);
  });

  quiet(
    'about a new computer: buckets of the same id with another past, empty ones, copies; and it costs few requests',
    async () => {
      const scene = await begin(kind, 'unknown');
      const { story, desk } = scene;
      const fresh = story.laptop('unknown', { kind });
      await fresh.bucket('own');
      await fresh.record('own', ...past(30, 'own'));
      const calls: string[] = [];
      const remote = new Proxy(remoteOf(story), {
        get: (target, name: keyof Remote) => {
          calls.push(name);
          if (name === 'register') read = fresh.aw.requests.length - before;
          return target[name];
        },
      });
      const before = fresh.aw.requests.length;
      let read = 0;
      inStep(await fresh.sync({}, { remote }));
      assert.equal(calls.slice(0, calls.indexOf('register')), ['devices', 'namesakes']);
      assert.ok(read <= 3, `nothing is probed where there is nothing to compare with: ${read} local reads`);
      const namesake = story.laptop('unknown', { kind });
      for (const id of ['window', 'afk']) await namesake.bucket(id);
      await namesake.record('window', ...past(80, 'of another'));
      // What was pulled to the desk is second-hand wherever its database is used.
      const copied = story.laptop('desk 2', { kind });
      copied.aw.restore(desk.aw.snapshot());
      for (const laptop of [namesake, copied]) inStep(await laptop.sync());
      assert.is((await devices(story)).length, 5);
      for (const bucket of ['window', 'afk']) await sameOnServer(story, namesake, bucket);
    },
  );
  quiet.run();

  const other = suite(`another past under the same device_id (${kind})`);
  other(
    'is asked about: it may be the device, and the server’s history would be beside this one in one bucket',
    async () => {
      const { story, lap } = await begin(kind);
      const id = await idOf(lap);
      const stranger = story.laptop('lap', { kind, deviceId: lap.aw.deviceId });
      await stranger.bucket('window');
      await stranger.record('window', ...past(120, 'of another life'));
      assert.equal(await stops(story, stranger), [id]);
    },
  );
  other.run();
}
