import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { npxAddress, selfName } from '../cli/self-name.ts';
import { asStarted } from './self.ts';
import { openCliTrial } from './testing/cli-context.ts';

const self = suite<{ folder: string }>('the name by which hints call this client');
self.before.each((trial) => void (trial.folder = realpathSync(mkdtempSync(join(tmpdir(), 'kt-self-')))));
self.after.each(({ folder }) => rmSync(folder, { recursive: true }));

self(
  'is its own where the PATH leads to it, and else its file by Node; what npx prepends does not count',
  ({ folder }) => {
    if (process.platform === 'win32') return; // its PATH leads to a .cmd, which names no file that can be compared
    const bin = join(folder, 'clone', 'client', 'bin.js');
    const other = join(folder, 'other.js');
    const [npx, local, foreign] = ['npx/node_modules/.bin', 'local', 'foreign'].map((name) => join(folder, name));
    for (const at of [join(folder, 'clone', 'client'), npx!, local!, foreign!]) mkdirSync(at, { recursive: true });
    for (const file of [bin, other]) writeFileSync(file, '');
    symlinkSync(bin, join(npx!, 'kt-client'));
    symlinkSync(bin, join(local!, 'kt-client'));
    symlinkSync(other, join(foreign!, 'kt-client'));
    const path = (...folders: string[]) => ({ PATH: folders.join(delimiter) });
    assert.is(selfName('kt-client', bin, path('/usr/bin', local!)), 'kt-client');
    for (const env of [{}, path(npx!), path(foreign!), path('/usr/bin', npx!, foreign!)])
      assert.is(selfName('kt-client', bin, env), `node ${bin}`);
    assert.is(selfName('kt-client', '/home/a b/kt/client/bin.js', {}), 'node "/home/a b/kt/client/bin.js"');
  },
);

self('is that of an executable, without Node', ({ folder }) => {
  const [file, windows] = [join(folder, 'kt-client'), join(folder, 'kt-client.exe')];
  for (const path of [file, windows]) writeFileSync(path, '');
  const env = { PATH: folder };
  assert.is(selfName('kt-client', file, env, true, 'linux'), 'kt-client');
  assert.is(selfName('kt-client', file, {}, true, 'linux'), file);
  assert.is(selfName('kt-client', windows, env, true, 'win32'), 'kt-client');
  assert.is(selfName('kt-client', file, env, true, 'win32'), file, 'the PATH leads to another');
});

self('is the line by which npx runs it, where npx keeps it, and else never npx’s', ({ folder }) => {
  const cache = join(folder, '_npx', 'c0ffee');
  const bin = join(cache, 'node_modules', '@kt-sync', 'kt-client', 'kt-client.cjs');
  const keep = (...packages: unknown[]) =>
    writeFileSync(join(cache, 'package.json'), JSON.stringify({ _npx: { packages } }));
  mkdirSync(dirname(bin), { recursive: true });
  writeFileSync(bin, '');
  keep('http://kt.lan:5700/client/kt-client.tgz');
  assert.is(npxAddress(bin), 'http://kt.lan:5700/client/kt-client.tgz');
  assert.is(selfName('kt-client', bin, {}), 'npx --yes http://kt.lan:5700/client/kt-client.tgz');
  for (const other of ['kt-client', 'http://kt.lan/;rm -rf', 7, undefined]) {
    keep(other);
    assert.is(npxAddress(bin), null, String(other));
  }
  writeFileSync(join(cache, 'package.json'), 'not JSON');
  assert.is(selfName('kt-client', bin, {}), `node ${bin}`);
  assert.is(npxAddress('/usr/lib/node_modules/@kt-sync/kt-client/kt-client.cjs'), null);
});

self('stands in every hint, and in no name that is none', () => {
  assert.is(
    asStarted('run `kt-client sync` or `kt-client`', 'node $&/bin.js'),
    'run `node $&/bin.js sync` or `node $&/bin.js`',
  );
  assert.is(
    asStarted('kt-client 1.2 `kt-client.service` `kt-client:x`', 'node x'),
    'kt-client 1.2 `kt-client.service` `kt-client:x`',
  );
});

self('is what the commands print, but for programs', async () => {
  const trial = openCliTrial({ self: 'node /kt/client/bin.js' });
  try {
    for (const args of ['sync', 'status', 'doctor', 'snyc', 'setup', 'service status']) {
      const { out, err } = await trial.run(args, { env: { KT_CLIENT_CONFIG: '', XDG_CONFIG_HOME: trial.home } });
      assert.match(out + err, /`node \/kt\/client\/bin\.js( |`)/, args);
      assert.not.match(out + err, /`kt-client[ `]|npx/, args);
    }
    const help = await trial.run('sync --help');
    assert.match(help.out, /\$ node \/kt\/client\/bin\.js sync/);
    JSON.parse((await trial.run('service status --json', { self: 'node "C:\\a b\\bin.js"' })).out);
  } finally {
    trial.close();
  }
});

self.run();
