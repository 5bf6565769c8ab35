import { jsonFault, sizeFault } from '../../domain/data.ts';
import { KtError } from '../../domain/errors.ts';
import { storedBytes } from '../../domain/stored-size.ts';
import type { Viewer } from '../auth/viewer.ts';
import { lockAccount, takeRevision } from '../storage/changes.ts';
import { portOf, type Tx } from '../storage/database.ts';
import { dropFacts } from '../storage/day-facts.ts';
import { unmakeDays } from '../storage/report/days.ts';
import * as rows from '../storage/settings.ts';
import type { Deps } from './deps.ts';
import { AUDIBLE } from './facts/compute-days.ts';
import { DECIDING } from './facts/keep-daily.ts';
import { writing } from '../storage/writing.ts';

export type { SettingRow } from '../storage/settings.ts';

/** Longest key, in bytes of UTF-8, the same as in aw-server-rust (spec/rest 3.14). */
const MAX_KEY_BYTES = 127;

/** The largest size of one value, and of all values of an account, in bytes as stored: they are listed at once. */
const MAX_VALUE = 1_000_000;
const MAX_ALL = 16_000_000;
/** The most keys of an account. aw-webui has about twenty. */
const MAX_KEYS = 2_000;

const checkKey = (key: string): void => {
  const bytes = new TextEncoder().encode(key).length;
  if (bytes < 1 || bytes > MAX_KEY_BYTES)
    throw new KtError('invalid', `a setting's key has 1 to ${MAX_KEY_BYTES} bytes, and this one has ${bytes}`);
};

/**
 * Facts, and the days of views, are made by some of the settings (spec/product 4.4, 4.5): they are made again. And
 * whoever shows something by settings hears of it.
 */
const changed = async (tx: Tx, account: number, key: string): Promise<void> => {
  await takeRevision(tx, account);
  if (key === AUDIBLE) await dropFacts(tx, account, null);
  if (DECIDING.includes(key)) await unmakeDays(tx, account);
};

/**
 * A user's settings: any JSON value under any key; there are no defaults. aw-webui keeps its own here. The server
 * interprets those alone that active time is counted by (resolvers/facts/). Functions that take a key fail with
 * `invalid` when it is too long.
 */
export const makeSettings = ({ database }: Deps) => ({
  /** All of them, by key. */
  list: (viewer: Viewer): Promise<rows.SettingRow[]> => rows.list(portOf(database), viewer.account),

  /** Null when the key is not set. A key that was set to null has a row. */
  get: async (viewer: Viewer, key: string): Promise<rows.SettingRow | null> => {
    checkKey(key);
    return rows.find(portOf(database), viewer.account, key);
  },

  /**
   * Stores a value as it is, also `null`, `false` and `""`: aw-webui would post a value for ever that it does not find
   * again. Fails with `too_large` when the value, or all of the account's together, are too large.
   */
  set: async (viewer: Viewer, key: string, value: unknown): Promise<rows.SettingRow> => {
    checkKey(key);
    const fault = jsonFault(value);
    if (fault) throw new KtError('invalid', `the value of ${JSON.stringify(key)} can not be kept: ${fault}`);
    const size = sizeFault(value, MAX_VALUE);
    if (size) throw new KtError('too_large', `the value of ${JSON.stringify(key)} can not be kept: ${size}`);
    return writing(database, viewer.account, async (tx) => {
      const { otherKeys, otherBytes, isSame } = await rows.before(tx, viewer.account, key, value);
      if (otherKeys >= MAX_KEYS || otherBytes + storedBytes(value) > MAX_ALL) {
        throw new KtError(
          'too_large',
          `an account's settings are at most ${MAX_KEYS}, and ${MAX_ALL} bytes: delete some first`,
        );
      }
      if (!isSame) await changed(tx, viewer.account, key);
      return rows.put(tx, viewer.account, key, value);
    });
  },

  /** False when the key was not set. */
  delete: async (viewer: Viewer, key: string): Promise<boolean> => {
    checkKey(key);
    return writing(database, viewer.account, async (tx) => {
      await lockAccount(tx, viewer.account);
      const wasSet = await rows.remove(tx, viewer.account, key);
      if (wasSet) await changed(tx, viewer.account, key);
      return wasSet;
    });
  },
});
