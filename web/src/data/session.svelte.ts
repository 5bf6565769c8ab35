/** Who this browser is to the server: `/auth/session`, and what leads to a session. */
import { answerOf, request, Unreachable, whenSignedOut } from './ask.ts';
import { reached } from './reach.svelte.ts';

export type Session =
  | { readonly state: 'asking' }
  | { readonly state: 'unreachable' }
  | {
      readonly state: 'in';
      readonly email: string;
      readonly via: 'session' | 'key' | 'none';
      /** Whether anybody on the network can read along: plain http, not on this machine. */
      readonly insecure: boolean;
    }
  | { readonly state: 'out'; readonly reason: Reason };

/** Why nobody is signed in. */
export type Reason = 'none' | 'expired' | 'revoked';

type Who = {
  readonly user: { readonly email: string };
  readonly via: 'session' | 'key' | 'none';
  readonly insecure: boolean;
};
type NotIn = { readonly message?: string; readonly reason?: Reason };

let current = $state.raw<Session>({ state: 'asking' });
export const session = (): Session => current;

const entered = ({ user, via, insecure }: Who): Session => ({ state: 'in', email: user.email, via, insecure });

/** Asks who it is now. What is shown stays while the server does not answer. */
export const askWho = async (): Promise<void> => {
  try {
    const response = await request('auth/session', { headers: { accept: 'application/json' }, cache: 'no-store' });
    if (response.ok) current = entered(await answerOf<Who>(response));
    else {
      const { reason = 'none' } = await answerOf<NotIn>(response);
      current = { state: 'out', reason };
    }
    reached();
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    if (current.state === 'asking') current = { state: 'unreachable' };
  }
};

whenSignedOut(() => void askWho());

/** Whether this page was opened by an invitation, which let its person in for the first time. */
let invited = $state(false);
export const cameInvited = (): boolean => invited;

/** Words of the server against signing in; null once it is done. Fails with `Unreachable`. */
export const enter = async (path: string, body: unknown): Promise<string | null> => {
  const response = await request(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) return (await answerOf<NotIn>(response)).message ?? `the server answered ${response.status}`;
  invited = (await answerOf<{ invited?: boolean }>(response)).invited ?? false;
  await askWho();
  return null;
};

/** Makes this browser a session by an API key. Returns the server's words against it, or null. */
export const enterByKey = (key: string): Promise<string | null> => enter('auth/session', { key });

/** The same by a claim, which works once. */
export const enterByClaim = (claim: string): Promise<string | null> => enter('auth/claim', { claim });

/** The provider by which one was signed in, who just left: it is still signed in there. */
type There = { readonly name: string; readonly url: string };
let there = $state.raw<There | null>(null);
export const stillThere = (): There | null => there;

/** Ends this browser's session. */
export const leave = async (): Promise<void> => {
  const response = await request('auth/session', { method: 'DELETE' });
  there = (await answerOf<{ provider?: There }>(response)).provider ?? null;
  await askWho();
};
