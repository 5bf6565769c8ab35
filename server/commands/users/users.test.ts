import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openServerCli, type ServerCli } from '../../../test/support/server-cli.ts';
import { readConfig } from '../../config.ts';
import { makeLog } from '../../log.ts';
import { serve, type Serving } from '../../serve.ts';
import { driverOf } from '../../storage/database.ts';
import { openDatabase } from '../../storage/open.ts';

type Scene = { cli: ServerCli; serving: Serving; url: string };
const users = suite<Scene>('kt-server’s users');
users.before(async (scene) => {
  scene.cli = await openServerCli();
  const config = readConfig({ port: '0' }, scene.cli.env);
  scene.serving = await serve(config, makeLog('error'));
  scene.url = scene.serving.url;
});
users.after(async ({ cli, serving }) => {
  await serving.stop();
  cli.close();
});

/** Asks the running server with a key. */
const ask = async ({ url }: Scene, key: string, path: string, body?: unknown): Promise<Response> =>
  fetch(`${url}/api/0/${path}`, {
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  });

const event = (i: number) => ({
  timestamp: new Date(Date.UTC(2024, 0, 1) + i * 1000).toISOString(),
  duration: 0.5,
  data: { app: `app ${i % 7}` },
});
const EVENTS = 12_000;

/** A user with a bucket of so many events, a setting, and a device. */
const newUser = async (scene: Scene, email: string, events = EVENTS): Promise<string> => {
  const { stdout, stderr, code } = await scene.cli.run('generate-key', '--email', email, '--name', 'of a laptop');
  assert.is(code, 0, stderr);
  const key = stdout.trim();
  for (const [path, body] of [
    ['buckets/window', { client: 'c', type: 'currentwindow', hostname: 'laptop' }],
    ['buckets/window/events', Array.from({ length: events }, (_, i) => event(i))],
    ['buckets/empty', { client: 'c', type: 't', hostname: 'laptop' }],
    ['settings/theme', { dark: true }],
    ['devices/register', { device_id: `device of ${email}`, hostname: 'laptop' }],
  ] as const) {
    const response = await ask(scene, key, path, body);
    assert.ok(response.ok, `${path}: ${response.status}`);
    await response.arrayBuffer();
  }
  return key;
};

users('are exported with all that is theirs, a page at a time, and what was exported is imported', async (scene) => {
  const key = await newUser(scene, 'anna@example.org');
  const { code, stdout, stderr, pieces } = await scene.cli.run('users', 'export', 'anna@example.org', '-');
  assert.is(code, 0, stderr);
  assert.match(stderr, `with ${EVENTS} events`);
  const file = JSON.parse(stdout);
  assert.equal(Object.keys(file).sort(), ['account', 'buckets', 'devices', 'keys', 'settings']);
  assert.equal(file.account.email, 'anna@example.org');
  assert.equal(file.settings, { theme: { dark: true } });
  assert.ok(file.devices.some((each: any) => each.device_id === 'device of anna@example.org'));
  assert.equal(
    file.keys.map(({ name, scope }: any) => [name, scope]),
    [['of a laptop', 'full']],
  );
  assert.not.match(stdout, /kt_|hash/);
  assert.equal([file.buckets.window.events.length, file.buckets.empty.events], [EVENTS, []]);
  const most = Math.max(...pieces.map(({ length }) => length));
  assert.ok(most < stdout.length / 2, `${most} of ${stdout.length} in one piece`);

  const theirs = (await (await ask(scene, key, 'export')).json()) as any;
  const withoutIds = ({ events, ...bucket }: any) => ({ ...bucket, events: events.map(({ id: _, ...e }: any) => e) });
  assert.equal(withoutIds(file.buckets.window), withoutIds(theirs.buckets.window), 'as REST exports it');

  const other = await newUser(scene, 'bert@example.org', 0);
  const imported = await ask(scene, other, 'import', file);
  assert.is(imported.status, 200, await imported.clone().text());
  assert.is(await (await ask(scene, other, 'buckets/window/events/count')).json(), EVENTS);
});

users('are exported into a file that its owner alone reads, and that was not there', async ({ cli }) => {
  const path = join(cli.folder, 'anna.json');
  const first = await cli.run('users', 'export', 'ANNA@example.org', path);
  assert.equal([first.code, first.stdout], [0, ''], first.stderr);
  if (process.platform !== 'win32') assert.is(statSync(path).mode & 0o777, 0o600);
  const text = readFileSync(path, 'utf8');
  assert.is(JSON.parse(text).buckets.window.events.length, EVENTS);
  const again = await cli.run('users', 'export', 'anna@example.org', path);
  assert.is(again.code, 2);
  assert.match(again.stderr, /is there already: give another name/);
  assert.is(readFileSync(path, 'utf8'), text);
  assert.is((await cli.run('users', 'export', 'nobody@example.org', `${path}.2`)).code, 1);
  assert.equal(
    readdirSync(cli.folder).filter((name) => name.startsWith('anna.json')),
    ['anna.json'],
  );
});

users('are not deleted before somebody says so', async (scene) => {
  const { cli } = scene;
  const key = await newUser(scene, 'carl@example.org', 10);
  const asked = await cli.run('users', 'delete', 'carl@example.org');
  assert.is(asked.code, 2);
  assert.match(
    asked.stderr,
    /^carl@example\.org has: \d devices, 2 buckets, 10 events, 0 in the trash, 1 keys, 1 settings$/m,
  );
  assert.match(asked.stderr, /say --yes/);
  const declined = await cli.type('anna@example.org', 'users', 'delete', 'carl@example.org');
  assert.equal([declined.code, declined.stdout], [1, '']);
  assert.match(declined.stderr, /Nothing was deleted/);
  assert.is((await ask(scene, key, 'buckets/')).status, 200);
  const agreed = await cli.type('carl@example.org', 'users', 'delete', 'Carl@example.org');
  assert.equal([agreed.code, agreed.stdout], [0, 'Deleted carl@example.org with 10 events.\n']);
  assert.is((await ask(scene, key, 'buckets/')).status, 401);
});

users('are deleted with all that is theirs, and nobody else is', async (scene) => {
  const { cli } = scene;
  const [key, other] = [
    await newUser(scene, 'dora@example.org', 3_000),
    (await cli.run('generate-key', '--email', 'bert@example.org')).stdout.trim(),
  ];
  const all = (await (await ask(scene, other, 'export')).json()) as any;
  const { code, stdout, stderr } = await cli.run('users', 'delete', 'dora@example.org', '--yes', '--json');
  assert.is(code, 0, stderr);
  const { id, events, buckets, email } = JSON.parse(stdout);
  assert.equal([email, events, buckets], ['dora@example.org', 3_000, 2]);
  assert.is((await ask(scene, key, 'buckets/')).status, 401);
  assert.equal(await (await ask(scene, other, 'export')).json(), all);
  const listed = JSON.parse((await cli.run('users', 'list', '--json')).stdout);
  assert.not.ok(listed.some((user: any) => user.id === id));
  const again = await cli.run('users', 'delete', 'dora@example.org', '--yes');
  assert.is(again.code, 1);
  assert.match(again.stderr, /there is no user "dora@example\.org"/);
});

users('are connected with whom a provider names, shown with them, and disconnected', async ({ cli }) => {
  const who = ['anna@example.org', '--subject', 'sub of anna', '--issuer', 'https://id.example.org/'];
  const connected = await cli.run('users', 'connect', ...who);
  assert.is(
    connected.stdout,
    'sub of anna at https://id.example.org signs in as anna@example.org.\n',
    connected.stderr,
  );
  const taken = await cli.run('users', 'connect', 'bert@example.org', ...who.slice(1));
  assert.is(taken.code, 1);
  assert.match(taken.stderr, /connected with another account/);
  const listed = await cli.run('users', 'connections', 'anna@example.org');
  assert.match(listed.stdout, /https:\/\/id\.example\.org +sub of anna .*never/);
  assert.is(JSON.parse((await cli.run('users', 'connections', 'anna@example.org', '--json')).stdout).length, 1);
  const nowhere = await cli.run('users', 'connect', 'anna@example.org', '--subject', 'x');
  assert.equal([nowhere.code, /which provider\?/.test(nowhere.stderr)], [2, true]);
  assert.is((await cli.run('users', 'connect', 'nobody@example.org', ...who.slice(1))).code, 1);
  assert.is((await cli.run('users', 'disconnect', ...who)).code, 0);
  const again = await cli.run('users', 'disconnect', ...who);
  assert.equal([again.code, /is not connected with/.test(again.stderr)], [1, true]);
});

users('are exported and deleted just so while no server runs', async (scene) => {
  await scene.serving.stop();
  const exported = await scene.cli.run('users', 'export', 'anna@example.org', '-');
  assert.is(exported.code, 0, exported.stderr);
  assert.is(JSON.parse(exported.stdout).buckets.window.events.length, EVENTS);
  const { code, stderr } = await scene.cli.run('users', 'delete', 'anna@example.org', '--yes');
  assert.is(code, 0, stderr);
  const database = await openDatabase(scene.cli.url);
  try {
    const [left] = await driverOf(database).rows<Record<string, number>>(
      `select (select count(*)::int from users where email in ('anna@example.org', 'dora@example.org')) as users,
         (select count(*)::int from events) as events, (select count(*)::int from users) as all_users`,
    );
    assert.equal(left, { users: 0, events: EVENTS, all_users: 2 }, 'what bert imported is left');
  } finally {
    await database.close();
  }
});

users('are listed page by page, however many there are, with where those are who were moved', async ({ cli }) => {
  const database = await openDatabase(cli.url);
  await driverOf(database).script(
    `insert into users (email) select 'many-' || n || '@example.org' from generate_series(1, 1000) n;
     update users set moved_to = 'https://cell2.example', admin_since = now() where email = 'many-700@example.org'`,
  );
  await database.close();
  const { code, stdout, stderr, pieces } = await cli.run('users', 'list');
  assert.is(code, 0, stderr);
  assert.match(stderr, /^Database: /m);
  const lines = stdout.trimEnd().split('\n');
  assert.is(lines.length, 1 + 2 + 1_000);
  assert.match(lines[0]!, /^USER +STATE +SINCE +LAST SEEN +DEVICES +BUCKETS +EVENTS +VALID KEYS$/);
  assert.equal(
    lines.filter((line) => line.startsWith('many-')).map((line) => line.split(/ {2,}/).slice(0, 2)),
    Array.from({ length: 1_000 }, (_, n) => [
      `many-${n + 1}@example.org`,
      n + 1 === 700 ? 'admin, moved to https://cell2.example' : 'active',
    ]),
  );
  assert.is(lines[0]!.indexOf('STATE'), lines[1]!.search(/(active|admin) /), 'the head is above its columns');
  assert.ok(Math.max(...pieces.map((piece) => piece.length)) < 1_000, 'never the whole of it');
  const told = JSON.parse((await cli.run('users', 'list', '--json')).stdout);
  assert.equal(
    told.filter(({ movedTo }: any) => movedTo !== null).map(({ email, state }: any) => [email, state]),
    [['many-700@example.org', 'moved']],
  );
  assert.is(told.length, 1_002);
});

users.run();
