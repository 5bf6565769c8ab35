/** Whom providers of OpenID Connect know people as, and the sessions that come of it (spec/sign-in 5). */
import { KtError } from '../../domain/errors.ts';
import { isUuid } from '../../domain/uuid.ts';
import type { Viewer } from '../auth/viewer.ts';
import { lockAccount } from '../storage/changes.ts';
import { note } from '../storage/account-log.ts';
import { run, transaction, type Tx } from '../storage/database.ts';
import * as identities from '../storage/identities.ts';
import * as instance from '../storage/instance.ts';
import * as sessions from '../storage/sessions.ts';
import { findUser } from './account-removal.ts';
import type { Deps } from './deps.ts';
import { newSession, type Browser, type NewSession } from './new-session.ts';
import { mustAdd, sessionThatAdds, type OwnSession } from './new-way-in.ts';
import { mustBeAdmitted, signedUp, unknown, type Person, type SignInPolicy } from './provider-sign-up.ts';

export { MOST as MOST_IDENTITIES, type IdentityRow } from '../storage/identities.ts';

const CONNECTING = 'connecting a sign-in';

/** The largest ID token that is kept, in characters: one with hundreds of groups is not. */
const MOST_TOKEN = 8_000;

/** Ends sessions, and with them what subscribes by them. */
const ending = async (
  { database, feed }: Pick<Deps, 'database' | 'feed'>,
  work: (tx: Tx) => Promise<number>,
): Promise<number> => {
  const ended = await transaction(database, work);
  if (ended > 0) feed.look();
  return ended;
};

export const makeIdentities = ({ database, feed, hostname, now }: Deps) => {
  const end = (work: (tx: Tx) => Promise<number>) => ending({ database, feed }, work);

  return {
    /**
     * Signs a browser in as whom a provider named. Fails with `forbidden` for whom the policy does not let in; an
     * address that is an account's already never does.
     */
    enter: (person: Person, policy: SignInPolicy, browser: Browser): Promise<NewSession> =>
      transaction(database, async (tx) => {
        mustBeAdmitted(person, policy.name);
        const known = await identities.find(tx, person);
        if (!known && policy.signup === 'invite') throw await unknown(tx, person, policy);
        const of = known ?? (await signedUp(tx, person, policy.name, { hostname, at: now() }));
        const at = now();
        const { email, providerSession, idToken } = person;
        await identities.touch(tx, { account: of.account, id: of.id, email, at });
        const kept = idToken !== null && idToken.length <= MOST_TOKEN ? idToken : null;
        const byProvider = { identityId: of.id, providerSession, idToken: kept };
        return newSession(tx, { ...of, way: 'provider', byProvider }, browser, at);
      }),

    /** The session that a person connects a provider by. Fails with `forbidden` for who may not. */
    whoConnects: (viewer: Viewer): OwnSession => sessionThatAdds(viewer, CONNECTING),

    /**
     * Connects whom a provider named with the account of a session that began it. Fails with `unauthenticated` if that
     * has ended, with `forbidden` if it is going to, and with `conflict` for whom another account is connected with.
     */
    connect: (person: Person, session: OwnSession, { name }: SignInPolicy, address: string | null): Promise<void> =>
      transaction(database, async (tx) => {
        mustBeAdmitted(person, name);
        await mustAdd(tx, session, CONNECTING, now());
        await add(tx, { ...person, account: session.account, at: now() }, name, address);
      }),

    /** An account's identities, oldest first. */
    list: ({ account }: Viewer): Promise<identities.IdentityRow[]> =>
      run(database, (tx) => identities.list(tx, account)),

    /** Takes an identity from the account, and signs out who came in by it. False where there is none. */
    disconnect: async ({ account, address }: Viewer, id: string): Promise<boolean> => {
      if (!isUuid(id)) return false;
      return (await end((tx) => dropped(tx, account, id, now(), address))) > 0;
    },

    /**
     * Ends the sessions that a provider says have ended: of a person, of one of the provider's sessions, or both.
     * Those that began after `before` go on. Returns how many ended.
     */
    signedOutThere: ({
      issuer,
      subject,
      providerSession,
      before,
    }: {
      issuer: string;
      subject: string | null;
      providerSession: string | null;
      before: Date;
    }): Promise<number> =>
      end(async (tx) => {
        const meant: { account: number; identityId: string }[] = [];
        if (subject !== null) {
          const known = await identities.find(tx, { issuer, subject });
          if (known) meant.push({ account: known.account, identityId: known.id });
        } else if (providerSession !== null) {
          meant.push(...(await identities.byProviderSession(tx, issuer, providerSession)));
        }
        let ended = 0;
        for (const { account, identityId } of meant)
          ended += await sessions.end(tx, account, { identityId, providerSession, before }, now());
        return ended;
      }),

    /** The ID token of the viewer's session; null where no provider made it, or the token was too large to keep. */
    idTokenOf: async ({ account, sessionId }: Viewer): Promise<string | null> =>
      sessionId === null ? null : run(database, (tx) => sessions.idTokenOf(tx, account, sessionId)),

    /** What the cookies of sign-ins are sealed with. */
    seal: (): Promise<Uint8Array> => run(database, (tx) => instance.seal(tx)),
  };
};

/** The same for the operator, at the server's own command line. */
export const makeOperatedIdentities = ({ database, feed, now }: Pick<Deps, 'database' | 'feed' | 'now'>) => ({
  /** Connects a user with whom a provider names, for the operator. Fails with `not_found`, and with `conflict`. */
  connectUser: async ({ email, issuer, subject }: identities.Named & { email: string }): Promise<{ email: string }> => {
    if (subject === '' || subject.length > 255)
      throw new KtError('invalid', 'a subject has 1 to 255 characters: the page that refused the sign-in shows it');
    const user = await findUser({ database }, email);
    await transaction(database, (tx) =>
      add(tx, { account: user.account, issuer, subject, email: null, at: now() }, issuer, null),
    );
    return { email: user.email };
  },

  /** A user’s identities, for the operator. Fails with `not_found`. */
  identitiesOf: async ({ email }: { email: string }): Promise<identities.IdentityRow[]> => {
    const { account } = await findUser({ database }, email);
    return run(database, (tx) => identities.list(tx, account));
  },

  /** Takes an identity from a user, and signs out who came in by it. Fails with `not_found`. */
  disconnectUser: async ({ email, issuer, subject }: identities.Named & { email: string }): Promise<void> => {
    const { account } = await findUser({ database }, email);
    const ended = await ending({ database, feed }, async (tx) => {
      const known = await identities.find(tx, { issuer, subject });
      return known?.account === account ? dropped(tx, account, known.id, now(), null) : 0;
    });
    if (ended === 0)
      throw new KtError('not_found', `${email} is not connected with ${JSON.stringify(subject)} at ${issuer}`);
  },
});

const add = async (
  tx: Tx,
  identity: identities.Named & { account: number; email: string | null; at: Date },
  name: string,
  address: string | null,
): Promise<void> => {
  await lockAccount(tx, identity.account);
  const there = await identities.list(tx, identity.account);
  if (there.some(({ issuer, subject }) => issuer === identity.issuer && subject === identity.subject)) return;
  if (there.length >= identities.MOST)
    throw new KtError(
      'conflict',
      `an account is connected with ${identities.MOST} sign-ins at most: remove one first`,
      {
        reason: 'full',
      },
    );
  if ((await identities.create(tx, identity)) === null)
    throw new KtError('conflict', `you at ${name} are connected with another account here: disconnect it there first`, {
      reason: 'connected',
    });
  const { account, at } = identity;
  await note(tx, account, at, { kind: 'connected', what: called(identity), address });
};

/** An identity in its account's log. */
const called = ({ issuer, subject, email }: identities.Named & { email: string | null }): string =>
  `${email ?? subject} (${issuer})`;

/** Takes an identity away with its sessions; 1 where it was there. */
const dropped = async (tx: Tx, account: number, id: string, at: Date, address: string | null): Promise<number> => {
  await lockAccount(tx, account);
  await sessions.end(tx, account, { identityId: id, providerSession: null, before: at }, at);
  const gone = await identities.drop(tx, account, id);
  if (!gone) return 0;
  await note(tx, account, at, { kind: 'disconnected', what: called(gone), address });
  return 1;
};
