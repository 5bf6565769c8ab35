import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waysLeft } from './ways-left.ts';

const NOW = Date.parse('2025-04-01T10:00:00Z');
const AT = { createdAt: '2025-01-01T00:00:00Z', lastUsedAt: null };
const passkey = (id: string, hostname = 'kt.example.org') => ({ id, hostname, name: id, ...AT });
const identity = (id: string, issuer = 'https://id.example.org') => ({ id, issuer, subject: id, email: null, ...AT });
const key = (more: object = {}) => ({
  ...{ id: 'k', name: '', prefix: 'kt_x', scope: 'FULL' as const, lastUsedAt: null, lastUsedAddress: null },
  ...{ expiresAt: null, revokedAt: null, device: null, ...more },
});
const WAYS = {
  key: true,
  passkey: { origin: 'https://kt.example.org' },
  oidc: { name: 'it', issuer: 'https://id.example.org' },
  proxy: null,
};

test('what is left to sign in with counts what works here, and not the way that goes', () => {
  const left = (
    { passkeys = [passkey('p')], identities = [], apiKeys = [] }: Partial<Parameters<typeof waysLeft>[0]>,
    ways: Partial<Parameters<typeof waysLeft>[1]> = {},
  ) => waysLeft({ passkeys, identities, apiKeys }, { ...WAYS, ...ways }, 'p', NOW);
  assert.is(left({}), 'link');
  assert.is(left({ passkeys: [passkey('p'), passkey('q')] }), 'person');
  assert.is(left({ passkeys: [passkey('p'), passkey('q', 'old.example.org')] }), 'link');
  assert.is(left({ passkeys: [passkey('p'), passkey('q')] }, { passkey: null }), 'link');
  assert.is(left({ identities: [identity('i')] }), 'person');
  assert.is(left({ identities: [identity('i')] }, { oidc: null }), 'link');
  assert.is(left({ identities: [identity('i', 'https://former.example.org')] }), 'link');
  assert.is(left({}, { proxy: { name: 'me@example.org' } }), 'person');
  assert.is(left({ apiKeys: [key()] }), 'key');
  assert.is(left({ apiKeys: [key({ scope: 'READ' })] }), 'key');
  assert.is(left({ apiKeys: [key()] }, { key: false }), 'link');
  for (const none of [
    { scope: 'PUSH' },
    { scope: null },
    { device: { deviceId: 'd' } },
    { revokedAt: '2025-03-01T00:00:00Z' },
    { expiresAt: '2025-04-01T10:00:00Z' },
  ])
    assert.is(left({ apiKeys: [key(none)] }), 'link', JSON.stringify(none));
});

test.run();
