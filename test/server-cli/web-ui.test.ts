/**
 * kt-server in a process of its own, as a browser sees it: `--webui`, a key in the address, names and origins, testing
 * mode.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeProcesses, type Processes, type Running } from '../support/processes.ts';
import { newPostgresUrl, testEngine } from '../support/test-database.ts';

type Scene = { processes: Processes; running: Running; url: string; key: string; place: string[]; dist: string };
const webUi = suite<Scene>('kt-server --webui');

webUi.before(async (scene) => {
  scene.processes = makeProcesses();
  scene.dist = scene.processes.folder();
  for (const [path, text] of [
    ['index.html', '<!doctype html><title>ActivityWatch</title><script src="/js/app.js"></script>'],
    ['js/app.js', "start('aw-api-token')"],
    ['pages/mine/index.html', 'mine'],
  ] as const) {
    mkdirSync(join(scene.dist, path, '..'), { recursive: true });
    writeFileSync(join(scene.dist, path), text);
  }
  const postgres = testEngine() === 'postgres' ? ['--database-url', await newPostgresUrl()] : [];
  scene.place = ['--data-dir', scene.processes.folder(), '--port', '0', ...postgres];
  scene.running = scene.processes.server([...scene.place, '--webui', scene.dist], {
    KT_SERVER_LOG_LEVEL: 'debug',
    KT_SERVER_TESTING: 'yes',
    KT_SERVER_CORS_ORIGINS: 'https://a.example, https://b.example',
  });
  scene.url = (await scene.running.says(/ready at (\S+)/))[1]!;
  scene.key = (await scene.running.says(/API key +(\S+)/))[1]!;
});
webUi.after(({ processes }) => processes.close());

const elsewhere = (place: readonly string[], folder: string): string[] =>
  place.map((arg, i) => (place[i - 1] === '--data-dir' ? folder : arg));

/** On a raw connection: fetch does not allow setting Host or sending dots. */
const ask = (
  { url }: Scene,
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<{ status: number | undefined; headers: Record<string, unknown>; text: string }> =>
  new Promise((resolve, reject) => {
    const { port } = new URL(url);
    request({ port, path, method, headers: { host: `127.0.0.1:${port}`, ...headers }, agent: false }, (response) => {
      let text = '';
      response
        .setEncoding('utf8')
        .on('data', (more) => (text += more))
        .on('end', () => resolve({ status: response.statusCode, headers: response.headers, text }));
    })
      .on('error', reject)
      .end();
  });

webUi('serves the folder beside the dashboard and both APIs', async (scene) => {
  for (const [path, status, text] of [
    ['/aw/', 200, 'ActivityWatch'],
    ['/aw/pages/mine/', 200, 'mine'],
    ['/js/app.js', 200, 'start'],
    ['/pages/mine/?hostname=h', 200, 'mine'],
    ['/api/0/info', 200, 'kt-server'],
    ['/health', 200, 'alive'],
    ['/aw/sign-in', 200, 'Sign in'],
    ['/aw/sign-in-check.js', 200, 'aw-api-token'],
    ['/nope', 404, 'nothing is here'],
    ['/../package.json', 404, ''],
    ['/js/..%2findex.html', 404, ''],
  ] as const) {
    const answer = await ask(scene, path);
    assert.is(answer.status, status, path);
    assert.match(answer.text, text);
  }
  assert.match(String((await ask(scene, '/graphql', { accept: 'text/html' })).headers['content-type']), 'text/html');
});

webUi('has people sign in before they see it, and where a browser goes to the API without a key', async (scene) => {
  assert.match((await ask(scene, '/aw/')).text, /sign-in-check\.js.*js\/app\.js/s);
  const page = await ask(scene, '/api/0/buckets/', { accept: 'text/html', 'sec-fetch-mode': 'navigate' });
  assert.equal([page.status, page.headers['content-type']], [401, 'text/html; charset=utf-8']);
  assert.match(page.text, /Sign in/);
});

webUi('keeps a key that stands in the address out of its log', async (scene) => {
  for (const path of [
    `/aw/?token=${scene.key}`,
    `/aw/?token=${scene.key}#/home`,
    `/api/0/buckets/?token=${scene.key}`,
    `/nope?token=${scene.key}`,
    `/graphql?token=${scene.key}`,
    `/js/app.js?token=${scene.key}`,
  ]) {
    await ask(scene, path, { referer: `${scene.url}/aw/?token=${scene.key}` });
  }
  await ask(scene, '/api/0/buckets/', { authorization: `Bearer ${scene.key}` });
  assert.match(scene.running.output.stderr, '"path":"/api/0/buckets/"');
  assert.not.match(scene.running.output.stderr, scene.key);
  assert.is((await ask(scene, `/api/0/buckets/?token=${scene.key}`)).status, 401, 'nor does it let anybody in');
  assert.is((await ask(scene, '/aw/')).headers['referrer-policy'], 'no-referrer');
});

webUi('answers to its own name and origin, and to those it was told', async (scene) => {
  const key = { authorization: `Bearer ${scene.key}` };
  assert.is((await ask(scene, '/aw/', { host: 'evil.example' })).status, 400);
  assert.is((await ask(scene, '/api/0/info', { host: `localhost:${new URL(scene.url).port}` })).status, 200);
  for (const [origin, status] of [
    [scene.url, 200],
    [scene.url.replace('127.0.0.1', 'localhost'), 200],
    ['https://b.example', 200],
    ['chrome-extension://anything', 200],
    ['http://evil.example', 403],
  ] as const) {
    assert.is((await ask(scene, '/api/0/buckets/', { ...key, origin })).status, status, origin);
  }
  assert.is(
    (
      await ask(
        scene,
        '/api/0/buckets/',
        { origin: 'https://a.example', 'access-control-request-method': 'POST' },
        'OPTIONS',
      )
    ).status,
    200,
  );
});

webUi('has the root where it is told so, and the dashboard is beside it', async ({ processes, place, dist }) => {
  const running = processes.server([...elsewhere(place, processes.folder()), '--webui', dist, '--webui-at-root'], {});
  const url = (await running.says(/ready at (\S+)/))[1]!;
  assert.match(await (await fetch(url)).text(), /ActivityWatch/);
  assert.match(await (await fetch(`${url}/sign-in`)).text(), /Sign in/);
  // Built or not: what it says of itself is its own test's.
  assert.match(await (await fetch(`${url}/dashboard/`)).text(), /<title>kt-server/);
  await running.kill('SIGTERM');
});

webUi('says that it is in testing mode', async (scene) =>
  assert.is(JSON.parse((await ask(scene, '/api/0/info')).text).testing, true),
);

webUi('tells a wrong setting in one line that says what to do', async ({ processes, place }) => {
  const cases: [args: string[], env: Record<string, string>, said: RegExp][] = [
    [['--webui', processes.folder()], {}, /index\.html.*--webui/],
    [[], { KT_SERVER_PUBLIC_URL: 'kt.example.org' }, /KT_SERVER_PUBLIC_URL must be http/],
    [[], { KT_SERVER_PUBLIC_URL: 'https://kt.example.org/api/' }, /no path of its own \(\/api,/],
    [[], { KT_SERVER_TRUST_PROXY: 'maybe' }, /KT_SERVER_TRUST_PROXY must be yes or no/],
    [
      ['config', 'print'],
      { KT_SERVER_CONNECTIONS_PER_ADDRESS: '0' },
      /KT_SERVER_CONNECTIONS_PER_ADDRESS must be a whole number/,
    ],
    [['config', 'print'], { KT_SERVER_TESTING: '2' }, /KT_SERVER_TESTING must be yes or no/],
  ];
  for (const [args, env, said] of cases) {
    const running = processes.server(
      [
        ...(args[0] === 'config'
          ? [...args, '--port', '0']
          : ['serve', ...elsewhere(place, processes.folder()), ...args]),
      ],
      env,
    );
    // A server that accepts the setting would run for ever.
    const { code, stdout, stderr } = await Promise.race([
      running.ended,
      running.says(/ready at/).then(() => running.kill('SIGKILL')),
    ]);
    assert.equal([code, stdout], [2, ''], stderr);
    assert.match(stderr, said);
    assert.is(stderr.trim().split('\n').length, 1);
  }
});

webUi('prints its settings as kt-server.toml says them', async ({ processes, place }) => {
  const folder = processes.folder();
  writeFileSync(
    join(folder, 'kt-server.toml'),
    'allowed_hosts = ["kt.lan", "*.kt.lan"]\ntrust_proxy = true\npublic_url = "https://kt.example.org/"\n',
  );
  const { stdout, stderr } = await processes.server(['config', 'print', '--json', ...elsewhere(place, folder)], {
    KT_SERVER_CORS_ORIGINS: 'https://a.example',
  }).ended;
  const { allowed_hosts, trust_proxy, public_url, cors_origins, webui, testing } = JSON.parse(stdout || stderr);
  assert.equal(
    { allowed_hosts, trust_proxy, public_url, cors_origins, webui, testing },
    {
      allowed_hosts: ['kt.lan', '*.kt.lan'],
      trust_proxy: true,
      public_url: 'https://kt.example.org',
      cors_origins: ['https://a.example'],
      webui: '',
      testing: false,
    },
  );
});

webUi.run();
