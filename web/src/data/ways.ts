/** What the server has to sign in with, and leaving for the provider. */
import { answerOf, request } from './ask.ts';

export type Ways = {
  /** Whether an API key signs a browser in. */
  readonly key: boolean;
  /** Where passkeys are made and used; null where there are none. */
  readonly passkey: { readonly origin: string } | null;
  /** The provider of OpenID Connect, and its name in the account's list; null where there is none. */
  readonly oidc: { readonly name: string; readonly issuer: string } | null;
  /** Whom a trusted proxy before the server says that this is; null where it says nobody. */
  readonly proxy: { readonly name: string } | null;
};

/** Fails with `Unreachable`. */
export const waysIn = async (): Promise<Ways> =>
  answerOf<Ways>(await request('auth/ways', { headers: { accept: 'application/json' }, cache: 'no-store' }));

/** Leaves for the provider, to have its sign-in connected with this account. Fails with the server's words against. */
export const leaveToConnect = async (): Promise<void> => {
  const response = await request('auth/oidc/start', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ connect: true }),
  });
  const { url, message } = await answerOf<{ url?: string; message?: string }>(response);
  if (url === undefined) throw new Error(message ?? `the server answered ${response.status}`);
  location.assign(url);
};
