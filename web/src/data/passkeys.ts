/** Passkeys, as far as the browser has part in them: it asks an authenticator what the server wants to know. */
import { answerOf, request } from './ask.ts';
import { enter } from './session.svelte.ts';
import type { Ways } from './ways.ts';

/** Loaded with the first passkey that is asked for. */
const authenticators = () => import('@simplewebauthn/browser');
type Options<Start extends 'startAuthentication' | 'startRegistration'> = Parameters<
  Awaited<ReturnType<typeof authenticators>>[Start]
>[0]['optionsJSON'];

/** Where passkeys can be used: here, at another address of this server, or nowhere as far as this browser can tell. */
export const placeOf = ({ passkey }: Pick<Ways, 'passkey'>): 'here' | 'elsewhere' | null => {
  if (passkey === null) return null;
  if (passkey.origin !== location.origin) return 'elsewhere';
  return window.PublicKeyCredential === undefined ? null : 'here';
};

/**
 * The authenticator gave no answer: `none`: nobody wanted, it has no passkey for this, or it took too long; `known`: it
 * has one for this account already.
 */
export class NoAnswer extends Error {
  readonly why: 'none' | 'known';
  constructor(message: string, why: 'none' | 'known') {
    super(message);
    this.why = why;
  }
}

/** What it answered. Browsers tell nobody more of why there is no answer, or which passkeys are there. */
const answered = async <Answer>(asking: Promise<Answer>): Promise<Answer> => {
  try {
    return await asking;
  } catch (error) {
    const { name, message } = error instanceof Error ? error : { name: '', message: String(error) };
    if (name === 'InvalidStateError') throw new NoAnswer(message, 'known');
    throw name === 'NotAllowedError' || name === 'AbortError' ? new NoAnswer(message, 'none') : new Error(message);
  }
};

/** Sends JSON. Fails with the server's words against it, and with `Unreachable`. */
const sent = async <Body>(path: string, body: unknown): Promise<Body> => {
  const response = await request(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(body),
  });
  const told = await answerOf<Body & { readonly message?: string }>(response);
  if (!response.ok) throw new Error(told.message ?? `the server answered ${response.status}`);
  return told;
};

/** Signs in. Returns the server's words against it, or null. Fails with `NoAnswer`, and with what went wrong. */
export const enterByPasskey = async (): Promise<string | null> => {
  const { startAuthentication } = await authenticators();
  const optionsJSON = await sent<Options<'startAuthentication'>>('auth/passkey/options', {});
  return enter('auth/passkey/session', { credential: await answered(startAuthentication({ optionsJSON })) });
};

/** Makes one for the account that is signed in. Fails with `NoAnswer`, the server’s words, and what went wrong. */
export const addPasskey = async (name: string): Promise<void> => {
  const { startRegistration } = await authenticators();
  const optionsJSON = await sent<Options<'startRegistration'>>('auth/passkey/registration/options', {});
  const credential = await answered(startRegistration({ optionsJSON }));
  await sent('auth/passkey/registration', { name, credential });
};
