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
import { taskScript, taskXml } from './task-scheduler.ts';

type Trial = { cli: CliTrial; calls: string[]; fails: RegExp | null; run: Run };

/** What each manager says of a service that runs; schtasks in the words of a German Windows. */
const ANSWERS: readonly (readonly [RegExp, string])[] = [
  [/is-active/, 'active\n'],
  [/print/, '\tstate = running\n'],
  [
    /\/Query/,
    '"DESK","\\kt-client","26.11.2026 19:00:00","Wird ausgeführt","Interaktiv","26.11.2026 18:00:00","267009"\r\n',
  ],
];

const where = (cli: CliTrial, platform: NodeJS.Platform): Where => ({
  platform,
  home: cli.home,
  folder: cli.stateDir,
  user: 'DESK\\Zoë & Co',
  isExecutable: false,
  command: ['/opt/node 20/bin/node', '/kt/client/bin.js'],
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
  // launchd: what runs goes on for one more question after it was told to stop.
  let left = 0;
  trial.run = async (command, args) => {
    const call = [command, ...args].join(' ');
    trial.calls.push(call);
    if (/bootstrap/.test(call)) left = Infinity;
    if (/bootout/.test(call)) left = Math.min(left, 1);
    if (/print gui.*kt-client/.test(call) && left-- <= 0) return { ok: false, output: 'Could not find service' };
    return trial.fails?.test(call)
      ? { ok: false, output: 'Access denied\nmore' }
      : { ok: true, output: ANSWERS.find(([asked]) => asked.test(call))?.[1] ?? '' };
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
  calls.length = 0;
  assert.is((await cli.run('service install', context)).code, 0);
  const asked = calls.map((call) => call.split(' ')[1]);
  assert.equal(asked, ['bootout', 'print', 'print', 'bootstrap'], 'not before the one of before is gone');
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

const scriptPath = ({ stateDir }: CliTrial) => join(stateDir, 'kt-client-task.cmd');

service('by the Task Scheduler: installs, tells, and uninstalls', async (trial) => {
  const { cli, calls } = trial;
  let xml = '';
  const run: Run = (command, args) => {
    if (args[0] === '/Create') xml = readFileSync(args[args.indexOf('/XML') + 1]!, 'latin1');
    return trial.run(command, args);
  };
  const context = { where: where(cli, 'win32'), run };
  const installed = await cli.run('service install', context);
  assert.equal([installed.code, installed.err], [0, '']);
  assert.match(installed.out, /Task Scheduler keeps kt-client running.*Get-Content -Wait .*kt-client\.log"/s);
  const file = join(cli.stateDir, 'kt-client-task.xml');
  assert.equal(calls, [
    'schtasks /End /TN kt-client',
    `schtasks /Create /TN kt-client /XML ${file} /F`,
    'schtasks /Run /TN kt-client',
  ]);
  assert.not.ok(existsSync(file));
  const script = readFileSync(scriptPath(cli), 'utf8');
  const log = join(cli.stateDir, 'kt-client.log');
  assert.match(
    script,
    `\r\n@"/opt/node 20/bin/node" "/kt/client/bin.js" "daemon" "--config" "${cli.configPath}" 2>>"${log}"\r\n`,
  );
  assert.match(script, `\r\n@set "KT_CLIENT_STATE_DIR=${cli.stateDir}"\r\n`);
  assert.is(xml.match(/<UserId>DESK\\Zo&#235; &#38; Co<\/UserId>/g)?.length, 2);
  assert.match(xml, `<Arguments>--headless cmd.exe /d /c "${scriptPath(cli)}"</Arguments>`);
  assert.not.match(script + xml, /kt_secret|npm/);

  assert.match((await cli.run('service status', context)).out, /^running \(the Task Scheduler: Wird ausgeführt\)/);
  const ended: Run = async () => ({ ok: true, output: ANSWERS.at(-1)![1].replace('267009', '1') });
  assert.match((await cli.run('service status', { ...context, run: ended })).out, /^installed, but not running/);
  calls.length = 0;
  assert.is((await cli.run('service uninstall', context)).code, 0);
  assert.equal(calls, ['schtasks /End /TN kt-client', 'schtasks /Delete /TN kt-client /F']);
  assert.not.ok(existsSync(scriptPath(cli)));
  assert.is((await cli.run('service status', context)).code, 1);
});

for (const step of ['/Create', '/Run']) {
  service(`by the Task Scheduler: leaves all as it was when ${step} fails`, async (trial) => {
    const { cli, run } = trial;
    const context = { where: where(cli, 'win32'), run };
    trial.fails = new RegExp(step);
    const ran = await cli.run('service install', context);
    assert.equal([ran.code, ran.out], [1, '']);
    assert.match(ran.err, /^kt-client: `schtasks [^\n]+ failed \(Access denied\)\n$/);
    assert.equal([existsSync(scriptPath(cli)), trial.calls.at(-1)], [false, 'schtasks /Delete /TN kt-client /F']);

    writeFileSync(scriptPath(cli), 'of before');
    assert.is((await cli.run('service install', context)).code, 1);
    assert.is(readFileSync(scriptPath(cli), 'utf8'), 'of before');
  });
}

service('elsewhere says so', async ({ cli, run, calls }) => {
  for (const command of ['install', 'uninstall', 'status']) {
    const ran = await cli.run(`service ${command}`, { where: where(cli, 'freebsd'), run });
    assert.equal([ran.code, ran.out], [1, '']);
    assert.match(ran.err, /systemd, launchd and the Task Scheduler.*activitywatch-autostart\.md/);
  }
  assert.equal(calls, []);
});

service('runs an executable that needs no Node as it is', async ({ cli, run }) => {
  const alone = { ...where(cli, 'linux'), isExecutable: true, command: ['/opt/kt client'] };
  assert.is((await cli.run('service install', { where: alone, run })).code, 0);
  assert.match(readFileSync(unitPath(cli), 'utf8'), 'ExecStart="/opt/kt client" "daemon" "--config"');
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

service('writes words that mean something to systemd, XML or cmd so that they don’t', () => {
  const program = { command: ['/a "b" \\c', '100%', '$HOME', '<&>'], env: { X: '$a "b" 5%' } };
  assert.match(unitText(program), 'ExecStart="/a \\"b\\" \\\\c" "100%%" "$$HOME" "<&>"');
  assert.match(unitText(program), 'Environment="X=$a \\"b\\" 5%%"');
  assert.match(plistText(program, '/log'), '<string>&lt;&amp;&gt;</string>');
  const windows = { command: ['C:\\a & b\\kt.exe', '100%'], env: { X: 'C:\\%Y%' } };
  assert.match(taskScript(windows, 'C:\\é.log'), '@"C:\\a & b\\kt.exe" "100%%" 2>>"C:\\é.log"\r\n');
  assert.match(taskScript(windows, 'C:\\é.log'), '@set "X=C:\\%%Y%%"\r\n');
  for (const refused of [() => taskScript(program, 'log'), () => taskXml('C:\\A & B\\task.cmd', 'anna')])
    assert.throws(refused, (error: Error) => /^(Windows has no path|the Task Scheduler cannot)/.test(error.message));
});

service.run();
