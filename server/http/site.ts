import { readFile } from 'node:fs/promises';
import type { Logger } from '../log.ts';
import { NO_ADDRESS, type Address } from './address.ts';
import { landingPage } from './landing-page.ts';
import { makePage, type Page } from './page.ts';
import { signInCheck, signInPage, withSignIn } from './sign-in.ts';
import { fileAnswer } from './static-file.ts';
import { openUiFolder, type FoundFile } from './ui-folder.ts';

/** Answers a path that belongs to neither API; null for an unknown path. `segments` are the path's, decoded. */
export type Site = (request: Request, segments: readonly string[]) => Promise<Response | null>;

/** Our own pages, which take precedence over those of a web UI. */
const OURS = new Map<string, Page>([
  ['sign-in', signInPage],
  ['sign-in-check.js', signInCheck],
]);

const ours = (segments: readonly string[]): Page | undefined =>
  segments.length === 1 ? OURS.get(segments[0]!) : undefined;

// The page needs nothing but its own styles.
const CSP = { 'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'" };

/** Without a built web UI: a page at the root that says what this is. */
export const makeLandingSite =
  (address: Address = NO_ADDRESS): Site =>
  async (request, segments) => {
    if (segments.length > 0) return ours(segments)?.(request) ?? null;
    return makePage(landingPage(address.of(request) ?? calledBy(request)), 'text/html; charset=utf-8', CSP)(request);
  };

/** What the reader calls the server, for lines to paste. A name with other characters than names have is none. */
const calledBy = (request: Request): string => {
  const { origin } = new URL(request.url);
  return /^https?:\/\/[\w.:[\]-]+$/.test(origin) ? origin : 'http://THIS-SERVER';
};

/**
 * A built aw-webui at the root (spec/rest 1.8): the whole folder, index.html at `/`, and the index.html of a custom
 * visualisation at `/pages/NAME`. No other path falls back to it, because the UI's own routes are in the fragment. A
 * browser without a key is sent to the sign-in page first. Fails with `invalid` when the folder holds no built UI.
 */
export const openSite = async (folder: string, log?: Logger, address: Address = NO_ADDRESS): Promise<Site> => {
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
  const index = makeIndex();
  return async (request, segments) => {
    const own = ours(segments);
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
const makeIndex = () => {
  let made: { readonly mtimeMs: number; readonly page: Page } | undefined;
  return async ({ path, facts: { mtimeMs } }: FoundFile): Promise<Page> => {
    if (made?.mtimeMs !== mtimeMs)
      made = { mtimeMs, page: makePage(withSignIn(await readFile(path, 'utf8')), 'text/html; charset=utf-8') };
    return made.page;
  };
};
