import { KtError } from '../../domain/errors.ts';
import * as account from '../storage/account-removal.ts';
import { lockAccount } from '../storage/changes.ts';
import { run, transaction } from '../storage/database.ts';
import * as events from '../storage/events.ts';
import * as imports from '../storage/imports.ts';
import * as trash from '../storage/trash.ts';
import * as users from '../storage/users.ts';
import type { Deps } from './deps.ts';
import { yieldToOthers } from './yield-to-others.ts';

/** What goes with an account. `id` says which account was looked at: an address may be given to another. */
export type AccountContents = {
  readonly id: string;
  readonly email: string;
  readonly devices: number;
  readonly buckets: number;
  readonly events: number;
  readonly trashed: number;
  readonly keys: number;
  readonly settings: number;
};

/** Rows that go at a time: on the embedded engine everybody waits meanwhile, some 100 ms. */
const PIECE = 2_000;

/** The user with this address, as people write it. Fails with `not_found`. */
export const findUser = async ({ database }: Pick<Deps, 'database'>, email: string): Promise<users.UserRow> => {
  const user = await run(database, (tx) => users.findByEmail(tx, email.trim().toLowerCase()));
  if (!user)
    throw new KtError('not_found', `there is no user ${JSON.stringify(email)}: "kt-server users list" shows them`);
  return user;
};

/** Accounts and all that is theirs, for the person at the server's own command line, as accounts.ts. */
export const makeAccountRemoval = ({ database, feed, now }: Deps) => ({
  /** Fails with `not_found`. */
  accountContents: async ({ email }: { email: string }): Promise<AccountContents> => {
    const user = await findUser({ database }, email);
    const { devices, keys, settings, buckets } = await run(database, (tx) => account.belongingsOf(tx, user.id));
    let [stored, trashed] = [0, 0];
    for (const uuid of buckets) {
      stored += (await run(database, (tx) => events.countsOf(tx, [uuid]))).get(uuid) ?? 0;
      trashed += (await run(database, (tx) => trash.countsOf(tx, [uuid]))).get(uuid) ?? 0;
      await yieldToOthers();
    }
    return {
      id: user.id,
      email: user.email,
      devices,
      buckets: buckets.length,
      events: stored,
      trashed,
      keys,
      settings,
    };
  },

  /**
   * Deletes an account and all that is its: first its keys, so that nobody comes in any more and who is in is thrown
   * out, then what it holds, a piece at a time, so that no other account waits for a million events. What ends in the
   * middle has an account without keys, and is done again. Returns how many events went. Fails with `not_found`, and
   * `conflict` where the address is another account's by now.
   */
  deleteAccount: async ({ email, id }: { email: string; id: string }): Promise<{ events: number }> => {
    const user = await findUser({ database }, email);
    if (user.id !== id)
      throw new KtError('conflict', `${email} is another account than the one that was shown: look again`);
    await transaction(database, async (tx) => {
      await lockAccount(tx, id);
      await account.revokeAll(tx, id, now());
    });
    feed.look();
    let gone = 0;
    // What was under way when the keys went may still have made something: looked for until there is nothing.
    for (let left = true; left; ) {
      left = false;
      const { buckets, imports: staged } = await run(database, (tx) => account.belongingsOf(tx, id));
      for (const uuid of buckets) {
        for (;;) {
          const { rows, events: those } = await transaction(database, async (tx) => {
            await lockAccount(tx, id);
            return account.dropSome(tx, uuid, PIECE);
          });
          await yieldToOthers();
          if (rows === 0) break;
          left = true;
          gone += those;
        }
      }
      for (const importId of staged)
        while ((await run(database, (tx) => imports.dropAny(tx, importId, PIECE))) > 0) await yieldToOthers();
    }
    await transaction(database, async (tx) => {
      await users.lockAll(tx);
      await lockAccount(tx, id);
      await account.remove(tx, id);
    });
    feed.look();
    return { events: gone };
  },
});
