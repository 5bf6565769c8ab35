/**
 * The Dockerfile without an engine: its own steps in order, in clean folders, and then what it starts. What only an
 * engine can show (the base image, its user, volumes, a read-only root) is not shown here, as docs/self-hosting.md
 * says.
 */
import { once } from 'node:events';
import { chmodSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { VERSION } from '../../cli/version.ts';
import { makeNpm } from '../packed/npm.ts';
import { makeLaptop, syncTwoLaptops, well } from '../packed/two-laptops.ts';
import { makeProcesses } from '../support/processes.ts';
import { runImage } from './container.ts';
import { copyContext } from './context.ts';
import { buildImage, type Image } from './image.ts';

const clone = fileURLToPath(new URL('../..', import.meta.url));
const processes = makeProcesses();
const home = realpathSync(processes.folder());
const docker = suite<{ image: Image }>('the Dockerfile');

docker.before(async (scene) => {
  chmodSync(home, 0o755); // the image's user comes through here
  const context = join(home, 'context');
  copyContext(clone, context);
  scene.image = await buildImage(readFileSync(join(clone, 'Dockerfile'), 'utf8'), context, home, processes);
});
docker.after(() => processes.close());

docker('sends to the build no data, no secret and nothing that was made here', () => {
  const sent = readdirSync(join(home, 'context'));
  for (const name of ['.env', '.git', 'data', 'dist', 'node_modules', 'test']) assert.not.ok(sent.includes(name), name);
  assert.not.ok(readdirSync(join(home, 'context', 'prisma')).includes('generated'));
});

docker('makes an image with the package and its data folder, for a user without rights', ({ image }) => {
  const { at, user, identity, volumes, ports, workdir } = image;
  assert.equal(
    { user, volumes, ports, workdir },
    { user: 'node', volumes: ['/data'], ports: [5700], workdir: '/data' },
  );
  assert.equal(readdirSync(at('/')).sort(), ['data', 'usr']);
  assert.equal(readdirSync(at('/usr/local')).sort(), ['bin', 'lib']);
  assert.equal(readdirSync(at('/usr/local/lib/node_modules')), ['@kt-sync']);
  assert.equal(readdirSync(at('/data')), []);
  if (identity.uid === undefined) return; // not root here: all files are ours
  assert.is(statSync(at('/data')).uid, identity.uid);
  const package_ = at('/usr/local/lib/node_modules/@kt-sync/kt-server');
  for (const path of readdirSync(package_, { recursive: true }) as string[]) {
    const { uid, mode } = statSync(join(package_, path));
    assert.equal([path, uid, mode & 0o022], [path, 0, 0]);
  }
});

docker('runs a server that is healthy, for two laptops, and stops when it is told to', async ({ image }) => {
  // As `docker run --env KT_SERVER_PORT=…`: a free port, because the image's own may be taken here.
  const container = runImage(image, processes, { KT_SERVER_PORT: '0' });
  const { main } = container;
  const [, port = ''] = await main.says(/^kt-server is ready at http:\/\/127\.0\.0\.1:(\d+)$/m);
  const [, key = ''] = await main.says(/^ {2}API key {5}(kt_\S+)$/m);
  await main.says(/ setup --url http:\/\//);
  const check = (env: Record<string, string>) => container.exec(image.healthcheck!, env);
  assert.is((await check({ KT_SERVER_PORT: port })).code, 0);
  assert.is((await check({ KT_SERVER_PORT: '9' })).code, 1, 'nobody listens there');
  assert.is(well(await container.exec(['kt-server', '--version'])), `${VERSION}\n`);
  const another = await container.exec(['kt-server', 'generate-key', '--email', 'owner@localhost', '--name', 'desk']);
  assert.match(well(another), /^kt_\S+$/m);

  const url = `http://127.0.0.1:${port}`;
  const prefix = join(home, 'prefix');
  await makeNpm(processes, home).npm('/', 'install', '-g', '--prefix', prefix, `${url}/client/kt-client.tgz`);
  const [lap, desk] = [await makeLaptop(processes, 'lap'), await makeLaptop(processes, 'desk')];
  try {
    const [onLap, onDesk] = [lap, desk].map(
      ({ env }) =>
        (...args: string[]) =>
          processes.start([join(prefix, 'bin', 'kt-client'), ...args], env, '/').ended.then(well),
    );
    const setup = (ownKey: string, aw: { port: number }): string[] => [
      'setup',
      '--url',
      url,
      '--api-key',
      ownKey,
      '--local-port',
      String(aw.port),
    ];
    await onLap!(...setup(key, lap.aw));
    await onDesk!(...setup(another.stdout.trim(), desk.aw));
    await syncTwoLaptops([lap, onLap!], [desk, onDesk!]);
  } finally {
    await Promise.all([lap.aw.close(), desk.aw.close()]);
  }
  well(await container.exec(['kt-server', 'backup', '/data/kt.backup']));
  assert.is(main.output.stderr, '');
  const { code, signal, stderr } = await container.stop();
  assert.equal([code, signal, stderr], [0, null, '']);
  const kept = readdirSync(image.at('/data'));
  for (const name of ['database', 'kt.backup']) assert.ok(kept.includes(name), `${name} lies in the volume`);
});

docker('has in its data all that the next container needs', async ({ image }) => {
  const container = runImage(image, processes, { KT_SERVER_PORT: '0' });
  await container.main.says(/^ {2}Another key {2}/m);
  const keys = well(await container.exec(['kt-server', 'keys', 'list']));
  assert.match(keys, /desk/);
  assert.is((await container.stop()).code, 0);
});

docker('stops while it waits for its database, too', async ({ image }) => {
  const silent = createServer().listen(0, '127.0.0.1');
  try {
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const container = runImage(image, processes, { DATABASE_URL: `postgres://kt@127.0.0.1:${port}/kt` });
    await once(silent, 'connection');
    const { code, signal } = await container.stop();
    assert.equal([code, signal], container.isPidOne ? [128 + constants.signals.SIGTERM, null] : [null, 'SIGTERM']);
  } finally {
    silent.close();
  }
});

docker.run();
