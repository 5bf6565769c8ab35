/**
 * Finds the values of an account that no event and no row of the trash uses any more, and deletes them.
 *
 * No index leads from a value to what uses it: it would take a twentieth of an event's room. So everything is read
 * once, in pages and without a lock, and what was not met is deleted under the account's lock, unless something written
 * since the reading began uses it: writes have higher revisions, and the trash says when a row came.
 */
import type { Tx } from './database.ts';
import { CLOSED } from './sql/closed.ts';
import { deleteValues, valuesAfter, valuesOfEvents, valuesOfTrash } from './sql/unused-values.ts';

/** How an account was when the reading began. */
export type Begun = { readonly revision: bigint; readonly lastValue: number };

/** The accounts after `after`, by number, that take writes. */
export const accountsAfter = async (tx: Tx, after: number, limit: number): Promise<number[]> =>
  (
    await tx.$queryRaw<{ account: number }[]>`
      select account from users where account > ${after}::int and not ${CLOSED} order by account limit ${limit}::int`
  ).map(({ account }) => account);

/** Null when the account is gone. */
export const begin = async (tx: Tx, account: number): Promise<Begun | null> => {
  const [row] = await tx.$queryRaw<Begun[]>`
    select revision, last_value as "lastValue" from users where account = ${account}::int`;
  return row ?? null;
};

const numbersIn = (text: string | null): number[] => (text === null ? [] : text.split(',').map(Number));

/** A page of the account's values: those that were there when the reading began. */
export const held = async (
  tx: Tx,
  account: number,
  { lastValue }: Begun,
  after: number,
  limit: number,
): Promise<number[]> => {
  const [page] = await tx.$queryRaw<{ numbers: string | null }[]>(valuesAfter(account, after, lastValue, limit));
  return numbersIn(page!.numbers);
};

/** The values that a page of events uses, and where the next one begins; null after the last. */
export const usedByEvents = async (
  tx: Tx,
  account: number,
  after: bigint,
  limit: number,
): Promise<{ last: bigint; used: number[] } | null> => {
  type Page = { last: bigint | null; numbers: string | null };
  const [page] = await tx.$queryRaw<Page[]>(valuesOfEvents(account, after, limit));
  return page!.last === null ? null : { last: page!.last, used: numbersIn(page!.numbers) };
};

/** The same of the trash. */
export const usedByTrash = async (
  tx: Tx,
  account: number,
  after: { bucket: number; id: bigint },
  limit: number,
): Promise<{ last: { bucket: number; id: bigint }; used: number[] } | null> => {
  type Page = { bucket: number; id: bigint; numbers: string };
  const [page] = await tx.$queryRaw<Page[]>(valuesOfTrash(account, after, limit));
  return page ? { last: { bucket: page.bucket, id: page.id }, used: numbersIn(page.numbers) } : null;
};

/**
 * Clocks of two processes that serve one database may differ by this, in ms: the trash names the time by the clock of
 * the one that put a row there.
 */
const CLOCKS_DIFFER = 3_600_000;

/**
 * Deletes those of these values that are not used since; returns how many that were. The caller holds the account's
 * lock (changes.ts, `lockAccount`); `at` is when the reading began.
 */
export const drop = async (
  tx: Tx,
  account: number,
  values: readonly number[],
  { revision }: Begun,
  at: Date,
): Promise<number> => {
  const since = new Date(at.getTime() - CLOCKS_DIFFER);
  const [gone] = await tx.$queryRaw<{ rows: bigint }[]>(deleteValues(account, values, revision, since));
  return Number(gone!.rows);
};
