/**
 * What is deleted on a device, through processes (spec/sync 4.6, 4.7): held, trashed, put back, emptied. Its cases
 * are in deletions.test.ts.
 */
import * as assert from 'uvu/assert';
import { IN_STEP, PROVEN, sameOnServer, says, tellAtOnce, type Computer, type Told } from './process-scene.ts';

const DAY = 86_400;
const COPY = 'window-synced-from-lap';
const HELD = /16 of the 60 events.*nothing was deleted there.*`[^`]*verify --repair --allow-deletes`/;

/** Deletes the oldest, so that the newest still show that the ids are the same. */
const deleteOldest = async (lap: Computer, count: number): Promise<void> => {
  const ids = lap.aw
    .dump()
    ['window']!.events.slice(-count)
    .map(({ id }) => id);
  for (const id of ids) await lap.ask('DELETE', `buckets/window/events/${id}`);
};

tellAtOnce('what a device deletes', {
  'is held if it is much, goes into the trash once it is allowed, is put back, and purged': async (served) => {
    const account = await served.newAccount();
    const lap = await account.computer('lap', { kind: 'rust' });
    const desk = await account.computer('desk', { kind: 'python' });
    await lap.bucket('window');
    await lap.record('window', ...Array.from({ length: 60 }, (_, i): Told => [(61 - i) * DAY, 60 + i, `title ${i}`]));
    for (const computer of [lap, desk]) says(await computer.client(0, 'sync'), IN_STEP);
    const whole = await account.texts('window');
    const trashed = async () => (await account.stored()).map(({ trashCount }) => trashCount);

    await deleteOldest(lap, 16);
    for (const command of ['sync', 'status']) says(await lap.client(1, command), HELD);
    assert.equal([await account.texts('window'), await trashed()], [whole, [0]]);

    says(await lap.client(0, 'verify', '--repair', '--allow-deletes'), /16 deleted[\s\S]*Both sides hold the same/);
    assert.equal(await trashed(), [16]);
    await sameOnServer(account, lap, 'window');
    says(await desk.client(0, 'sync'), IN_STEP);
    assert.equal(await desk.texts(COPY), await lap.texts('window'));

    says(await account.server('trash', 'list'), /^BUCKET .*\n"window" +16 /);
    assert.is(await account.server('trash', 'restore', '--bucket', 'window'), '"window": 16 events put back\n');
    assert.equal([await account.texts('window'), await trashed()], [whole, [0]]);
    says(await lap.client(0, 'sync'), IN_STEP, 'the device that deleted them does not get them back');
    assert.is((await lap.texts('window')).length, 44);
    assert.equal([await account.texts('window'), await trashed()], [whole, [0]], 'nor takes them away again');
    says(await desk.client(0, 'sync'), IN_STEP);
    assert.equal(await desk.texts(COPY), whole);
    for (const computer of [lap, desk]) says(await computer.client(0, 'verify'), PROVEN);

    await deleteOldest(lap, 3);
    says(await lap.client(0, 'verify', '--repair', '--allow-deletes'), /3 deleted/);
    assert.is(await account.server('trash', 'empty'), '"window": 3 events purged\n');
    assert.equal(await trashed(), [0]);
    assert.is((await account.texts('window')).length, 57);
  },
}).run();
