import { chmodSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { hasPgbouncer, startPgbouncer } from '../../test/support/pgbouncer.ts';
import { openServerCli, type ServerCli } from '../../test/support/server-cli.ts';
import { testEngine } from '../../test/support/test-database.ts';
import { readConfig } from '../config.ts';
import { askPublicly } from '../doctor/asked.ts';
import { makeLog } from '../log.ts';
import { serve, type Serving } from '../serve.ts';

type Scene = { cli: ServerCli; opened: { close(): unknown }[] };
const doctor = suite<Scene>('kt-server doctor');
doctor.before(async (scene) => {
  scene.cli = await openServerCli();
  scene.opened = [];
});
doctor.after(async ({ cli, opened }) => {
  for (const each of opened) await each.close();
  cli.close();
});

type Found = { about: string; level: string; said: string };
const examined = async ({ cli }: Scene, ...args: string[]): Promise<{ code: number; found: Found[] }> => {
  const { code, stdout, stderr } = await cli.run('doctor', '--json', ...args);
  assert.is(stderr, '');
  return { code, found: JSON.parse(stdout).findings };
};
const about = (found: readonly Found[], what: string): string =>
  found
    .filter((each) => each.about === what)
    .map(({ level, said }) => `${level}: ${said}`)
    .join('\n');

const listening = async (scene: Scene, server: Server): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  scene.opened.push({ close: () => (server.closeAllConnections(), server.close()) });
  return (server.address() as AddressInfo).port;
};

doctor('looks at a place where nothing is yet, and leaves nothing there', async (scene) => {
  const { code, found } = await examined(scene, '--port', '0');
  assert.is(code, 0, JSON.stringify(found));
  if (testEngine() === 'pglite') assert.match(about(found, 'database'), /warn: there is none yet/);
  else assert.match(about(found, 'migrations'), /warn: \d+ of this version .* are not applied/);
  assert.equal(readdirSync(scene.cli.folder), []);
});

doctor('looks at a server that runs, through what it says itself', async (scene) => {
  const serving: Serving = await serve(readConfig({ port: '0' }, scene.cli.env), makeLog('error'));
  scene.opened.push({ close: () => serving.stop() });
  const url = `http://127.0.0.1:${serving.port}`;
  scene.cli.env['KT_SERVER_PUBLIC_URL'] = url;
  const { code, found } = await examined(scene, '--port', String(serving.port));
  assert.is(code, 0, JSON.stringify(found));
  assert.equal(
    found.filter(({ level }) => level === 'problem'),
    [],
  );
  assert.match(about(found, 'port'), /this server runs at/);
  assert.match(about(found, 'migrations'), /ok: all \d+ are applied/);
  assert.match(about(found, 'public URL'), `ok: ${url} leads here`);
  assert.match(
    about(found, 'database'),
    testEngine() === 'pglite' ? /embedded, PostgreSQL 18/ : /PostgreSQL \d+.*UTF8/,
  );
  assert.match(
    about(found, 'passkeys'),
    /^warn: none can be made or used at http:\/\/127\.0\.0\.1:\d+: .*no IP address/,
  );
  scene.cli.env['KT_SERVER_PUBLIC_URL'] = url.replace('127.0.0.1', 'localhost');
  const named = await examined(scene, '--port', String(serving.port));
  assert.match(about(named.found, 'passkeys'), /^ok: none yet; they work at http:\/\/localhost:\d+, and nowhere else$/);
  scene.cli.env['KT_SERVER_PUBLIC_URL'] = url;
  const { stdout } = await scene.cli.run('doctor', '--port', String(serving.port));
  assert.match(stdout, /^ok +database /m);
  await serving.stop();
});

doctor('ends with 1 where something is wrong, and says what to do', async (scene) => {
  const port = await listening(
    scene,
    createServer((_request, response) => void response.end('no')),
  );
  writeFileSync(join(scene.cli.folder, 'kt-server.toml'), '');
  chmodSync(join(scene.cli.folder, 'kt-server.toml'), 0o644);
  scene.cli.env['KT_SERVER_PUBLIC_URL'] = 'https://kt.invalid';
  const { code, stdout } = await scene.cli.run('doctor', '--port', String(port));
  assert.is(code, 1);
  assert.match(stdout, /problem +port .*taken by another program\n +→ stop it/);
  assert.match(stdout, /problem +public URL .*kt\.invalid does not answer from here/);
  if (process.platform !== 'win32') assert.match(stdout, /problem +settings .*mode 644\)\n +→ run `chmod 600/);
  assert.match(stdout, /3 problems/);
});

doctor('ends with 2 where the settings themselves are wrong', async (scene) => {
  const { code, stdout, stderr } = await scene.cli.run('doctor', '--port', 'many');
  assert.equal([code, stdout], [2, '']);
  assert.match(stderr, /--port must be a port/);
});

/** A proxy as people write it: to a server that believes what it says. */
for (const [what, writes, expected] of [
  ['passes on a client’s own X-Forwarded-Host', false, true],
  ['writes X-Forwarded-Host itself', true, false],
] as const)
  doctor(`finds out whether a proxy ${what}`, async (scene) => {
    const { makeGuards, guardRules } = await import('../http/guards.ts');
    const guards = makeGuards(
      guardRules({ ...readConfig({}, {}), host: '0.0.0.0', trustProxy: true, publicUrl: 'https://kt.example.org' }, 1),
    );
    const port = await listening(
      scene,
      createServer((incoming, response) => {
        const headers = new Headers(incoming.headers as Record<string, string>);
        headers.set('host', 'kt.example.org');
        if (writes) {
          headers.set('x-forwarded-host', 'kt.example.org');
          headers.set('x-forwarded-proto', 'https');
        }
        const sent = { host: headers.get('host'), twice: null, old: false, probe: incoming.url === '/health' };
        const answer = async () =>
          Response.json({ version: 'v0.14.0 (kt-server 0.1.0, rust-compatible)', device_id: 'server-1' });
        void guards(new Request(`http://kt.example.org${incoming.url}`, { headers }), sent, answer).then(async (done) =>
          response.writeHead(done.status).end(await done.text()),
        );
      }),
    );
    assert.equal(await askPublicly(`http://127.0.0.1:${port}`), {
      health: 200,
      version: 'v0.14.0 (kt-server 0.1.0, rust-compatible)',
      deviceId: 'server-1',
      believesForged: expected,
    });
  });

if (testEngine() === 'postgres' && hasPgbouncer)
  doctor('knows pgbouncer in transaction mode, and the way around it', async (scene) => {
    const pooler = await startPgbouncer(process.env['KT_TEST_DATABASE_URL']!);
    scene.opened.push({ close: () => pooler.stop() });
    const direct = scene.cli.env['DATABASE_URL']!;
    scene.cli.env['DATABASE_URL'] = pooler.through(direct);
    const { found } = await examined(scene, '--port', '0');
    assert.match(about(found, 'pooler'), /warn: a pooler \(pgbouncer in transaction mode.*KT_DATABASE_DIRECT_URL/);
    scene.cli.env['KT_DATABASE_DIRECT_URL'] = direct;
    assert.match(about((await examined(scene, '--port', '0')).found, 'pooler'), /ok: one, and the way around it/);
  });

doctor.run();
