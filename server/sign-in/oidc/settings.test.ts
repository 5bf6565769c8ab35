import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { printableConfig, readConfig } from '../../config.ts';
import { oidcSettings } from './settings.ts';

const WHOLE = {
  KT_SERVER_PUBLIC_URL: 'https://example.org/kt/',
  KT_SERVER_OIDC_ISSUER: 'https://id.example.org/realms/home/.well-known/openid-configuration',
  KT_SERVER_OIDC_CLIENT_ID: 'kt',
};
const read = (env: Record<string, string>) => readConfig({ dataDir: '/nowhere' }, env);

const settings = suite('settings of OpenID Connect');

settings('say where the provider is, and where it sends browsers back', () => {
  assert.is(oidcSettings(read({})), null);
  const { issuer, redirectUri, signedOutUri, scopes, policy } = oidcSettings(read(WHOLE))!;
  assert.is(issuer.href, 'https://id.example.org/realms/home');
  assert.is(redirectUri, 'https://example.org/kt/auth/oidc/callback');
  assert.is(signedOutUri, 'https://example.org/kt/sign-in');
  assert.equal(scopes, ['openid', 'email', 'profile']);
  assert.equal(policy, { name: 'id.example.org', signup: 'invite', localLogin: true });
});

const REFUSED: [env: Record<string, string>, says: RegExp][] = [
  [{ KT_SERVER_OIDC_CLIENT_ID: 'kt' }, /needs KT_SERVER_OIDC_ISSUER/],
  [{ ...WHOLE, KT_SERVER_OIDC_CLIENT_ID: '' }, /needs KT_SERVER_OIDC_CLIENT_ID/],
  [{ ...WHOLE, KT_SERVER_PUBLIC_URL: '' }, /needs KT_SERVER_PUBLIC_URL/],
  [{ ...WHOLE, KT_SERVER_OIDC_ISSUER: 'id.example.org' }, /OIDC_ISSUER must be a URL/],
  [{ ...WHOLE, KT_SERVER_OIDC_ISSUER: 'https://id.example.org/?a=b' }, /OIDC_ISSUER must be a URL/],
  [{ ...WHOLE, KT_SERVER_OIDC_ISSUER: 'https://a:b@id.example.org' }, /OIDC_ISSUER must be a URL/],
  [{ ...WHOLE, KT_SERVER_OIDC_SIGNUP: 'anybody' }, /one of invite, claim, open/],
  [{ ...WHOLE, KT_SERVER_OIDC_SIGNUP: 'claim' }, /needs KT_SERVER_OIDC_CLAIM and/],
  [{ ...WHOLE, KT_SERVER_OIDC_SIGNUP: 'claim', KT_SERVER_OIDC_CLAIM: 'groups' }, /_CLAIM_VALUES/],
  [{ ...WHOLE, KT_SERVER_OIDC_AUTH_METHOD: 'client_secret_post' }, /needs KT_SERVER_OIDC_CLIENT_SECRET/],
  [{ ...WHOLE, KT_SERVER_OIDC_CLIENT_SECRET_FILE: '/nowhere/secret' }, /can not be read \(ENOENT\)/],
  [{ ...WHOLE, KT_SERVER_OIDC_CLIENT_SECRET: 'a', KT_SERVER_OIDC_CLIENT_SECRET_FILE: 'b' }, /both set/],
  [{ KT_SERVER_LOCAL_LOGIN: 'no' }, /needs another way to sign in/],
  [{ ...WHOLE, KT_SERVER_AUTH: 'none', KT_SERVER_PUBLIC_URL: 'http://localhost:5700' }, /asks nobody to sign in/],
];
for (const [env, says] of REFUSED)
  settings(`are refused that do not fit: ${says}`, () => {
    assert.throws(
      () => read(env),
      (error: Error) => says.test(error.message) || error,
    );
  });

settings('take the secret from a file, and print it nowhere', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kt-secret-'));
  try {
    const file = join(folder, 'secret');
    writeFileSync(file, 'quite secret\n');
    const env = { ...WHOLE, KT_SERVER_OIDC_CLIENT_SECRET_FILE: file };
    assert.is(read(env).oidcClientSecret, 'quite secret');
    assert.not.match(JSON.stringify(printableConfig({ dataDir: folder }, env)), 'quite secret');
    writeFileSync(file, ' \n');
    assert.throws(() => read(env), /is empty/);
    writeFileSync(file, 'x'.repeat(20_000));
    assert.throws(() => read(env), /too large for a secret/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

settings.run();
