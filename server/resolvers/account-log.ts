import { DAY_MS } from '../../domain/day.ts';
import { isKtError, KtError } from '../../domain/errors.ts';
import type { Viewer } from '../auth/viewer.ts';
import * as rows from '../storage/account-log.ts';
import { holdAccount } from '../storage/changes.ts';
import { run, transaction, type Tx } from '../storage/database.ts';
import type { Deps } from './deps.ts';

export {
  KINDS as LOG_KINDS,
  WAYS as SIGN_IN_WAYS,
  type LogKind,
  type LogRow,
  type Way as SignInWay,
} from '../storage/account-log.ts';

/** How long what happened is kept, in ms. */
const KEPT = 180 * DAY_MS;

/** The most entries of a page. */
export const MOST_ENTRIES = 500;

/** Who was refused: an account's key or session that is known, and does not let in. */
export type Refused = Pick<Viewer, 'account' | 'address'>;

/**
 * An account's log, for its owner: who came in, which keys were made and revoked, which devices registered, what was
 * exported and deleted, and who was refused. What happens in a transaction is noted in the same.
 */
export const makeAccountLog = ({ database, now, onFault = () => {} }: Pick<Deps, 'database' | 'now' | 'onFault'>) => ({
  /** A page, newest first. Fails with `invalid` for a place that is none. */
  list: async ({ account }: Viewer, first: number, after: string | null): Promise<rows.LogRow[]> => {
    if (first < 0) throw new KtError('invalid', '`first` can not be negative');
    if (after !== null && !/^\d{1,18}$/.test(after))
      throw new KtError('invalid', '`after` must be the cursor of an entry of the log');
    return run(database, (tx) => rows.list(tx, account, first, after === null ? null : BigInt(after)));
  },

  /** Notes that an account's data left. */
  exported: ({ account, address }: Viewer, what: string): Promise<void> =>
    transaction(database, (tx) => rows.note(tx, account, now(), { kind: 'exported', what, address })),

  /**
   * Notes that somebody was refused, and why; the same within an hour once, so that nobody who is refused can push out
   * what there was. Nobody waits for it, and nothing fails by it.
   */
  refused: ({ account, address }: Refused, why: string): void => {
    const refusal = { kind: 'refused', what: why, address } as const;
    const noted = async (tx: Tx) => rows.isNoted(tx, account, now(), refusal);
    // Looked for without the lock first: who is refused all the time must not keep the account's writers waiting.
    transaction(database, async (tx) => {
      if (await noted(tx)) return;
      await holdAccount(tx, account);
      if (!(await noted(tx))) await rows.note(tx, account, now(), refusal);
    }).catch((error: unknown) => {
      // The account may be gone, and a database that does not answer logs that itself.
      if (!isKtError(error)) onFault(error);
    });
  },

  /** Deletes what happened too long ago; returns how many entries. */
  sweep: (): Promise<number> => run(database, (tx) => rows.sweep(tx, new Date(now().getTime() - KEPT))),
});

export type AccountLog = ReturnType<typeof makeAccountLog>;
