import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Bucket } from '../../domain/bucket.ts';
import { KtError, type ErrorCode } from '../../domain/errors.ts';
import { readConfig } from '../config/config.ts';
import { freshState } from '../sync/saved-state.ts';
import { examine } from './examine.ts';
import type { Facts, Newest } from './facts.ts';

const NOW = 1_760_000_000_000_000n;
const { config } = readConfig({
  HOME: '/nowhere',
  KT_CLIENT_CONFIG: '',
  XDG_CONFIG_HOME: '/nowhere',
  KT_CLIENT_REMOTE_URL: 'https://kt.example',
  KT_CLIENT_API_KEY: 'kt_secret',
});
const bucket = (id: string, more: Partial<Bucket> = {}, startUs: bigint | null = NOW): Newest => ({
  bucket: { id, type: 't', client: 'c', hostname: 'anna', createdUs: null, data: {}, ...more },
  startUs,
});
const error = (code: ErrorCode, message: string) => ({ error: new KtError(code, message) });

const WELL: Facts = {
  config,
  configPath: '/home/anna/config.toml',
  configMode: 0o600,
  withheld: { remote: null, local: null },
  strays: [],
  localUrl: 'http://127.0.0.1:5600',
  local: { value: { hostname: 'anna', deviceId: 'aw-1', version: 'v0.13.2', testing: false } },
  buckets: { value: [bucket('window')] },
  server: { value: { hostname: 'kt', version: 'v0.14.0 (kt-server 0.1.0)', deviceId: 'server-1' } },
  key: { value: { email: 'anna@example.org', scope: 'full', clockAheadMs: 400 } },
  devices: { value: [{ deviceId: 'device-1', hostname: 'anna', awDeviceId: 'aw-1', pass: 3, lastSyncUs: null }] },
  stream: { value: 5n },
  state: { value: freshState('device-1', 3) },
  recognised: null,
  daemon: 4711,
  nowUs: NOW,
};
const seen = (facts: Partial<Facts>) => examine({ ...WELL, ...facts });

const doctor = suite('the doctor');

doctor('calls no live copy foreign where the server moved and has another id', () => {
  const state = {
    value: {
      ...freshState('device-1', 3),
      copies: [{ device: 'device-2', bucket: 'window', localId: 'window-synced-from-bert' }],
    },
  };
  const devices = {
    value: ['device-1', 'device-2'].map((deviceId) => ({
      deviceId,
      hostname: 'anna',
      awDeviceId: 'aw-1',
      pass: 3,
      lastSyncUs: null,
    })),
  };
  const found = seen({ state, devices, buckets: { value: [copy('device-2', 'where it was before')] } });
  assert.equal(
    found.filter(({ about }) => about === 'other syncs').map(({ level }) => level),
    ['ok'],
  );
});

doctor('finds nothing where all is well', () => {
  assert.equal(
    examine(WELL).filter(({ level }) => level !== 'ok'),
    [],
  );
  assert.match(
    examine(WELL)
      .map(({ said }) => said)
      .join('\n'),
    /the Python one.*scope full.*device-1.*4711/s,
  );
});

doctor('says who can read the key only where that is known', () => {
  const said = (facts: Partial<Facts>) =>
    examine({ ...WELL, ...facts }).find(({ about }) => about === 'configuration')!;
  assert.match(said({ configMode: 0o600 }).said, /, readable only by you$/);
  assert.equal([said({ configMode: null }).level, said({ configMode: null }).said], ['ok', WELL.configPath]);
});

const copy = (device: string, server: string) =>
  bucket('window-synced-from-bert', {
    client: `kt-client:${device}`,
    data: { '$kt.origin': { device, bucket: 'window', server } },
  });
const CASES: [what: string, facts: Partial<Facts>, level: 'warn' | 'problem', says: RegExp][] = [
  [
    'a client that was not set up',
    { config: readConfig({ XDG_CONFIG_HOME: '/nowhere' }).config, server: null, key: null, devices: null },
    'problem',
    /no server.*kt-client setup/,
  ],
  ['a configuration that others can read', { configMode: 0o644 }, 'problem', /mode 644.*chmod 600 \/home/],
  [
    'a key of another aw-server',
    {
      withheld: {
        remote: null,
        local: 'the key in config.toml is for the aw-server at 127.0.0.1:5600, and is not sent to another',
      },
    },
    'warn',
    /is not sent to another.*--local-api-key/,
  ],
  [
    'a variable that is none',
    { strays: readConfig({ HOME: '/nowhere', KT_CLIENT_URL: 'x' }).strays },
    'warn',
    /no variable KT_CLIENT_URL: did you mean "KT_CLIENT_\w+"\?.*correct the name/,
  ],
  [
    'an aw-server that is not there',
    { local: error('unavailable', 'cannot be reached'), buckets: error('unavailable', 'cannot be reached') },
    'problem',
    /cannot be reached/,
  ],
  [
    'an aw-server whose key is wrong',
    { buckets: error('unauthenticated', 'answered 401') },
    'problem',
    /aw-server key.*answered 401.*\[local\]/,
  ],
  [
    'a testing server',
    { local: { value: { hostname: 'anna', deviceId: 'aw-1 (testing)', version: 'v0.14.0 (rust)', testing: true } } },
    'warn',
    /testing server.*5600/,
  ],
  [
    'a kt-server in place of the aw-server',
    {
      local: {
        value: {
          hostname: 'anna',
          deviceId: 'aw-1',
          version: 'v0.14.0 (kt-server 0.1.0, rust-compatible)',
          testing: false,
        },
      },
    },
    'problem',
    /it is a kt-server/,
  ],
  [
    'a kt-server that is not there',
    { server: error('unavailable', 'the kt-server cannot be reached: check it'), key: null, devices: null },
    'problem',
    /kt-server cannot be reached/,
  ],
  [
    'a key that is refused',
    { key: error('unauthenticated', 'refused: make one'), devices: null },
    'problem',
    /API key refused/,
  ],
  [
    'a key that may only read',
    { key: { value: { email: 'a', scope: 'read', clockAheadMs: null } } },
    'problem',
    /only read/,
  ],
  [
    'a clock that is ahead',
    { key: { value: { email: 'a', scope: null, clockAheadMs: 90_000 } } },
    'warn',
    /90 s ahead/,
  ],
  [
    'a clock that is behind',
    { key: { value: { email: 'a', scope: null, clockAheadMs: -3_600_000 } } },
    'warn',
    /3600 s behind/,
  ],
  [
    'a proxy that holds the stream back',
    {
      stream: {
        error: new KtError('unavailable', 'the kt-server does not tell its changes (no byte)', { heldBack: true }),
      },
    },
    'warn',
    /live changes .*no byte.*fix the proxy; until then they are pulled at the interval/,
  ],
  [
    'a stream that breaks',
    { stream: error('unavailable', 'the kt-server does not tell its changes (status 502)') },
    'warn',
    /status 502.*what stands between here and kt-server/,
  ],
  [
    'a state file that is broken',
    { state: error('invalid', 'state.json is broken: move it away') },
    'problem',
    /state\.json is broken/,
  ],
  ['a device that was not synced', { state: { value: null } }, 'warn', /kt-client sync/],
  [
    'a device that the server has under another aw-server',
    {
      state: { value: null },
      recognised: {
        value: { ask: [{ deviceId: 'device-7', hostname: 'old', awDeviceId: 'aw-7', pass: 3, lastSyncUs: null }] },
      },
    },
    'problem',
    /as that of old \(device device-7, never synced\).*setup --reclaim device-7/,
  ],
  [
    'a bucket that can’t be compared',
    { state: { value: null }, recognised: error('unavailable', 'window is to tell') },
    'problem',
    /window is to tell/,
  ],
  [
    'a state folder that was copied',
    { state: { value: { ...freshState('device-1'), refused: true } } },
    'problem',
    /setup --new-device/,
  ],
  [
    'another aw-server than before',
    { devices: { value: [{ deviceId: 'device-1', hostname: 'anna', awDeviceId: 'aw-2', pass: 3, lastSyncUs: null }] } },
    'warn',
    /another aw-server/,
  ],
  [
    'aw-sync, by its mark',
    { buckets: { value: [bucket('window', { data: { '$aw.sync.origin': 'bert' } })] } },
    'warn',
    /aw-sync.*window/,
  ],
  ['aw-sync, by its names', { buckets: { value: [bucket('window-synced-from-bert')] } }, 'warn', /aw-sync/],
  [
    'another kt-server, by its mark',
    { buckets: { value: [copy('device-1', 'server-2')] } },
    'warn',
    /another kt-server/,
  ],
  [
    'another kt-server, by a device that ours does not know',
    { buckets: { value: [bucket('window-synced-from-bert', { client: 'kt-client:device-9' })] } },
    'warn',
    /another kt-server/,
  ],
  [
    'an event from the future',
    { buckets: { value: [bucket('window', {}, NOW + 86_400_000_000n)] } },
    'warn',
    /window has an event that begins 1 d from now/,
  ],
  [
    'an event that can’t be read',
    { buckets: { value: [{ ...bucket('window'), unreadable: [{ sourceId: 7, reason: 'NaN' }] }] } },
    'warn',
    /set aside window: event 7 \(NaN\)/,
  ],
  [
    'a row that the passes set aside',
    { state: { value: { ...freshState('device-1', 3), known: { afk: [{ id: null, startUs: 0n, reason: 'odd' }] } } } },
    'warn',
    /set aside afk: an event at 1970-01-01T00:00:00Z \(odd\)/,
  ],
  [
    'a bucket that can’t be read at all',
    { buckets: { value: [{ ...bucket('window'), fault: 'answered 500' }] } },
    'problem',
    /window can’t be read: answered 500/,
  ],
  ['a daemon that does not run', { daemon: null }, 'warn', /service install/],
];
for (const [what, facts, level, says] of CASES) {
  doctor(`finds ${what}`, () => {
    const found = seen(facts).filter((finding) => finding.level !== 'ok');
    assert.is(found[0]?.level, level);
    assert.match(found.map(({ about, said, todo }) => `${about} ${said} ${todo}`).join('\n'), says);
    assert.not.match(JSON.stringify(found), /kt_secret/);
  });
}

doctor('knows its own copies', () => {
  assert.equal(
    seen({ buckets: { value: [copy('device-1', 'server-1')] } }).filter(({ level }) => level !== 'ok'),
    [],
  );
});
doctor('says that a changed hostname is no matter', () => {
  const findings = seen({
    devices: { value: [{ deviceId: 'device-1', hostname: 'old', awDeviceId: 'aw-1', pass: 3, lastSyncUs: null }] },
  });
  assert.ok(findings.every(({ level }) => level === 'ok'));
  assert.match(findings.map(({ said }) => said).join('\n'), /name is anna now/);
});
doctor('takes the Rust aw-server for what it is', () => {
  assert.match(
    seen({ local: { value: { hostname: 'anna', deviceId: 'aw-1', version: 'v0.13.1 (rust)', testing: false } } })[1]!
      .said,
    /the Rust one/,
  );
});

doctor.run();
