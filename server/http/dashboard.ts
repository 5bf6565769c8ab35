/**
 * The dashboard: what `web/` builds (scripts/build/dashboard.ts) as files in memory, each in the encodings that it was
 * built in, and its one page, which answers at every path that the dashboard has a screen for.
 */
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { lookup } from 'mrmime';
import { encodingFor, type Encoding } from './negotiate.ts';
import { ALONE_HEADERS, has, isRead, makePage, notRead, PAGE_HEADERS, type Page } from './page.ts';
import { bodyOf, piecesOf } from './pieces.ts';

const BUILT = fileURLToPath(new URL('../../dist/web', import.meta.url));

/** The folder of its files, below the page's; their names hold a hash. */
const FILES = 'app';

/** Screens of one segment, and those that another one may follow: which day, which week. */
const SCREENS = new Set([
  ...[
    'welcome',
    'device',
    'sign-in',
    'devices',
    'lanes',
    'year',
    'trends',
    'explore',
    'categories',
    'account',
    'people',
  ],
]);
const OF_A_SPAN = new Set(['day', 'week', 'month', 'year']);

/** Longer than any date. */
const MOST_LETTERS = 20;

/** Whether the dashboard has a screen at this path. */
export const isScreen = ([first, second, ...more]: readonly string[]): boolean =>
  first === undefined ||
  (second === undefined && SCREENS.has(first)) ||
  (second !== undefined && more.length === 0 && OF_A_SPAN.has(first) && second.length <= MOST_LETTERS);

/**
 * Nothing but its own files; and no text becomes a script or HTML, except what Svelte makes of its own templates.
 * Styles are set by name, which the policy allows, and never written as text.
 */
const CSP = [
  "default-src 'self'",
  "base-uri 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "object-src 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types svelte-trusted-html',
].join('; ');

const HEADERS = { 'content-security-policy': CSP, ...ALONE_HEADERS };

/** A file of the build, in each encoding that it has. */
type Built = { readonly type: string; readonly contents: ReadonlyMap<Encoding, Buffer> };

/** What a build holds; null where there is none. */
type Build = { readonly page: string; readonly files: ReadonlyMap<string, Built> };

export type Dashboard = {
  /** The page, as a browser gets it that asked for this path below the dashboard's own. */
  readonly page: (request: Request, place: Place) => Promise<Response>;
  /** One of its files; null for any other path. */
  readonly file: (request: Request, segments: readonly string[]) => Promise<Response | null>;
};

/** Where the page was asked for: `base` is its folder, and `server` the server's root seen from that. */
type Place = { readonly base: string; readonly server: string };

/** `folder`: another build, for tests. It is read when it is first asked for. */
export const makeDashboard = (folder = BUILT): Dashboard => {
  let build: Promise<Build | null> | undefined;
  const pages = new Map<string, Page>();
  const built = () => (build ??= readBuild(folder));
  return {
    page: async (request, { base, server }) => {
      const found = await built();
      if (!found) return notBuilt(request, 503);
      const key = `${base} ${server}`;
      let page = pages.get(key);
      if (!page) {
        // As many as there are depths of paths, and folders that proxies say.
        if (pages.size >= 100) pages.clear();
        pages.set(key, (page = makePage(placed(found.page, { base, server }), 'text/html; charset=utf-8', HEADERS)));
      }
      return page(request);
    },
    file: async (request, segments) => {
      if (segments.length !== 2 || segments[0] !== FILES) return null;
      const file = (await built())?.files.get(segments[1]!);
      return file ? sent(request, file) : null;
    },
  };
};

const placed = (html: string, { base, server }: Place): string =>
  html.replace('<base href="./" />', () => `<base href="${escaped(base)}" data-server="${escaped(server)}" />`);

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');

const sent = (request: Request, { type, contents }: Built): Response => {
  if (!isRead(request)) return notRead();
  const accepted = encodingFor(request.headers);
  const encoding = contents.has(accepted) ? accepted : 'identity';
  const content = contents.get(encoding)!;
  const headers: Record<string, string> = {
    ...PAGE_HEADERS,
    'content-type': type,
    'content-length': String(content.byteLength),
    'cache-control': 'public, max-age=31536000, immutable',
    etag: '"built"',
    ...(contents.size > 1 ? { vary: 'accept-encoding' } : {}),
    ...(encoding === 'identity' ? {} : { 'content-encoding': encoding }),
  };
  // Under its name there was never another content.
  if (has(request, '"built"')) return new Response(null, { status: 304, headers });
  return new Response(request.method === 'HEAD' ? null : bodyOf(piecesOf(content)), { headers });
};

const notBuilt = makePage(
  `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>kt-server</title>
<h1>The dashboard is not built</h1>
<p><code>npm start</code> builds it when it is not there, and <code>npm run build</code> does; then start the server
again. Everything else works: <a href="graphql">GraphQL</a> and the <a href="api/0/openapi.json">REST API</a>.</p>
</html>
`,
  'text/html; charset=utf-8',
);

const ENDINGS: Readonly<Record<string, Encoding>> = { '.br': 'br', '.gz': 'gzip' };

const readBuild = async (folder: string): Promise<Build | null> => {
  const page = await readFile(`${folder}/index.html`, 'utf8').catch(() => null);
  if (page === null) return null;
  const files = new Map<string, { type: string; contents: Map<Encoding, Buffer> }>();
  for (const name of await readdir(`${folder}/${FILES}`)) {
    const ending = Object.keys(ENDINGS).find((each) => name.endsWith(each)) ?? '';
    const plain = name.slice(0, name.length - ending.length);
    const type = lookup(plain) ?? 'application/octet-stream';
    const file = files.get(plain) ?? {
      type: /^text\//.test(type) ? `${type}; charset=utf-8` : type,
      contents: new Map<Encoding, Buffer>(),
    };
    file.contents.set(ENDINGS[ending] ?? 'identity', await readFile(`${folder}/${FILES}/${name}`));
    files.set(plain, file);
  }
  return { page, files };
};
