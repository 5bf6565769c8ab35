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

/** The authenticator gave no answer: nobody wanted, none has a passkey for this, or it took too long. */
export class NoAnswer extends Error {}

/** What it answered. Browsers tell nobody why there is no answer, or which passkeys are there. */
const answered = async <Answer>(asking: Promise<Answer>): Promise<Answer> => {
  try {
    return await asking;
  } catch (error) {
    const { name, message } = error instanceof Error ? error : { name: '', message: String(error) };
    throw name === 'NotAllowedError' || name === 'AbortError' ? new NoAnswer(message) : new Error(message);
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
