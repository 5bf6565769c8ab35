/** Who is on this server, and who administers it (spec/sign-in 11). */
import { KtError } from '../../domain/errors.ts';
import type { Viewer } from '../auth/viewer.ts';
import { run, type Tx } from '../storage/database.ts';
import * as people from '../storage/people.ts';
import type * as users from '../storage/users.ts';
import type { makeAccountRemoval } from './account-removal.ts';
import { actorOf, byEmail, byId, makeAct, noteBoth, type By } from './acting.ts';
import type { Deps } from './deps.ts';

export type { PersonRow } from '../storage/people.ts';

/** The most people of a page. */
export const MOST_PEOPLE = 200;
/** People at a time, for the operator. */
const PAGE = 500;

export const makePeople = (
  { database, now }: Pick<Deps, 'database' | 'now'>,
  { deleteAccount }: Pick<ReturnType<typeof makeAccountRemoval>, 'deleteAccount'>,
) => {
  const act = makeAct({ database });

  const mark = (by: By, whom: (tx: Tx) => Promise<users.UserRow>, on: boolean): Promise<people.PersonRow> =>
    act(by, async (tx, actor) => {
      const user = await whom(tx);
      const { account } = user;
      if (!on && by !== null && !(await people.isAnotherAdmin(tx, account)))
        throw new KtError('conflict', `${user.email} is the last who administers this server: name another first`);
      if (await people.mark(tx, account, on ? now() : null))
        await noteBoth(tx, actor, user, on ? 'admin_set' : 'admin_unset', now());
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
        await noteBoth(tx, actor, whom, 'account_deleted', now());
        return whom;
      });
      return deleteAccount({ email: user.email, id: user.id });
    },

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
