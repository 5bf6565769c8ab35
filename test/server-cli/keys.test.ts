import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeProcesses, type Ended, type Processes, type Running } from '../support/processes.ts';
import { newPostgresUrl, testEngine } from '../support/test-database.ts';

type Scene = { processes: Processes; place: string[]; running: Running; url: string };
const keys = suite<Scene>('kt-server’s keys and users');

keys.before(async (scene) => {
  scene.processes = makeProcesses();
  scene.place = [
    '--data-dir',
    scene.processes.folder(),
    ...(testEngine() === 'postgres' ? ['--database-url', await newPostgresUrl()] : []),
  ];
  await begin(scene);
});
keys.after(({ processes }) => processes.close());

const begin = async (scene: Scene, env: Record<string, string> = {}): Promise<void> => {
  scene.running = scene.processes.server([...scene.place, '--port', '0'], env);
  scene.url = (await scene.running.says(/ready at (\S+)/))[1]!;
};
const run = ({ processes, place }: Scene, ...args: string[]): Promise<Ended> =>
  processes.server([...args, ...place]).ended;
const json = async (scene: Scene, ...args: string[]): Promise<any> => {
  const { code, stdout, stderr } = await run(scene, ...args, '--json');
  assert.is(code, 0, stderr);
  return JSON.parse(stdout);
};
const statusWith = async ({ url }: Scene, key: string): Promise<number> =>
  (await fetch(`${url}/api/0/buckets/`, { headers: { authorization: `Bearer ${key}` } })).status;

/** What must be true whether a server runs or not; `asked` sends it a request, if it runs. */
const allFour = async (scene: Scene, email: string, asked: (key: string) => Promise<number | null>): Promise<void> => {
  const made = await run(scene, 'generate-key', '--email', email, '--name', 'laptop');
  const where = `Database: ${scene.running.output.stdout.match(/Data +(.*)/)![1]}\n`;
  assert.equal([made.code, made.stderr], [0, `${where}Created the user ${email}.\n`]);
  assert.match(made.stdout, /^kt_[A-Za-z0-9_-]{43}\n$/, 'stdout is the key and nothing else');
  const key = made.stdout.trim();
  assert.ok([200, null].includes(await asked(key)));

  const listed = (await json(scene, 'keys', 'list')).filter((row: any) => row.email === email);
  assert.equal(
    listed.map((row: any) => [row.name, row.prefix, row.scope, row.revokedAt]),
    [['laptop', key.slice(0, 10), 'full', null]],
  );
  assert.not.match(JSON.stringify(listed), key);
  const [user] = (await json(scene, 'users', 'list')).filter((row: any) => row.email === email);
  assert.equal([user.devices, user.buckets, user.keys], [0, 0, 1]);

  const revoked = await run(scene, 'keys', 'revoke', key.slice(0, 10));
  assert.equal([revoked.code, revoked.stdout, revoked.stderr], [0, `Revoked ${key.slice(0, 10)}… (laptop)\n`, where]);
  assert.ok([401, null].includes(await asked(key)), 'it is refused at once');
};

keys('are made, listed and revoked while the server runs, and a revoked one is refused at once', async (scene) => {
  await allFour(scene, 'running@example.org', (key) => statusWith(scene, key));
});

keys('of a user who is known add to them, with JSON for a script', async (scene) => {
  const made = await json(scene, 'generate-key', '--email', ' RUNNING@example.org ');
  assert.equal([made.email, made.name, made.userCreated, made.key.length], ['running@example.org', '', false, 46]);
  assert.is(await statusWith(scene, made.key), 200);
  assert.is((await run(scene, 'keys', 'revoke', made.id)).code, 0);
  assert.is(await statusWith(scene, made.key), 401);
});

keys('that nobody has, or several, are not revoked: exit 1 and one line that says what to do', async (scene) => {
  for (const [name, pattern] of [
    ['kt_nobody', /no key begins with "kt_nobody"/],
    ['kt_', /\d+ keys begin with "kt_"/],
  ] as const) {
    const { code, stdout, stderr } = await run(scene, 'keys', 'revoke', name);
    assert.equal([code, stdout], [1, '']);
    assert.match(stderr, pattern);
    assert.match(stderr, /^[^\n]+keys list[^\n]*\n$/);
  }
});

keys('are refused to an address that is none: exit 2', async (scene) => {
  const { code, stdout, stderr } = await run(scene, 'generate-key', '--email', 'nobody');
  assert.equal([code, stdout], [2, '']);
  assert.match(stderr, /^kt-server: "nobody" is no e-mail address[^\n]*\n$/);
});

keys('of the scope metrics read /metrics and nothing else', async (scene) => {
  const made = await json(scene, 'generate-key', '--email', 'running@example.org', '--scope', 'metrics');
  assert.is(made.scope, 'metrics');
  const headers = { authorization: `Bearer ${made.key}` };
  const answer = await fetch(`${scene.url}/metrics`, { headers });
  assert.is(answer.status, 200);
  const text = await answer.text();
  assert.match(text, /^kt_http_requests_total\{.*route="\/api\/0\/buckets".*status="200"\} [1-9]/m);
  assert.match(text, /^nodejs_eventloop_lag_p99_seconds \d/m);
  assert.is(await statusWith(scene, made.key), 403);
});

keys('are rotated: stdout is the new key and nothing else, and the former one is refused', async (scene) => {
  const first = await json(scene, 'generate-key', '--email', 'running@example.org', '--name', 'old laptop');
  const { code, stdout, stderr } = await run(scene, 'keys', 'rotate', first.id);
  assert.is(code, 0, stderr);
  assert.match(stdout, /^kt_[A-Za-z0-9_-]{43}\n$/);
  assert.match(stderr, /The former key kt_[\w-]+… is refused from now on\./);
  assert.equal([await statusWith(scene, first.key), await statusWith(scene, stdout.trim())], [401, 200]);
});

keys('are listed for people as a table', async (scene) => {
  const [heading, ...rows] = (await run(scene, 'keys', 'list')).stdout.trimEnd().split('\n');
  assert.match(heading!, /^KEY +USER +NAME +CREATED +LAST USED +SCOPE +STATE$/);
  assert.match(rows.join('\n'), /owner@localhost +first key .*valid$/m);
  assert.match(rows.join('\n'), /running@example\.org +laptop .*revoked \d{4}-/m);
});

keys('are made, listed and revoked just so while no server runs', async (scene) => {
  assert.is((await scene.running.kill('SIGTERM')).code, 0);
  await allFour(scene, 'stopped@example.org', async () => null);
});

keys('are not asked for with KT_SERVER_AUTH=none: everybody is the first user', async (scene) => {
  await begin(scene, { KT_SERVER_AUTH: 'none' });
  const response = await fetch(`${scene.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ viewer { email } }' }),
  });
  assert.equal(await response.json(), { data: { viewer: { email: 'owner@localhost' } } });
  assert.is((await fetch(`${scene.url}/api/0/buckets/`)).status, 200);
  assert.match(scene.running.output.stdout, /none needed/);
});

keys.run();
