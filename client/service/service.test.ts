import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openCliTrial, type CliTrial } from '../testing/cli-context.ts';
import { clock, makeLaptop } from '../testing/laptop.ts';
import { makeMemoryRemote } from '../testing/memory-remote.ts';
import { plistText } from './launchd.ts';
import type { Run, Where } from './manager.ts';
import { unitText } from './systemd.ts';

type Trial = { cli: CliTrial; calls: string[]; fails: RegExp | null; run: Run };

const where = (cli: CliTrial, platform: NodeJS.Platform): Where => ({
  platform,
  home: cli.home,
  node: '/opt/node 20/bin/node',
  bin: '/kt/client/bin.js',
  npx: null,
});
const unitPath = ({ home }: CliTrial) => join(home, '.config', 'systemd', 'user', 'kt-client.service');
const plistPath = ({ home }: CliTrial) => join(home, 'Library', 'LaunchAgents', 'kt-client.plist');

const service = suite<Trial>('kt-client service');
service.before.each(async (trial) => {
  const remote = makeMemoryRemote(clock);
  const laptop = makeLaptop(remote, 'rust', 'anna');
  trial.calls = [];
  trial.fails = null;
  trial.run = async (command, args) => {
    const call = [command, ...args].join(' ');
    trial.calls.push(call);
    return trial.fails?.test(call)
      ? { ok: false, output: 'Access denied\nmore' }
      : { ok: true, output: /is-active/.test(call) ? 'active\n' : /print/.test(call) ? '\tstate = running\n' : '' };
  };
  trial.cli = openCliTrial({ makeLocal: () => laptop.local, makeRemote: () => remote });
  await trial.cli.run('setup --url https://kt.example --api-key kt_secret');
});
service.after.each(({ cli }) => cli.close());

service('by systemd: installs, tells, and uninstalls', async ({ cli, calls, run }) => {
  const context = { where: where(cli, 'linux'), run };
  const installed = await cli.run('service install', context);
  assert.equal([installed.code, installed.err], [0, '']);
  assert.match(installed.out, /systemd keeps kt-client running.*journalctl --user -u kt-client/s);
  const unit = readFileSync(unitPath(cli), 'utf8');
  assert.match(unit, `ExecStart="/opt/node 20/bin/node" "/kt/client/bin.js" "daemon" "--config" "${cli.configPath}"`);
  assert.match(unit, `Environment="KT_CLIENT_STATE_DIR=${cli.stateDir}"`);
  assert.not.match(unit, /kt_secret|npm/);
  assert.equal(
    calls.slice(1),
    ['daemon-reload', 'enable kt-client.service', 'restart kt-client.service'].map(
      (call) => `systemctl --user ${call}`,
    ),
  );

  assert.match((await cli.run('service status', context)).out, /^running \(systemd: active\)/);
  assert.ok(JSON.parse((await cli.run('service status --json', context)).out).running);
  const gone = await cli.run('service uninstall', context);
  assert.is(gone.code, 0);
  assert.not.ok(existsSync(unitPath(cli)));
  assert.equal(
    [(await cli.run('service uninstall', context)).code, (await cli.run('service status', context)).code],
    [0, 1],
  );
});

for (const step of ['show-environment', 'daemon-reload', 'enable', 'restart']) {
  service(`by systemd: leaves all as it was when \`${step}\` fails`, async (trial) => {
    const { cli, run } = trial;
    const context = { where: where(cli, 'linux'), run };
    trial.fails = new RegExp(`--user ${step}`);
    const ran = await cli.run('service install', context);
    assert.equal([ran.code, ran.out], [1, '']);
    assert.match(ran.err, /^kt-client: [^\n]+\n$/);
    assert.not.ok(existsSync(unitPath(cli)));

    mkdirSync(dirname(unitPath(cli)), { recursive: true });
    writeFileSync(unitPath(cli), 'of before');
    assert.is((await cli.run('service install', context)).code, 1);
    assert.is(readFileSync(unitPath(cli), 'utf8'), 'of before');
  });
}

service('by launchd: installs, tells, and uninstalls', async ({ cli, calls, run }) => {
  const context = { where: where(cli, 'darwin'), run };
  assert.is((await cli.run('service install', context)).code, 0);
  const plist = readFileSync(plistPath(cli), 'utf8');
  for (const word of ['/opt/node 20/bin/node', '/kt/client/bin.js', 'daemon', '--config', cli.configPath])
    assert.match(plist, `<string>${word}</string>`);
  assert.not.match(plist, /kt_secret/);
  assert.is(statSync(plistPath(cli)).mode & 0o777, 0o600);
  assert.match(calls.at(-1)!, /^launchctl bootstrap gui\/\d+ .*kt-client\.plist$/);
  assert.match((await cli.run('service status', context)).out, /^running \(launchd: running\)/);
  assert.is((await cli.run('service uninstall', context)).code, 0);
  assert.not.ok(existsSync(plistPath(cli)));
});

service('by launchd: leaves all as it was when it fails', async (trial) => {
  const { cli, run } = trial;
  trial.fails = /bootstrap/;
  const ran = await cli.run('service install', { where: where(cli, 'darwin'), run });
  assert.is(ran.code, 1);
  assert.match(ran.err, /bootstrap.*failed \(Access denied\)\n$/);
  assert.not.ok(existsSync(plistPath(cli)));
});

service('elsewhere says so', async ({ cli, run, calls }) => {
  for (const command of ['install', 'uninstall', 'status']) {
    const ran = await cli.run(`service ${command}`, { where: where(cli, 'win32'), run });
    assert.equal([ran.code, ran.out], [1, '']);
    assert.match(ran.err, /systemd and launchd.*activitywatch-autostart\.md/);
  }
  assert.equal(calls, []);
});

service('is not installed from npx’s cache, which may be emptied: it says how to stay', async ({ cli, run, calls }) => {
  const npx = 'http://kt.lan:5700/client/kt-client.tgz';
  const context = { where: { ...where(cli, 'linux'), npx }, run, self: `npx --yes ${npx}` };
  const { code, out, err } = await cli.run('service install', context);
  assert.equal([code, out, calls, existsSync(unitPath(cli))], [1, '', [], false]);
  assert.match(err, `run \`npm install -g ${npx}\`, then kt-client service install\n`);
});

service('is not installed with settings that it would not find', async ({ cli, run, calls }) => {
  const ran = await cli.run('service install', {
    where: where(cli, 'linux'),
    run,
    env: { KT_CLIENT_API_KEY: 'kt_other' },
  });
  assert.is(ran.code, 1);
  assert.match(ran.err, /remote\.api_key is another than in the environment/);
  assert.not.match(ran.err, /kt_/);
  assert.equal(calls, []);
});

service('writes words that mean something to systemd or XML so that they don’t', () => {
  const program = { command: ['/a "b" \\c', '100%', '$HOME', '<&>'], env: { X: '$a "b" 5%' } };
  assert.match(unitText(program), 'ExecStart="/a \\"b\\" \\\\c" "100%%" "$$HOME" "<&>"');
  assert.match(unitText(program), 'Environment="X=$a \\"b\\" 5%%"');
  assert.match(plistText(program, '/log'), '<string>&lt;&amp;&gt;</string>');
});

service.run();
