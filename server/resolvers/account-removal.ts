import { KtError } from '../../domain/errors.ts';
import * as removal from '../storage/account-removal.ts';
import { lockToDelete } from '../storage/changes.ts';
import { list } from '../storage/buckets.ts';
import { run, transaction, type Tx } from '../storage/database.ts';
import * as imports from '../storage/imports.ts';
import { countsOf } from '../storage/trash.ts';
import * as users from '../storage/users.ts';
import type { Deps } from './deps.ts';
import { yieldToOthers } from './yield-to-others.ts';

/** What is deleted with an account. `id` identifies it, because its address could be given to another meanwhile. */
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

/** Rows that are deleted at a time: on the embedded engine all requests wait meanwhile, about 100 ms. */
const PIECE = 2_000;

/** The user with this address, as people write it. Fails with `not_found`. */
export const findUser = async ({ database }: Pick<Deps, 'database'>, email: string): Promise<users.UserRow> => {
  const user = await run(database, (tx) => users.findByEmail(tx, email.trim().toLowerCase()));
  if (!user)
    throw new KtError('not_found', `there is no user ${JSON.stringify(email)}: "kt-server users list" shows them`);
  return user;
};

/** Deletes accounts, for the operator at the server's own command line. */
export const makeAccountRemoval = ({ database, feed, now }: Deps) => ({
  /** Fails with `not_found`. */
  accountContents: async ({ email }: { email: string }): Promise<AccountContents> => {
    const user = await findUser({ database }, email);
    const { devices, keys, settings, buckets } = await run(database, (tx) => removal.belongingsOf(tx, user.account));
    const rows = await run(database, (tx) => list(tx, user.account));
    let trashed = 0;
    for (const { number } of buckets) {
      trashed += (await run(database, (tx) => countsOf(tx, user.account, [number]))).get(number) ?? 0;
      await yieldToOthers(user.account);
    }
    return {
      id: user.id,
      email: user.email,
      devices,
      buckets: buckets.length,
      events: rows.reduce((sum, { eventRows }) => sum + eventRows, 0),
      trashed,
      keys,
      settings,
    };
  },

  /**
   * Deletes an account and everything in it. First its keys are revoked and its browsers signed out, so that nobody
   * uses it any more and its subscriptions end; then the data goes in parts, so that no other account waits for a
   * million events. If it is interrupted, the account is left without keys, and deleting it again finishes the work.
   * Returns how many events were deleted. Fails with `not_found`, and with `conflict` if the address belongs to another
   * account by now.
   */
  deleteAccount: async ({ email, id }: { email: string; id: string }): Promise<{ events: number }> => {
    const user = await findUser({ database }, email);
    if (user.id !== id)
      throw new KtError('conflict', `${email} is another account than the one that was shown: look again`);
    const { account } = user;
    await transaction(database, async (tx) => {
      await lockToDelete(tx, account);
      await removal.revokeAll(tx, account, now());
    });
    feed.look();
    const inParts = async (part: (tx: Tx) => Promise<number>): Promise<boolean> => {
      for (let any = false; ; any = true) {
        const rows = await transaction(database, async (tx) => {
          await lockToDelete(tx, account);
          return part(tx);
        });
        await yieldToOthers(account);
        if (rows === 0) return any;
      }
    };
    let gone = 0;
    // Requests that were in progress when the keys were revoked can still write: repeat until nothing is left.
    for (let left = true; left; ) {
      left = false;
      const { buckets, imports: staged } = await run(database, (tx) => removal.belongingsOf(tx, account));
      for (const bucket of buckets)
        if (
          await inParts(async (tx) => {
            const { rows, events } = await removal.dropSome(tx, bucket, PIECE);
            gone += events;
            return rows;
          })
        )
          left = true;
      for (const key of staged)
        while ((await run(database, (tx) => imports.dropAny(tx, key, PIECE))) > 0) await yieldToOthers(account);
      if (await inParts((tx) => removal.dropValues(tx, account, PIECE))) left = true;
    }
    await transaction(database, async (tx) => {
      await users.lockAll(tx);
      await lockToDelete(tx, account);
      await removal.remove(tx, account);
    });
    feed.look();
    return { events: gone };
  },
});
