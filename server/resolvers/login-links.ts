import { makeSecret } from '../auth/secrets.ts';
import { note } from '../storage/account-log.ts';
import * as claims from '../storage/claims.ts';
import { portOf, run, transaction } from '../storage/database.ts';
import * as users from '../storage/users.ts';
import { findUser } from './account-removal.ts';
import type { Deps } from './deps.ts';

/** What a link to sign in with holds behind its #: it works once, for an hour. */
export type LoginLink = { readonly claim: string; readonly email: string; readonly expiresAt: Date };

/** How long a link works, in ms. */
const GOOD_FOR = 3_600_000;

/** Links that sign a browser in, for the operator at the server's own command line. */
export const makeLoginLinks = ({ database, now }: Deps) => {
  const make = async ({ account, email }: { account: number; email: string }): Promise<LoginLink> => {
    const { text, hash } = makeSecret('claim');
    const at = now();
    const expiresAt = new Date(at.getTime() + GOOD_FOR);
    await transaction(database, async (tx) => {
      await claims.create(tx, { account, claimHash: hash, at, expiresAt });
      await note(tx, account, at, { kind: 'link_made', what: '', address: null });
    });
    return { claim: text, email, expiresAt };
  };
  return {
    /** A link for this user. Fails with `not_found`. */
    loginLink: async ({ email }: { email: string }): Promise<LoginLink> => make(await findUser({ database }, email)),

    /** A link for the server's first user, whose terminal it was started from; null where there is no user yet. */
    firstLoginLink: async (): Promise<LoginLink | null> => {
      const first = await users.first(portOf(database));
      if (!first) return null;
      const email = await run(database, (tx) => users.emailOf(tx, first.account));
      return make({ account: first.account, email });
    },
  };
};
