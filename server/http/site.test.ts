import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isKtError } from '../../domain/errors.ts';
import { segmentsOf } from './paths.ts';
import { openSite, type Site } from './site.ts';

/** A folder of the shape that building aw-webui makes, webpack's and Vite's, with something beside it that is nobody's business. */
const FILES: Record<string, string> = {
  'dist/index.html': '<!doctype html><title>ActivityWatch</title>',
  'dist/css/app.4f2a.css': 'body{}',
  'dist/js/app.91ab.js': 'start()',
  'dist/js/app.91ab.js.map': '{}',
  'dist/assets/index-Bx1.mjs': 'start()',
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

const get = (from: Site, target: string, init: RequestInit = {}) => from(new Request('http://kt/', init), segmentsOf(target));

site('is served whole, at the root, with its types', async (scene) => {
  const types: [target: string, type: string, file: string][] = [
    ['/', 'text/html; charset=utf-8', 'dist/index.html'],
    ['/?token=kt_x#/home', 'text/html; charset=utf-8', 'dist/index.html'],
    ['/index.html', 'text/html; charset=utf-8', 'dist/index.html'],
    ['/css/app.4f2a.css', 'text/css; charset=utf-8', 'dist/css/app.4f2a.css'],
    ['/js/app.91ab.js?v=1', 'text/javascript; charset=utf-8', 'dist/js/app.91ab.js'],
    ['/assets/index-Bx1.mjs', 'text/javascript; charset=utf-8', 'dist/assets/index-Bx1.mjs'],
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
    assert.is(response.headers.get('content-length'), String(Buffer.byteLength(FILES[file]!)));
    assert.is(await response.text(), FILES[file]);
  }
});

site('has no other file, whatever the spelling', async (scene) => {
  const targets = [
    '/buckets', '/pages', '/pages/', '/pages/nope', '/css', '/js/', '/service-worker.js', '/secret.txt', '/../secret.txt', '/%2e%2e/secret.txt', '/..%2fsecret.txt', '/%2e%2e%2fsecret.txt', '/css/../../secret.txt',
    '/css/%2e%2e/%2e%2e/secret.txt', '/..%5csecret.txt', '/%00', '/index.html%00.png', '/.env', '/.git/config', '/./index.html', '/link.txt', '/up/secret.txt', '/../dist-too/index.html', '/pages/..', '/pages/../index.html',
    '/pages/%2e%2e', '/C:/secret.txt', '//etc/passwd', '/%2fetc/passwd', '/index.html/', '/index.html/x',
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

site('must have been built', async ({ folder }) => {
  for (const bad of [folder, join(folder, 'nope'), join(folder, 'secret.txt')]) {
    await openSite(bad).then(() => assert.unreachable(), (error: unknown) => assert.ok(isKtError(error, 'invalid')));
  }
});

site.run();
