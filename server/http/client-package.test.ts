import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { VERSION } from '../../cli/version.ts';
import { CLIENT_PATH, makeClientPackage } from './client-package.ts';

const ask = (method = 'GET', headers: Record<string, string> = {}): Request =>
  new Request(`http://kt/${CLIENT_PATH}`, { method, headers });

const client = suite<{ folder: string }>('the client that the server hands out');
client.before((scene) => void (scene.folder = mkdtempSync(join(tmpdir(), 'kt-handed-'))));
client.after(({ folder }) => rmSync(folder, { recursive: true }));

client('is of the server’s version, small, whole in one file, and runs where nothing else is', async ({ folder }) => {
  const serve = makeClientPackage((error) => assert.unreachable(String((error as Error).cause)));
  const response = await serve(ask());
  assert.is(response.status, 200);
  assert.is(response.headers.get('content-type'), 'application/gzip');
  const bytes = Buffer.from(await response.arrayBuffer());
  assert.is(Number(response.headers.get('content-length')), bytes.byteLength);
  assert.ok(bytes.byteLength < 1_000_000, `${bytes.byteLength} bytes`);

  writeFileSync(join(folder, 'kt-client.tgz'), bytes);
  assert.is(spawnSync('tar', ['xzf', 'kt-client.tgz'], { cwd: folder }).status, 0);
  const inside = join(folder, 'package');
  assert.equal(readdirSync(inside).sort(), [
    'LICENSE',
    'README.md',
    'THIRD-PARTY-LICENSES.txt',
    'kt-client.cjs',
    'package.json',
  ]);
  const about = JSON.parse(readFileSync(join(inside, 'package.json'), 'utf8')) as Record<string, unknown>;
  assert.equal(
    [about['name'], about['version'], about['bin'], about['dependencies']],
    ['@kt-sync/kt-client', VERSION, { 'kt-client': 'kt-client.cjs' }, undefined],
  );
  assert.match(readFileSync(join(inside, 'THIRD-PARTY-LICENSES.txt'), 'utf8'), /^clipanion .*\(MIT\)$/m);
  const here = process.cwd();
  assert.not.ok(gunzipSync(bytes).includes(here), `nothing in it names ${here}`);
  const env = { HOME: folder, PATH: '' };
  const ran = spawnSync(process.execPath, [join(inside, 'kt-client.cjs'), '--version'], { cwd: folder, env });
  assert.equal([ran.status, String(ran.stdout), String(ran.stderr)], [0, `${VERSION}\n`, '']);

  const etag = response.headers.get('etag')!;
  const head = await serve(ask('HEAD'));
  assert.equal([head.status, head.headers.get('content-length')], [200, String(bytes.byteLength)]);
  assert.is((await head.arrayBuffer()).byteLength, 0);
  assert.is((await serve(ask('GET', { 'if-none-match': etag }))).status, 304);
  assert.is((await serve(ask('POST'))).status, 405);
});

client('is built once for all who ask at the same time, and again a minute after that failed', async () => {
  let [builds, nowMs] = [0, 0];
  let fails = true;
  const faults: unknown[] = [];
  const make = async (): Promise<Buffer> => {
    builds++;
    if (fails) throw new Error('no esbuild here');
    return Buffer.from('tar');
  };
  const serve = makeClientPackage(
    (error) => faults.push((error as Error).cause),
    make,
    () => nowMs,
  );
  const status = async (): Promise<number> => (await serve(ask())).status;
  assert.equal(await Promise.all([status(), status(), status()]), [503, 503, 503]);
  nowMs = 59_999;
  const refused = await serve(ask());
  assert.equal([refused.status, refused.headers.get('retry-after')], [503, '60']);
  assert.not.match(await refused.text(), 'esbuild');
  assert.equal([builds, String(faults)], [1, 'Error: no esbuild here']);
  [fails, nowMs] = [false, 60_000];
  assert.equal(await Promise.all([status(), status()]), [200, 200]);
  assert.is(builds, 2);
});

client.run();
