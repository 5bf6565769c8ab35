import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeProcesses, type Processes, type Running } from '../support/processes.ts';
import { newPostgresUrl, testEngine } from '../support/test-database.ts';

/** One data folder throughout, as a person has it; each test continues where the one before stopped. */
type Scene = { processes: Processes; place: string[]; running: Running; url: string; key: string };
const life = suite<Scene>('kt-server’s life');

life.before(async (scene) => {
  scene.processes = makeProcesses();
  scene.place = [
    '--data-dir',
    scene.processes.folder(),
    ...(testEngine() === 'postgres' ? ['--database-url', await newPostgresUrl()] : []),
  ];
});
life.after(({ processes }) => processes.close());

const begin = async (scene: Scene): Promise<string> => {
  scene.running = scene.processes.server([...scene.place, '--port', '0']);
  scene.url = (await scene.running.says(/^kt-server is ready at (http:\/\/127\.0\.0\.1:\d+)$/m))[1]!;
  await scene.running.says(/(Another key .*|KT_SERVER_PUBLIC_URL\.)\n/);
  return scene.running.output.stdout;
};

const post = async ({ url, key }: Scene, path: string, body: unknown): Promise<Response> =>
  fetch(`${url}/api/0${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key },
    body: JSON.stringify(body),
  });
const event = (n: number) => ({
  timestamp: new Date(Date.UTC(2024, 4, 31) + n * 1000).toISOString(),
  duration: 1,
  data: { n },
});
const stored = async ({ url, key }: Scene): Promise<number[]> =>
  (
    (await (await fetch(`${url}/api/0/buckets/b/events`, { headers: { 'x-api-key': key } })).json()) as {
      data: { n: number };
    }[]
  )
    .map(({ data }) => data.n)
    .sort((a, b) => a - b);

life('begins with an address, a key and the next command, told on stdout', async (scene) => {
  const said = await begin(scene);
  const [, key] = /API key +(kt_[A-Za-z0-9_-]{43})$/m.exec(said)!;
  scene.key = key!;
  assert.match(said, `${scene.url}/graphql`);
  assert.match(said, `npx kt-client setup --url ${scene.url} --api-key ${key}`);
  assert.is(scene.running.output.stderr, '');
  assert.is((await post(scene, '/buckets/b', { client: 'c', type: 't', hostname: 'h' })).status, 200);
  assert.is((await post(scene, '/buckets/b/events', [event(0)])).status, 200);
});

life('begins with a link, too, by which a browser signs in', async (scene) => {
  const { stdout } = scene.running.output;
  const [, place, claim] = /^Open (\S+)\/welcome#(kt_claim_[A-Za-z0-9_-]{43})$/m.exec(stdout)!;
  assert.is(place, scene.url);
  const entered = await fetch(`${scene.url}/auth/claim`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: scene.url, 'sec-fetch-site': 'same-origin' },
    body: JSON.stringify({ claim }),
  });
  const { user, via } = (await entered.json()) as { user: { email: string }; via: string };
  assert.equal([entered.status, user.email, via], [200, 'owner@localhost', 'session']);
  const [cookie = ''] = entered.headers.getSetCookie();
  assert.match(cookie, /^kt=kt_session_\S+; Max-Age=15552000; Path=\/; HttpOnly; SameSite=Lax$/);
  const listed = await fetch(`${scene.url}/api/0/buckets/`, { headers: { cookie: cookie.split(';')[0]! } });
  assert.ok('b' in ((await listed.json()) as object));
});

life('is refused a port that another kt-server has, and is told so', async (scene) => {
  const port = new URL(scene.url).port;
  const { code, stdout, stderr } = await scene.processes.server([
    '--data-dir',
    scene.processes.folder(),
    ...scene.place.slice(2),
    '--port',
    port,
  ]).ended;
  assert.equal([code, stdout], [1, '']);
  assert.match(
    stderr,
    new RegExp(
      `^kt-server: port ${port} on 127\\.0\\.0\\.1 is taken by another kt-server \\(.+\\): stop it, ` +
        'or give another --port\n$',
    ),
  );
});

if (testEngine() === 'pglite') {
  life('is refused a data folder that another process has, and is told which and where', async (scene) => {
    const { code, stdout, stderr } = await scene.processes.server([...scene.place, '--port', '0']).ended;
    assert.equal([code, stdout], [1, '']);
    assert.is(
      stderr,
      `kt-server: kt-server (process ${scene.running.child.pid}, ${scene.url}) ` +
        `has the data folder ${scene.place[1]} already: stop it first, or give another --data-dir\n`,
    );
    assert.equal(await stored(scene), [0], 'the first goes on');
  });
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  life(`ends with 0 on ${signal}, and opens again with everything there and no other key`, async (scene) => {
    const ended = await scene.running.kill(signal);
    assert.equal([ended.code, ended.signal, ended.stderr], [0, null, '']);
    const said = await begin(scene);
    assert.not.match(said, /API key|\/welcome|kt_[A-Za-z0-9_-]{43}/);
    assert.match(said, `npx kt-server generate-key --email owner@localhost --data-dir ${scene.place[1]}`);
    assert.equal(await stored(scene), [0]);
  });
}

life('keeps every write it acknowledged when it is killed, and starts again at once', async (scene) => {
  const acknowledged: number[] = [];
  let sending = true;
  const writer = async (lane: number) => {
    for (let n = 1000 * lane; sending; n++) {
      try {
        if ((await post(scene, '/buckets/b/events', [event(n)])).status === 200) acknowledged.push(n);
      } catch {
        return; // the connection ended with the server
      }
    }
  };
  const writers = [1, 2, 3].map(writer);
  while (acknowledged.length < 40) await new Promise((resolve) => setTimeout(resolve, 5));
  await scene.running.kill('SIGKILL');
  sending = false;
  await Promise.all(writers);
  await begin(scene);
  const found = await stored(scene);
  assert.equal(
    acknowledged.filter((n) => !found.includes(n)),
    [],
  );
  assert.is(new Set(found).size, found.length, 'nothing is there twice');
  assert.is((await scene.running.kill('SIGTERM')).code, 0);
});

life('is refused a port that another program has, and leaves nothing open behind it', async (scene) => {
  const other = http.createServer((_request, response) => response.writeHead(404).end());
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo;
  const { code, stdout, stderr } = await scene.processes.server([...scene.place, '--port', String(port)]).ended;
  other.close();
  assert.equal([code, stdout], [1, '']);
  assert.match(stderr, new RegExp(`^kt-server: port ${port} on 127\\.0\\.0\\.1 is taken by another program: .*\n$`));
});

life.run();
