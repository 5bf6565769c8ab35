import { KtError } from '../../domain/errors.ts';
import { transaction, type Database, type Tx } from './database.ts';
import { makeSlots, type Slots } from './slots.ts';

/** How long a write waits for others of its account, in ms: as long as for a connection (pg-pool.ts). */
const PATIENCE = 60_000;

/** One place for those who write to an account, and how many have it or wait for it. */
type Line = { readonly slots: Slots; asked: number };

const lines = new WeakMap<Database, Map<number, Line>>();

const linesOf = (database: Database): Map<number, Line> => {
  const known = lines.get(database);
  if (known) return known;
  const made = new Map<number, Line>();
  lines.set(database, made);
  return made;
};

const place = ({ slots }: Line): Promise<() => void> =>
  slots.take().catch(() => {
    throw new KtError('unavailable', 'what came before for this account is still being written: try again');
  });

/**
 * A transaction that locks an account's row (`lockAccount`, `holdAccount`): one of each account at a time, in the order
 * of asking. All of an account wait for one another anyway, and in PostgreSQL each would hold one of the few
 * connections of those who write meanwhile: seven large writes to one account made all others wait, for up to a minute.
 * `long`: see `transaction`. `work` must not wait for another write to an account. Fails with `unavailable` after a
 * minute in the line, and as `transaction` does.
 */
export const writing = async <T>(
  database: Database,
  account: number,
  work: (tx: Tx) => Promise<T>,
  long = false,
): Promise<T> => {
  const all = linesOf(database);
  const line = all.get(account) ?? { slots: makeSlots(1, PATIENCE), asked: 0 };
  all.set(account, line);
  line.asked++;
  try {
    const leave = await place(line);
    try {
      return await transaction(database, work, long);
    } finally {
      leave();
    }
  } finally {
    if (--line.asked === 0) all.delete(account);
  }
};
