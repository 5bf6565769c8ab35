import { KtError } from '../../domain/errors.ts';
import { isUuid } from '../../domain/uuid.ts';
import type { Viewer } from '../auth/viewer.ts';
import { note } from '../storage/account-log.ts';
import { lockAccount } from '../storage/changes.ts';
import { run, transaction } from '../storage/database.ts';
import * as instance from '../storage/instance.ts';
import * as rows from '../storage/passkeys.ts';
import * as sessions from '../storage/sessions.ts';
import * as users from '../storage/users.ts';
import type { Deps } from './deps.ts';
import { isOwnName, MAX_NAME } from './new-key.ts';
import { newSession, type Browser, type NewSession } from './new-session.ts';
import { mustAdd, sessionThatAdds, type OwnSession } from './new-way-in.ts';

export { MOST as MOST_PASSKEYS, type Credential, type KnownPasskey, type PasskeyRow } from '../storage/passkeys.ts';

const ADDING = 'adding a passkey';

/** What a new passkey is made for: whom the authenticator shows, and which of the account’s it has already. */
export type PasskeyWish = {
  readonly session: OwnSession;
  readonly userId: string;
  readonly email: string;
  readonly known: Awaited<ReturnType<typeof rows.known>>;
};

/** Passkeys: what an authenticator signs people in with (spec/sign-in 12). What it says was checked before. */
export const makePasskeys = ({ database, feed, now }: Deps) => {
  const mustBeName = (name: string): string => {
    const text = name.trim();
    if (text === '' || !isOwnName(text))
      throw new KtError('invalid', `a passkey’s name has 1 to ${MAX_NAME} characters, and no control characters`);
    return text;
  };
  const notFound = (id: string): KtError =>
    new KtError('not_found', `this account has no passkey with the id ${JSON.stringify(id)}`);
  const isFull = (): KtError =>
    new KtError('too_large', `an account has at most ${rows.MOST} passkeys: remove one first`);

  return {
    /** What the cookies of sign-ins are sealed with. */
    seal: (): Promise<Uint8Array> => run(database, (tx) => instance.seal(tx)),

    /** An account’s passkeys, oldest first. */
    list: ({ account }: Viewer): Promise<rows.PasskeyRow[]> => run(database, (tx) => rows.list(tx, account)),

    /** For whom a passkey is to be made. Fails with `forbidden` for who may add none, and with `too_large`. */
    wish: async (viewer: Viewer, rpId: string): Promise<PasskeyWish> => {
      const session = sessionThatAdds(viewer, ADDING);
      const { account, userId } = viewer;
      return run(database, async (tx) => {
        await mustAdd(tx, session, ADDING, now());
        if ((await rows.list(tx, account)).length >= rows.MOST) throw isFull();
        const email = await users.emailOf(tx, account);
        return { session, userId, email, known: await rows.known(tx, account, rpId) };
      });
    },

    /**
     * Adds a passkey, by the session that began it; the challenge counts once. Fails with
     * `unauthenticated` if the session has ended, with `forbidden` if it is going to, with `invalid` for its name, with
     * `too_large` beyond MOST, and with `conflict` for a passkey that is somebody’s, and a challenge that was
     * answered before.
     */
    add: (
      { account, sessionId }: OwnSession,
      passkey: rows.Credential & { readonly name: string; readonly rpId: string },
      challenge: rows.Answered,
      address: string | null,
    ): Promise<rows.PasskeyRow> => {
      const name = mustBeName(passkey.name);
      return transaction(database, async (tx) => {
        await lockAccount(tx, account);
        const at = now();
        await mustAdd(tx, { account, sessionId }, ADDING, at);
        if (!(await sessions.answered(tx, account, sessionId, challenge)))
          throw new KtError('conflict', 'this passkey was added already, or a newer one: begin anew for another');
        if ((await rows.list(tx, account)).length >= rows.MOST) throw isFull();
        const made = await rows.create(tx, { ...passkey, name, account, at });
        if (!made) throw new KtError('conflict', 'this passkey is known here already');
        await note(tx, account, at, { kind: 'passkey_added', what: name, address });
        return made;
      });
    },

    /** The passkey that its authenticator calls so, whosever it is; null where it is nobody’s. */
    find: (credentialId: Uint8Array<ArrayBuffer>): Promise<rows.KnownPasskey | null> =>
      run(database, (tx) => rows.find(tx, credentialId)),

    /**
     * Signs a browser in by a passkey that answered a challenge, which counts once. Fails with
     * `unauthenticated` where the passkey was removed meanwhile, or answered that challenge already, or a newer one,
     * and where its counter did not grow: then it was copied.
     */
    enter: (
      passkey: rows.KnownPasskey,
      { counter, challenge }: { readonly counter: number; readonly challenge: rows.Answered },
      browser: Browser,
    ): Promise<NewSession> =>
      transaction(database, async (tx) => {
        await lockAccount(tx, passkey.account);
        const at = now();
        if (!(await rows.answered(tx, passkey, challenge, counter, at)))
          throw new KtError('unauthenticated', 'this sign-in was used already, or the passkey is gone: start again', {
            reason: 'used',
          });
        return newSession(tx, { ...passkey, way: 'passkey', passkeyId: passkey.id }, browser, at);
      }),

    /** Gives a passkey another name. Fails with `invalid`, and with `not_found`. */
    rename: async ({ account }: Viewer, id: string, name: string): Promise<rows.PasskeyRow> => {
      const text = mustBeName(name);
      return transaction(database, async (tx) => {
        await lockAccount(tx, account);
        const renamed = isUuid(id) ? await rows.rename(tx, account, id, text) : null;
        if (!renamed) throw notFound(id);
        return renamed;
      });
    },

    /** Takes a passkey from the account, and signs out who came in by it. False where there is none. */
    remove: async ({ account, address }: Viewer, id: string): Promise<boolean> => {
      if (!isUuid(id)) return false;
      const removed = await transaction(database, async (tx) => {
        await lockAccount(tx, account);
        const at = now();
        await sessions.end(tx, account, { passkeyId: id }, at);
        const gone = await rows.drop(tx, account, id);
        if (gone) await note(tx, account, at, { kind: 'passkey_removed', what: gone.name, address });
        return gone;
      });
      if (removed) feed.look(); // what subscribes by its sessions on this server ends at once
      return removed !== null;
    },
  };
};
