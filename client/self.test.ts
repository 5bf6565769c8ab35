import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { asStarted, selfName } from './self.ts';
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
    assert.is(selfName(bin, path('/usr/bin', local!)), 'kt-client');
    for (const env of [{}, path(npx!), path(foreign!), path('/usr/bin', npx!, foreign!)])
      assert.is(selfName(bin, env), `node ${bin}`);
    assert.is(selfName('/home/a b/kt/client/bin.js', {}), 'node "/home/a b/kt/client/bin.js"');
  },
);

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
