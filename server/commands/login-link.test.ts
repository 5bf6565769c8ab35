import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openServerCli, type ServerCli } from '../../test/support/server-cli.ts';
import { readConfig } from '../config.ts';
import { makeLog } from '../log.ts';
import { serve } from '../serve.ts';

const links = suite<{ cli: ServerCli }>('a link to sign in with');
links.before.each(async (scene) => {
  scene.cli = await openServerCli();
  const { code, stderr } = await scene.cli.run('generate-key', '--email', 'anna@example.org');
  assert.is(code, 0, stderr);
});
links.after.each(({ cli }) => cli.close());

const LINK = /^Open (http:\S+)\/welcome#(kt_claim_[\w-]{43})\n$/;
const claimAt = (url: string, claim: string) =>
  fetch(`${url}/auth/claim`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url },
    body: JSON.stringify({ claim }),
  });

links('is made while the server runs, at its address, and works once', async ({ cli }) => {
  const serving = await serve(readConfig({ port: '0' }, cli.env), makeLog('error'));
  try {
    const made = await cli.run('login-link', '--email', ' Anna@example.org');
    assert.is(made.code, 0, made.stderr);
    const [, url = '', claim = ''] = LINK.exec(made.stdout) ?? [];
    // On PostgreSQL nobody tells where the server listens; the settings do.
    if (!('DATABASE_URL' in cli.env)) assert.is(url, serving.url);
    assert.match(
      made.stderr,
      /^It signs a browser in as anna@example\.org, once, until \d{4}-\d\d-\d\d \d\d:\d\d UTC\.\nDatabase: /,
    );
    const first = await claimAt(serving.url, claim);
    assert.is(first.status, 200);
    assert.is(((await first.json()) as { user: { email: string } }).user.email, 'anna@example.org');
    const cookie = first.headers.getSetCookie().join().split(';')[0]!;
    const who = await fetch(`${serving.url}/auth/session`, { headers: { cookie } });
    assert.is(((await who.json()) as { via: string }).via, 'session');
    const second = await claimAt(serving.url, claim);
    assert.is(second.status, 401);
    await second.arrayBuffer();
  } finally {
    await serving.stop();
  }
});

links('is made before the server runs, at the address where it will be, for scripts as JSON', async ({ cli }) => {
  const at = async (env: Record<string, string>) => {
    Object.assign(cli.env, env);
    const { code, stdout, stderr } = await cli.run('login-link', '--email', 'anna@example.org', '--json');
    assert.is(code, 0, stderr);
    const { url, email, expiresAt } = JSON.parse(stdout) as Record<string, string>;
    assert.is(email, 'anna@example.org');
    assert.ok(Math.abs(Date.parse(expiresAt!) - Date.now() - 3_600_000) < 60_000);
    return url!.split('#')[0];
  };
  assert.is(await at({}), 'http://127.0.0.1:5700/welcome');
  assert.is(await at({ KT_SERVER_HOST: '0.0.0.0', KT_SERVER_PORT: '5800' }), 'http://127.0.0.1:5800/welcome');
  assert.is(await at({ KT_SERVER_HOST: '::1' }), 'http://[::1]:5800/welcome');
  assert.is(await at({ KT_SERVER_PUBLIC_URL: 'https://example.org/kt/' }), 'https://example.org/kt/welcome');
});

links('is made for nobody who is not there', async ({ cli }) => {
  const { code, stdout, stderr } = await cli.run('login-link', '--email', 'ben@example.org');
  assert.equal([code, stdout], [1, '']);
  assert.match(stderr, /there is no user "ben@example.org": "kt-server users list" shows them/);
});

links.run();
