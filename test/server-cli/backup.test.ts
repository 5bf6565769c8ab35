/** `kt-server backup`, `restore` and `move`, and the backups of a running server: what people do, and do wrongly. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { gunzipSync, gzipSync } from 'node:zlib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { checkBackup } from '../../server/backup/file.ts';
import { runServerCli } from '../../server/cli.ts';
import { readConfig } from '../../server/config.ts';
import { makeLog } from '../../server/log.ts';
import { serve, type Serving } from '../../server/serve.ts';
import { makeShadows } from '../../server/storage/backup/shadows.ts';
import { driverOf } from '../../server/storage/database.ts';
import { openDatabase } from '../../server/storage/open.ts';
import { newPostgresUrl, testEngine } from '../support/test-database.ts';
import { until } from '../support/until.ts';

type Scene = {
  folder: string;
  url: string | undefined;
  place: string[];
  serving: Serving | null;
  key: string;
  file: string;
};
const backups = suite<Scene>('kt-server backup, restore and move');

const begin = async (scene: Scene, env: Record<string, string> = {}): Promise<Serving> => {
  const { folder, url: databaseUrl } = scene;
  return (scene.serving = await serve(
    readConfig({ dataDir: join(folder, 'data'), databaseUrl, port: '0' }, env),
    makeLog('error'),
  ));
};
const end = async (scene: Scene): Promise<void> => {
  await scene.serving?.stop();
  scene.serving = null;
};
const placeOf = (dataDir: string, url?: string) => [
  '--data-dir',
  dataDir,
  ...(url === undefined ? [] : ['--database-url', url]),
];

backups.before(async (scene) => {
  scene.folder = mkdtempSync(join(tmpdir(), 'kt-backups-'));
  scene.url = testEngine() === 'postgres' ? await newPostgresUrl() : undefined;
  scene.place = placeOf(join(scene.folder, 'data'), scene.url);
  scene.file = join(scene.folder, 'kt.backup');
  scene.key = (await begin(scene)).firstKey!.key;
  for (const [path, body] of [
    ['buckets/b', { client: 'c', type: 't', hostname: 'h' }],
    ['buckets/b/events', [{ timestamp: '2024-05-31T09:00:00Z', duration: 1, data: { app: 'vim' } }]],
  ] as const)
    await ask(scene, 'POST', path, body);
});
backups.after(async (scene) => {
  await end(scene);
  rmSync(scene.folder, { recursive: true, force: true });
});

const ask = async ({ serving, key }: Scene, method: string, path: string, body?: unknown): Promise<any> => {
  const response = await fetch(`${serving!.url}/api/0/${path}`, {
    method,
    headers: { 'content-type': 'application/json', 'x-api-key': key },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  assert.is(response.status, 200, `${method} ${path}`);
  return response.json();
};

const run = async (...args: string[]): Promise<{ code: number; out: Buffer; err: string }> => {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const chunks: Buffer[] = [];
  stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  const code = await runServerCli(args, { stdin: process.stdin, stdout, stderr, env: {}, colorDepth: 1 });
  return { code, out: Buffer.concat(chunks), err: String(stderr.read() ?? '') };
};
const refused = async (says: RegExp, ...args: string[]): Promise<void> => {
  const { code, out, err } = await run(...args);
  assert.equal([code > 0, String(out)], [true, ''], err);
  assert.match(err, /^kt-server: [^\n]+\n$/);
  assert.match(err, says);
};
const does = async (...args: string[]): Promise<string> => {
  const { code, out, err } = await run(...args);
  assert.is(code, 0, err);
  return String(out);
};
const isBackup = (name: string) => name.endsWith('.backup');
const json = async (...args: string[]): Promise<any> => JSON.parse(await does(...args, '--json'));

backups('is made while the server runs, and says what it holds', async ({ place, file, serving }) => {
  const said = await does('backup', file, ...place);
  assert.match(
    said,
    /^1 user, 1 bucket, 1 event in .*kt\.backup \(0\.0 MB\), read back and proven\.\n.*hashes of the API keys/,
  );
  const { digests } = await checkBackup(file);
  assert.ok(digests.some(({ kind, rows }) => kind === 'events' && rows === 1));
  assert.not.match(String(gunzipSync(readFileSync(file))), /kt_[A-Za-z0-9_-]{40}/, 'no key is in it');
  assert.ok(serving);
  await refused(/kt\.backup is there already/, 'backup', file, ...place);
});

backups('goes to stdout, where only its bytes are', async ({ place, folder }) => {
  const { code, out, err } = await run('backup', '-', ...place);
  assert.is(code, 0, err);
  const file = join(folder, 'piped');
  writeFileSync(file, out);
  assert.ok((await checkBackup(file)).digests.length > 3);
});

backups('needs room on its disk, and leaves nothing without', async ({ place }) => {
  const disk = mkdtempSync(join(tmpdir(), 'kt-full-'));
  const mounts = process.getuid?.() === 0 && process.platform === 'linux';
  if (!mounts || spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4k', 'none', disk]).status !== 0)
    return rmSync(disk, { recursive: true }); // mounting a small disk takes root, and Linux; format.test.ts plays one
  try {
    writeFileSync(join(disk, 'other'), Buffer.alloc(4096));
    await refused(/there is no room for the backup/, 'backup', join(disk, 'kt.backup'), ...place);
    assert.equal(readdirSync(disk), ['other']);
  } finally {
    spawnSync('umount', ['-l', disk]);
    rmSync(disk, { recursive: true, force: true });
  }
});

backups('while the server runs, its database is neither restored into nor moved', async (scene) => {
  const { place, file, folder } = scene;
  await refused(/kt-server .*run.*: stop it first; nothing was changed/, 'restore', file, ...place);
  await refused(
    /kt-server .*run.*: stop it first; nothing was changed/,
    'move',
    '--to',
    join(folder, 'moved'),
    ...place,
  );
  assert.is((await ask(scene, 'GET', 'buckets/b/events')).length, 1);
});

backups('makes them by itself: at once where there is none, also after one that was killed half-way', async (scene) => {
  await end(scene);
  // What a server leaves that ends in the middle of one; on PostgreSQL a transaction ends with its connection.
  const embedded = testEngine() === 'pglite' ? `pglite:${join(scene.folder, 'data', 'database')}` : null;
  if (embedded !== null) {
    const database = await openDatabase(embedded);
    await makeShadows(database);
    await database.close();
  }
  const backupDir = join(scene.folder, 'by-itself');
  await begin(scene, { KT_SERVER_BACKUP_DIR: backupDir, KT_SERVER_BACKUP_EVERY: '1h', KT_SERVER_BACKUP_KEEP: '1' });
  await until('the server made a backup', () => existsSync(backupDir) && readdirSync(backupDir).some(isBackup));
  const [name] = readdirSync(backupDir);
  assert.match(name!, /^kt-server-\d{8}T\d{6}Z\.backup$/);
  assert.ok((await checkBackup(join(backupDir, name!))).digests.length > 3);
  await end(scene);
  if (embedded === null) return;
  const database = await openDatabase(embedded);
  const left = await driverOf(database).rows(`select from pg_namespace where nspname = 'kt_snapshot'`);
  await database.close();
  assert.is(left.length, 0);
});

backups('is restored elsewhere, whole, and only once', async (scene) => {
  const folder = join(scene.folder, 'restored');
  const place = placeOf(folder, testEngine() === 'postgres' ? await newPostgresUrl() : undefined);
  const restored = await json('restore', scene.file, ...place);
  assert.equal([restored.users, restored.buckets, restored.events], [1, 1, 1]);
  await refused(/is not empty \(users: 1, buckets: 1\)/, 'restore', scene.file, ...place);
});

backups(
  'a file that is none, is cut, or is newer is refused, before a database is opened',
  async ({ folder, file }) => {
    const at = join(folder, 'given');
    const place = placeOf(join(folder, 'never'));
    const text = String(gunzipSync(readFileSync(file)));
    for (const [bytes, says] of [
      ['hello', /given is no backup of kt-server/],
      [readFileSync(file).subarray(0, 300), /is cut off/],
      [gzipSync(text.replace('"format":2', '"format":3')), /is of format 3, and this kt-server reads 1 to 2/],
      [gzipSync(text.replace('vim', 'vi!')), /is damaged/],
    ] as const) {
      writeFileSync(at, bytes);
      await refused(says, 'restore', at, ...place);
    }
    await refused(/can not be read \(ENOENT\)/, 'restore', join(folder, 'nothing'), ...place);
    assert.not.ok(existsSync(join(folder, 'never')));
  },
);

backups('nothing is backed up or moved of a database that is not there', async ({ folder }) => {
  const place = placeOf(join(folder, 'nowhere'));
  await refused(/there is no database in .*nowhere/, 'backup', join(folder, 'b'), ...place);
  await refused(/there is no database in .*nowhere/, 'move', '--to', join(folder, 'c'), ...place);
  assert.not.ok(existsSync(join(folder, 'nowhere')));
});

backups('moves to a folder and back, leaves the source alone, and needs an empty target', async (scene) => {
  const { folder, place, url } = scene;
  const moved = join(folder, 'moved');
  const said = await does('move', '--to', moved, ...place);
  assert.match(said, /^Copied 1 user, 1 bucket, 1 event from .* Proven: .*\nStart kt-server with --data-dir .*moved /);
  await refused(/is not empty/, 'move', '--to', moved, ...place);
  await refused(/--to must be/, 'move', '--to', 'mysql://x', ...place);
  await refused(/is at .* already/, 'move', '--to', moved, ...placeOf(moved));
  if (url === undefined) return; // to another folder and back is the same twice
  const { users, events } = await json('move', '--to', await newPostgresUrl(), ...placeOf(moved));
  assert.equal([users, events], [1, 1]);
});

backups.run();
