/** Keeps the days that the view `daily` shows (docs/sql.md), for accounts that a role of the database may read. */
import { DAY_MS } from '../../../domain/day.ts';
import { isKtError } from '../../../domain/errors.ts';
import { cutDays, utcDays, type Calendar } from '../../../domain/facts/calendar.ts';
import { readShares } from '../../../domain/facts/shares.ts';
import { SLOT_MS, valuesIn } from '../../../domain/facts/slots.ts';
import { inTheNameOf } from '../../auth/viewer.ts';
import { holdAccount } from '../../storage/changes.ts';
import { portOf, run, type Tx } from '../../storage/database.ts';
import * as facts from '../../storage/day-facts.ts';
import * as days from '../../storage/report/days.ts';
import type { Deps } from '../deps.ts';
import { yieldToOthers } from '../yield-to-others.ts';
import { calendarOf } from './calendar-settings.ts';
import type { makeCategories } from './categories.ts';
import { missingOf, type Bounds, type KeepFacts } from './keep-facts.ts';
import { makeSums } from './sums.ts';
import { writing } from '../../storage/writing.ts';

/** The settings that decide what a day is, and its categories. */
export const DECIDING: readonly string[] = ['timeZone', 'startOfDay', 'classes'];

const ACCOUNTS_AT_ONCE = 100;
/** Days that are kept: of ten years. What claims to be older, or of the future, is no day that somebody looks at. */
const MOST_DAYS = 3_700;
/** Days that are forgotten in one transaction. */
const FORGOTTEN_AT_ONCE = 100;

const WINDOW = facts.kindNumber('window');

export const makeKeepDaily = (
  { database, now }: Pick<Deps, 'database' | 'now'>,
  keep: KeepFacts,
  categories: ReturnType<typeof makeCategories>,
) => {
  /** Each device's share of the union in some UTC days. */
  const sharesIn = async (
    read: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>,
    account: number,
    [first, last]: readonly [number, number],
  ) => {
    const shares: { id: string; packed: Uint8Array; day: number }[] = [];
    for (let from: number | null = first; from !== null; ) {
      const start: number = from;
      const page = await read((tx) => facts.page(tx, account, [facts.UNION], [WINDOW], start, last));
      for (const { day, packed } of page.rows) for (const share of readShares(packed)) shares.push({ ...share, day });
      from = page.next;
    }
    return shares;
  };

  /** Makes one day. False if what decides it is another thing by now. */
  const make = async (
    of: days.ReadAccount,
    calendar: Calendar,
    version: string,
    bounds: Bounds,
    day: number,
    stop: AbortSignal,
  ): Promise<boolean> => {
    const { account } = of;
    const cut = cutDays(calendar, 'DAY', day, day);
    const utc = utcDays(cut);
    const values = new Set<number>();
    for (const { packed } of await sharesIn((work) => run(database, work), account, utc))
      valuesIn(packed, (value) => void values.add(value));
    const viewer = inTheNameOf(of);
    const categoryOf = values.size === 0 ? () => undefined : await categories.learn(viewer, values, stop);
    return writing(database, account, async (tx) => {
      await holdAccount(tx, account);
      if ((await days.versionOf(tx, account, DECIDING)) !== version) return false;
      const missing = missingOf(bounds, await facts.staleDays(tx, account, ...utc));
      const sums = makeSums(cut);
      for (const { id, packed, day: on } of await sharesIn((work) => work(tx), account, utc))
        sums.add(packed, on, id, (value) => value);
      const totals = [...sums.rows()].map(({ device, label, ms }) => ({ device, value: label, ms }));
      // What came meanwhile has no category yet: then the day is not whole.
      const isDecided = totals.every(({ value }) => values.has(value));
      await days.storeDay(tx, account, {
        day,
        firstDay: utc[0],
        lastDay: utc[1],
        made: missing.length === 0 && isDecided,
        totals,
        categories: [...values].flatMap((value) => {
          const category = categoryOf(value);
          return category === undefined ? [] : [{ value, category: category.join(' > ') }];
        }),
      });
      return true;
    });
  };

  /** Forgets the days outside of a range, some at a time. */
  const forget = async (account: number, [first, last]: readonly [number, number], stop: AbortSignal) => {
    for (let gone = 1; gone > 0 && !stop.aborted; await yieldToOthers(account))
      gone = await writing(database, account, async (tx) => {
        await holdAccount(tx, account);
        return days.forgetOutside(tx, account, first, last, FORGOTTEN_AT_ONCE);
      });
  };

  const tendAccount = async (of: days.ReadAccount, stop: AbortSignal): Promise<void> => {
    const { account } = of;
    const version = await run(database, (tx) => days.versionOf(tx, account, DECIDING));
    const calendar = await calendarOf(portOf(database), account);
    const bounds = await keep.boundsOf(account);
    const range = rangeOf(calendar, bounds, now().getTime());
    await forget(account, range ?? NOTHING, stop);
    if (range === null) return;
    const [first, last] = range;
    await keep.bring(account, first - 1, last + 2, stop);
    for (const day of await run(database, (tx) => days.daysToMake(tx, account, first, last))) {
      if (stop.aborted || !(await make(of, calendar, version, bounds, day, stop))) return;
      await yieldToOthers(account);
    }
  };

  return {
    /**
     * Brings all those days up to date, the latest of each account first, and forgets those that nobody may read any
     * more. An account whose rules or zone make no sense is left as it is, and says that it is not complete; one that
     * fails keeps no other from its turn: the first such error is thrown in the end.
     */
    tend: async (stop: AbortSignal): Promise<void> => {
      for (const account of await run(database, (tx) => days.unreadAccounts(tx, ACCOUNTS_AT_ONCE))) {
        await forget(account, NOTHING, stop);
        await run(database, (tx) => days.forgetCategories(tx, account));
      }
      const faults: unknown[] = [];
      for (let after = 0, more = true; more && !stop.aborted; ) {
        const from = after;
        const page = await run(database, (tx) => days.readAccounts(tx, from, ACCOUNTS_AT_ONCE));
        for (const of of page) {
          after = of.account;
          await tendAccount(of, stop).catch((error: unknown) => {
            if (stop.aborted) return;
            if (isKtError(error, 'unavailable')) throw error;
            if (!isKtError(error) || isKtError(error, 'internal')) faults.push(error);
          });
          if (stop.aborted) return;
        }
        more = page.length === ACCOUNTS_AT_ONCE;
      }
      if (faults.length > 0) throw faults[0];
    },
  };
};

/** A range without a day. */
const NOTHING = [1, 0] as const;

/** The days in which something was recorded, to now; null where there are none. */
const rangeOf = (calendar: Calendar, { startUs, endUs }: Bounds, nowMs: number): readonly [number, number] | null => {
  const end = Math.min(endUs / 1000, nowMs);
  const start = Math.max(startUs / 1000, nowMs - MOST_DAYS * DAY_MS);
  return start > end ? null : [dayAt(calendar, start), dayAt(calendar, end)];
};

/** The day of a calendar in which a time (ms since 1970) lies. */
const dayAt = (calendar: Calendar, ms: number): number => {
  const around = Math.floor(ms / DAY_MS);
  const { start, stretchOf, stretches } = cutDays(calendar, 'DAY', around - 2, around + 2);
  return stretches[stretchOf[Math.floor(ms / SLOT_MS) - start]!]!.day;
};
