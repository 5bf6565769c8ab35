import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isKtError } from '../../domain/errors.ts';
import type { Logger } from '../log.ts';
import { makeAddress } from './address.ts';
import { holdFiles } from './compressed.ts';
import { segmentsOf } from './paths.ts';
import { withSignIn } from './sign-in.ts';
import { openSite, type Site } from './site.ts';
import { isHashed } from './static-file.ts';

/** A folder like a build of aw-webui, by webpack or Vite, and a file next to it that must not be served. */
const FILES: Record<string, string> = {
  'dist/index.html':
    '<!doctype html><html><head><title>ActivityWatch</title><script defer="defer" ' +
    'src="/js/app.91ab02cd.js?v"></script></head></html>',
  'dist/css/app.4f2a98b1.css': 'body{}',
  'dist/js/app.91ab02cd.js': "start('aw-api-token')",
  'dist/js/app.91ab02cd.js.map': '{}',
  'dist/js/big.js': "say('the same');\n".repeat(5_000),
  'dist/assets/index-Bx1_0kQz.mjs': 'start()',
  'dist/fonts/varela.woff2': 'font',
  'dist/static/img/logo.SVG': '<svg/>',
  'dist/favicon.ico': 'icon',
  'dist/logo.png': 'png',
  'dist/dark.css': 'body{}',
  'dist/manifest.json': '{}',
  'dist/with space/ü.txt': 'text',
  'dist/pages/timeline/index.html': '<!doctype html><title>custom</title>',
  'dist/pages/timeline/view.js': 'view()',
  'dist/.env': 'secret',
  'dist/.git/config': 'secret',
  'secret.txt': 'secret',
  'dist-too/index.html': 'secret',
};

const site = suite<{ folder: string; site: Site }>('a built web UI');
site.before(async (scene) => {
  scene.folder = mkdtempSync(join(tmpdir(), 'kt-site-'));
  for (const [path, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(scene.folder, path)), { recursive: true });
    writeFileSync(join(scene.folder, path), text);
  }
  symlinkSync('../secret.txt', join(scene.folder, 'dist/link.txt'));
  symlinkSync('..', join(scene.folder, 'dist/up'));
  symlinkSync('logo.png', join(scene.folder, 'dist/alias.png'));
  scene.site = await openSite(join(scene.folder, 'dist'));
});
site.after(({ folder }) => rmSync(folder, { recursive: true }));

const get = (from: Site, target: string, init: RequestInit = {}) =>
  from(new Request('http://kt/', init), segmentsOf(target));

site('is served whole, at the root, with its types', async (scene) => {
  const types: [target: string, type: string, file: string][] = [
    ['/', 'text/html; charset=utf-8', 'dist/index.html'],
    ['/?token=kt_x#/home', 'text/html; charset=utf-8', 'dist/index.html'],
    ['/index.html', 'text/html; charset=utf-8', 'dist/index.html'],
    ['/css/app.4f2a98b1.css', 'text/css; charset=utf-8', 'dist/css/app.4f2a98b1.css'],
    ['/js/app.91ab02cd.js?v=1', 'text/javascript; charset=utf-8', 'dist/js/app.91ab02cd.js'],
    ['/assets/index-Bx1_0kQz.mjs', 'text/javascript; charset=utf-8', 'dist/assets/index-Bx1_0kQz.mjs'],
    ['/fonts/varela.woff2', 'font/woff2', 'dist/fonts/varela.woff2'],
    ['/static/img/logo.SVG', 'image/svg+xml', 'dist/static/img/logo.SVG'],
    ['/favicon.ico', 'image/x-icon', 'dist/favicon.ico'],
    ['/logo.png', 'image/png', 'dist/logo.png'],
    ['/alias.png', 'image/png', 'dist/logo.png'],
    ['/dark.css', 'text/css; charset=utf-8', 'dist/dark.css'],
    ['/manifest.json', 'application/json', 'dist/manifest.json'],
    ['/with%20space/%C3%BC.txt', 'text/plain; charset=utf-8', 'dist/with space/ü.txt'],
    ['/pages/timeline', 'text/html; charset=utf-8', 'dist/pages/timeline/index.html'],
    ['/pages/timeline/?hostname=h&start=x', 'text/html; charset=utf-8', 'dist/pages/timeline/index.html'],
    ['/pages/timeline/view.js', 'text/javascript; charset=utf-8', 'dist/pages/timeline/view.js'],
  ];
  for (const [target, type, file] of types) {
    const response = (await get(scene.site, target))!;
    assert.is(response.status, 200, target);
    assert.is(response.headers.get('content-type'), type, target);
    assert.is(response.headers.get('x-frame-options'), 'SAMEORIGIN');
    assert.is(response.headers.get('referrer-policy'), 'no-referrer');
    // The UI's first page has the sign-in script before its own.
    const text = file === 'dist/index.html' ? withSignIn(FILES[file]!) : FILES[file]!;
    assert.is(response.headers.get('content-length'), String(Buffer.byteLength(text)));
    assert.is(await response.text(), text);
  }
});

site('has no other file, whatever the spelling', async (scene) => {
  const targets = [
    '/buckets',
    '/pages',
    '/pages/',
    '/pages/nope',
    '/css',
    '/js/',
    '/service-worker.js',
    '/secret.txt',
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e%2fsecret.txt',
    '/css/../../secret.txt',
    '/css/%2e%2e/%2e%2e/secret.txt',
    '/..%5csecret.txt',
    '/%00',
    '/index.html%00.png',
    '/.env',
    '/.git/config',
    '/./index.html',
    '/link.txt',
    '/up/secret.txt',
    '/../dist-too/index.html',
    '/pages/..',
    '/pages/../index.html',
    '/pages/%2e%2e',
    '/C:/secret.txt',
    '//etc/passwd',
    '/%2fetc/passwd',
    '/index.html/',
    '/index.html/x',
  ];
  for (const target of targets) {
    const response = await get(scene.site, target);
    if (target === '/index.html/') assert.is(response?.status, 200, 'slashes at the end mean nothing here');
    else assert.is(response, null, target);
  }
});

site('takes GET and HEAD, and knows what the browser has', async (scene) => {
  const whole = (await get(scene.site, '/logo.png'))!;
  const head = (await get(scene.site, '/logo.png', { method: 'HEAD' }))!;
  assert.equal([head.status, await head.text(), head.headers.get('content-length')], [200, '', '3']);
  assert.is((await get(scene.site, '/', { method: 'POST' }))!.status, 405);
  const again = (await get(scene.site, '/logo.png', { headers: { 'if-none-match': whole.headers.get('etag')! } }))!;
  assert.equal([again.status, await again.text()], [304, '']);
  assert.is((await get(scene.site, '/logo.png', { headers: { 'if-none-match': '"other"' } }))!.status, 200);
});

site('is kept by browsers for ever where a name holds a hash, and asked for again where not', async (scene) => {
  const forEver = [
    '/css/app.4f2a98b1.css',
    '/js/app.91ab02cd.js',
    '/js/app.91ab02cd.js.map',
    '/assets/index-Bx1_0kQz.mjs',
  ];
  const again = [
    '/',
    '/index.html',
    '/logo.png',
    '/dark.css',
    '/manifest.json',
    '/pages/timeline/',
    '/pages/timeline/view.js',
    '/sign-in',
    '/sign-in-check.js',
  ];
  for (const target of forEver)
    assert.is(
      (await get(scene.site, target))!.headers.get('cache-control'),
      'public, max-age=31536000, immutable',
      target,
    );
  for (const target of again)
    assert.is((await get(scene.site, target))!.headers.get('cache-control'), 'no-cache', target);
  for (const name of [
    'app-settings.js',
    'my-dashboard.js',
    'app.js',
    'service-worker.js',
    'chart.min.js',
    'jquery-3.7.1.js',
  ])
    assert.not.ok(isHashed(name), name);
  for (const name of [
    'chunk-vendors.ea51ed5b.js',
    'varela.0b1c2d3e4f.woff2',
    'index-CfzTQ0-k.css',
    'index-a1b2c3d4.js.map',
  ])
    assert.ok(isHashed(name), name);
});

site('travels as small as the asker takes it', async (scene) => {
  const text = FILES['dist/js/big.js']!;
  const plain = (bytes: Buffer) => bytes;
  const cases: [accepts: string | null, encoding: string | null, undo: (bytes: Buffer) => Buffer][] = [
    [null, null, plain],
    ['gzip, deflate, br, zstd', 'br', brotliDecompressSync],
    ['gzip', 'gzip', gunzipSync],
    ['gzip, br;q=0', 'gzip', gunzipSync],
    ['br;q=0, gzip;q=0', null, plain],
    ['*', 'br', brotliDecompressSync],
    ['x, ;;;, gzip;q=oops', null, plain],
  ];
  for (const [accepts, encoding, undo] of cases) {
    const response = (await get(scene.site, '/js/big.js', {
      headers: accepts === null ? {} : { 'accept-encoding': accepts },
    }))!;
    const bytes = Buffer.from(await response.arrayBuffer());
    assert.equal(
      [response.headers.get('content-encoding'), response.headers.get('vary')],
      [encoding, 'accept-encoding'],
      String(accepts),
    );
    assert.is(response.headers.get('content-length'), String(bytes.byteLength));
    assert.is(undo(bytes).toString(), text);
    if (encoding) assert.ok(bytes.byteLength * 10 < text.length);
  }
  const image = (await get(scene.site, '/logo.png', { headers: { 'accept-encoding': 'br' } }))!;
  assert.equal([image.headers.get('content-encoding'), await image.text()], [null, 'png']);
});

site('tells each version of a file from the last', async (scene) => {
  const path = join(scene.folder, 'dist/js/changing.js');
  const seen = new Set<string>();
  for (const [i, text] of ['one', 'two', 'three'].entries()) {
    writeFileSync(path, text);
    utimesSync(path, i, i);
    const response = (await get(scene.site, '/js/changing.js', { headers: { 'accept-encoding': 'gzip' } }))!;
    assert.is(gunzipSync(Buffer.from(await response.arrayBuffer())).toString(), text);
    seen.add(response.headers.get('etag')!);
  }
  assert.is(seen.size, 3);
});

site('is read from the disk no faster than its reader takes it', async (scene) => {
  const path = join(scene.folder, 'dist/large.bin');
  const size = 9_000_000;
  writeFileSync(path, Buffer.alloc(size, 'x'));
  const response = (await get(scene.site, '/large.bin'))!;
  const reader = response.body!.getReader();
  const first = (await reader.read()).value!;
  // The file is truncated meanwhile: what was read ahead may still arrive.
  truncateSync(path, first.byteLength * 2);
  let length = first.byteLength;
  for (let read = await reader.read(); !read.done; read = await reader.read()) length += read.value.byteLength;
  assert.is(length, first.byteLength * 2);
  assert.ok(first.byteLength <= 64 * 1024);

  const left = (await get(scene.site, '/large.bin'))!;
  await left.body!.cancel(); // closes the file: Node warns of one that is left open
});

site('shares what it holds among its readers, and holds no more than its limit', async ({ folder }) => {
  const held = holdFiles(100_000);
  const path = join(folder, 'dist/js/big.js');
  const first = await held(path, '1', 'gzip');
  assert.is(await held(path, '1', 'gzip'), first);
  assert.is.not(await held(path, '2', 'gzip'), first);
  const large = join(folder, 'dist/pages/large.txt');
  writeFileSync(large, Buffer.alloc(99_999, 'x'));
  await held(large, '1', 'identity');
  assert.is.not(await held(path, '1', 'gzip'), first, 'it had to go');
  await held(join(folder, 'dist/nope'), '1', 'br').then(
    () => assert.unreachable(),
    () => {},
  );
  assert.is(
    gunzipSync(await held(path, '3', 'gzip')).toString(),
    FILES['dist/js/big.js'],
    'what fails holds nobody up',
  );
});

site('must have been built', async ({ folder }) => {
  const holding = (name: string, files: Record<string, string>): string => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name, path)), { recursive: true });
      writeFileSync(join(folder, name, path), text);
    }
    return join(folder, name);
  };
  const cases: [folder: string, said: RegExp][] = [
    [folder, /no index\.html/],
    [join(folder, 'nope'), /no index\.html/],
    [join(folder, 'secret.txt'), /no index\.html/],
    // The sources of aw-webui, and the folder of that name in them.
    [
      holding('sources', {
        'index.html': '<html><head></head><body><div id="app"></div></body></html>',
        'src/main.js': 'start()',
      }),
      /names no script/,
    ],
    [join(folder, 'sources/src'), /no index\.html/],
    // aw-server's package on PyPI, which lacks the scripts.
    [
      holding('static', {
        'index.html': '<script defer="defer" src="/js/chunk-vendors.ea51ed5b.js"></script>',
        'app.css': '',
      }),
      /\/?js\/chunk-vendors\.ea51ed5b\.js, which is not/,
    ],
    [
      holding('elsewhere', {
        'index.html': '<script src="https://cdn.example/app.js"></script><script>start()</script>',
      }),
      /names no script/,
    ],
    [holding('outside', { 'index.html': '<script src="../secret.txt"></script>' }), /is not in that folder/],
  ];
  for (const [bad, said] of cases) {
    await openSite(bad).then(
      () => assert.unreachable(bad),
      (error: unknown) => {
        assert.ok(isKtError(error, 'invalid'), bad);
        assert.match((error as Error).message, said);
        assert.match((error as Error).message, /--webui/);
      },
    );
  }
  await openSite(holding('built', { 'index.html': '<script src=./js/app.js></script>', 'js/app.js': 'start()' }));
});

site('says when a UI is too old to send a key', async ({ folder }) => {
  const lines: string[] = [];
  const log = { warn: (text: string) => lines.push(text) } as unknown as Logger;
  await openSite(join(folder, 'dist'), log);
  assert.equal(lines, []);
  await openSite(join(folder, 'built'), log);
  assert.match(lines.join(), /newer one/);
});

site('says in the log that it stays empty below a folder of a host', async ({ folder }) => {
  const lines: string[] = [];
  const log = { warn: (text: string) => lines.push(text) } as unknown as Logger;
  const address = makeAddress({ publicUrl: 'https://example.org/kt', trustProxy: false });
  await openSite(join(folder, 'dist'), log, address);
  assert.match(lines.join('\n'), /^the web UI .* below \/kt it stays empty: .*host name of its own/);
});

site.run();
