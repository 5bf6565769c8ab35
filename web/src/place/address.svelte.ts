/** The address of the page: what of the dashboard it names, below whatever folder the server lies in. */

const base = document.querySelector('base');

/** The folder of the dashboard, as a path that ends with a slash; made whole before the first navigation. */
const FOLDER = new URL(document.baseURI).pathname.replace(/[^/]*$/, '');

/** The root of the server, which the APIs are below; ends with a slash. */
export const SERVER = new URL(base?.dataset['server'] ?? './', document.baseURI).href;

// `<base>` may be relative to the first address: nothing may be read against it once the address has changed.
base?.setAttribute('href', FOLDER);

export type Address = { readonly path: readonly string[]; readonly params: URLSearchParams };

const read = (): Address => {
  const { pathname, search } = location;
  const below = pathname.startsWith(FOLDER) ? pathname.slice(FOLDER.length) : '';
  return { path: below.split('/').filter(Boolean).map(decoded), params: new URLSearchParams(search) };
};

const decoded = (segment: string): string => {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
};

let current = $state.raw(read());
addEventListener('popstate', () => (current = read()));

/** Where the page is now. */
export const address = (): Address => current;

/** A path of the dashboard (`day/2026-11-25`) as one of the server. */
export const href = (path: string): string => FOLDER + path;

/** Shows another path of the dashboard; `replace`: in the place of this one, so that "back" does not return here. */
export const go = (path: string, replace = false): void => {
  const target = href(path);
  if (target === location.pathname + location.search) return;
  history[replace ? 'replaceState' : 'pushState'](null, '', target);
  current = read();
  if (!replace) scrollTo(0, 0);
};

/** Sets parameters of the address (null: removes), in its place: what a screen shows is in its link. */
export const setParams = (changes: Readonly<Record<string, string | null>>): void => {
  const params = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) params.delete(name);
    else params.set(name, value);
  }
  const search = params.toString();
  history.replaceState(null, '', location.pathname + (search === '' ? '' : `?${search}`));
  current = read();
};

/** Follows links of the dashboard without loading the page anew. */
export const followLinks = (event: MouseEvent): void => {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
    return;
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  if (link === null || link.target !== '' || link.hasAttribute('download') || link.dataset['out'] !== undefined) return;
  if (link.origin !== location.origin || !link.pathname.startsWith(FOLDER)) return;
  event.preventDefault();
  go(link.pathname.slice(FOLDER.length) + link.search);
};
