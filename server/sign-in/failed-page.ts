/**
 * What a browser shows that came back from elsewhere, and is not let in: why, and the way on. In English, and in German
 * with the server's own words below, which the operator may need; the page chooses as the dashboard does.
 */
import { createHash } from 'node:crypto';
import type { ErrorCode, KtError } from '../../domain/errors.ts';
import { ERROR_STATUS } from '../http/error-status.ts';
import { languageFor } from '../http/negotiate.ts';
import { ALONE_HEADERS, PAGE_HEADERS } from '../http/page.ts';
import { whole } from '../http/whole.ts';

const STYLE =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:30rem;margin:4rem auto;padding:0 1rem;color-scheme:light dark}' +
  'p{overflow-wrap:anywhere}small{opacity:.7}';

const LANGUAGES = ['en', 'de'] as const;
type Language = (typeof LANGUAGES)[number];

/** As web/src/words/words.svelte.ts chooses: what the person chose there, else the first of the browser's languages. */
const SCRIPT =
  `let k=null;try{k=localStorage.getItem('kt-language')}catch{}` +
  `const l=[k,...navigator.languages].map(n=>n&&n.slice(0,2))` +
  `.find(n=>document.querySelector('main[lang="'+n+'"]'))||'en';` +
  `for(const m of document.querySelectorAll('main'))m.hidden=m.lang!==l;` +
  `document.documentElement.lang=l;document.title=document.querySelector('main:not([hidden])').dataset.title`;

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
const CSP = [
  "default-src 'none'",
  `style-src ${hashOf(STYLE)}`,
  `script-src ${hashOf(SCRIPT)}`,
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

/**
 * In German, by the `reason` in an error's details, else by its code. `name` is what the provider or the proxy is
 * called.
 */
const REASONS: Readonly<Record<string, (name: string) => string>> = {
  unknown: (name) =>
    `Mit Ihnen bei ${name} ist hier kein Konto verbunden. Melden Sie sich einmal anders an und verbinden Sie ${name} ` +
    'dann unter „Konto“, oder bitten Sie, wer den Server betreibt.',
  unverified: (name) =>
    `${name} sagt nicht, dass Ihre E-Mail-Adresse bestätigt ist, und nach ihr heißt ein Konto. Lassen Sie sie dort ` +
    'bestätigen.',
  taken: (name) =>
    'Mit Ihrer Adresse gibt es hier schon ein Konto. Melden Sie sich einmal anders darin an und verbinden Sie ' +
    `${name} dann unter „Konto“.`,
  not_admitted: (name) => `${name} führt Sie nicht unter denen auf, die diesen Server benutzen dürfen.`,
  revoked: () => 'Die Sitzung, die das begann, ist zu Ende. Melden Sie sich wieder an und beginnen Sie von vorn.',
  ending: () =>
    'Dieser Browser ist mit einem API-Schlüssel angemeldet, der abläuft, und was er verbindet, würde ihn überdauern. ' +
    'Melden Sie sich anders an.',
  full: () => 'Dieses Konto hat schon so viele Verbindungen, wie es haben kann. Trennen Sie erst eine.',
  connected: (name) =>
    `Mit Ihnen bei ${name} ist hier schon ein anderes Konto verbunden. Trennen Sie es dort erst davon.`,
  denied: (name) => `${name} hat Sie nicht hereingelassen, oder Sie haben dort abgelehnt.`,
  stale: () => 'Diese Anmeldung gilt nicht mehr. Beginnen Sie von vorn.',
  refused: (name) => `${name} weist diesen Server ab. Wer ihn betreibt, muss die Einstellungen vergleichen.`,
  no_account: () => 'Für Sie gibt es hier kein Konto: Wer den Server betreibt, macht eines.',
  nobody: () => 'Der Proxy sagt nicht, wer Sie sind, oder es wird ihm nicht geglaubt.',
};
const CODES: Partial<Record<ErrorCode, (name: string) => string>> = {
  rate_limited: () => 'Zu viele Anmeldungen. Warten Sie ein wenig und versuchen Sie es dann wieder.',
  unavailable: (name) => `${name} antwortet nicht, wie es sollte. Versuchen Sie es in einer Minute wieder.`,
  internal: () => 'Im Server ist etwas schiefgegangen. Sein Protokoll sagt, was.',
};

type Told = {
  readonly requestId: string | undefined;
  /** Where one signs in. */
  readonly back: string;
  /** What the provider or the proxy is called. */
  readonly name: string;
};

/** The page for an error, in the language that the request asks for until its script has chosen. */
export const failedPage = (
  { headers }: Pick<Request, 'headers'>,
  { code, message, details }: KtError,
  { requestId, back, name }: Told,
  more: Record<string, string> = {},
): Response => {
  const spoken = languageFor(headers, LANGUAGES);
  const german = (REASONS[String(details['reason'])] ?? CODES[code])?.(name);
  const main = (language: Language, title: string, signIn: string, request: string, why: string): string =>
    `<main lang="${language}" data-title="${title} · kt-server"${language === spoken ? '' : ' hidden'}>` +
    `<h1>${title}</h1>${why}<p><a href="${escaped(back)}">${signIn}</a></p>` +
    `<p><small>${request} ${escaped(requestId ?? '')}</small></p></main>`;
  const words = `${escaped(message)}.`;
  const pages = {
    en: main('en', 'Not signed in', 'Sign in', 'Request', `<p>${words}</p>`),
    de: main(
      'de',
      'Nicht angemeldet',
      'Anmelden',
      'Anfrage',
      (german === undefined ? '' : `<p>${escaped(german)}</p>`) +
        `<p>Der Server sagt: <span lang="en">${words}</span></p>`,
    ),
  };
  const title = spoken === 'de' ? 'Nicht angemeldet' : 'Not signed in';
  return whole(
    ERROR_STATUS[code],
    `<!doctype html><html lang="${spoken}"><head><meta charset="utf-8">` +
      `<meta name="viewport" content="width=device-width"><title>${title} · kt-server</title><style>${STYLE}</style>` +
      `</head><body>${pages.en}${pages.de}<script>${SCRIPT}</script></body></html>`,
    {
      ...PAGE_HEADERS,
      ...ALONE_HEADERS,
      ...more,
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': CSP,
      'cache-control': 'no-store',
    },
  );
};
