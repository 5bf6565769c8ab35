/** kt-server is killed in the middle of an import: afterwards all of the file is there, or nothing. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeProcesses, type Processes, type Running } from './support/processes.ts';
import { newPostgresUrl, testEngine } from './support/test-database.ts';

type Scene = { processes: Processes; args: string[] };
const killed = suite<Scene>('an import that is killed');
killed.before(async (scene) => {
  scene.processes = makeProcesses();
  scene.args = [
    '--data-dir',
    scene.processes.folder(),
    '--port',
    '0',
    ...(testEngine() === 'postgres' ? ['--database-url', await newPostgresUrl()] : []),
  ];
});
killed.after(({ processes }) => processes.close());

const EVENTS = 40_000;
const started = async ({ processes, args }: Scene): Promise<{ server: Running; url: string }> => {
  const server = processes.server(args);
  return { server, url: (await server.says(/ready at (\S+)/))[1]! };
};

killed('leaves nothing behind, whenever it was', async (scene) => {
  let { server, url } = await started(scene);
  const [, key = ''] = await server.says(/API key +(\S+)/);
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const events = Array.from({ length: EVENTS }, (_, i) => ({
    timestamp: new Date(1.7e12 + i * 1000).toISOString(),
    duration: 1,
    data: { app: `app ${i % 20}` },
  }));
  const body = JSON.stringify({ buckets: { b: { id: 'b', type: 't', client: 'c', hostname: 'h', events } } });
  // From "hardly begun" to "nearly done", as far as that can be predicted.
  for (const after of [50, 400, 1200, 2500]) {
    const outcome = fetch(`${url}/api/0/import`, { method: 'POST', headers, body }).then(
      (response) => response.status,
      () => 'cut' as const,
    );
    await new Promise((later) => setTimeout(later, after));
    await server.kill('SIGKILL');
    const said = await outcome;
    ({ server, url } = await started(scene));
    const buckets = (await (await fetch(`${url}/api/0/buckets/`, { headers })).json()) as object;
    if (said === 200) assert.equal(Object.keys(buckets), ['b'], 'what was acknowledged is there');
    else if (Object.keys(buckets).length > 0) {
      // It was committed, but the response was not sent any more.
      assert.is(
        await (await fetch(`${url}/api/0/buckets/b/events/count`, { headers })).text(),
        String(EVENTS),
        `after ${after} ms`,
      );
    }
    await fetch(`${url}/api/0/buckets/b`, { method: 'DELETE', headers });
  }
  assert.is((await fetch(`${url}/api/0/import`, { method: 'POST', headers, body })).status, 200);
  assert.is(await (await fetch(`${url}/api/0/buckets/b/events/count`, { headers })).text(), String(EVENTS));
});

killed.run();
