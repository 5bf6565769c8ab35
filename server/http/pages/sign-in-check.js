/**
 * Runs before aw-webui's own scripts: makes sure that the tab has a key that the server accepts, or redirects to the
 * sign-in page. It asks the server instead of only looking for a key, because a key may have been revoked, and with
 * KT_SERVER_AUTH=none no key is needed.
 */
(() => {
  'use strict';
  // Both names are explained in the sign-in page.
  const TAB = 'aw-api-token';
  const KEPT = '_kt-api-key';
  const page = document.documentElement;
  /** The server's root, seen from this page's. */
  const { server = '' } = document.currentScript.dataset;

  const url = new URL(location.href);
  const given = url.searchParams.get('token')?.trim();
  if (given) {
    // As aw-webui does, but at once, so that the key is in the address as briefly as possible.
    url.searchParams.delete('token');
    history.replaceState(history.state, '', url.pathname + url.search + url.hash);
  }
  try {
    const key = given || sessionStorage.getItem(TAB) || localStorage.getItem(KEPT);
    if (key) sessionStorage.setItem(TAB, key);
    // Hidden, because an empty UI that disappears in a moment would only confuse.
    else page.style.visibility = 'hidden';
  } catch {
    // The browser stores nothing: the sign-in page explains that.
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
      const response = await fetch(`${server}api/0/settings/theme`, {
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
      // No storage: the sign-in page explains that.
      return leave('');
    }
    // The key is accepted, or the server did not answer, for which the UI has its own message.
    page.style.visibility = '';
  };

  void check();
  // A key may be revoked while the page is open: check again when the tab is shown again, or as soon as a request is
  // refused.
  document.addEventListener('visibilitychange', () => void (document.visibilityState === 'visible' && check()));
  new PerformanceObserver(
    (list) => void (list.getEntries().some(({ responseStatus }) => responseStatus === 401) && check()),
  ).observe({ type: 'resource' });
})();
