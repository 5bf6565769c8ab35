/** Invitations: who is let in, and taken back before they came (spec/sign-in 11). */
import { DAY_MS } from '../../domain/day.ts';
import { KtError } from '../../domain/errors.ts';
import { makeSecret } from '../auth/secrets.ts';
import type { Viewer } from '../auth/viewer.ts';
import * as removal from '../storage/account-removal.ts';
import { lockAccount } from '../storage/changes.ts';
import * as claims from '../storage/claims.ts';
import type { Tx } from '../storage/database.ts';
import * as instance from '../storage/instance.ts';
import * as people from '../storage/people.ts';
import * as users from '../storage/users.ts';
import { addressOf } from './accounts.ts';
import { byEmail, byId, makeAct, noteBoth, noteOwn, type By } from './acting.ts';
import type { Deps } from './deps.ts';

/** How long an invitation is good, in ms. */
const GOOD_FOR = 7 * DAY_MS;

/** An invitation that was just made: `claim` is returned only this once, and is what the link holds behind its #. */
export type Invitation = {
  readonly id: string;
  readonly email: string;
  readonly isAdmin: boolean;
  readonly claim: string;
  readonly expiresAt: Date;
};

/** Whose invitation is withdrawn. */
type Withdrawn = { readonly id: string; readonly email: string };

export const makeInvitations = ({ database, hostname, now }: Pick<Deps, 'database' | 'hostname' | 'now'>) => {
  const act = makeAct({ database });

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
      if (admin && (await people.mark(tx, user.account, at))) await noteBoth(tx, actor, user, 'admin_set', at);
      const { text, hash } = makeSecret('claim');
      const expiresAt = new Date(at.getTime() + GOOD_FOR);
      await claims.create(tx, { account: user.account, claimHash: hash, at, expiresAt, invites: true });
      await noteBoth(tx, actor, user, 'invited', at);
      const isAdmin = (await people.adminOf(tx, user.account)) !== null;
      return { id: user.id, email, isAdmin, claim: text, expiresAt };
    });
  };

  const withdraw = (by: By, whom: (tx: Tx) => Promise<users.UserRow>): Promise<Withdrawn> =>
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
      await noteOwn(tx, actor, email, 'invitation_withdrawn', now());
      return { id, email };
    });

  return {
    /**
     * Makes a link for somebody, good for seven days and once, and their account if there is none. One that was made
     * for them before is void. Fails with `conflict` for who has come in already.
     */
    invite: (viewer: Viewer, email: string, admin: boolean): Promise<Invitation> => invite(viewer, { email, admin }),

    /** Deletes the account of somebody who never came. Fails with `not_found`, and with `conflict` for who did. */
    withdraw: (viewer: Viewer, id: string): Promise<Withdrawn> => withdraw(viewer, (tx) => byId(tx, id)),

    /** `invite` for the operator. */
    inviteUser: ({ email, admin }: { email: string; admin: boolean }): Promise<Invitation> =>
      invite(null, { email, admin }),

    /** `withdraw` for the operator, by the address. */
    withdrawUser: ({ email }: { email: string }): Promise<Withdrawn> => withdraw(null, (tx) => byEmail(tx, email)),
  };
};
