import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { KtError } from '../../domain/errors.ts';
import { failedPage } from './failed-page.ts';

const page = suite('the page of who is not let in');

const TOLD = { requestId: 'r1', back: 'https://kt.example.org/sign-in', name: 'the <i>family</i>' };
const shown = async (error: KtError, language: string | null = null) => {
  const headers = new Headers(language === null ? {} : { 'accept-language': language });
  const response = failedPage({ headers }, error, TOLD);
  const html = await response.text();
  const [english, german] = ['en', 'de'].map(
    (each) => new RegExp(`<main lang="${each}"(.*?)</main>`, 's').exec(html)?.[1] ?? '',
  );
  return { response, html, english: english!, german: german! };
};

/** What throws an error that a browser sees on this page, with a reason. */
const SOURCES = [
  'oidc/routes.ts',
  'oidc/provider.ts',
  'proxy-route.ts',
  '../resolvers/identities.ts',
  '../resolvers/provider-sign-up.ts',
  '../resolvers/new-way-in.ts',
];
page('has a German sentence for each reason that is given, in the provider’s name', async () => {
  const reasons = SOURCES.flatMap((name) => [
    ...readFileSync(new URL(name, import.meta.url), 'utf8').matchAll(/reason: '(\w+)'/g),
  ]).map(([, reason]) => reason!);
  // Of a request that no page answers.
  const known = [...new Set([...reasons, 'no_account'])].filter((reason) => reason !== 'none');
  assert.ok(known.length > 10, String(known));
  for (const reason of known) {
    const { german, english } = await shown(new KtError('forbidden', 'why', { reason }));
    assert.match(
      german,
      /<\/h1><p>(?:[A-ZÄÖÜ]|the &lt;).*\.<\/p><p>Der Server sagt: <span lang="en">why\.<\/span>/s,
      reason,
    );
    assert.match(english, '<p>why.</p>');
  }
  for (const code of ['rate_limited', 'unavailable', 'internal'] as const)
    assert.match(
      (await shown(new KtError(code, 'why'))).german,
      /<\/h1><p>(?:[A-ZÄÖÜ]|the &lt;).*<p>Der Server sagt: /s,
      code,
    );
  assert.match((await shown(new KtError('conflict', 'why'))).german, /<\/h1><p>Der Server sagt: /);
});

for (const [language, spoken] of [
  [null, 'en'],
  ['de-AT,de;q=0.9,en;q=0.8', 'de'],
  ['en-GB,de;q=0.5', 'en'],
  ['fr', 'en'],
  ['fr,de;q=0.1', 'de'],
  ['de;q=0', 'en'],
  ['\u00e4;;;q', 'en'],
] as const)
  page(`speaks ${spoken} to who asks for ${language}`, async () => {
    const { html, english, german } = await shown(new KtError('forbidden', 'why'), language);
    assert.match(html, `<html lang="${spoken}">`);
    assert.equal([english.includes(' hidden>'), german.includes(' hidden>')], [spoken === 'de', spoken === 'en']);
  });

page('shows text as text, and runs no script but its own', async () => {
  const { response, html } = await shown(new KtError('forbidden', '<script>alert(1)</script>', { reason: 'unknown' }));
  assert.is(response.status, 403);
  assert.is(html.match(/<script>/g)!.length, 1);
  assert.match(html, '&lt;script&gt;alert(1)&lt;/script&gt;');
  assert.match(html, 'bei the &lt;i&gt;family&lt;/i&gt; ist hier kein Konto');
  const script = /<script>(.*)<\/script>/s.exec(html)![1]!;
  const csp = response.headers.get('content-security-policy')!;
  assert.match(csp, `script-src 'sha256-${createHash('sha256').update(script).digest('base64')}'`);
  assert.match(csp, "default-src 'none'");
  assert.is(response.headers.get('x-frame-options'), 'DENY');
});

page.run();
