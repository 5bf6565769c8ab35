import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError, readConfig, type Overrides } from './config.ts';
import { folders, type Env } from './folders.ts';
import { withoutSecrets } from './settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'kt-config-'));
let made = 0;
const fileWith = (text: string): string => {
  const path = join(folder, `${++made}.toml`);
  writeFileSync(path, text);
  return path;
};
const read = (text: string, env: Env = {}, flags: Overrides = {}) =>
  readConfig({ HOME: folder, ...env }, { file: fileWith(text), flags }).config;
const complaint = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    assert.instance(error, ConfigError);
    assert.not.match((error as Error).message, /\n/);
    return (error as Error).message;
  }
  return assert.unreachable() as never;
};

const config = suite('the settings');

config('are the defaults where nothing says otherwise', () => {
  const { config: settings, path } = readConfig({ XDG_CONFIG_HOME: join(folder, 'none'), XDG_DATA_HOME: '/data' });
  if (process.platform === 'linux') {
    assert.is(path, join(folder, 'none', 'activitywatch', 'kt-client', 'config.toml'));
    assert.is(settings.state_dir, '/data/activitywatch/kt-client');
  }
  assert.equal(settings.sync, { interval_minutes: 5, mode: 'both', buckets: ['*'] });
  assert.equal(settings.local, { host: '127.0.0.1', port: 5600, api_key: '' });
});

config('come from flags before the environment before the file', () => {
  const text =
    '[remote]\nurl = "https://file.example"\napi_key = "file"\n[local]\nport = 1\n[sync]\nbuckets = ["a*", "!ab"]\n';
  const env = {
    KT_CLIENT_API_KEY: 'env',
    KT_CLIENT_LOCAL_PORT: '2',
    KT_CLIENT_BUCKETS: 'x, y ,!z',
    KT_CLIENT_STATE_DIR: '/s',
  };
  const settings = read(text, env, { 'local.port': '3' });
  assert.equal(settings.remote, { url: 'https://file.example', api_key: 'env' });
  assert.is(settings.local.port, 3);
  assert.equal(settings.sync.buckets, ['x', 'y', '!z']);
  assert.is(settings.state_dir, '/s');
  assert.equal(read(text).sync.buckets, ['a*', '!ab']);
});

config('ignore an empty variable', () => {
  assert.is(read('[local]\nport = 1\n', { KT_CLIENT_LOCAL_PORT: '' }).local.port, 1);
});

const WRONG: [what: string, text: string, env: Env, flags: Overrides, says: RegExp][] = [
  ['a file that is no TOML', '[remote\nurl = 1', {}, {}, /\d\.toml is broken at line 1, column \d+/],
  [
    'an unknown key',
    '[remote]\nurll = "x"',
    {},
    {},
    /\d\.toml: there is no setting "remote\.urll": did you mean "remote\.url"\?/,
  ],
  [
    'a key outside its section',
    'interval_minutes = 5',
    {},
    {},
    /no setting "interval_minutes": did you mean "sync\.interval_minutes"\?/,
  ],
  ['a key like no other', '[sync]\nxyzzy = 5', {}, {}, /no setting "sync\.xyzzy"; there are remote\.url, /],
  ['a key of a later version', '[sync]\nmoon_phase = 5', {}, {}, /no setting "sync\.moon_phase"/],
  ['a section that is a value', 'remote = "x"', {}, {}, /no setting "remote"/],
  ['a value of the wrong kind', '[remote]\napi_key = 5', {}, {}, /\d\.toml: remote\.api_key must be of type String/],
  [
    'an interval of nothing',
    '[sync]\ninterval_minutes = 0',
    {},
    {},
    /sync\.interval_minutes must be minutes, 0\.1 to 1440/,
  ],
  ['an interval in words', '', { KT_CLIENT_INTERVAL_MINUTES: '5m' }, {}, /^KT_CLIENT_INTERVAL_MINUTES must be minutes/],
  ['a wrong value in the file', '[sync]\nmode = "sideways"', {}, {}, /\d\.toml: sync\.mode must be one of .*sideways/],
  ['a wrong port', '', { KT_CLIENT_LOCAL_PORT: '5600x' }, {}, /^KT_CLIENT_LOCAL_PORT must be a port/],
  ['a port out of range', '', {}, { 'local.port': '70000' }, /^--local-port must be a port/],
  ['a URL of another kind', '', {}, { 'remote.url': 'ftp://x' }, /^--url must be a URL/],
  [
    'a URL with a secret',
    '',
    { KT_CLIENT_REMOTE_URL: 'https://u:p@x' },
    {},
    /^KT_CLIENT_REMOTE_URL must be a plain URL/,
  ],
  ['no globs', '[sync]\nbuckets = []', {}, {}, /sync\.buckets must be a list of globs/],
  ['a mode', '', {}, { 'sync.mode': 'x' }, /^--mode must be one of/],
];
for (const [what, text, env, flags, says] of WRONG) {
  config(`are refused for ${what}, naming where it stands`, () =>
    assert.match(
      complaint(() => read(text, env, flags)),
      says,
    ),
  );
}

config('never show a secret in a complaint', () => {
  assert.not.match(
    complaint(() => read('[remote]\napi_key = ["kt_secret"]')),
    /kt_secret/,
  );
});
config('never repeat an address in a complaint: a password may stand in it, or the key itself', () => {
  for (const url of ['https://u:kt_secret@x', 'https://x?key=kt_secret', 'kt_secret']) {
    assert.not.match(
      complaint(() => read(`[remote]\nurl = "${url}"`)),
      /kt_secret/,
    );
    assert.not.match(
      complaint(() => read('', { KT_CLIENT_REMOTE_URL: url })),
      /kt_secret/,
    );
  }
  assert.not.match(
    complaint(() => read('[local]\nhost = "u:kt_secret@h"')),
    /kt_secret/,
  );
});

/** The file's part, the environment's, the flags', and whether the key is used. */
const KEYS: [what: string, file: string, env: Env, flags: Overrides, isUsed: boolean][] = [
  ['of the file at the file’s address', 'url = "https://a"\napi_key = "k"', {}, {}, true],
  [
    'of the file at another path of its server',
    'url = "https://a"\napi_key = "k"',
    {},
    { 'remote.url': 'https://a:443/kt' },
    true,
  ],
  ['of the file at another host', 'url = "https://a"\napi_key = "k"', {}, { 'remote.url': 'https://b' }, false],
  [
    'of the file at a host that the environment names',
    'url = "https://a"\napi_key = "k"',
    { KT_CLIENT_REMOTE_URL: 'https://b' },
    {},
    false,
  ],
  ['of the file by another scheme', 'url = "https://a"\napi_key = "k"', {}, { 'remote.url': 'http://a' }, false],
  ['of the file at another port', 'url = "https://a"\napi_key = "k"', {}, { 'remote.url': 'https://a:8443' }, false],
  ['of a file that names no server', 'api_key = "k"', { KT_CLIENT_REMOTE_URL: 'https://b' }, {}, true],
  ['of a file whose address is none', 'url = "a"\napi_key = "k"', {}, { 'remote.url': 'https://a' }, false],
  ['of the environment at the file’s address', 'url = "https://a"', { KT_CLIENT_API_KEY: 'k' }, {}, true],
  [
    'of the environment at another than the file’s',
    'url = "https://a"',
    { KT_CLIENT_API_KEY: 'k' },
    { 'remote.url': 'https://b' },
    false,
  ],
  [
    'of the environment beside its address',
    'url = "https://a"\napi_key = "old"',
    { KT_CLIENT_API_KEY: 'k', KT_CLIENT_REMOTE_URL: 'https://b' },
    {},
    true,
  ],
  [
    'of the environment at the flag’s address, where nothing else is named',
    '',
    { KT_CLIENT_API_KEY: 'k' },
    { 'remote.url': 'https://b' },
    true,
  ],
  [
    'of a flag anywhere',
    'url = "https://a"\napi_key = "old"',
    {},
    { 'remote.url': 'https://b', 'remote.api_key': 'k' },
    true,
  ],
  ['of a flag at the file’s address', 'url = "https://a"\napi_key = "old"', {}, { 'remote.api_key': 'k' }, true],
];
for (const [what, text, env, flags, isUsed] of KEYS) {
  config(`${isUsed ? 'use' : 'hold back'} a key ${what}`, () => {
    const { config: settings, withheld } = readConfig(
      { HOME: folder, ...env },
      { file: fileWith(`[remote]\n${text}\n`), flags },
    );
    assert.equal([settings.remote.api_key, withheld.remote === null], isUsed ? ['k', true] : ['', false]);
    assert.not.match(withheld.remote ?? '', /"k"|old/);
  });
}
config('hold back a key of the local aw-server likewise', () => {
  const held = (text: string, env: Env = {}, flags: Overrides = {}) =>
    read(`[local]\n${text}\n`, env, flags).local.api_key === '';
  assert.not.ok(held('api_key = "k"'));
  assert.not.ok(held('api_key = "k"\nport = 5601', { KT_CLIENT_LOCAL_PORT: '5601' }));
  assert.ok(held('api_key = "k"', { KT_CLIENT_LOCAL_PORT: '5601' }), 'no port means the usual one');
  assert.ok(held('api_key = "k"', {}, { 'local.host': '192.168.1.5' }));
  assert.ok(held('api_key = "k"\nhost = "::1"', {}, { 'local.host': '127.0.0.1' }));
});

config('need the file that is named', () => {
  assert.match(
    complaint(() => readConfig({ KT_CLIENT_CONFIG: join(folder, 'missing.toml') })),
    /missing\.toml cannot be read \(ENOENT\)/,
  );
});
config('are not read from what is no file, or too large for one', () => {
  assert.match(
    complaint(() => readConfig({}, { file: folder })),
    /is not a settings file: check the path/,
  );
  if (process.platform !== 'win32')
    assert.match(
      complaint(() => readConfig({}, { file: '/dev/zero' })),
      /\/dev\/zero is not a settings file/,
    );
  assert.match(
    complaint(() => read(`# ${'x'.repeat(1_000_001)}`)),
    /is too large for a settings file/,
  );
});
config('are shown without their secrets', () => {
  const shown = withoutSecrets(read('[remote]\nurl = "https://x"\napi_key = "kt_secret"\n'));
  assert.equal(shown.remote, { url: 'https://x', api_key: '[hidden]' });
  assert.is(shown.local.api_key, '');
});

config('lie where ActivityWatch keeps its own', () => {
  const linux = folders({}, 'linux', '/home/a');
  assert.equal(linux, {
    config: '/home/a/.config/activitywatch/kt-client',
    state: '/home/a/.local/share/activitywatch/kt-client',
  });
  assert.is(
    folders({ XDG_CONFIG_HOME: '/c', XDG_DATA_HOME: '' }, 'linux', '/home/a').config,
    '/c/activitywatch/kt-client',
  );
  assert.is(folders({}, 'darwin', '/Users/a').config, '/Users/a/Library/Application Support/activitywatch/kt-client');
  assert.is(
    folders({ LOCALAPPDATA: 'C:\\L' }, 'win32', 'C:\\U').state,
    'C:\\L\\activitywatch\\activitywatch\\kt-client',
  );
});

config.after(() => rmSync(folder, { recursive: true }));
config.run();
