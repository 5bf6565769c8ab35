import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { KtError } from '../domain/errors.ts';
import { takeLock } from './state/lock.ts';
import type { KtContext } from './context.ts';
import type { Local, Remote } from './sync/ports.ts';
import { openCliTrial, type CliTrial, type Ran } from './testing/cli-context.ts';
import { clock, makeLaptop, type Laptop } from './testing/laptop.ts';
import { makeMemoryRemote, type MemoryRemote } from './testing/memory-remote.ts';

type Trial = { cli: CliTrial; remote: MemoryRemote; laptop: Laptop };

const SETUP = 'setup --url https://kt.example --api-key kt_secret';

const cli = suite<Trial>('kt-client');
cli.before.each((trial) => {
  trial.remote = makeMemoryRemote(clock);
  trial.laptop = makeLaptop(trial.remote, 'rust', 'anna');
  trial.cli = openCliTrial({ makeLocal: () => trial.laptop.local, makeRemote: () => trial.remote });
});
cli.after.each((trial) => trial.cli.close());

/** One line on stderr, nothing on stdout, and no stack or key in it. */
const assertSaid = ({ code, out, err }: Ran, expected: number, says: RegExp): void => {
  assert.is(code, expected);
  assert.is(out, '');
  assert.match(err, says);
  assert.match(err, /^kt-client: [^\n]+\n$/);
  assert.not.match(err, /kt_secret|\bat .*\.ts:\d/);
};
/** A port whose every call fails. */
const failing = <Port extends object>(error: KtError): Port =>
  new Proxy({} as Port, { get: () => () => Promise.reject(error) });
const refusing = (code: 'unauthenticated' | 'unavailable') => ({
  makeRemote: () => failing<Remote>(new KtError(code, `it is ${code}: do something`)),
});
const withoutAw = {
  makeLocal: () => failing<Local>(new KtError('unavailable', 'no aw-server: is ActivityWatch running?')),
};

cli('shows its help, and each command’s with examples', async ({ cli: trial }) => {
  const commands = [
    'setup',
    'login',
    'sync',
    'list',
    'daemon',
    'status',
    'verify',
    'doctor',
    'service install',
    'service uninstall',
    'service status',
    'config print',
  ];
  for (const args of ['--help', '-h']) {
    const { code, out, err } = await trial.run(args);
    assert.equal([code, err], [0, '']);
    const listed = [...out.matchAll(/^ {2}kt-client ([a-z][a-z-]*(?: [a-z][a-z-]*)?)/gm)].map(([, words]) => words);
    assert.equal(
      listed.sort(),
      [...commands].sort(),
      'a command of client/cli.ts is in the list above, and the reverse',
    );
  }
  for (const command of commands) {
    const { code, out } = await trial.run(`${command} --help`);
    assert.is(code, 0);
    assert.match(out, /Examples/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what must not reach a terminal
    assert.not.match(out, /#0|\u001b/);
  }
  assert.equal(await trial.run('--version'), { code: 0, out: '1.2.3\n', err: '' });
});

cli('answers a wrong command line with one line and 2', async ({ cli: trial }) => {
  for (const args of ['sync --frobnicate', 'frobnicate', 'config', 'sync now', 'setup --url'])
    assertSaid(await trial.run(args), 2, /kt-client --help/);
  assertSaid(await trial.run('setup --new-device --same-device'), 2, /exclude each other/);
});

const TYPOS: [line: string, meant: RegExp][] = [
  ['snyc', /there is no command "snyc": did you mean `kt-client sync`\?/],
  ['doctr --json', /did you mean `kt-client doctor`\?/],
  ['servce install', /did you mean `kt-client service install`\?/],
  ['service instal', /there is no command "service instal": did you mean `kt-client service install`\?/],
  ['config pirnt --json', /did you mean `kt-client config print`\?/],
  [
    'service',
    new RegExp(
      'not the whole command: did you mean `kt-client service install`, `kt-client service uninstall` ' +
        'or `kt-client service status`\\?',
    ),
  ],
  ['frobnicate', /there is no command "frobnicate" \(see `kt-client/],
  ['sync --dry-rnu', /"--dry-rnu"\): did you mean --dry-run\?/],
  ['setup --ur https://kt.example', /did you mean --url\?/],
  ['setup --apikey kt_secret', /did you mean --api-key\?/],
  ['setup --apikey=kt_secret', /"--apikey"\): did you mean --api-key\?/],
  ['setup kt_secret', /Extraneous positional argument \("kt_…"\)/],
  ['kt_secret', /there is no command "kt_…"/],
  ['verify --repiar', /did you mean --repair\?/],
  ['service status --jsno', /did you mean --json\?/],
  ['--log-fromat json', /did you mean --log-format\?/],
  ['sync --frobnicate', /"--frobnicate"\) \(see `kt-client/],
];
cli('tells what was probably meant by a slip of the finger', async ({ cli: trial }) => {
  for (const [line, meant] of TYPOS) assertSaid(await trial.run(line), 2, meant);
});

cli(
  'is set up with flags: both ends are asked, then the file is written for its owner alone',
  async ({ cli: trial }) => {
    const { code, out } = await trial.run(`${SETUP} --local-port 5666`);
    assert.is(code, 0);
    assert.match(out, /Next: `kt-client sync`/);
    assert.not.match(out, /kt_secret|unencrypted/);
    const text = readFileSync(trial.configPath, 'utf8');
    assert.match(text, /url = "https:\/\/kt\.example"/);
    assert.match(text, /port = 5666/);
    if (process.platform !== 'win32') assert.is(statSync(trial.configPath).mode & 0o777, 0o600);
    const printed = await trial.run('config print');
    assert.match(printed.out, /api_key = "\[hidden\]"/);
    assert.not.match(printed.out, /kt_secret/);
    assert.is(JSON.parse((await trial.run('config print --json')).out).local.port, 5666);
  },
);

cli('set up again keeps what the flags don’t name', async ({ cli: trial }) => {
  await trial.run(`${SETUP} --local-port 5666`);
  writeFileSync(trial.configPath, readFileSync(trial.configPath, 'utf8').replace('mode = "both"', 'mode = "push"'));
  assert.is((await trial.run('setup --url https://kt.example/behind')).code, 0);
  const text = readFileSync(trial.configPath, 'utf8');
  for (const part of [/mode = "push"/, /port = 5666/, /api_key = "kt_secret"/, /kt\.example\/behind/])
    assert.match(text, part);
});

cli(
  'set up with another origin sends it no key that was given for the one before',
  async ({ cli: trial, remote, laptop }) => {
    await trial.run(`${SETUP} --local-api-key local_secret`);
    const before = readFileSync(trial.configPath, 'utf8');
    const sent: string[] = [];
    const makers: Partial<KtContext> = {
      makeRemote: ({ remote: { url, api_key: key } }) => (sent.push(`${url} ${key}`), remote),
      makeLocal: ({ local: { port, api_key: key } }) => (sent.push(`${port} ${key}`), laptop.local),
    };
    for (const url of ['http://kt.example', 'https://kt.example:8443', 'https://other.example/kt']) {
      assertSaid(
        await trial.run(`setup --url ${url}`, makers),
        2,
        new RegExp(
          String.raw`the API key in .*config\.toml is for https://kt\.example, and is not sent to .*: ` +
            'give the key of that server too',
        ),
      );
      for (const command of [
        'sync',
        'sync --dry-run',
        'list',
        'status',
        'verify',
        'daemon',
        'service install',
        'setup',
      ]) {
        assertSaid(await trial.run(command, { ...makers, env: { KT_CLIENT_REMOTE_URL: url } }), 2, /is not sent to/);
      }
      const doctor = await trial.run('doctor', { ...makers, env: { KT_CLIENT_REMOTE_URL: url } });
      assert.is(doctor.code, 1);
      assert.match(doctor.out, /problem +configuration +the API key in .* is not sent to/);
    }
    assert.not.ok(sent.join('\n').includes('kt_secret'));
    assert.is(readFileSync(trial.configPath, 'utf8'), before);

    assert.is((await trial.run('setup --url http://other.example --api-key kt_other', makers)).code, 0);
    assert.equal(
      sent.filter((text) => text.startsWith('http://other.example')),
      ['http://other.example kt_other'],
    );
    assert.match(readFileSync(trial.configPath, 'utf8'), /api_key = "kt_other"/);
  },
);

cli(
  'set up with another aw-server takes the key of the one before out of the file',
  async ({ cli: trial, remote, laptop }) => {
    await trial.run(`${SETUP} --local-api-key local_secret`);
    const sent: string[] = [];
    const makers: Partial<KtContext> = {
      makeRemote: () => remote,
      makeLocal: ({ local: { port, api_key: key } }) => (sent.push(`${port} ${key}`), laptop.local),
    };
    const { code, out } = await trial.run('setup --local-port 5601', makers);
    assert.is(code, 0);
    assert.match(out, /is for the aw-server at 127\.0\.0\.1:5600, and is not sent to another: .*--local-api-key/);
    assert.is((await trial.run('sync', makers)).code, 0);
    assert.equal([...new Set(sent)], ['5601 ']);
    assert.not.match(readFileSync(trial.configPath, 'utf8'), /local_secret/);
    await trial.run('sync', { ...makers, env: { KT_CLIENT_LOCAL_PORT: '5602', KT_CLIENT_LOCAL_API_KEY: 'of_5602' } });
    assert.is(sent.at(-1), '5602 of_5602');
  },
);

cli('set up over plain http to another computer warns', async ({ cli: trial }) => {
  assert.match((await trial.run('setup --url http://kt.example --api-key k')).out, /unencrypted/);
  assert.not.match((await trial.run('setup --url http://127.0.0.1:5700 --api-key k')).out, /unencrypted/);
});

cli('is not set up when an end does not answer, and changes nothing', async ({ cli: trial }) => {
  assertSaid(await trial.run(SETUP, refusing('unauthenticated')), 1, /unauthenticated: do something/);
  assertSaid(await trial.run(SETUP, refusing('unavailable')), 1, /unavailable: do something/);
  assertSaid(await trial.run(SETUP, withoutAw), 1, /is ActivityWatch running/);
  assertSaid(await trial.run('setup'), 2, /setup needs --url/);
  assert.not.ok(existsSync(trial.configPath));
  assert.not.ok(existsSync(trial.stateDir));
});

cli('is told by a broken configuration file what is wrong, and leaves it', async ({ cli: trial }) => {
  mkdirSync(dirname(trial.configPath));
  writeFileSync(trial.configPath, '[remote\n');
  for (const args of ['sync', 'list', 'config print', SETUP])
    assertSaid(await trial.run(args), 2, /config\.toml is broken at line 1/);
  assert.is(readFileSync(trial.configPath, 'utf8'), '[remote\n');
});

cli('does not sync before it is set up', async ({ cli: trial }) => {
  assertSaid(
    await trial.run('sync', { env: { KT_CLIENT_CONFIG: '', XDG_CONFIG_HOME: trial.home } }),
    2,
    /run `kt-client setup/,
  );
});

const record = async (laptop: Laptop): Promise<void> => {
  await laptop.bucket('window');
  await laptop.record('window', [
    [100, 10, 'one'],
    [50, 10, 'two'],
  ]);
};

cli('syncs, and says what it did', async ({ cli: trial, laptop }) => {
  await record(laptop);
  await trial.run(SETUP);
  const first = await trial.run('sync');
  assert.equal([first.code, first.err], [0, '']);
  assert.match(first.out, /new to the server: it is registered/);
  assert.match(first.out, /window +2 new/);
  assert.match(first.out, /In step as far as compared: what is new was not proven yet/);
  const second = JSON.parse((await trial.run('sync --json')).out);
  assert.is(second.inStep, true);
  assert.equal(
    second.pushed.map((bucket: { inserted: number; updated: number }) => [bucket.inserted, bucket.updated]),
    [[0, 0]],
  );
});

cli(
  'tells of a copy once: as pulled where something came, else as left alone',
  async ({ cli: trial, laptop, remote }) => {
    await trial.run(SETUP);
    const other = makeLaptop(remote, 'python', 'bert');
    await other.bucket('afk');
    const times = (out: string) => out.split('afk-synced-from-bert').length - 1;
    for (const [title, section] of [
      ['one', 'pulled'],
      ['two', 'pulled'],
      [null, 'left alone'],
    ] as const) {
      if (title !== null) await other.record('afk', [[10, 1, title]]);
      await other.sync();
      await record(laptop);
      const { out } = await trial.run('sync');
      assert.is(times(out), 1, out);
      assert.match(out, new RegExp(`^${section}\\n(  .*\\n)*  afk-synced-from-bert `, 'm'));
    }
  },
);

cli('tells in a dry run what it would do, and writes nothing anywhere', async ({ cli: trial, laptop, remote }) => {
  await record(laptop);
  await trial.run(SETUP);
  const { code, out } = await trial.run('sync --dry-run');
  assert.is(code, 0);
  assert.match(out, /would be registered/);
  assert.match(out, /window +2 to send/);
  assert.match(out, /Nothing was changed/);
  assert.equal(await remote.devices(), []);
  assert.not.ok(existsSync(trial.stateDir));
});

cli('answers 1 when a bucket is not in step, and says which and why', async ({ cli: trial, laptop, remote }) => {
  await record(laptop);
  await trial.run(SETUP);
  const local = { ...laptop.local, events: () => Promise.reject(new KtError('unavailable', 'it answered 500')) };
  const { code, out, err } = await trial.run('sync', { makeLocal: () => local });
  assert.equal([code, err], [1, '']);
  assert.match(out, /not in step +window: it answered 500/);
  assert.equal((await remote.buckets()).length, 0);
});

cli(
  'answers 0 and tells of an event that is refused, or can’t be read, in every command that counts',
  async ({ cli: trial, laptop, remote }) => {
    await record(laptop);
    await trial.run(SETUP);
    remote.refuses = ({ data }) => (data['title'] === 'one' ? { how: 'reject', reason: 'too odd' } : null);
    for (const command of ['sync', 'sync', 'verify', 'verify --repair', 'status']) {
      const { code, out, err } = await trial.run(command);
      assert.equal([code, err], [0, ''], command);
      if (out.includes('nothing new')) continue; // the second pass sends nothing again
      assert.match(out, /set aside.*event \d+ \(too odd\)/, command);
      assert.not.match(out, /not in step|Not the same|refused/, command);
    }
    for (const command of ['sync --json', 'verify --json', 'status --json'])
      assert.type(JSON.parse((await trial.run(command)).out), 'object', command);
    assert.match((await trial.run('list')).out, /window +2 +1 .*in step/);
  },
);

cli('lists the other buckets beside one that can’t be read, and says why', async ({ cli: trial, laptop }) => {
  await record(laptop);
  await laptop.bucket('afk');
  await trial.run(SETUP);
  const events: Local['events'] = (id, query) =>
    id === 'window' ? Promise.reject(new KtError('unavailable', 'it answered 500')) : laptop.local.events(id, query);
  const { code, out } = await trial.run('list', { makeLocal: () => ({ ...laptop.local, events }) });
  assert.is(code, 0);
  assert.match(out, /afk +0/);
  assert.match(out, /window +– .*it can't be read: it answered 500/);
});

cli(
  'stops beside another aw-server, and goes on where the person says that it took the place of the old one',
  async ({ cli: trial, laptop, remote }) => {
    await record(laptop);
    await trial.run(SETUP);
    await trial.run('sync');
    const other = makeLaptop(remote, 'rust', 'renamed');
    await other.bucket('window');
    await other.record('window', [[86_400, 5, 'old']]);
    const context = { makeLocal: () => other.local };
    for (const command of ['sync', 'verify', 'sync --dry-run'])
      assertSaid(
        await trial.run(command, context),
        1,
        /another one than this device was synced from \(anna\).*--same-device.*--new-device/,
      );
    assert.match(
      (await trial.run('status', context)).out,
      /trouble +the last proof failed: the local aw-server is another one/,
    );
    assert.is((await trial.run('sync')).code, 0, 'the right one ends it');
    assert.is((await trial.run('setup --same-device', context)).code, 0);
    assert.is((await trial.run('sync', context)).code, 0);
    assert.equal(
      (await remote.buckets()).map(({ bucketId, events }) => [bucketId, events]),
      [['window', 3]],
    );
  },
);

cli(
  'answers 1 with one line when a server is unreachable or the key is wrong',
  async ({ cli: trial, laptop, remote }) => {
    await record(laptop);
    await trial.run(SETUP);
    assertSaid(await trial.run('sync', refusing('unauthenticated')), 1, /unauthenticated/);
    assertSaid(await trial.run('sync', refusing('unavailable')), 1, /unavailable/);
    assertSaid(await trial.run('sync', withoutAw), 1, /is ActivityWatch running/);
    assertSaid(await trial.run('list', withoutAw), 1, /is ActivityWatch running/);
    assert.equal(await remote.devices(), []);
    assert.not.ok(existsSync(`${trial.stateDir}/state.json`));
  },
);

cli('does one sync at a time per state folder', async ({ cli: trial, laptop }) => {
  await record(laptop);
  await trial.run(SETUP);
  const lock = await takeLock(trial.stateDir);
  assertSaid(await trial.run('sync'), 1, /another kt-client \(process \d+\) is syncing/);
  assert.is((await trial.run('sync --dry-run')).code, 0);
  await lock.release();
  assert.is((await trial.run('sync')).code, 0);
});

cli('after device_in_use asks no more until setup decides', async ({ cli: trial, laptop, remote }) => {
  await record(laptop);
  await trial.run(SETUP);
  await trial.run('sync');
  const state = JSON.parse(readFileSync(`${trial.stateDir}/state.json`, 'utf8'));
  await remote.register({
    deviceId: state.deviceId,
    hostname: 'clone',
    awDeviceId: null,
    pass: 9,
    nonce: 'of a clone',
  });
  assertSaid(await trial.run('sync'), 1, /setup --new-device.*setup --same-device/);
  remote.calls.length = 0;
  assertSaid(await trial.run('sync'), 1, /setup --new-device/);
  assert.equal(remote.calls, []);
  assert.is((await trial.run('setup --same-device')).code, 0);
  assert.is((await trial.run('sync')).code, 0);
  assert.is((await remote.devices()).length, 1);
  assert.is((await trial.run('setup --new-device')).code, 0);
  assert.match((await trial.run('sync')).out, /window +2 new/);
  assert.is((await remote.devices()).length, 2);
});

cli('lists local and remote buckets side by side', async ({ cli: trial, laptop, remote }) => {
  await record(laptop);
  await trial.run(SETUP);
  assert.match((await trial.run('list')).out, /anna \(this\) +window +2 +– .*behind by 2 events/);
  await trial.run('sync');
  const other = makeLaptop(remote, 'python', 'bert');
  await other.bucket('afk');
  await other.record('afk', [[10, 1, 'x']]);
  await other.sync();
  const { code, out } = await trial.run('list');
  assert.is(code, 0);
  assert.match(out, /anna \(this\) +window +2 +2 .*in step/);
  assert.match(out, /bert +afk +– +1 .*behind by 1 event\n/);
  await trial.run('sync');
  const rows = JSON.parse((await trial.run('list --json')).out);
  assert.equal(
    rows.map((row: { bucket: string; standing: string }) => [row.bucket, row.standing]),
    [
      ['window', 'in_step'],
      ['afk', 'in_step'],
    ],
  );
});

cli('prints nothing from elsewhere that could move a terminal’s cursor', async ({ cli: trial, laptop }) => {
  await laptop.bucket('evil\u001b[2J\u0007');
  await trial.run(SETUP);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what must not reach a terminal
  for (const args of ['sync', 'list']) assert.not.match((await trial.run(args)).out, /[\u001b\u0007]/);
});

cli.run();
