import { KtError } from '../../domain/errors.ts';
import type { Viewer } from '../auth/viewer.ts';
import { run } from '../storage/database.ts';
import * as users from '../storage/users.ts';
import type { AccountContents, makeAccountRemoval } from './account-removal.ts';
import type { Deps } from './deps.ts';

/** A person's own account: what goes with it, and its end. */
export const makeOwnAccount = (
  { database }: Pick<Deps, 'database'>,
  { accountContents, deleteAccount }: ReturnType<typeof makeAccountRemoval>,
) => {
  const emailOf = ({ account }: Viewer): Promise<string> => run(database, (tx) => users.emailOf(tx, account));
  return {
    /** What would be deleted with the viewer's account. */
    contents: async (viewer: Viewer): Promise<AccountContents> => accountContents({ email: await emailOf(viewer) }),

    /**
     * Deletes the viewer's account with everything in it. `email` is its address, typed. Returns how many events went.
     * Fails with `forbidden` unless a browser asks: a key lies in files of devices, and whoever finds one must not be
     * able to do this. With `invalid` for another address.
     */
    delete: async (viewer: Viewer, email: string): Promise<{ readonly events: number }> => {
      if (viewer.via !== 'session')
        throw new KtError(
          'forbidden',
          'an account is deleted by its owner in a signed-in browser, or by "kt-server users delete" on the server',
        );
      const own = await emailOf(viewer);
      if (email.trim().toLowerCase() !== own)
        throw new KtError('invalid', `that is not the address of this account: type ${own} to delete it`);
      return deleteAccount({ email: own, id: viewer.userId });
    },
  };
};
