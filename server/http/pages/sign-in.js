/**
 * The sign-in page. It is served at /sign-in, and at any path of the API that a browser opens without a key: there it
 * shows the path's response once it has a key. The key goes into the tab's storage, where aw-webui looks for it, and
 * never into an address.
 */
(() => {
  'use strict';
  /** The name in sessionStorage under which aw-webui looks for the key. */
  const TAB = 'aw-api-token';
  /**
   * In localStorage, shared by all tabs. aw-webui copies whatever it finds there into the settings on the server,
   * unless the name starts like this one.
   */
  const KEPT = '_kt-api-key';

  const $ = (id) => document.getElementById(id);
  const isApi = document.documentElement.dataset.place === 'api';
  /** The server's root, seen from this page's; null at a path that is too deep for one of the API. */
  const { server = null } = document.documentElement.dataset;
  const show = (id) => {
    for (const main of document.querySelectorAll('main')) main.hidden = main.id !== id;
  };

  /** Storage that the browser has blocked throws. */
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
      // Without storage there is nothing to forget.
    }
  };
  const store = (key, keep) => {
    sessionStorage.setItem(TAB, key);
    if (keep) localStorage.setItem(KEPT, key);
    else localStorage.removeItem(KEPT);
  };

  /** The server's response to a request with this key; on a path of the API, that of the path itself. */
  const ask = (key) =>
    fetch(isApi ? location.href.replace(/#.*$/s, '') : `${server}api/0/settings/theme`, {
      method: isApi ? 'GET' : 'HEAD',
      headers: { accept: 'application/json', ...(key ? { authorization: `Bearer ${key}` } : {}) },
      cache: 'no-store',
    });

  const askPerson = (why) => {
    $('refused').textContent = why;
    $('readable').hidden = window.isSecureContext;
    show('ask');
    $('key').focus();
    void offerPasskey();
  };

  let isAsked = false;
  /** Shows the button where passkeys work: at this very origin, as the server says, and in this browser. */
  const offerPasskey = async () => {
    if (isAsked || !window.PublicKeyCredential || server === null) return;
    isAsked = true;
    const ways = await fetch(`${server}auth/ways`, { cache: 'no-store' })
      .then((response) => response.json())
      .catch(() => null); // without an answer there is still the key
    $('passkey').hidden = ways?.passkey?.origin !== location.origin;
  };

  /**
   * Continues to the page that redirected here. The fragment holds the address there, and it is always on this server.
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
        // Much larger ones would freeze the browser.
        if (text.length < 2_000_000) pretty = JSON.stringify(JSON.parse(text), null, 2);
      } catch {
        // Not JSON: shown unchanged.
      }
      $('answer').textContent = pretty;
    }
    show('shown');
  };

  const REFUSED =
    'This key is not valid, or not any more: it may have been revoked, or have expired. Sign in with another.';

  /**
   * Tries a key, or none: the server may need none, or the browser may have sent one by itself; then nothing more is
   * needed. `why` is said where the server wants one all the same.
   */
  const enter = async (key, entered, why = '') => {
    let response;
    try {
      response = await ask(key);
    } catch {
      return askPerson('The server does not answer. Is it running? Try again.');
    }
    if (response.status === 401) {
      if (key) forget();
      return askPerson(key ? REFUSED : why);
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

  /** Posts JSON to a path of /auth/passkey. Fails with what the page is to say. */
  const post = async (path, body) => {
    const response = await fetch(`${server}auth/passkey/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(body),
      cache: 'no-store',
    }).catch(() => {
      throw new Error('The server does not answer. Is it running? Try again.');
    });
    const told = await response.json().catch(() => ({}));
    if (!response.ok) throw new Error(told.message ?? `The server answers ${response.status}. Try again in a while.`);
    return told;
  };

  // Bytes travel as base64url. Not by PublicKeyCredential's own JSON, which browsers before 2025 lack, and whose
  // toJSON() the credentials of some password managers do.
  const bytesOf = (text) =>
    Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0));
  const textOf = (bytes) =>
    btoa(String.fromCharCode(...new Uint8Array(bytes)))
      .replaceAll('+', '-')
      .replaceAll('/', '_')
      .replaceAll('=', '');

  /** Asks an authenticator for what the server wants to know: any passkey of this host. */
  const answered = async ({ challenge, rpId, timeout, userVerification }) => {
    const publicKey = { challenge: bytesOf(challenge), rpId, timeout, userVerification };
    // A browser tells nobody more of why there is no answer.
    const { rawId, response } = await navigator.credentials.get({ publicKey }).catch(() => {
      throw new Error('No passkey answered: it was cancelled, or there is none for this server on this device.');
    });
    const { clientDataJSON, authenticatorData, signature, userHandle } = response;
    return {
      id: textOf(rawId),
      rawId: textOf(rawId),
      type: 'public-key',
      clientExtensionResults: {},
      response: {
        clientDataJSON: textOf(clientDataJSON),
        authenticatorData: textOf(authenticatorData),
        signature: textOf(signature),
        ...(userHandle && { userHandle: textOf(userHandle) }),
      },
    };
  };

  /** Signs in by a passkey. It makes a session, which the browser shows by itself: this page keeps nothing of it. */
  const byPasskey = async () => {
    $('by-passkey').disabled = true;
    try {
      await post('session', { credential: await answered(await post('options', {})) });
    } catch ({ message }) {
      return askPerson(message);
    } finally {
      $('by-passkey').disabled = false;
    }
    forget(); // a key that is still here would be shown instead
    return enter(null, false, 'You are signed in, but this browser keeps no cookies for this address: allow them.');
  };

  $('by-passkey').addEventListener('click', () => void byPasskey());
  $('form').addEventListener('submit', (event) => {
    event.preventDefault();
    const typed = $('key').value.trim();
    // People paste the whole line that contains the key.
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
    // Only once: after a reload the page starts over.
    history.replaceState(null, '', location.pathname + location.hash);
    askPerson(REFUSED);
  } else {
    void enter(stored(), false);
  }
})();
