/**
 * What `npm pack` packs, as its user has it: installed elsewhere, without a network, a clone or any other package; and
 * the client that it hands out.
 */
import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { get } from 'node:http';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { VERSION } from '../../cli/version.ts';
import { makeProcesses } from '../support/processes.ts';
import { copyClone, makeNpm } from './npm.ts';
import { makeLaptop, storyMinute, syncTwoLaptops, well } from './two-laptops.ts';

const processes = makeProcesses();
const home = realpathSync(processes.folder());
const { npm, npx } = makeNpm(processes, home);
const clone = join(home, 'clone');
const prefix = join(home, 'prefix');
const installed = join(prefix, 'lib', 'node_modules', '@kt-sync', 'kt-server');
let packed: string[];

/** Every file that is wanted, with `*` for the hash in a module's name, and `…` for what is added in time. */
const WANTED = [
  'LICENSE',
  'README.md',
  'cli/check-node.js',
  'client/bin.js',
  'dist/THIRD-PARTY-LICENSES.txt',
  'dist/client/kt-client.cjs',
  'dist/kt-client.tgz',
  'dist/server/*.js',
  'dist/server/engine-worker.js',
  'dist/server/initdb.wasm',
  'dist/server/main.js',
  'dist/server/pglite.data',
  'dist/server/pglite.wasm',
  'dist/server/query-worker.js',
  'dist/web/app/*',
  'dist/web/index.html',
  'package.json',
  'prisma/migrations/migration_lock.toml',
  'prisma/migrations/…/migration.sql',
  'prisma/migrations/…/pages.sql',
  'server/bin.js',
  'server/http/pages/sign-in-check.js',
  'server/http/pages/sign-in.css',
  'server/http/pages/sign-in.html',
  'server/http/pages/sign-in.js',
  'server/storage/new-folder.tar.br',
];

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

const pack = suite('the package');

pack.before(async () => {
  copyClone(clone);
  const { stdout } = await npm(clone, 'pack', '--json', '--pack-destination', home);
  // What the build says is on stderr: this is npm's alone.
  const [{ filename, files }] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }];
  packed = files.map(({ path }) => path);
  await npm(
    '/',
    'install',
    '-g',
    '--prefix',
    prefix,
    '--ignore-scripts',
    '--omit=dev',
    '--offline',
    join(home, filename),
  );
});
pack.after(() => processes.close());

pack('has in it what is wanted, and nothing else', () => {
  const kinds = packed.map((path) =>
    path
      .replace(/^(dist\/server\/)[\w.-]+-[A-Z0-9]{8}\.js$/, '$1*.js')
      .replace(/^(dist\/web\/app\/)[\w.-]+-[\w-]{8}\.(js|css|svg)(\.br|\.gz)?$/, '$1*')
      .replace(/^(prisma\/migrations\/)\d{14}_\w+\//, '$1…/'),
  );
  assert.equal([...new Set(kinds)].sort(), WANTED);
  const migrations = readdirSync(join(clone, 'prisma', 'migrations')).filter((name) => /^\d/.test(name));
  assert.is(packed.filter((path) => path.endsWith('/migration.sql')).length, migrations.length);
});

pack('has the licence of each package that is inside', () => {
  const text = readFileSync(join(installed, 'dist', 'THIRD-PARTY-LICENSES.txt'), 'utf8');
  for (const name of [
    '@electric-sql/pglite',
    '@graphql-yoga/render-graphiql',
    '@prisma/client',
    'clipanion',
    'graphql',
    'pg',
    'svelte',
    '@tanstack/query-core',
    'graphql-sse',
  ])
    assert.match(text, new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(\\S+\\)\\n\\n\\S`, 'm'), name);
});

pack('names nothing of the machine that it was built on, and no map leads to the sources', () => {
  const here = [clone, process.cwd(), homedir().length > 5 ? homedir() : clone, 'sourceMappingURL=data'];
  for (const file of filesIn(installed)) {
    const content = readFileSync(file);
    for (const name of here) assert.not.ok(content.includes(name), `${file} has ${name} in it`);
    assert.not.match(file, /\.(map|ts)$|node_modules\/.*node_modules/);
  }
});

pack('is the one package that is installed, and both programs say their version anywhere', async () => {
  assert.equal(readdirSync(join(prefix, 'lib', 'node_modules')), ['@kt-sync']);
  assert.equal(readdirSync(join(prefix, 'lib', 'node_modules', '@kt-sync')), ['kt-server']);
  for (const name of ['kt-server', 'kt-client']) {
    const { code, stdout, stderr } = await processes.start([join(prefix, 'bin', name), '--version'], {}, '/').ended;
    assert.equal([code, stdout, stderr], [0, `${VERSION}\n`, ''], name);
  }
});

/** What is answered to who asks with no key, and calls the server so. */
const statusAs = (host: string, url: string): Promise<number | undefined> =>
  new Promise((resolve, reject) =>
    get(url, { headers: { host } }, (response) => resolve(response.resume().statusCode)).on('error', reject),
  );

pack('runs two laptops: one by the client that it hands out, one by its own', async () => {
  const server = processes.start(
    [join(prefix, 'bin', 'kt-server'), '--data-dir', join(home, 'data'), '--port', '0'],
    { HOME: home },
    '/',
  );
  const [, url = ''] = await server.says(/ready at (\S+)\n/);
  const [, line = '', key = ''] = await server.says(/^ {2}npx (--yes .* --api-key (kt_\S+))$/m);
  const address = `${url}/client/kt-client.tgz`;
  const [lap, desk] = [await makeLaptop(processes, 'lap'), await makeLaptop(processes, 'desk')];
  try {
    // The line that it printed, and then to stay.
    const set = await npx(lap.folder, lap.env, ...line.split(' '), '--local-port', String(lap.aw.port));
    assert.match(set.stdout, `Next: \`npx --yes ${address} sync\``);
    await npm('/', 'install', '-g', '--prefix', join(lap.folder, 'prefix'), address);
    const onLap = (...args: string[]) =>
      processes.start([join(lap.folder, 'prefix', 'bin', 'kt-client'), ...args], lap.env, '/').ended.then(well);
    const onDesk = (...args: string[]) =>
      processes.start([join(prefix, 'bin', 'kt-client'), ...args], desk.env, '/').ended.then(well);
    assert.is(await onLap('--version'), `${VERSION}\n`);

    await onDesk('setup', '--url', url, '--api-key', key, '--local-port', String(desk.aw.port));
    await syncTwoLaptops([lap, onLap], [desk, onDesk]);

    // What is loaded later, or runs beside the main thread, is there as well.
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const query = {
      timeperiods: [`${storyMinute(0)}/${storyMinute(9)}`],
      query: ["RETURN = query_bucket_eventcount('window_lap');"],
    };
    const counted = await fetch(`${url}/api/0/query/`, { method: 'POST', headers, body: JSON.stringify(query) });
    assert.equal(await counted.json(), [3]);
    for (const [path, has] of [
      ['/graphql', /<title>kt-server/],
      ['/', /<script type="module"/],
      ['/devices', /<script type="module"/],
    ] as const)
      assert.match(await (await fetch(url + path, { headers: { accept: 'text/html' } })).text(), has, path);
    assert.is(await statusAs('evil.example', address), 400, 'it answers to its own names alone');
    assert.is(await statusAs('localhost', address), 200);
    assert.is(server.output.stderr, '');
    assert.is((await server.kill('SIGTERM')).code, 0);
  } finally {
    await Promise.all([lap.aw.close(), desk.aw.close()]);
  }
});

pack('and its client are of the sizes that people were promised', () => {
  assert.ok(statSync(join(installed, 'dist', 'kt-client.tgz')).size < 1_000_000);
  const bytes = filesIn(installed).reduce((sum, file) => sum + statSync(file).size, 0);
  assert.ok(bytes < 45_000_000, `${bytes} bytes`);
});

pack.run();
