/** What a browser shows that came back from elsewhere, and is not let in: why, and the way on. */
import { createHash } from 'node:crypto';
import { ALONE_HEADERS, PAGE_HEADERS } from '../http/page.ts';
import { whole } from '../http/whole.ts';

const STYLE =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:30rem;margin:4rem auto;padding:0 1rem;color-scheme:light dark}' +
  'p{overflow-wrap:anywhere}small{opacity:.7}';

const CSP = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string): string => text.replace(/[&<>"']/g, (letter) => ENTITIES[letter]!);

type Told = { readonly message: string; readonly requestId: string | undefined; readonly back: string };

/** `back` is where one signs in. */
export const failedPage = (
  status: number,
  { message, requestId, back }: Told,
  more: Record<string, string>,
): Response =>
  whole(
    status,
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
      `<title>Not signed in · kt-server</title><style>${STYLE}</style></head><body><main>` +
      `<h1>Not signed in</h1><p>${escaped(message)}.</p><p><a href="${escaped(back)}">Sign in</a></p>` +
      `<p><small>Request ${escaped(requestId ?? '')}</small></p></main></body></html>`,
    {
      ...PAGE_HEADERS,
      ...ALONE_HEADERS,
      ...more,
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': CSP,
      'cache-control': 'no-store',
    },
  );
