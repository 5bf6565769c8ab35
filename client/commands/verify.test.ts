import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { takeLock } from '../state/lock.ts';
import { openCliTrial, type CliTrial } from '../testing/cli-context.ts';
import { clock, makeLaptop, NOW_MS, type Laptop } from '../testing/laptop.ts';
import { makeMemoryRemote, type MemoryRemote } from '../testing/memory-remote.ts';

const DAY = 86_400;
const dateOf = (ago: number): string => new Date(NOW_MS - ago * 1000).toISOString().slice(0, 10);

const verify = suite<{ cli: CliTrial; remote: MemoryRemote; laptop: Laptop }>('kt-client verify');
verify.before.each(async (trial) => {
  trial.remote = makeMemoryRemote(clock);
  trial.laptop = makeLaptop(trial.remote, 'rust', 'anna');
  trial.cli = openCliTrial({ makeLocal: () => trial.laptop.local, makeRemote: () => trial.remote });
  await trial.laptop.bucket('window');
  await trial.laptop.record('window', [
    [300 * DAY, 10, 'old'],
    [200 * DAY, 10, 'older'],
    [10 * DAY, 10, 'one'],
    [50, 10, 'two'],
  ]);
  await trial.cli.run('setup --url https://kt.example --api-key kt_secret');
  await trial.cli.run('sync');
});
verify.after.each(({ cli }) => cli.close());

verify('ends with a line that a person can trust, and 0', async ({ cli }) => {
  const { code, out, err } = await cli.run('verify');
  assert.equal([code, err], [0, '']);
  assert.match(out, /this device +here +there +kept +to send +to delete +moving +days that differ\n/);
  assert.match(out, /window +4 +4 +0 +0 +0 +0 +–\n/);
  assert.match(out, /\nBoth sides hold the same: 4 events in 1 bucket, compared day by day \(.*\)\.\n$/);
});

verify(
  'answers 1 where they differ, and shows the days; a repair heals exactly those',
  async ({ cli, laptop, remote }) => {
    const { events } = await laptop.local.events('window', {});
    await laptop.local.deleteEvent('window', events[3]!.id);
    await laptop.local.replace('window', [{ ...events[2]!, data: { title: 'edited' } }]);
    await laptop.record('window', [[400 * DAY, 10, 'of last year']]);
    const writes = remote.writes;
    const found = await cli.run('verify');
    assert.is(found.code, 1);
    assert.match(
      found.out,
      new RegExp(`window +4 +4 +0 +2 +1 +0 +${[400, 300, 200].map((days) => dateOf(days * DAY)).join(' ')}\n`),
    );
    assert.match(found.out, /\nNot the same: 1 of 1 bucket .*`kt-client verify --repair` repairs what differs\.\n$/);
    assert.is(remote.writes, writes);

    const mended = await cli.run('verify --repair');
    assert.is(mended.code, 0);
    assert.match(mended.out, /window: repaired on the server: 1 added, 1 changed, 1 deleted\n/);
    assert.match(mended.out, /\nBoth sides hold the same: 4 events/);
    assert.is(remote.writes, writes + 3);
    assert.is((await cli.run('verify')).code, 0);
  },
);

verify('tells a program the same', async ({ cli, laptop }) => {
  await laptop.record('window', [[400 * DAY, 10, 'of last year']]);
  const { code, out } = await cli.run('verify --json');
  assert.is(code, 1);
  const { proven, repair, buckets } = JSON.parse(out);
  assert.equal([proven, repair, buckets.length], [false, false, 1]);
  const { side, bucket, outcome, here, there, kept, toSend, toDelete, moving, days } = buckets[0];
  assert.equal(
    { side, bucket, outcome, here, there, kept, toSend, toDelete, moving, days },
    {
      side: 'own',
      bucket: 'window',
      outcome: 'differs',
      here: 5,
      there: 4,
      kept: 0,
      toSend: 1,
      toDelete: 0,
      moving: 0,
      days: [dateOf(400 * DAY)],
    },
  );
});

verify('does not believe in an emptied bucket unless it is told to', async ({ cli, laptop, remote }) => {
  for (const { id } of (await laptop.local.events('window', {})).events) await laptop.local.deleteEvent('window', id);
  const held = await cli.run('verify --repair');
  assert.is(held.code, 1);
  assert.match(held.out, /window: the bucket is empty here: nothing was deleted there;.*--allow-deletes/);
  const [device] = await remote.devices();
  assert.is(remote.rows(device!.deviceId, 'window').length, 4);
  assert.is((await cli.run('verify --repair --allow-deletes')).code, 0);
  assert.is(remote.rows(device!.deviceId, 'window').length, 0);
});

verify('shows copies with what they lack and what they have alone', async ({ cli, laptop, remote }) => {
  const other = makeLaptop(remote, 'python', 'bert');
  await other.bucket('afk');
  await other.record('afk', [
    [3 * DAY, 1, 'x'],
    [2 * DAY, 1, 'y'],
  ]);
  await other.sync();
  assert.match(
    (await cli.run('verify')).out,
    /afk of bert +0 +2 +0 +2 +0 +0 .*\n.*\n?.*afk of bert: it is not here yet/s,
  );
  await cli.run('sync');
  await laptop.record('afk-synced-from-bert', [[5 * DAY, 1, 'mine']]);
  const alone = await cli.run('verify');
  assert.is(alone.code, 0, 'what only a copy has is told, and no fault');
  assert.match(alone.out, /copies +here.*\nafk-synced-from-bert +3 +2 +1 +0 +0 +0/);
  assert.match(alone.out, /afk-synced-from-bert: 1 event only here, and kept/);
});

verify('is refused while another has the state folder, and with flags that do not go together', async ({ cli }) => {
  const lock = await takeLock(cli.stateDir);
  const { code, err } = await cli.run('verify');
  await lock.release();
  assert.is(code, 1);
  assert.match(err, /^kt-client: another kt-client .*\n$/);
  assert.equal(await cli.run('verify --allow-deletes'), {
    code: 2,
    out: '',
    err: 'kt-client: --allow-deletes goes with --repair\n',
  });
});

verify.run();
