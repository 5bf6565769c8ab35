import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openServerCli, type ServerCli } from '../../../test/support/server-cli.ts';
import { readConfig } from '../../config.ts';
import { makeLog } from '../../log.ts';
import { serve, type Serving } from '../../serve.ts';

/** A server that has just been started for the first time. */
type Scene = { cli: ServerCli; serving: Serving };
const invitations = suite<Scene>('invitations at the command line');
invitations.before(async (scene) => {
  scene.cli = await openServerCli();
  scene.serving = await serve(readConfig({ port: '0' }, scene.cli.env), makeLog('error'));
});
invitations.after(async ({ cli, serving }) => {
  await serving.stop();
  cli.close();
});

const BERT = 'bert@example.org';
const stateOf = async ({ cli }: Scene, email: string): Promise<string> => {
  const { code, stdout, stderr } = await cli.run('users', 'list');
  assert.is(code, 0, stderr);
  return stdout.split('\n').find((line) => line.startsWith(`${email} `)) ?? '';
};
const enter = async ({ serving: { url } }: Scene, claim: string) => {
  const response = await fetch(`${url}/auth/claim`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url },
    body: JSON.stringify({ claim }),
  });
  return { status: response.status, body: (await response.json()) as any };
};
const claimIn = (stdout: string): string => /\/welcome#(kt_claim_[\w-]{43})$/m.exec(stdout)?.[1] ?? '';

invitations('are printed as a link, listed until somebody comes, and work once', async (scene) => {
  const { cli } = scene;
  const made = await cli.run('users', 'invite', '--email', ' Bert@example.org');
  assert.is(made.code, 0, made.stderr);
  assert.match(made.stdout, /^Open http:\S+\/welcome#kt_claim_[\w-]{43}\n$/);
  assert.match(
    made.stderr,
    /^It lets bert@example\.org in, once, until \d{4}-\d\d-\d\d \d\d:\d\d UTC\. Hand it over in private\.\n/,
  );
  assert.match(made.stderr, /^It leads to this computer alone: set KT_SERVER_PUBLIC_URL/m);
  assert.match(await stateOf(scene, BERT), /invited \(until \d{4}-/);
  const again = await cli.run('users', 'invite', '--email', BERT, '--json');
  const { url, email, isAdmin } = JSON.parse(again.stdout);
  assert.equal([email, isAdmin], [BERT, false]);
  const former = await enter(scene, claimIn(made.stdout));
  assert.equal([former.status, former.body.reason], [401, 'expired']);
  const entered = await enter(scene, claimIn(url));
  assert.equal([entered.status, entered.body.user.email, entered.body.invited], [200, BERT, true]);
  assert.match(await stateOf(scene, BERT), / active /);
  assert.is((await enter(scene, claimIn(url))).body.reason, 'used');
  const there = await cli.run('users', 'invite', '--email', BERT);
  assert.equal([there.code, there.stdout], [1, '']);
  assert.match(there.stderr, /has an account here already.*kt-server login-link --email bert@example\.org/);
});

invitations('lead to the public address, and are withdrawn', async (scene) => {
  const { cli } = scene;
  Object.assign(cli.env, { KT_SERVER_PUBLIC_URL: 'https://kt.example.org' });
  const made = await cli.run('users', 'invite', '--email', 'carl@example.org', '--admin');
  delete cli.env['KT_SERVER_PUBLIC_URL'];
  assert.match(made.stdout, /^Open https:\/\/kt\.example\.org\/welcome#/, made.stderr);
  assert.not.match(made.stderr, /this computer alone/);
  assert.match(await stateOf(scene, 'carl@example.org'), /admin, invited/);
  const withdrawn = await cli.run('users', 'withdraw', 'carl@example.org');
  assert.is(withdrawn.stdout, 'carl@example.org is not invited any more.\n', withdrawn.stderr);
  assert.is(await stateOf(scene, 'carl@example.org'), '');
  assert.is((await enter(scene, claimIn(made.stdout))).body.reason, 'unknown');
  const gone = await cli.run('users', 'withdraw', 'carl@example.org');
  assert.equal([gone.code, /there is no user/.test(gone.stderr)], [1, true]);
  assert.is((await cli.run('users', 'invite', '--email', 'nobody')).code, 2);
});

invitations('need nobody to administer the server, whom the operator names', async (scene) => {
  const { cli } = scene;
  assert.match(await stateOf(scene, 'owner@localhost'), / admin /);
  const off = await cli.run('users', 'admin', 'owner@localhost', '--off');
  assert.is(off.stdout, 'owner@localhost does not administer this server.\n', off.stderr);
  assert.match(off.stderr, /Nobody does now/);
  assert.match(await stateOf(scene, 'owner@localhost'), / active /);
  const on = await cli.run('users', 'admin', 'Owner@localhost', '--on');
  assert.is(on.stdout, 'owner@localhost administers this server.\n', on.stderr);
  for (const flags of [[], ['--on', '--off']])
    assert.is((await cli.run('users', 'admin', 'owner@localhost', ...flags)).code, 2);
  assert.is((await cli.run('users', 'admin', 'nobody@example.org', '--on')).code, 1);
});

invitations.run();
