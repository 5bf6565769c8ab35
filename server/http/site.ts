import { readFile } from 'node:fs/promises';
import type { Logger } from '../log.ts';
import { NO_ADDRESS, type Address } from './address.ts';
import { isScreen, makeDashboard, type Dashboard } from './dashboard.ts';
import { makePage, type Page } from './page.ts';
import { signInCheck, signInPage, withSignIn, type UiPlace } from './sign-in.ts';
import { fileAnswer } from './static-file.ts';
import { openUiFolder, type FoundFile } from './ui-folder.ts';

/** Answers a path that belongs to neither API; null for an unknown path. `segments` are the path's, decoded. */
export type Site = (request: Request, segments: readonly string[]) => Promise<Response | null>;

/** How many slashes a path of ours may have: as many as it takes, and some to spare. */
const MOST_SLASHES = 6;

/** Where a web UI is beside the dashboard, and the dashboard beside a web UI that has the root. */
const UI = 'aw';
const BESIDE = 'dashboard';
/** The screens that links and programs name at the root. */
const LINKED = ['welcome', 'device'] as const;

export type Sites = {
  readonly address?: Address;
  readonly dashboard?: Dashboard;
  /** A web UI, from `openSite`. */
  readonly ui?: Site | null;
  /** Whether that has the root, and the dashboard is at `/dashboard/`. */
  readonly uiAtRoot?: boolean;
};

/**
 * The dashboard at the root, and a web UI at `/aw/`; or the other way round, with the dashboard at `/dashboard/`. Files
 * of the web UI are at the root too, wherever its page is: its build names them there.
 */
export const makeSite = ({
  address = NO_ADDRESS,
  dashboard = makeDashboard(),
  ui = null,
  uiAtRoot = false,
}: Sites): Site => {
  const beside = uiAtRoot && ui !== null;

  /** The server's root as the browser finds it from the path that it asked for. */
  const rootOf = (request: Request, slashes: number): string => {
    const said = new URL(address.of(request) ?? 'http://nobody').pathname;
    if (said !== '/') return `${said.replace(/\/+$/, '')}/`;
    return slashes > 1 ? '../'.repeat(slashes - 1) : './';
  };

  return async (request, segments) => {
    const slashes = [...new URL(request.url).pathname].filter((letter) => letter === '/').length;
    if (!beside || segments[0] === BESIDE) {
      const own = beside ? segments.slice(1) : segments;
      if (isScreen(own)) {
        if (slashes > MOST_SLASHES) return null;
        const root = rootOf(request, slashes);
        const place = beside ? { base: `${root}${BESIDE}/`, server: '../' } : { base: root, server: './' };
        return dashboard.page(request, place);
      }
      const file = await dashboard.file(request, own);
      if (file) return file;
    }
    if (!ui) return null;
    // Links of ours name these, wherever the dashboard is; what is behind a `#` the browser takes along.
    if (beside && slashes === 1 && LINKED.some((screen) => screen === segments[0]))
      return new Response(null, {
        status: 307,
        headers: { location: `${rootOf(request, slashes)}${BESIDE}/${segments[0]}${new URL(request.url).search}` },
      });
    if (beside || segments[0] !== UI) return segments[0] === 'index.html' && !beside ? null : ui(request, segments);
    if (segments.length === 1 && !new URL(request.url).pathname.endsWith('/') && slashes <= MOST_SLASHES)
      return new Response(null, { status: 308, headers: { location: `${rootOf(request, slashes)}${UI}/` } });
    return ui(request, segments.slice(1));
  };
};

/**
 * A built aw-webui (spec/rest 1.8): the whole folder, index.html at its root, and the index.html of a custom
 * visualisation at `pages/NAME`. No other path falls back to it, because the UI's own routes are in the fragment. A
 * browser without a key is sent to the sign-in page first. `server`: the server's root, seen from the UI's. Fails with
 * `invalid` when the folder holds no built UI.
 */
export const openSite = async (
  folder: string,
  log?: Logger,
  address: Address = NO_ADDRESS,
  server: UiPlace = '',
): Promise<Site> => {
  const { find, sendsKeys } = await openUiFolder(folder);
  if (!sendsKeys)
    log?.warn(
      `the web UI in ${folder} seems to be from before aw-webui could send an API key: it stays empty, ` +
        'unless KT_SERVER_AUTH=none. Build a newer one',
    );
  if (address.folder.length > 0)
    log?.warn(
      `the web UI asks for its scripts and its data at the root of its host, so below /${address.folder.join('/')} ` +
        'it stays empty: give kt-server a host name of its own (docs/aw-webui.md)',
    );
  const index = makeIndex(server);
  const pages = new Map<string, Page>([
    ['sign-in', signInPage(server)],
    ['sign-in-check.js', signInCheck],
  ]);
  return async (request, segments) => {
    // They take precedence over the UI's.
    const own = segments.length === 1 ? pages.get(segments[0]!) : undefined;
    if (own) return own(request);
    const isPage = segments.length === 2 && segments[0] === 'pages';
    const found = await find(segments.length === 0 || isPage ? [...segments, 'index.html'] : segments);
    if (!found) return null;
    if (segments.length === 0 || (segments.length === 1 && segments[0] === 'index.html'))
      return (await index(found))(request);
    // Files that people put under pages/ were not named by the build.
    return fileAnswer(request, found.path, found.facts, segments[0] !== 'pages');
  };
};

/** The UI's first page with our script before its own; made again when the file has changed. */
const makeIndex = (server: UiPlace) => {
  let made: { readonly mtimeMs: number; readonly page: Page } | undefined;
  return async ({ path, facts: { mtimeMs } }: FoundFile): Promise<Page> => {
    if (made?.mtimeMs !== mtimeMs)
      made = { mtimeMs, page: makePage(withSignIn(await readFile(path, 'utf8'), server), 'text/html; charset=utf-8') };
    return made.page;
  };
};
