import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { KtError } from '../../domain/errors.ts';
import type { KtContext } from '../context.ts';
import { DAEMON, takeLock } from '../state/lock.ts';
import type { Remote } from '../sync/ports.ts';
import { openCliTrial, type CliTrial } from '../testing/cli-context.ts';
import { clock, makeLaptop, type Laptop } from '../testing/laptop.ts';
import { makeMemoryRemote, type MemoryRemote } from '../testing/memory-remote.ts';

type Trial = { cli: CliTrial; remote: MemoryRemote; laptop: Laptop };

const SETUP = 'setup --url https://kt.example --api-key kt_secret';
const down = {
  makeRemote: () =>
    new Proxy({} as Remote, {
      get: () => () => Promise.reject(new KtError('unavailable', 'kt-server is down: start it')),
    }),
};
const later = (minutes: number): Partial<KtContext> => ({
  clock: { nowUs: () => clock.nowUs() + BigInt(minutes) * 60_000_000n },
});

const open = async (trial: Trial): Promise<void> => {
  trial.remote = makeMemoryRemote(clock);
  trial.laptop = makeLaptop(trial.remote, 'rust', 'anna');
  await trial.laptop.bucket('window');
  await trial.laptop.record('window', [
    [100, 10, 'one'],
    [50, 10, 'two'],
  ]);
  const inspectServer = async () => ({ email: 'anna@example.org', scope: 'full', clockAheadMs: 0 });
  trial.cli = openCliTrial({ makeLocal: () => trial.laptop.local, makeRemote: () => trial.remote, inspectServer });
  await trial.cli.run(SETUP);
};

const status = suite<Trial>('kt-client status');
status.before.each(open);
status.after.each(({ cli }) => cli.close());

status('answers 1 before the first pass, and 0 after a good one', async ({ cli }) => {
  const before = await cli.run('status');
  assert.is(before.code, 1);
  assert.match(before.out, /trouble +nothing was synced yet/);
  await cli.run('sync');
  const after = await cli.run('status', later(2));
  assert.equal([after.code, after.err], [0, '']);
  assert.match(after.out, /last +2 min ago, a pass by `kt-client sync`: in step/);
  assert.match(after.out, /this one +window +2 min ago +in step/);
  assert.match(after.out, /daemon +not running/);
  assert.match(after.out, /All is well\.\n$/);
});

status(
  'says when what the last pass left can not be believed, and the next pass is told all the same',
  async ({ cli }) => {
    await cli.run('sync');
    const path = `${cli.stateDir}/last-pass.json`;
    for (const text of ['{"version":1,"endedUs":"2023-11-14T22:13:20Z","buckets":[null]}', '{"version":9}', 'oops']) {
      writeFileSync(path, text);
      const { code, out, err } = await cli.run('status');
      assert.equal([code, err], [1, '']);
      assert.match(out, /trouble +.*last-pass\.json .*is not known, and the next pass writes it anew/);
      assert.not.match(out, /nothing was synced yet/);
      assert.is((await cli.run('sync')).code, 0);
      assert.is((await cli.run('status')).code, 0);
    }
  },
);

status('tells how far each bucket lags, and when the proof was made', async ({ cli, laptop }) => {
  await cli.run('sync');
  await cli.run('verify');
  await laptop.record('window', [[5, 1, 'three']]);
  const { code, out } = await cli.run('status');
  assert.is(code, 0, 'what was recorded since is no trouble');
  assert.match(out, /window +<1 s ago +behind by 1 event/);
  assert.match(out, /proof +<1 s ago: both sides held the same/);
  const json = JSON.parse((await cli.run('status --json')).out);
  assert.equal([json.ok, json.last.by, json.buckets[0].behind.events, json.proof.equal], [true, 'verify', 1, true]);
});

status('answers 1 when the last pass failed or is long ago, and says why', async ({ cli }) => {
  await cli.run('sync');
  const old = await cli.run('status', later(60));
  assert.is(old.code, 1);
  assert.match(old.out, /trouble +the last pass is long ago/);
  await cli.run('sync', down);
  const failed = await cli.run('status', down);
  assert.is(failed.code, 1);
  assert.match(failed.out, /the last pass failed: kt-server is down/);
  assert.match(failed.out, /lag unknown +kt-server is down/);
  await cli.run('sync');
  assert.is((await cli.run('status')).code, 0);
});

status('says well only of what was compared with the server in force', async ({ cli, laptop }) => {
  await cli.run('sync');
  assert.is((await cli.run('status')).code, 0);
  const other = makeMemoryRemote(clock, 'account-2');
  const elsewhere = {
    makeRemote: () => other,
    inspectServer: async () => ({ email: 'anna@example.org', scope: 'full', clockAheadMs: 0 }),
  };
  const cases: [string, Partial<KtContext>, RegExp][] = [
    [
      'setup --url https://kt.other --api-key kt_other',
      elsewhere,
      /trouble +nothing was compared with https:\/\/kt\.other yet, since the last pass was of https:\/\/kt\.example/,
    ],
    [
      'setup --url https://kt.example --api-key kt_other',
      elsewhere,
      /trouble +nothing was compared with https:\/\/kt\.example yet, since the last pass was of another account/,
    ],
  ];
  for (const [setup, context, says] of cases) {
    assert.is((await cli.run(setup, context)).code, 0);
    const { code, out } = await cli.run('status', context);
    assert.is(code, 1, setup);
    assert.match(out, says);
    assert.match(out, /in step +never/);
    assert.not.match(out, /well/);
    assert.is(JSON.parse((await cli.run('status --json', context)).out).last, null);
  }
  const offline = {
    makeRemote: () => new Proxy(other, { get: () => () => Promise.reject(new KtError('unavailable', 'it is down')) }),
  };
  await cli.run('sync', { ...elsewhere, ...offline });
  assert.match(
    (await cli.run('status', elsewhere)).out,
    /another account/,
    'a pass that did not come through tells of no account',
  );
  await cli.run('sync', elsewhere);
  const { code, out } = await cli.run('status', elsewhere);
  assert.equal([code, /window +<1 s ago +in step/.test(out)], [0, true], out);
  assert.is(await laptop.state.load(), null);
});

status(
  'is never well beside a copy that lost what a pull wrote, nor an own bucket that lost what was pushed',
  async ({ cli, remote, laptop }) => {
    const bert = makeLaptop(remote, 'rust', 'bert');
    await bert.bucket('afk');
    await bert.record('afk', [
      [900, 10, 'a'],
      [800, 10, 'b'],
      [700, 10, 'c'],
    ]);
    await bert.sync();
    await cli.run('sync');
    assert.is((await cli.run('status')).code, 0);

    const copy = laptop.aw.dump()['afk-synced-from-bert']!;
    await laptop.local.deleteEvent('afk-synced-from-bert', copy.events[0]!.id);
    const lost = await cli.run('status');
    assert.is(lost.code, 1);
    assert.match(lost.out, /trouble +afk of bert: it holds 2 events here, and 3 after the last pull/);
    assert.not.match(lost.out, /well/);
    await cli.run('sync');
    assert.is((await cli.run('status')).code, 0);

    await laptop.local.deleteEvent('window', laptop.aw.dump()['window']!.events[0]!.id);
    assert.match((await cli.run('status')).out, /trouble +window: it holds 1 events? here, and 2 at the last pass/);
  },
);

status('says of now only what was looked at now', async ({ cli, laptop }) => {
  await cli.run('sync');
  assert.match(
    (await cli.run('status', { makeRemote: down.makeRemote })).out,
    /lag unknown.*\nAll was well at the last pass\.\n$/,
  );
  await laptop.record('window', [[5, 1, 'three']]);
  assert.match(
    (await cli.run('status')).out,
    /behind by 1 event\n\nAll was well at the last pass; what came since goes with the next\.\n$/,
  );
});

status(
  'goes on telling of an event that was refused, which later passes do not send again, and is well',
  async ({ cli, remote }) => {
    remote.refuses = ({ data }) => (data['title'] === 'one' ? { how: 'reject', reason: 'too odd' } : null);
    assert.is((await cli.run('sync')).code, 0);
    await cli.run('sync');
    const { code, out } = await cli.run('status');
    assert.is(code, 0);
    assert.match(out, /set aside {2}window: event \d+ \(too odd\)\nAll is well/);
    remote.refuses = () => null;
    await cli.run('verify --repair');
    assert.not.match((await cli.run('status')).out, /set aside/);
  },
);

status('names a device that made no pass for a day, which is no trouble of this one', async ({ cli, remote }) => {
  await makeLaptop(remote, 'rust', 'bert').sync();
  await cli.run('sync');
  assert.not.match((await cli.run('status')).out, /silent/);
  await cli.run('sync', later(2 * 24 * 60));
  const { code, out } = await cli.run('status', later(2 * 24 * 60));
  assert.is(code, 0);
  assert.match(out, /silent +bert has not synced for 2 (d|days)\n/);
  assert.not.match(out, /silent +anna/);
  assert.equal(
    JSON.parse((await cli.run('status --json', later(2 * 24 * 60))).out).silent.map(
      ({ hostname }: { hostname: string }) => hostname,
    ),
    ['bert'],
  );
});

status('does not take a dry run for a pass', async ({ cli }) => {
  await cli.run('sync --dry-run');
  assert.is((await cli.run('status')).code, 1);
});

status('tells which process the daemon is', async ({ cli }) => {
  await cli.run('sync');
  const lock = await takeLock(cli.stateDir, DAEMON);
  assert.match((await cli.run('status')).out, new RegExp(`daemon +running \\(process ${process.pid}\\)`));
  await lock.release();
});
status.run();

const doctor = suite<Trial>('kt-client doctor');
doctor.before.each(open);
doctor.after.each(({ cli }) => cli.close());

doctor('looks at everything, and answers 0 where there is no problem', async ({ cli }) => {
  await cli.run('sync');
  const { code, out, err } = await cli.run('doctor');
  assert.equal([code, err], [0, '']);
  for (const about of [
    'configuration',
    'aw-server',
    'kt-server',
    'API key',
    'clock',
    'this device',
    'other syncs',
    'future events',
    'daemon',
  ])
    assert.match(out, new RegExp(`^\\w+ +${about} `, 'm'));
  assert.match(out, /\n1 warning\.\n$/);
  assert.not.match(out, /kt_secret/);
});

doctor('answers 1 on a problem, and says what to do', async ({ cli }) => {
  chmodSync(cli.configPath, 0o644);
  const { code, out } = await cli.run('doctor', down);
  assert.is(code, 1);
  assert.match(out, /^problem +configuration .*mode 644\)\n +→ run `chmod 600/m);
  assert.match(out, /^problem +kt-server +kt-server is down/m);
  const json = JSON.parse((await cli.run('doctor --json', down)).out);
  assert.is(json.ok, false);
  assert.equal(json.findings[0].level, 'problem');
});

doctor('works before anything is set up, and writes nothing', async ({ cli }) => {
  const { code, out } = await cli.run('doctor', { env: { KT_CLIENT_CONFIG: '', XDG_CONFIG_HOME: cli.home } });
  assert.is(code, 1);
  assert.match(out, /there is no server in .*\n +→ run `kt-client setup`/);
  assert.throws(() => readFileSync(`${cli.stateDir}/state.json`));
});
doctor.run();
