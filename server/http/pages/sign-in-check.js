/**
 * Runs before aw-webui's own scripts: sees to it that the tab has a key that the server takes, or sends the person to
 * the sign-in page. It asks the server rather than look for a key alone: one may have been revoked, and with
 * KT_SERVER_AUTH=none nobody needs any.
 */
(() => {
  'use strict';
  // Both names: see the sign-in page.
  const TAB = 'aw-api-token';
  const KEPT = '_kt-api-key';
  const page = document.documentElement;

  const url = new URL(location.href);
  const given = url.searchParams.get('token')?.trim();
  if (given) {
    // As aw-webui does; at once, so that it is in the address no longer than it takes.
    url.searchParams.delete('token');
    history.replaceState(history.state, '', url.pathname + url.search + url.hash);
  }
  try {
    const key = given || sessionStorage.getItem(TAB) || localStorage.getItem(KEPT);
    if (key) sessionStorage.setItem(TAB, key);
    // An empty UI that is gone in a moment would only startle.
    else page.style.visibility = 'hidden';
  } catch {
    // A browser that stores nothing: the sign-in page says so.
  }

  let leaving = false;
  const leave = (why) => {
    leaving = true;
    location.replace(`sign-in${why}${location.hash}`);
  };

  const check = async () => {
    if (leaving) return;
    try {
      const key = sessionStorage.getItem(TAB);
      const response = await fetch('api/0/settings/theme', {
        method: 'HEAD',
        headers: key ? { authorization: `Bearer ${key}` } : {},
        cache: 'no-store',
      }).catch(() => null);
      if (response?.status === 401) {
        sessionStorage.removeItem(TAB);
        if (localStorage.getItem(KEPT) === key) localStorage.removeItem(KEPT);
        return leave(key ? '?refused' : '');
      }
    } catch {
      // No storage: the sign-in page has words for it.
      return leave('');
    }
    // Let in, or without an answer; of that the UI has its own words.
    page.style.visibility = '';
  };

  void check();
  // A key may be revoked while the page is open: when somebody comes back to it, or as soon as a request is refused.
  document.addEventListener('visibilitychange', () => void (document.visibilityState === 'visible' && check()));
  new PerformanceObserver(
    (list) => void (list.getEntries().some(({ responseStatus }) => responseStatus === 401) && check()),
  ).observe({ type: 'resource' });
})();
