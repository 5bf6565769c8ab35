/** Who is on this server: invitations, and who administers it (spec/sign-in 11). */
import { DAY_MS } from '../../domain/day.ts';
import { KtError } from '../../domain/errors.ts';
import { isUuid } from '../../domain/uuid.ts';
import { mustBeEnough } from '../auth/scope.ts';
import { makeSecret } from '../auth/secrets.ts';
import type { Viewer } from '../auth/viewer.ts';
import { note, type LogKind } from '../storage/account-log.ts';
import * as removal from '../storage/account-removal.ts';
import { lockAccount } from '../storage/changes.ts';
import * as claims from '../storage/claims.ts';
import { run, transaction, type Tx } from '../storage/database.ts';
import * as instance from '../storage/instance.ts';
import * as people from '../storage/people.ts';
import * as users from '../storage/users.ts';
import type { makeAccountRemoval } from './account-removal.ts';
import { addressOf } from './accounts.ts';
import type { Deps } from './deps.ts';

export type { PersonRow } from '../storage/people.ts';

/** How long an invitation is good, in ms. */
const GOOD_FOR = 7 * DAY_MS;

/** The most people of a page. */
export const MOST_PEOPLE = 200;
/** People at a time, for the operator. */
const PAGE = 500;

/** An invitation that was just made: `claim` is returned only this once, and is what the link holds behind its #. */
export type Invitation = {
  readonly id: string;
  readonly email: string;
  readonly isAdmin: boolean;
  readonly claim: string;
  readonly expiresAt: Date;
};

/** Who acts: an administrator; null: the operator, at the server's own command line. */
type By = Viewer | null;

/** An administrator as the logs name them; all null for the operator. */
type Actor = { readonly account: number | null; readonly email: string | null; readonly address: string | null };

const noAdmin = (): KtError =>
  new KtError(
    'forbidden',
    'this is for who administers this server: its operator names them with "kt-server users admin EMAIL --on"',
  );

export const makePeople = (
  { database, hostname, now }: Deps,
  { deleteAccount }: Pick<ReturnType<typeof makeAccountRemoval>, 'deleteAccount'>,
) => {
  /**
   * Who acts. Fails with `forbidden` unless that is an administrator with a session or a key that may do everything,
   * and is bound to no device: one that is lies in files of that device.
   */
  const actorOf = async (tx: Tx, by: By): Promise<Actor> => {
    if (by === null) return { account: null, email: null, address: null };
    mustBeEnough(by.scope, 'full', 'administering the server');
    const email = by.boundTo === null ? await people.adminOf(tx, by.account) : null;
    if (email === null) throw noAdmin();
    return { account: by.account, email, address: by.address };
  };

  /** Notes what was done to somebody, in their log and in that of who did it. */
  const noteBoth = async (tx: Tx, { account, email, address }: Actor, whom: users.UserRow, kind: LogKind) => {
    const happening = { kind, what: email === null ? whom.email : `${whom.email}, by ${email}`, address };
    await note(tx, whom.account, now(), happening);
    if (account !== null && account !== whom.account) await note(tx, account, now(), happening);
  };

  /** The same where they are gone: in that of who did it, if that is one. */
  const noteOwn = async (tx: Tx, { account, address }: Actor, what: string, kind: LogKind) => {
    if (account !== null) await note(tx, account, now(), { kind, what, address });
  };

  /** Those who act on users, one after the other; who acts is looked up when it is their turn. */
  const act = <T>(by: By, work: (tx: Tx, actor: Actor) => Promise<T>): Promise<T> =>
    transaction(database, async (tx) => {
      await users.lockAll(tx);
      return work(tx, await actorOf(tx, by));
    });

  const found = (user: users.UserRow | null, what: string): users.UserRow => {
    if (!user) throw new KtError('not_found', `there is no user ${JSON.stringify(what)}`);
    return user;
  };
  const byId = async (tx: Tx, id: string) => found(isUuid(id) ? await users.findById(tx, id) : null, id);
  const byEmail = async (tx: Tx, email: string) =>
    found(await users.findByEmail(tx, email.trim().toLowerCase()), email);

  const invite = async (by: By, { email: asked, admin }: { email: string; admin: boolean }): Promise<Invitation> => {
    const email = addressOf(asked);
    return act(by, async (tx, actor) => {
      const user = await users.findOrCreate(tx, email, { deviceId: await instance.deviceId(tx), hostname });
      const at = now();
      // Before the account's row, as who comes in by one locks them.
      await claims.endInvitations(tx, user.account, at);
      await lockAccount(tx, user.account);
      if (!user.created && (await people.find(tx, at, user.account))?.invitedAt == null)
        throw new KtError(
          'conflict',
          `${email} has an account here already, which needs no invitation: ` +
            `"kt-server login-link --email ${email}" on the server makes a link for who can't get in`,
        );
      await people.invite(tx, user.account, at);
      if (admin && (await people.mark(tx, user.account, at))) await noteBoth(tx, actor, user, 'admin_set');
      const { text, hash } = makeSecret('claim');
      const expiresAt = new Date(at.getTime() + GOOD_FOR);
      await claims.create(tx, { account: user.account, claimHash: hash, at, expiresAt, invites: true });
      await noteBoth(tx, actor, user, 'invited');
      const isAdmin = (await people.adminOf(tx, user.account)) !== null;
      return { id: user.id, email, isAdmin, claim: text, expiresAt };
    });
  };

  const withdraw = (by: By, whom: (tx: Tx) => Promise<users.UserRow>): Promise<{ id: string; email: string }> =>
    act(by, async (tx, actor) => {
      const { id, account, email } = await whom(tx);
      await claims.endInvitations(tx, account, now());
      await lockAccount(tx, account);
      if ((await people.find(tx, now(), account))?.invitedAt == null)
        throw new KtError(
          'conflict',
          `${email} has come in, so there is no invitation to withdraw: delete the account to end it`,
        );
      await removal.remove(tx, account);
      await noteOwn(tx, actor, email, 'invitation_withdrawn');
      return { id, email };
    });

  const mark = (by: By, whom: (tx: Tx) => Promise<users.UserRow>, on: boolean): Promise<people.PersonRow> =>
    act(by, async (tx, actor) => {
      const user = await whom(tx);
      const { account } = user;
      if (!on && by !== null && !(await people.isAnotherAdmin(tx, account)))
        throw new KtError('conflict', `${user.email} is the last who administers this server: name another first`);
      if (await people.mark(tx, account, on ? now() : null))
        await noteBoth(tx, actor, user, on ? 'admin_set' : 'admin_unset');
      return (await people.find(tx, now(), account))!;
    });

  return {
    /**
     * Fails with `forbidden` unless the viewer administers the server: by a session or a key of scope `full` that is
     * bound to no device.
     */
    mustBeAdmin: async (viewer: Viewer): Promise<void> => {
      await run(database, (tx) => actorOf(tx, viewer));
    },

    /** A page of the server's people, oldest account first. Fails with `invalid` for a place that is none. */
    list: async (viewer: Viewer, first: number, after: string | null): Promise<people.PersonRow[]> => {
      if (first < 0) throw new KtError('invalid', '`first` can not be negative');
      if (after !== null && !/^\d{1,9}$/.test(after))
        throw new KtError('invalid', '`after` must be the cursor of a person in the list');
      return run(database, async (tx) => {
        await actorOf(tx, viewer);
        return people.list(tx, now(), first, Number(after ?? 0));
      });
    },

    /**
     * Makes a link for somebody, good for seven days and once, and their account if there is none. One that was made
     * for them before is void. Fails with `conflict` for who has come in already.
     */
    invite: (viewer: Viewer, email: string, admin: boolean): Promise<Invitation> => invite(viewer, { email, admin }),

    /** Deletes the account of somebody who never came. Fails with `not_found`, and with `conflict` for who did. */
    withdraw: (viewer: Viewer, id: string): Promise<{ id: string; email: string }> =>
      withdraw(viewer, (tx) => byId(tx, id)),

    /** Has somebody administer the server, or not. Fails with `not_found`, and with `conflict` for the last one. */
    mark: (viewer: Viewer, id: string, on: boolean): Promise<people.PersonRow> =>
      mark(viewer, (tx) => byId(tx, id), on),

    /**
     * Deletes somebody's account with everything in it, as they could themselves (own-account.ts): by a session alone,
     * and the address typed. Returns how many events went.
     */
    remove: async (viewer: Viewer, id: string, email: string): Promise<{ readonly events: number }> => {
      if (viewer.via !== 'session')
        throw new KtError(
          'forbidden',
          'an account is deleted in a signed-in browser, or by "kt-server users delete" on the server',
        );
      const user = await act(viewer, async (tx, actor) => {
        const whom = await byId(tx, id);
        if (whom.account === viewer.account)
          throw new KtError('invalid', 'this is your own account: you delete it under Account, by "deleteAccount"');
        if (email.trim().toLowerCase() !== whom.email)
          throw new KtError('invalid', `that is not the address of this account: type ${whom.email} to delete it`);
        await noteBoth(tx, actor, whom, 'account_deleted');
        return whom;
      });
      return deleteAccount({ email: user.email, id: user.id });
    },

    /** `invite` for the operator. */
    inviteUser: ({ email, admin }: { email: string; admin: boolean }): Promise<Invitation> =>
      invite(null, { email, admin }),

    /** `withdraw` for the operator, by the address. */
    withdrawUser: ({ email }: { email: string }): Promise<{ id: string; email: string }> =>
      withdraw(null, (tx) => byEmail(tx, email)),

    /** `mark` for the operator, by the address, who may take it from the last one. Says whether there is one left. */
    markUser: async ({ email, on }: { email: string; on: boolean }): Promise<{ email: string; any: boolean }> => {
      const person = await mark(null, (tx) => byEmail(tx, email), on);
      const any = await run(database, (tx) => people.isAnotherAdmin(tx, person.account));
      return { email: person.email, any: any || person.adminSince !== null };
    },

    /**
     * A page of all users, oldest first, for the operator: what comes behind the account of this number, and the number
     * that the next page is behind; null where this is the last.
     */
    pageOfUsers: async ({ after }: { after: number }): Promise<{ users: people.PersonRow[]; next: number | null }> => {
      const users = await run(database, (tx) => people.list(tx, now(), PAGE, after));
      return { users, next: users.length < PAGE ? null : users.at(-1)!.account };
    },
  };
};
