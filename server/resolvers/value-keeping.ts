import { isKtError } from '../../domain/errors.ts';
import { lockAccount } from '../storage/changes.ts';
import { run } from '../storage/database.ts';
import * as values from '../storage/value-sweep.ts';
import type { Deps } from './deps.ts';
import { yieldToOthers } from './yield-to-others.ts';
import { writing } from '../storage/writing.ts';

/** Rows that are read, and values that are deleted, at a time: on the embedded engine everybody waits meanwhile. */
const PIECE = { read: 5_000, deleted: 1_000 };
const ACCOUNTS_AT_ONCE = 1_000;

/**
 * Deletes data that nothing uses any more: daily, and soon after a person deleted something here, so that a deleted
 * title is gone from the database and from the next backup. Events share their data, and keep it by themselves only as
 * long as they are there.
 */
export const makeValueKeeping = ({ database, now, onFault = () => {} }: Deps) => {
  const underWay = new Map<number, { again: boolean; done: Promise<void> }>();
  const stopping = new AbortController();

  const sweepAccount = async (account: number, stop: AbortSignal): Promise<number> => {
    const at = now();
    const begun = await run(database, (tx) => values.begin(tx, account));
    if (!begun) return 0;
    const unused = new Set<number>();
    for (let after = 0; !stop.aborted; ) {
      const page = await run(database, (tx) => values.held(tx, account, begun, after, PIECE.read));
      for (const value of page) unused.add(value);
      if (page.length < PIECE.read) break;
      after = page.at(-1)!;
      await yieldToOthers(account);
    }
    for (let after = 0n; unused.size > 0; ) {
      if (stop.aborted) return 0;
      const page = await run(database, (tx) => values.usedByEvents(tx, account, after, PIECE.read));
      if (!page) break;
      for (const value of page.used) unused.delete(value);
      after = page.last;
      await yieldToOthers(account);
    }
    for (let after = { bucket: 0, id: 0n }; unused.size > 0; ) {
      if (stop.aborted) return 0;
      const page = await run(database, (tx) => values.usedByTrash(tx, account, after, PIECE.read));
      if (!page) break;
      for (const value of page.used) unused.delete(value);
      after = page.last;
      await yieldToOthers(account);
    }
    const found = [...unused];
    let gone = 0;
    for (let from = 0; from < found.length && !stop.aborted; from += PIECE.deleted) {
      gone += await writing(database, account, async (tx) => {
        await lockAccount(tx, account);
        return values.drop(tx, account, found.slice(from, from + PIECE.deleted), begun, at);
      });
      await yieldToOthers(account);
    }
    return gone;
  };

  const sweepSoon = async (account: number, state: { again: boolean }): Promise<void> => {
    try {
      while (state.again && !stopping.signal.aborted) {
        state.again = false;
        await sweepAccount(account, stopping.signal);
      }
    } catch (error) {
      // The daily sweep tries again.
      if (!isKtError(error, 'unavailable') && !stopping.signal.aborted) onFault(error);
    } finally {
      // At once with the last look at `again`: whoever asks from here on begins anew.
      underWay.delete(account);
    }
  };

  return {
    /**
     * Begins to delete what an account does not use any more; returns at once. Called after a person deleted something.
     */
    soon: (account: number): void => {
      const before = underWay.get(account);
      if (before) {
        before.again = true;
        return;
      }
      if (stopping.signal.aborted) return;
      const state = { again: true, done: Promise.resolve() };
      underWay.set(account, state);
      state.done = sweepSoon(account, state);
    },

    /** Resolves when nothing is left of what `soon` began. */
    settled: async (): Promise<void> => {
      while (underWay.size > 0) await Promise.all([...underWay.values()].map(({ done }) => done));
    },

    /** Ends what `soon` began, and resolves when it has ended. */
    stop: async (): Promise<void> => {
      stopping.abort();
      await Promise.all([...underWay.values()].map(({ done }) => done));
    },

    /** Deletes what no account uses any more, until `stop`; returns how many values that were. */
    sweep: async (stop: AbortSignal): Promise<number> => {
      let gone = 0;
      for (let after = 0; !stop.aborted; ) {
        const accounts = await run(database, (tx) => values.accountsAfter(tx, after, ACCOUNTS_AT_ONCE));
        for (const account of accounts) {
          if (stop.aborted) return gone;
          gone += await sweepAccount(account, stop);
        }
        if (accounts.length < ACCOUNTS_AT_ONCE) break;
        after = accounts.at(-1)!;
      }
      return gone;
    },
  };
};

export type ValueKeeping = ReturnType<typeof makeValueKeeping>;
