/**
 * The sign-in page. It stands at /sign-in, and at any path of the API that a browser goes to without a key: there it
 * shows, once it has a key, what the path answers. The key goes into the tab's storage, where aw-webui looks for it,
 * and never into an address.
 */
(() => {
  'use strict';
  /** aw-webui's own name for it, in sessionStorage. */
  const TAB = 'aw-api-token';
  /**
   * In localStorage, for all tabs. aw-webui stores what it finds there among the settings on the server, unless its
   * name begins so.
   */
  const KEPT = '_kt-api-key';

  const $ = (id) => document.getElementById(id);
  const isApi = document.documentElement.dataset.place === 'api';
  const show = (id) => {
    for (const main of document.querySelectorAll('main')) main.hidden = main.id !== id;
  };

  /** Storage that a browser has shut throws. */
  const stored = () => {
    try {
      return sessionStorage.getItem(TAB) || localStorage.getItem(KEPT);
    } catch {
      return null;
    }
  };
  const forget = () => {
    try {
      sessionStorage.removeItem(TAB);
      localStorage.removeItem(KEPT);
    } catch {
      // There is nothing to forget then.
    }
  };
  const store = (key, keep) => {
    sessionStorage.setItem(TAB, key);
    if (keep) localStorage.setItem(KEPT, key);
    else localStorage.removeItem(KEPT);
  };

  /** What the server says to somebody with this key; on a path of the API that is the path's own answer. */
  const ask = (key) =>
    fetch(isApi ? location.href.replace(/#.*$/s, '') : 'api/0/settings/theme', {
      method: isApi ? 'GET' : 'HEAD',
      headers: { accept: 'application/json', ...(key ? { authorization: `Bearer ${key}` } : {}) },
      cache: 'no-store',
    });

  const askPerson = (why) => {
    $('refused').textContent = why;
    $('readable').hidden = window.isSecureContext;
    show('ask');
    $('key').focus();
  };

  /**
   * On to the page that sent us here: it said in our own fragment where in it we were, and it is always this server's
   * own.
   */
  const goOn = () => location.replace(`./${location.hash}`);

  const showAnswer = async (response) => {
    const name = /filename="?([^";]+)/.exec(response.headers.get('content-disposition') ?? '')?.[1];
    if (name) {
      const link = document.createElement('a');
      link.href = URL.createObjectURL(await response.blob());
      link.download = name;
      link.click();
      $('answer').textContent = `${name} is saved where your browser keeps downloads.`;
    } else {
      const text = await response.text();
      let pretty = text;
      try {
        // Far larger ones would stand still in the browser.
        if (text.length < 2_000_000) pretty = JSON.stringify(JSON.parse(text), null, 2);
      } catch {
        // Not JSON: as it is.
      }
      $('answer').textContent = pretty;
    }
    show('shown');
  };

  const REFUSED =
    'This key is not valid, or not any more: it may have been revoked, or have expired. Sign in with another.';

  /**
   * Tries a key, or none: where nobody is asked for one, or the browser has sent one of its own, there is no more to
   * do.
   */
  const enter = async (key, entered) => {
    let response;
    try {
      response = await ask(key);
    } catch {
      return askPerson('The server does not answer. Is it running? Try again.');
    }
    if (response.status === 401) {
      if (key) forget();
      return askPerson(key ? REFUSED : '');
    }
    if (response.status >= 500 || response.status === 429)
      return askPerson(
        `The server can not tell now whether the key is valid (${response.status}). Try again in a while.`,
      );
    if (entered) {
      try {
        store(key, $('keep').checked);
      } catch {
        return askPerson(
          'This browser keeps nothing for this page: allow it to store data (cookies) for this address, and try again.',
        );
      }
    }
    if (isApi) return showAnswer(response);
    if (entered || !key) return goOn();
    $('how').textContent = localStorage.getItem(KEPT)
      ? 'On this computer: every tab of this browser shows your activity, until you sign out.'
      : 'In this tab, until you close it.';
    show('in');
  };

  $('form').addEventListener('submit', (event) => {
    event.preventDefault();
    const typed = $('key').value.trim();
    // People paste the line around it as well.
    const key = /kt_[\w-]{43}/.exec(typed)?.[0] ?? typed;
    if (!/^[\x21-\x7e]+$/.test(key))
      return askPerson('This is not an API key: one begins with kt_ and has no blanks in it.');
    void enter(key, true);
  });
  $('on').addEventListener('click', goOn);
  $('out').addEventListener('click', () => {
    forget();
    $('key').value = '';
    askPerson('You are signed out.');
  });

  if (new URLSearchParams(location.search).has('refused') && !isApi) {
    // Once: a reload starts anew.
    history.replaceState(null, '', location.pathname + location.hash);
    askPerson(REFUSED);
  } else {
    void enter(stored(), false);
  }
})();
