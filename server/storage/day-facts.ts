/** The facts of days (spec/product 4.4), and the marks of those that are out of date. */
import { Buffer } from 'node:buffer';
import { setTimeout as sleep } from 'node:timers/promises';
import { KINDS, RECIPE, type DayFacts, type Kind } from '../../domain/facts/day-facts.ts';
import { packShares, uuidAt } from '../../domain/facts/shares.ts';
import { run, type Database, type Tx } from './database.ts';
import { UNION } from './sql/fact-marks.ts';
import { unmakeDays, unmakeDaysOf } from './report/days.ts';
import * as sql from './sql/day-facts.ts';

export { UNION };

/** The number of a kind in the table; the overlap of the union has the one after the last. */
export const kindNumber = (kind: Kind): number => KINDS.indexOf(kind) + 1;
export const OVERLAP = KINDS.length + 1;
const PRESENCE = kindNumber('presence');
const MADE = { presence: PRESENCE, recipe: RECIPE };

/** A day whose facts are missing, of another recipe, or out of date (`isMarked`). */
export type StaleDay = { readonly day: number; readonly isMarked: boolean };

/** The days from `first` to `last` that have to be computed. */
export const staleDays = async (tx: Tx, account: number, first: number, last: number): Promise<StaleDay[]> =>
  (await tx.$queryRaw<{ day: number; marked: boolean }[]>(sql.staleDays(account, first, last, MADE))).map(
    ({ day, marked }) => ({ day, isMarked: marked }),
  );

/**
 * Who computes `days` (ascending), and the revision of the account at that time: what is read later includes all up to
 * it. `elsewhere`: days that were asked for, and that somebody else computes.
 */
export type Claim = {
  readonly token: string;
  readonly revision: bigint;
  readonly days: readonly number[];
  readonly elsewhere: readonly number[];
};

/** How long a claim keeps others away, in ms. A block of days takes some seconds; whoever takes longer may be dead. */
export const CLAIM_MS = 10_000;

/**
 * Notes who computes these days from now on, without those that somebody else computes at this moment, in any process,
 * and those that need it no more.
 * Whoever writes to one of them meanwhile takes it off. The caller holds the account's lock, and reads events only once
 * this is committed. Null when the account is gone.
 */
export const claim = async (tx: Tx, account: number, days: readonly number[]): Promise<Claim | null> => {
  const [row] = await tx.$queryRaw<{ token: string; revision: bigint; days: string; elsewhere: string }[]>(
    sql.claimDays(account, days, MADE, CLAIM_MS),
  );
  return row ? { ...row, days: numbersIn(row.days), elsewhere: numbersIn(row.elsewhere) } : null;
};

/** Numbers with commas between, ascending. */
const numbersIn = (text: string): number[] =>
  text === ''
    ? []
    : text
        .split(',')
        .map(Number)
        .sort((a, b) => a - b);

/** Between two looks whether somebody else has computed a day: from and to, in ms. Most are done in some ten ms. */
const LOOK = { first: 20, last: 250 };

/** Those of some days (ascending) that have to be computed still, a while after the last look, which was the nth. */
export const lookAgain = async (
  database: Database,
  account: number,
  days: readonly number[],
  nth: number,
  signal: AbortSignal,
): Promise<number[]> => {
  await sleep(Math.min(LOOK.first * 2 ** nth, LOOK.last), undefined, { signal }).catch(() => {});
  const stale = await run(database, (tx) => staleDays(tx, account, days[0]!, days.at(-1)!));
  return days.filter((day) => stale.some((one) => one.day === day));
};
/** So often somebody looks who waits as long as a claim may last. */
export const LOOKS = CLAIM_MS / LOOK.last + 4;

/**
 * Gives a claim up whose days were not stored: somebody else may compute them at once. The caller holds the account's
 * lock.
 */
export const giveUp = async (tx: Tx, account: number, { token, days }: Claim): Promise<void> => {
  await tx.$executeRaw(sql.dropClaim(account, days, token));
};

/**
 * Stores the facts of days, each unless somebody else has claimed it since, or has computed it by now; a day that was
 * written to meanwhile stays marked. Returns the days that were stored. The caller holds the account's lock.
 */
export const store = async (
  tx: Tx,
  account: number,
  { token, revision }: Pick<Claim, 'token' | 'revision'>,
  days: readonly { readonly day: number; readonly facts: DayFacts }[],
): Promise<number[]> => {
  const numbers = days.map(({ day }) => day);
  const held = new Set(
    (await tx.$queryRaw<{ day: number }[]>(sql.heldDays(account, numbers, token))).map(({ day }) => day),
  );
  const rows = days.filter(({ day }) => held.has(day)).flatMap(({ day, facts }) => rowsOf(day, facts));
  if (held.size === 0) return [];
  await tx.$executeRaw(sql.dropDays(account, [...held]));
  await tx.$executeRaw(sql.insertFacts(account, RECIPE, revision, rows));
  await tx.$executeRaw(sql.unmark(account, [...held], token));
  await unmakeDaysOf(tx, account, [...held]);
  return [...held];
};

/** Nothing is stored of what is empty, but of a day that it was computed. */
const rowsOf = (day: number, { devices, union, overlap }: DayFacts): sql.FactRow[] =>
  [
    ...KINDS.flatMap((kind) => [
      {
        scope: UNION,
        day,
        kind: kindNumber(kind),
        packed: packShares(union.map(({ id, facts }) => ({ id, packed: facts[kind] }))),
      },
      ...devices.map(({ id, facts }) => ({ scope: id, day, kind: kindNumber(kind), packed: facts[kind] })),
    ]),
    { scope: UNION, day, kind: OVERLAP, packed: overlap },
  ].filter(({ scope, kind, packed }) => packed.length > 0 || (scope === UNION && kind === PRESENCE));

/**
 * Drops the facts of a device and of the union, because what they are made of changed as a whole: one of its buckets
 * came, went or is of another type. They are computed again when they are asked for. Null: of all devices. The caller
 * holds the account's lock.
 */
export const dropFacts = async (tx: Tx, account: number, deviceUuid: string | null): Promise<void> => {
  await tx.$executeRaw(sql.dropScopes(account, deviceUuid));
  await tx.$executeRaw(sql.takeClaimsOff(account));
  await unmakeDays(tx, account);
};

/** A page of facts: rows in the order of their days, and the day after which the next page begins; null: the last. */
export type FactPage = { readonly rows: readonly PackedRow[]; readonly next: number | null };

type PackedRow = { readonly scope: string; readonly day: number; readonly kind: number; readonly packed: Uint8Array };

/** Bytes of a page; a day that exceeds it comes whole. Summing one takes 20 ms of the server's thread. */
const PAGE_BYTES = 500_000;
/** Days of a page. */
const PAGE_DAYS = 500;

/** Facts of these scopes and kinds (by number) from the day `first` to `last`, as far as a page goes. */
export const page = async (
  tx: Tx,
  account: number,
  scopes: readonly string[],
  kinds: readonly number[],
  first: number,
  last: number,
): Promise<FactPage> => {
  const end = Math.min(last, first + PAGE_DAYS - 1);
  const [row] = await tx.$queryRaw<sql.PageRow[]>(sql.factPage(account, scopes, kinds, first, end, PAGE_BYTES));
  const { through } = row!;
  return { rows: rowsOfPage(row!), next: through >= last ? null : through + 1 };
};

const rowsOfPage = (page: sql.PageRow): PackedRow[] => {
  const bytesOf = (text: string | null): Buffer => Buffer.from(text ?? '', 'base64');
  const [scopes, days, kinds] = [bytesOf(page.scopes), bytesOf(page.days), bytesOf(page.kinds)];
  const [lengths, packed] = [bytesOf(page.lengths), bytesOf(page.packed)];
  let at = 0;
  return Array.from({ length: kinds.length / 2 }, (_, row) => {
    const from = at;
    at += lengths.readInt32BE(row * 4);
    return {
      scope: uuidAt(scopes, row * 16),
      day: days.readInt32BE(row * 4),
      kind: kinds.readInt16BE(row * 2),
      packed: packed.subarray(from, at),
    };
  });
};

/** Accounts with a mark older than `seconds`, that with the oldest first. */
export const accountsWaiting = async (tx: Tx, seconds: number, limit: number): Promise<number[]> =>
  (await tx.$queryRaw<{ account: number }[]>(sql.accountsWaiting(seconds, limit))).map(({ account }) => account);

/** An account's days with a mark older than `seconds`, the oldest first. */
export const daysWaiting = async (tx: Tx, account: number, seconds: number, limit: number): Promise<number[]> =>
  (await tx.$queryRaw<{ day: number }[]>(sql.daysWaiting(account, seconds, limit))).map(({ day }) => day);
