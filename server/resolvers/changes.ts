import { KtError } from '../../domain/errors.ts';
import type { Viewer } from '../auth/viewer.ts';
import { revisionOf, since, type ChangePage, type Rest } from '../storage/changes.ts';
import { run, type Tx } from '../storage/database.ts';
import type { Deps } from './deps.ts';
import type { Reading } from './reading.ts';

export type { ChangedInstant, ChangePage, Rest } from '../storage/changes.ts';

/** Rows looked at for one page, at most and by default. */
const CHANGES_PER_PAGE = 5000;

export const makeChanges = ({ database, feed }: Deps, reading: Reading) => ({
  /**
   * The account's revision now, then whenever it moves, until the reader stops. A number, never data: ask `since` for
   * that. Fails with `unauthenticated` when the viewer's key ends, or the account.
   */
  watch: (viewer: Viewer): AsyncGenerator<bigint> => feed.watch(viewer.userId, viewer.keyId),

  /**
   * What changed in the account after a revision, as state: instants with what starts in them now, oldest revision
   * first (spec/sync 3.3). `after` null begins at the beginning, which is always right, only slow. Fails with
   * `resync_required` when `after` is ahead of the account (another account, or a server restored from a backup).
   * `rest` goes on in a page that was cut because of its bytes.
   */
  since: (
    viewer: Viewer,
    after: string | null,
    first: number | null,
    excludeDevice: string | null,
    rest: Rest | null = null,
  ): Promise<ChangePage> => {
    if (after !== null && !/^\d{1,18}$/.test(after))
      throw new KtError('invalid', '`after` must be the `revision` of an earlier page');
    if (first !== null && first < 1) throw new KtError('invalid', '`first` must be at least 1');
    const from = BigInt(after ?? 0);
    const page = async (tx: Tx): Promise<ChangePage> => {
      if (from > (await revisionOf(tx, viewer.userId))) {
        throw new KtError('resync_required', 'this cursor is ahead of the account: begin again without `after`');
      }
      return since(tx, viewer.userId, from, Math.min(first ?? CHANGES_PER_PAGE, CHANGES_PER_PAGE), excludeDevice, rest);
    };
    return reading(viewer.userId, () => run(database, page));
  },
});
