import { jsonFault, sizeFault } from '../../domain/data.ts';
import { KtError } from '../../domain/errors.ts';
import { storedBytes } from '../../domain/stored-size.ts';
import type { Viewer } from '../auth/viewer.ts';
import { run, transaction } from '../storage/database.ts';
import * as rows from '../storage/settings.ts';
import type { Deps } from './deps.ts';

export type { SettingRow } from '../storage/settings.ts';

/** Longest key, in bytes of UTF-8, as aw-server-rust has it (spec/rest 3.14). */
const MAX_KEY_BYTES = 127;

/** Most that one value may take, and all of an account's together, in bytes as stored: they are listed at once. */
const MAX_VALUE = 1_000_000;
const MAX_ALL = 16_000_000;
/** Most keys of an account. aw-webui has some twenty. */
const MAX_KEYS = 2_000;

const checkKey = (key: string): void => {
  const bytes = new TextEncoder().encode(key).length;
  if (bytes < 1 || bytes > MAX_KEY_BYTES)
    throw new KtError('invalid', `a setting's key has 1 to ${MAX_KEY_BYTES} bytes, and this one has ${bytes}`);
};

/**
 * A user's settings: any JSON value under any key, and nothing that nobody stored. They are opaque to the server;
 * aw-webui keeps its own here. Each function that takes a key fails with `invalid` where it is too long.
 */
export const makeSettings = ({ database }: Deps) => ({
  /** All of them, by key. */
  list: (viewer: Viewer): Promise<rows.SettingRow[]> => run(database, (tx) => rows.list(tx, viewer.userId)),

  /** Null where the key is not set. One that was set to null is a row. */
  get: async (viewer: Viewer, key: string): Promise<rows.SettingRow | null> => {
    checkKey(key);
    return run(database, (tx) => rows.find(tx, viewer.userId, key));
  },

  /**
   * Stores a value as it is, `null`, `false` and `""` too: aw-webui would post for ever what it does not find again.
   * Fails with `too_large` where it, or all of the account's together, take more than is held.
   */
  set: async (viewer: Viewer, key: string, value: unknown): Promise<rows.SettingRow> => {
    checkKey(key);
    const fault = jsonFault(value);
    if (fault) throw new KtError('invalid', `the value of ${JSON.stringify(key)} can not be kept: ${fault}`);
    const size = sizeFault(value, MAX_VALUE);
    if (size) throw new KtError('too_large', `the value of ${JSON.stringify(key)} can not be kept: ${size}`);
    return transaction(database, async (tx) => {
      const others = await rows.others(tx, viewer.userId, key);
      if (others.keys >= MAX_KEYS || others.bytes + storedBytes(value) > MAX_ALL) {
        throw new KtError(
          'too_large',
          `an account's settings are at most ${MAX_KEYS}, and ${MAX_ALL} bytes: delete some first`,
        );
      }
      return rows.put(tx, viewer.userId, key, value);
    });
  },

  /** False where the key was not set. */
  delete: async (viewer: Viewer, key: string): Promise<boolean> => {
    checkKey(key);
    return run(database, (tx) => rows.remove(tx, viewer.userId, key));
  },
});
