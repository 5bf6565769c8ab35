import { KtError } from '../../domain/errors.ts';
import { isUuid } from '../../domain/uuid.ts';
import { makeKeyCheck } from '../auth/authenticate.ts';
import { hashOfSecret } from '../auth/secrets.ts';
import { OF_SESSIONS } from '../auth/session.ts';
import type { Viewer } from '../auth/viewer.ts';
import { note } from '../storage/account-log.ts';
import * as claims from '../storage/claims.ts';
import { run, transaction, type Tx } from '../storage/database.ts';
import * as people from '../storage/people.ts';
import * as sessions from '../storage/sessions.ts';
import * as users from '../storage/users.ts';
import type { Deps } from './deps.ts';
import { newSession, type Browser, type NewSession } from './new-session.ts';

export type { SessionRow } from '../storage/sessions.ts';

/** How long what ended is kept, to say so to a browser that comes back, in ms: 30 days. */
const KEPT = 30 * 86_400_000;

/** Browsers that sign in, and out. */
export const makeSessions = ({ database, feed, now }: Deps) => {
  const checkKey = makeKeyCheck(database, now, OF_SESSIONS);

  const make = (tx: Tx, of: Parameters<typeof newSession>[1], browser: Browser): Promise<NewSession> =>
    newSession(tx, of, browser, now());

  /** Ends sessions, and with them what subscribes by them: here at once, elsewhere when it is told. */
  const end = async ({ account, address }: Viewer, which: sessions.Which): Promise<number> => {
    const ended = await transaction(database, async (tx) => {
      if ('allBut' in which) await claims.dropUnused(tx, account);
      const at = now();
      const count = await sessions.end(tx, account, which, at);
      const what = count === 1 ? 'a browser' : `${count} browsers`;
      if (count > 0) await note(tx, account, at, { kind: 'signed_out', what, address });
      return count;
    });
    feed.look();
    return ended;
  };

  return {
    /**
     * Signs a browser in with an API key; the session ends with the key. Fails as a request with that key does, and
     * with `forbidden` for a key that is bound to a device: it is that device's, and a session would act for all.
     */
    signIn: async (key: string, browser: Browser): Promise<NewSession> => {
      const { account, userId, id: keyId, deviceId } = await checkKey(key, browser.address);
      if (deviceId !== null)
        throw new KtError(
          'forbidden',
          'this API key is bound to a device, and signs no browser in: ' +
            'take another, or make one with "kt-server generate-key --email YOU"',
        );
      return transaction(database, async (tx) => {
        const email = await users.emailOf(tx, account);
        return make(tx, { account, userId, email, way: 'key', keyId }, browser);
      });
    },

    /**
     * Signs a browser in with what a link holds, once. Fails with `unauthenticated` where the link was used before, is
     * too old, or never was; `reason` is then `used`, `expired` or `unknown`.
     */
    claim: async (claim: string, browser: Browser): Promise<NewSession> => {
      const refuse = (reason: 'used' | 'expired' | 'unknown', why: string, invites = false): never => {
        const another = invites
          ? 'ask who invited you for another link'
          : '"kt-server login-link --email YOU" makes another, or sign in with an API key';
        throw new KtError('unauthenticated', `this ${invites ? 'invitation' : 'link'} ${why}: ${another}`, { reason });
      };
      const hash = hashOfSecret('claim', claim) ?? refuse('unknown', 'is not whole');
      return transaction(database, async (tx) => {
        const at = now();
        const found = (await claims.use(tx, hash, at)) ?? refuse('unknown', 'is not known here');
        const { mine, invites } = found;
        // Whoever came in otherwise has the account: no link that others made leads there any more.
        if (mine && (!invites || (await people.came(tx, found.account))))
          return { ...(await make(tx, { ...found, way: 'link' }, browser)), invited: invites };
        if (mine || found.expiresAt > at) return refuse('used', 'was used already, and works once', invites);
        return invites
          ? refuse('expired', 'has expired, or a newer one took its place', true)
          : refuse('expired', 'is older than an hour');
      });
    },

    /**
     * Signs a browser in as whom a trusted proxy names, by the address of the account. Fails with `forbidden` where
     * there is none: the proxy makes no accounts.
     */
    byTrustedProxy: (email: string, browser: Browser): Promise<NewSession> =>
      transaction(database, async (tx) => {
        const user = await users.findByEmail(tx, email.toLowerCase());
        if (!user)
          throw new KtError(
            'forbidden',
            `there is no account ${JSON.stringify(email)} here, as the proxy calls you: its operator makes one`,
            { reason: 'no_account' },
          );
        return make(tx, { account: user.account, userId: user.id, email: user.email, way: 'proxy' }, browser);
      }),

    /** Whose account a viewer is in. */
    who: async ({ account, userId }: Viewer): Promise<{ id: string; email: string }> => ({
      id: userId,
      email: await run(database, (tx) => users.emailOf(tx, account)),
    }),

    /** The browsers that are signed in, those seen last first. */
    list: ({ account }: Viewer): Promise<sessions.SessionRow[]> =>
      run(database, (tx) => sessions.live(tx, account, now())),

    /** Signs a browser out: the viewer's own where no session is named. False where there was none to end. */
    revoke: async (viewer: Viewer, id: string | null = viewer.sessionId): Promise<boolean> =>
      id !== null && isUuid(id) && (await end(viewer, { only: id })) > 0,

    /**
     * Signs all browsers out, but the viewer's own where `exceptCurrent`, and ends the links that were not used;
     * returns how many browsers.
     */
    revokeAll: (viewer: Viewer, exceptCurrent = false): Promise<number> =>
      end(viewer, { allBut: exceptCurrent ? viewer.sessionId : null }),

    /** Deletes what ended long ago; returns how many sessions and claims. */
    sweep: async (): Promise<number> => {
      const before = new Date(now().getTime() - KEPT);
      return run(database, async (tx) => (await sessions.sweep(tx, before)) + (await claims.sweep(tx, before)));
    },
  };
};
