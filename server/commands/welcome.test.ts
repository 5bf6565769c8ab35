import type { NetworkInterfaceInfo } from 'node:os';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { welcome, type Place } from './welcome.ts';

const greeting = suite('what a server says when it is ready');

const at = (address: string, more: Partial<NetworkInterfaceInfo> = {}) =>
  ({ address, family: address.includes(':') ? 'IPv6' : 'IPv4', internal: false, ...more }) as NetworkInterfaceInfo;
const place: Place = {
  auth: 'key',
  host: '127.0.0.1',
  hostname: 'den',
  interfaces: {
    lo: [at('127.0.0.1', { internal: true }), at('::1', { internal: true })],
    eth0: [at('192.168.1.5'), at('fe80::1'), at('2001:db8::5')],
  },
  inClone: true,
  program: 'npx kt-server',
  inForce: { flags: [], needsDatabaseUrl: false },
};
const firstKey = {
  key: 'kt_k',
  id: 'i',
  name: 'first key',
  email: 'owner@localhost',
  scope: 'full',
  expiresAt: null,
  userCreated: true,
};
const say = (url: string, more: Partial<Place> = {}, key: typeof firstKey | null = firstKey): string =>
  welcome({ url, where: '/data', firstKey: key }, { ...place, ...more }, null).join('\n');

greeting('on a loopback address sends no other computer there, and says what would let them in', () => {
  for (const url of ['http://127.0.0.1:5700', 'http://localhost:5700', 'http://[::1]:5700']) {
    const said = say(url);
    assert.match(said, `ready at ${url}\n`);
    assert.match(
      said,
      'On this computer, if it runs ActivityWatch, in a clone of this project:\n' +
        `  npx kt-client setup --url ${url} --api-key kt_k`,
    );
    assert.match(said, /Other computers do not reach this address: start with --host 0\.0\.0\.0/);
    assert.not.match(said, 'On each device');
  }
});

greeting('on a loopback address names the clone’s own client only to who stands in the clone', () => {
  const url = 'http://127.0.0.1:5700';
  const said = say(url, { inClone: false, program: 'kt-server' });
  assert.match(
    said,
    'On this computer, if it runs ActivityWatch:\n' +
      `  npx --yes ${url}/client/kt-client.tgz setup --url ${url} --api-key kt_k\n`,
  );
  assert.not.match(said, 'clone');
});

greeting('on every address gives others this machine’s own, by name and number, and never 0.0.0.0', () => {
  const four = say('http://0.0.0.0:5700', { host: '0.0.0.0' });
  assert.match(four, 'ready at http://127.0.0.1:5700\n');
  assert.match(four, /Elsewhere +http:\/\/192\.168\.1\.5:5700 {2}http:\/\/den:5700\n/);
  assert.match(
    four,
    'On each device that runs ActivityWatch, with Node.js 20.19 or newer:\n' +
      '  npx --yes http://192.168.1.5:5700/client/kt-client.tgz setup --url http://192.168.1.5:5700 --api-key kt_k\n' +
      'And to keep it there, as `kt-client`:\n  npm install -g http://192.168.1.5:5700/client/kt-client.tgz',
  );
  assert.not.match(four, '0.0.0.0');
  const six = say('http://[::]:5700', { host: '::' });
  assert.match(six, 'http://192.168.1.5:5700  http://den:5700  http://[2001:db8::5]:5700');
  assert.not.match(six, 'fe80');
  assert.not.match(six, '[::]');
});

greeting('with an address of its own, or a public one, gives just that', () => {
  for (const url of ['https://kt.example', 'http://192.168.1.5:5700']) {
    const said = say(url, { host: '0.0.0.0' });
    assert.match(
      said,
      'On each device that runs ActivityWatch, with Node.js 20.19 or newer:\n' +
        `  npx --yes ${url}/client/kt-client.tgz setup --url ${url} --api-key kt_k\n`,
    );
    assert.not.match(said, 'Elsewhere');
  }
});

greeting('tells how another key is made in the same database, and no secret', () => {
  const said = say(
    'http://127.0.0.1:5700',
    { inForce: { flags: ['--data-dir', "'/my data'"], needsDatabaseUrl: true } },
    null,
  );
  assert.match(
    said,
    "Another key  npx kt-server generate-key --email owner@localhost --data-dir '/my data'\n" +
      '               with DATABASE_URL set as it is here',
  );
  assert.not.match(say('http://127.0.0.1:5700', { auth: 'none' }, null), 'Another key');
});

greeting('in a folder of a host names all of it', () => {
  const url = 'https://example.org/kt';
  const said = say(url);
  assert.match(said, `ready at ${url}\n  Playground  ${url}/graphql\n`);
  assert.match(said, `  npx --yes ${url}/client/kt-client.tgz setup --url ${url} --api-key kt_k\n`);
});

greeting('has the link by which a browser signs in, where there is one, at an address of this machine', () => {
  const link = { claim: 'kt_claim_c', email: 'owner@localhost', expiresAt: new Date() };
  for (const [url, open] of [
    ['http://127.0.0.1:5700', 'http://127.0.0.1:5700/welcome#kt_claim_c'],
    ['http://0.0.0.0:5700', 'http://127.0.0.1:5700/welcome#kt_claim_c'],
    ['https://example.org/kt', 'https://example.org/kt/welcome#kt_claim_c'],
  ] as const) {
    const said = welcome({ url, where: '/data', firstKey: null }, { ...place, host: '0.0.0.0' }, link).join('\n');
    assert.match(said, `\nOpen ${open}\n  in a browser: it signs in as owner@localhost, once, within an hour\n`);
  }
  assert.not.match(say('http://127.0.0.1:5700'), '/welcome');
});

greeting.run();
