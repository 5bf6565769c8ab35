import { KtError } from '../../domain/errors.ts';
import { mustBeEnough } from '../auth/scope.ts';
import type { Viewer } from '../auth/viewer.ts';
import * as keys from '../storage/api-keys.ts';
import type { Tx } from '../storage/database.ts';
import * as sessions from '../storage/sessions.ts';

/** The session of a browser, for what its person alone may do. */
export type OwnSession = { readonly account: number; readonly sessionId: string };

/**
 * The session by which a person adds a way in to the account. Fails with `forbidden` for a key, and for a session that
 * may not do everything: by another way in it would have more than its key has.
 */
export const sessionThatAdds = ({ account, via, scope, sessionId }: Viewer, what: string): OwnSession => {
  if (via !== 'session' || sessionId === null)
    throw new KtError('forbidden', `${what} takes a person in a signed-in browser: sign in first`);
  mustBeEnough(scope, 'full', what);
  return { account, sessionId };
};

/**
 * Fails with `unauthenticated` if the session has ended meanwhile, and with `forbidden` if its key is going to: what it
 * adds would let in for longer.
 */
export const mustAdd = async (tx: Tx, { account, sessionId }: OwnSession, what: string, at: Date): Promise<void> => {
  const session = await sessions.madeWith(tx, account, sessionId, at);
  if (!session)
    throw new KtError('unauthenticated', 'the session that began this has ended: sign in again, then begin anew', {
      reason: 'revoked',
    });
  const key = session.keyId === null ? null : await keys.find(tx, account, session.keyId);
  if (key?.expiresAt)
    throw new KtError(
      'forbidden',
      `${what} takes a browser that signed in otherwise: the API key that this one signed in with expires, and what ` +
        'is added would last longer',
      { reason: 'ending' },
    );
};
