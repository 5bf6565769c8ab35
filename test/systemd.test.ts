/**
 * docs/systemd/kt-server.service: what it starts and sets is there, and systemd's own checks find nothing. systemd
 * itself does not run here.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readConfig } from '../server/config.ts';

const unit = suite('the systemd unit');

const TEXT = readFileSync(new URL('../docs/systemd/kt-server.service', import.meta.url), 'utf8');

/** The values of a directive, in order. */
const valuesOf = (name: string): string[] =>
  [...TEXT.matchAll(/^(\w+)=(.*)$/gm)].filter(([, found]) => found === name).map(([, , value]) => value!);

unit('starts the server itself, with its data in the folder that the service owns', () => {
  assert.equal(valuesOf('ExecStart'), ['/usr/local/bin/kt-server serve']);
  const env = Object.fromEntries(
    valuesOf('Environment').flatMap((line) => line.split(' ').map((pair) => pair.split('=') as [string, string])),
  );
  const { dataDir, databaseUrl } = readConfig({}, env);
  const [state] = valuesOf('StateDirectory');
  assert.equal([dataDir, databaseUrl], [`/var/lib/${state}`, `pglite:/var/lib/${state}/database`]);
});

unit('names no variable that is no setting', () => {
  const known = readFileSync(new URL('../server/config.ts', import.meta.url), 'utf8');
  for (const [name] of TEXT.matchAll(/\bKT_[A-Z_]+/g)) assert.match(known, `env: '${name}'`);
});

unit('lets V8 and WebAssembly compile, and the server use its files, its sockets and its threads', () => {
  // Each of these would end Node at its start, or the server with its first query, import or lock.
  for (const name of ['MemoryDenyWriteExecute', 'TasksMax', 'PrivateNetwork', 'IPAddressDeny', 'ReadOnlyPaths'])
    assert.equal(valuesOf(name), [], name);
  for (const family of ['AF_INET', 'AF_INET6', 'AF_UNIX'])
    assert.ok(valuesOf('RestrictAddressFamilies')[0]!.split(' ').includes(family), family);
  assert.equal(valuesOf('PrivateTmp'), ['yes'], 'imports are received into the temporary folder');
});

unit('is started again after a crash, not after a wrong setting', () => {
  assert.equal(valuesOf('Restart'), ['on-failure']);
  assert.equal(valuesOf('RestartPreventExitStatus'), ['2']);
});

const isThere = spawnSync('systemd-analyze', ['--version']).status === 0;
const sentence = 'is one that systemd finds nothing wrong with, and little exposed';
if (isThere) {
  unit(sentence, () => {
    const folder = mkdtempSync(join(tmpdir(), 'kt-unit-'));
    try {
      const file = join(folder, 'kt-server.service');
      // It wants the program to be there.
      writeFileSync(file, TEXT.replace('/usr/local/bin/kt-server', process.execPath));
      const verified = spawnSync('systemd-analyze', ['verify', '--man=no', file], { encoding: 'utf8' });
      assert.equal([verified.status, verified.stderr], [0, '']);
      const rated = spawnSync('systemd-analyze', ['security', '--offline=yes', '--threshold=20', '--no-pager', file], {
        encoding: 'utf8',
      });
      // Twenty tenths, of a hundred for a service that may do anything.
      assert.is(rated.status, 0, `${rated.stdout}${rated.stderr}`);
      assert.match(rated.stdout, /Overall exposure level for kt-server\.service: [01]\.\d/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
} else if (process.env['CI'] === 'true') {
  unit(sentence, () => assert.unreachable('no systemd-analyze is installed: .ci/run installs systemd'));
} else {
  unit.skip(`${sentence} (no systemd-analyze is installed here: apt-get install systemd)`, () => {});
}

unit.run();
