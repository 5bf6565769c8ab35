/** Who may do what, as the tests say it themselves: which credential is enough for which need. */
import * as assert from 'uvu/assert';
import type { Need } from '../../server/auth/scope.ts';
import { APP_URL } from '../support/test-server.ts';
import type { Credential, Target } from './credentials.ts';

/** What a request comes to: it was let in, or refused with this status before anything of it was done. */
export type Outcome = 'in' | 401 | 403 | 404;

/** Who is let in by what declares a need, apart from what a device's key may do for that device alone. */
export const ENOUGH: Record<Need, readonly Credential[]> = {
  nobody: ['none', 'full', 'read', 'push', 'bound', 'other', 'session', 'admin'],
  sync: ['full', 'read', 'push', 'bound', 'other', 'session', 'admin'],
  pass: ['full', 'push', 'bound', 'other', 'session', 'admin'],
  read: ['full', 'read', 'session', 'admin'],
  full: ['full', 'session', 'admin'],
  admin: ['admin'],
};
export const isCookie = (credential: Credential): boolean => ['session', 'forged'].includes(credential);
export const isKnown = (credential: Credential): boolean =>
  !['none', 'wrong', 'expired', 'revoked'].includes(credential);
export const outcomeOf = (need: Need, credential: Credential): Outcome =>
  ENOUGH[need].includes(credential) ? 'in' : isKnown(credential) ? 403 : 401;

export type Reply = { readonly status: number; readonly text: string };

/** What a response says; of a stream without an end, its beginning. */
export const read = async (response: Response): Promise<Reply> => {
  const { status, headers } = response;
  if (!headers.get('content-type')?.startsWith('text/event-stream')) return { status, text: await response.text() };
  const reader = response.body!.getReader();
  const { value } = await reader.read();
  await reader.cancel();
  return { status, text: new TextDecoder().decode(value) };
};

export type Headed = Readonly<Record<string, string>>;

/** Asks the server's GraphQL API. */
export const askText = async ({ app }: Pick<Target, 'app'>, headers: Headed, query: string): Promise<Reply> => {
  const response = await app.fetch(`${APP_URL}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: query.startsWith('subscription') ? 'text/event-stream' : 'application/json',
      ...headers,
    },
    body: JSON.stringify({ query }),
  });
  return read(response);
};

/** What GraphQL's answer comes to. */
export const graphqlOutcome = ({ status, text }: Reply): Outcome => {
  assert.ok(status < 500 && !text.includes('"INTERNAL"'), text);
  if (status === 401) return 401;
  // A field that a key's device is not for is refused by itself, in a response with the others.
  return status === 403 || /can not act as|register the device with it first/.test(text) ? 403 : 'in';
};
