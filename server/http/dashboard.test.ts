/** The dashboard as files: which paths answer its page, and how its files are sent. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { builtDashboard, SCRIPT } from '../../test/support/built-dashboard.ts';
import { makeAddress } from './address.ts';
import { makeDashboard } from './dashboard.ts';
import { segmentsOf } from './paths.ts';
import { makeSite, type Site, type Sites } from './site.ts';

const dashboard = suite<{ folder: string }>('the dashboard’s files');
dashboard.before((scene) => {
  scene.folder = builtDashboard();
  writeFileSync(join(scene.folder, 'secret.txt'), 'secret');
});
dashboard.after(({ folder }) => rmSync(folder, { recursive: true }));

const site = ({ folder }: { folder: string }, more: Sites = {}): Site =>
  makeSite({ dashboard: makeDashboard(folder), ...more });
const get = (from: Site, path: string, init: RequestInit = {}) =>
  from(new Request(`http://kt${path}`, init), segmentsOf(path));
const baseOf = async (response: Response | null): Promise<string | undefined> =>
  /<base href="([^"]*)"/.exec((await response?.text()) ?? '')?.[1];

dashboard('are one page for every screen, which says how far away its folder is', async (scene) => {
  for (const [path, base] of [
    ['/', './'],
    ['/?category=Work', './'],
    ['/devices', './'],
    ['/devices/', '../'],
    ['/welcome', './'],
    ['/sign-in', './'],
    ['/year', './'],
    ['/year/2026', '../'],
    ['/day/2026-11-25', '../'],
    ['/day/2026-11-25/', '../../'],
    ['/week/2026-11-23', '../'],
  ] as const)
    assert.is(await baseOf(await get(site(scene), path)), base, path);
  for (const path of [
    '/nope',
    '/day',
    '/day/2026-11-25/10',
    `/day/${'2'.repeat(21)}`,
    '/devices/x',
    '/index.html',
    '/app',
    '/app/',
    '/app/nope.js',
    '/app/index-Bx1_0kQz.js.br',
    '/app/..%2fsecret.txt',
    '/app/../secret.txt',
    '/secret.txt',
    '/aw/',
    '////////////day/1',
  ])
    assert.is(await get(site(scene), path), null, path);
});

dashboard('know the folder of a public URL', async (scene) => {
  const address = makeAddress({ publicUrl: 'https://example.org/kt', trustProxy: false });
  assert.is(await baseOf(await get(site(scene, { address }), '/day/2026-11-25')), '/kt/');
  const trusting = makeAddress({ publicUrl: '', trustProxy: true });
  const headers = { 'x-forwarded-prefix': '/other', 'x-forwarded-host': 'example.org' };
  assert.is(await baseOf(await get(site(scene, { address: trusting }), '/', { headers })), '/other/');
});

dashboard('let nothing in from elsewhere, and no text become a script', async (scene) => {
  const response = (await get(site(scene), '/'))!;
  const policy = response.headers.get('content-security-policy')!;
  for (const part of [
    "default-src 'self'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types svelte-trusted-html',
  ])
    assert.ok(policy.split('; ').includes(part), part);
  assert.not.match(policy, /unsafe|data:|https?:/);
  assert.is(response.headers.get('cache-control'), 'no-cache');
  const etag = response.headers.get('etag')!;
  assert.is((await get(site(scene), '/devices', { headers: { 'if-none-match': etag } }))!.status, 304);
});

dashboard('are sent as the build compressed them, and kept by browsers for ever', async (scene) => {
  const path = '/app/index-Bx1_0kQz.js';
  for (const [accepted, encoding] of [
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip', 'gzip'],
    ['', null],
    ['br;q=0', null],
  ] as const) {
    const response = (await get(site(scene), path, { headers: { 'accept-encoding': accepted } }))!;
    assert.is(response.headers.get('content-encoding'), encoding, accepted);
    assert.is(response.headers.get('vary'), 'accept-encoding');
    assert.match(response.headers.get('cache-control')!, 'immutable');
    assert.is(response.headers.get('content-type'), 'text/javascript; charset=utf-8');
    const body = Buffer.from(await response.arrayBuffer());
    assert.is(String(body.byteLength), response.headers.get('content-length'));
    if (encoding === null) assert.is(body.toString(), SCRIPT);
  }
  assert.is((await get(site(scene), path, { method: 'HEAD' }))!.status, 200);
  assert.is((await get(site(scene), path, { method: 'POST' }))!.status, 405);
  assert.is((await get(site(scene), path, { headers: { 'if-none-match': '"built"' } }))!.status, 304);
});

dashboard('are missing in a clone that was not built, and the page says so', async ({ folder }) => {
  const response = (await get(makeSite({ dashboard: makeDashboard(join(folder, 'nowhere')) }), '/'))!;
  assert.is(response.status, 503);
  assert.match(await response.text(), 'npm run build');
});

const ui: Site = async (_request, segments) => new Response(`ui ${segments.join('/')}`);

dashboard('have a web UI beside them, whose own files are at the root as well', async (scene) => {
  const both = site(scene, { ui });
  const text = async (path: string) => (await get(both, path))!.text();
  assert.equal(
    [await text('/aw/'), await text('/aw/sign-in'), await text('/js/app.js')],
    ['ui ', 'ui sign-in', 'ui js/app.js'],
  );
  assert.match(await text('/'), 'index-Bx1_0kQz.js');
  assert.match(await text('/sign-in'), 'index-Bx1_0kQz.js');
  const redirect = (await get(both, '/aw'))!;
  assert.equal([redirect.status, redirect.headers.get('location')], [308, './aw/']);
});

dashboard('make room for a web UI that has the root', async (scene) => {
  const both = site(scene, { ui, uiAtRoot: true });
  const text = async (path: string) => (await get(both, path))!.text();
  assert.equal([await text('/'), await text('/sign-in'), await text('/aw/')], ['ui ', 'ui sign-in', 'ui aw']);
  assert.match(await text('/dashboard/'), '<base href="../dashboard/" data-server="../" />');
  assert.match(await text('/dashboard'), '<base href="./dashboard/" data-server="../" />');
  assert.match(await text('/dashboard/day/2026-11-25'), '<base href="../../dashboard/" data-server="../" />');
  assert.is((await get(both, '/dashboard/app/index-Bx1_0kQz.js'))!.status, 200);
  for (const [path, place] of [
    ['/device?code=BCDF-GHJK', './dashboard/device?code=BCDF-GHJK'],
    ['/welcome', './dashboard/welcome'],
  ] as const) {
    const led = (await get(both, path))!;
    assert.equal([led.status, led.headers.get('location')], [307, place], 'links of ours know one place');
  }
});

dashboard.run();
