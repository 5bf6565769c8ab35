/** Keeps the facts of days up to date: when they are asked for, and in the background. */
import { clientHasGone } from '../../../domain/query/query-error.ts';
import { daysOfExtent } from '../../../domain/facts/day-facts.ts';
import { KtError } from '../../../domain/errors.ts';
import { revisionNow } from '../../storage/changes.ts';
import * as rows from '../../storage/day-facts.ts';
import { portOf, run } from '../../storage/database.ts';
import * as events from '../../storage/events.ts';
import { makeConcurrencyLimit } from '../concurrency-limit.ts';
import type { Deps } from '../deps.ts';
import { yieldToOthers } from '../yield-to-others.ts';
import { BLOCK, bucketsOf, computeSome, noValues, sourcesOf } from './compute-days.ts';

/** Events that one request reads for facts at most: some seconds. What is left is told, and done when asked again. */
const MOST_EVENTS = 200_000;
/** What a day costs besides, in events. */
const A_DAY = 50;
/** Requests of an account that may wait. */
const WAITING = 50;
/** How old a mark becomes before it is computed in the background, in seconds: what is in use changes all the time. */
const PATIENCE = 3_600;
const ACCOUNTS_AT_ONCE = 20;
const DAYS_AT_ONCE = 400;

/** How far the facts of some days are: they include everything up to `revision`, except for `missing` days. */
export type Freshness = { readonly revision: bigint; readonly missing: number };

export const makeKeepFacts = ({ database }: Pick<Deps, 'database'>) => {
  const perAccount = makeConcurrencyLimit(
    { running: 1, waiting: WAITING },
    () =>
      new KtError('rate_limited', `${WAITING} requests of this account wait already: ask again when some are answered`),
    clientHasGone,
  );

  /**
   * Computes these days, those that lie together at once, until enough events were read; returns how many are left
   * over. Waits for those that another process computes at this moment, and computes them if that one gives up.
   */
  const compute = async (account: number, days: readonly number[], signal: AbortSignal): Promise<number> => {
    let left = [...days];
    let elsewhere: number[] = [];
    let missing = 0;
    const values = noValues();
    for (
      let [read, looks] = [0, 0];
      left.length + elsewhere.length > 0 && read < MOST_EVENTS && looks <= rows.LOOKS;
    ) {
      if (signal.aborted) throw clientHasGone();
      if (left.length === 0) {
        const ascending = elsewhere.toSorted((a, b) => a - b);
        left = await rows.lookAgain(database, account, ascending, looks, signal);
        looks += 1;
        elsewhere = [];
        continue;
      }
      // The latest first: that is what people look at while the rest is missing.
      const some = await computeSome(database, account, latestTogether(left), signal, values);
      elsewhere.push(...some.elsewhere);
      missing += some.tried.length - some.elsewhere.length - some.done;
      left = left.filter((day) => !some.tried.includes(day));
      read += some.events + A_DAY * (some.tried.length - some.elsewhere.length);
      await yieldToOthers(account);
    }
    return missing + left.length + elsewhere.length;
  };

  const boundsOf = async (account: number): Promise<Bounds> => {
    const numbers = bucketsOf(await sourcesOf(database, account)).map(({ number }) => number);
    const bounds = await run(database, (tx) => events.boundsOf(tx, account, numbers));
    let [startUs, endUs] = [Infinity, -Infinity];
    for (const { firstStartUs, lastEndUs } of bounds.values()) {
      if (firstStartUs === null || lastEndUs === null) continue;
      startUs = Math.min(startUs, Number(firstStartUs));
      endUs = Math.max(endUs, Number(lastEndUs));
    }
    return { startUs, endUs };
  };

  return {
    /** Brings the facts from one UTC day to another up to date, as far as that can be done at once. */
    freshen: (account: number, first: number, last: number, signal: AbortSignal): Promise<Freshness> =>
      perAccount.run(account, signal, async () => {
        // Before the marks are read: whoever wrote up to it has left his.
        const revision = await revisionNow(portOf(database), account);
        const stale = await run(database, (tx) => rows.staleDays(tx, account, first, last));
        if (stale.length === 0) return { revision, missing: 0 };
        return { revision, missing: await compute(account, missingOf(await boundsOf(account), stale), signal) };
      }),

    boundsOf,

    /** The same for the background, however many days there are: requests of the account get in between. */
    bring: async (account: number, first: number, last: number, stop: AbortSignal): Promise<void> => {
      const stale = await run(database, (tx) => rows.staleDays(tx, account, first, last));
      if (stale.length === 0) return;
      const values = noValues();
      for (let left = missingOf(await boundsOf(account), stale); left.length > 0 && !stop.aborted; ) {
        const block = latestTogether(left);
        const { tried } = await perAccount.run(account, stop, () =>
          computeSome(database, account, block, stop, values),
        );
        left = left.filter((day) => !tried.includes(day));
        await yieldToOthers(account);
      }
    },

    /** Computes what has waited for an hour, or `patience` seconds, of all accounts, until `stop`. */
    tend: async (stop: AbortSignal, patience = PATIENCE): Promise<void> => {
      for (const account of await run(database, (tx) => rows.accountsWaiting(tx, patience, ACCOUNTS_AT_ONCE))) {
        if (stop.aborted) return;
        const days = await run(database, (tx) => rows.daysWaiting(tx, account, patience, DAYS_AT_ONCE));
        const values = noValues();
        for (let left = days; left.length > 0 && !stop.aborted; ) {
          const block = togetherWithFirst(left);
          const { tried } = await perAccount.run(account, stop, () =>
            computeSome(database, account, block, stop, values),
          );
          left = left.filter((day) => !tried.includes(day));
          await yieldToOthers(account);
        }
      }
    },
  };
};

/** When what an account recorded begins and ends, in µs; the end comes before the beginning where there is nothing. */
export type Bounds = { readonly startUs: number; readonly endUs: number };

/** Days whose facts are missing: what lies outside of what was recorded is known to be empty, unless it is marked. */
export const missingOf = ({ startUs, endUs }: Bounds, stale: readonly rows.StaleDay[]): number[] => {
  const [first, last] = endUs < startUs ? [Infinity, -Infinity] : daysOfExtent(startUs, endUs);
  return stale.flatMap(({ day, isMarked }) => (isMarked || (day >= first && day <= last) ? [day] : []));
};

/** The last of these days (ascending), and those that lie directly before it, up to a block. */
const latestTogether = (days: readonly number[]): number[] =>
  days.slice(days.findLastIndex((day, i) => i === 0 || day - days[i - 1]! > 1 || days.length - i === BLOCK.days));

/** The first of these days, which has waited longest, and those that follow it. */
const togetherWithFirst = (days: readonly number[]): number[] => {
  const all = new Set(days);
  const block: number[] = [];
  for (let day = days[0]!; all.has(day) && block.length < BLOCK.days; day++) block.push(day);
  return block;
};

export type KeepFacts = ReturnType<typeof makeKeepFacts>;
