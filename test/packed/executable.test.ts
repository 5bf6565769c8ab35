/**
 * kt-client as one file, made by what `npm run build:executables` makes them by, of the Node that runs this: used where
 * there is no Node on the PATH.
 */
import { readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { VERSION } from '../../cli/version.ts';
import { buildClient, CLIENT_FILE } from '../../scripts/build/client.ts';
import { blobOf, makeExecutable } from '../../scripts/build/executable.ts';
import { bareOfSignature, faultOf, isSigned, kindOf } from '../../scripts/build/executable-format.ts';
import { IN_STEP } from '../stories/process-scene.ts';
import { listenFakeAw, makeFakeAw } from '../support/fake-aw/server.ts';
import { makeProcesses } from '../support/processes.ts';

const processes = makeProcesses();
const home = realpathSync(processes.folder());
const kind = { platform: process.platform, arch: process.arch };
const file = join(home, process.platform === 'win32' ? 'kt-client.exe' : 'kt-client');
const programs = processes.folder();
const env = {
  HOME: home,
  PATH: programs,
  XDG_CONFIG_HOME: join(home, 'config'),
  XDG_DATA_HOME: join(home, 'data'),
};
const start = (...args: readonly string[]) => processes.program([file, ...args], { cwd: '/', env });
/** Runs it to its end, which must be a good one; returns what it wrote. */
const kt = async (...args: readonly string[]): Promise<string> => {
  const { code, stdout, stderr } = await start(...args).ended;
  assert.is(code, 0, stderr + stdout);
  return stdout + stderr;
};

const executable = suite('the executable');

executable.before(async () => {
  const main = join(home, CLIENT_FILE);
  await buildClient(main);
  await makeExecutable(process.execPath, await blobOf(process.execPath, main), file, kind);
});
executable.after(() => processes.close());

executable('says its version and its help, and warns of nothing', async () => {
  const { code, stdout, stderr } = await start('--version').ended;
  assert.equal([code, stdout, stderr], [0, `${VERSION}\n`, '']);
  assert.match(await kt('--help'), `${file} sync`);
});

executable('syncs a laptop, and says everywhere how it is started', async () => {
  const server = processes.server(['--data-dir', join(home, 'server'), '--port', '0'], { HOME: home });
  const aw = await listenFakeAw(makeFakeAw({ kind: 'rust', hostname: 'lap', deviceId: 'aw-lap' }));
  try {
    const post = (path: string, body: unknown) =>
      fetch(`${aw.url}/api/0/buckets/window_lap${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    await post('', { type: 'currentwindow', client: 'test', hostname: 'lap' });
    await post('/events', [{ timestamp: '2026-01-05T09:00:00Z', duration: 60, data: { app: 'vim', title: 'a' } }]);
    const [, url = ''] = await server.says(/ready at (\S+)\n/);
    const [, key = ''] = await server.says(/--api-key (kt_\S+)/);
    const set = await kt('setup', '--url', url, '--api-key', key, '--local-port', String(aw.port));
    assert.match(set, `Next: \`${file} sync\``);
    assert.match(await kt('sync'), IN_STEP);
    assert.match(await kt('list'), /window_lap/);
    assert.match(await kt('doctor'), /kt-server/);

    const daemon = start('daemon');
    await daemon.says(/\S/, 'stderr');
    if (process.platform !== 'win32') {
      const { code, stderr } = await daemon.kill('SIGTERM');
      assert.equal([code, /told to stop/.test(stderr)], [0, true], stderr);
    }
    assert.is((await server.kill('SIGTERM')).code, 0);
  } finally {
    await aw.close();
  }
});

executable('is what its service runs, by its own name where the PATH leads to it', async () => {
  if (process.platform !== 'linux') return; // the others' managers cannot be had as a script; service.test.ts has them
  writeFileSync(join(programs, 'systemctl'), '#!/bin/sh\nexit 0\n', { mode: 0o755 });
  symlinkSync(file, join(programs, 'kt-client'));
  await kt('service', 'install');
  const unit = readFileSync(join(home, '.config', 'systemd', 'user', 'kt-client.service'), 'utf8');
  assert.match(unit, `ExecStart="${file}" "daemon" "--config" "${join(home, 'config')}`);
  await kt('service', 'uninstall');
  const { code, stdout } = await start('service', 'status').ended;
  assert.equal([code, stdout], [1, 'not installed: run `kt-client service install`\n']);
});

executable('that is of the wrong kind, or would not run the client, is told from a right one', () => {
  const [made, node] = [readFileSync(file), readFileSync(process.execPath)];
  const blob = made.subarray(-1000);
  assert.is(faultOf(made, blob, kind), null);
  assert.equal(kindOf(made), kind);
  assert.match(faultOf(made, blob, { platform: 'win32', arch: 'x64' })!, `is for ${kind.platform} ${kind.arch}`);
  assert.match(faultOf(node, blob, kind)!, /would run as Node/);
  assert.match(faultOf(made, Buffer.from(`not in there ${Math.PI}`), kind)!, /has not inside/);
  assert.match(faultOf(Buffer.from('#!/bin/sh\n'), blob, kind)!, /is no executable/);
  const elf = Buffer.alloc(100);
  elf.write('\x7fELF\x02', 'latin1');
  elf.writeUInt16LE(183, 18);
  assert.match(faultOf(elf, blob, { platform: 'linux', arch: 'arm64' })!, /is not of a Node that runs/);
});

/** A PE file's header, and a signature of 8 bytes behind it. */
const signedPe = (): Buffer => {
  const pe = Buffer.alloc(1032, 1);
  pe.write('MZ');
  pe.writeUInt32LE(128, 60);
  pe.write('PE\0\0', 128);
  pe.writeUInt16LE(0x8664, 132);
  pe.writeUInt16LE(0x20b, 152);
  pe.writeUInt32LE(1024, 296);
  pe.writeUInt32LE(8, 300);
  return pe;
};

/** A Mach-O file's header with one load command. */
const machO = (arch: number, command: number): Buffer => {
  const file = Buffer.alloc(64);
  for (const [at, value] of [
    [0, 0xfeedfacf],
    [4, arch],
    [16, 1],
    [32, command],
    [36, 16],
  ] as const)
    file.writeUInt32LE(value, at);
  return file;
};

executable('for Windows loses the signature of Node, and nothing else', () => {
  const bare = bareOfSignature(signedPe());
  assert.equal([bare.length, bare.readBigUInt64LE(296), kindOf(bare)?.platform], [1024, 0n, 'win32']);
  assert.equal(bareOfSignature(bare), bare);
  const elf = readFileSync(file).subarray(0, 4096);
  assert.equal(bareOfSignature(elf), elf);
});

executable('for macOS is known to be signed or not', () => {
  assert.equal(kindOf(machO(0x0100000c, 0x1d)), { platform: 'darwin', arch: 'arm64' });
  assert.equal(kindOf(machO(0x01000007, 2)), { platform: 'darwin', arch: 'x64' });
  assert.equal([isSigned(machO(0x0100000c, 0x1d)), isSigned(machO(0x0100000c, 2))], [true, false]);
});

executable.run();
