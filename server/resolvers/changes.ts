import { KtError } from '../../domain/errors.ts';
import { CHANGES_PER_PAGE } from '../../domain/sync/changes.ts';
import type { Viewer } from '../auth/viewer.ts';
import * as changes from '../storage/changes.ts';
import { run, type Tx } from '../storage/database.ts';
import type { Deps } from './deps.ts';
import type { Reading } from './reading.ts';

export type { ChangedInstant, Rest } from '../storage/changes.ts';

/** What changed in one bucket, by its number: its instants, ascending. */
type ChangedBucket = { readonly number: number; readonly instants: readonly changes.ChangedInstant[] };
/** A page of changes, grouped by bucket. */
export type ChangePage = Omit<changes.ChangePage, 'instants'> & { readonly buckets: readonly ChangedBucket[] };

/** Groups a page by bucket, in order of first appearance. */
const byBucket = ({ instants, ...page }: changes.ChangePage): ChangePage => {
  const buckets = new Map<number, changes.ChangedInstant[]>();
  for (const instant of instants) {
    const group = buckets.get(instant.bucket);
    if (group) group.push(instant);
    else buckets.set(instant.bucket, [instant]);
  }
  return { ...page, buckets: [...buckets].map(([number, group]) => ({ number, instants: group })) };
};

/** The largest possible revision. */
const MAX_REVISION = 10n ** 18n - 1n;

export const makeChanges = ({ database, feed }: Deps, reading: Reading) => ({
  /**
   * The account's revision now, and again whenever it moves, until the reader stops. Only the number: ask `since` for
   * the data. Fails with `unauthenticated` when the viewer's key, session or account is no longer valid.
   */
  watch: (viewer: Viewer): AsyncGenerator<bigint> => feed.watch(viewer.account, viewer.sessionId ?? viewer.keyId),

  /**
   * What changed in the account after a revision, as state: by bucket the instants with the events that start in them
   * now, oldest revision first (spec/sync 3.3). `after` null starts from the beginning, which is always correct, but
   * slow. Fails with `resync_required` when `after` is ahead of the account (another account, or a server restored from
   * a backup). `rest` continues a page that was cut for its size.
   */
  since: (
    viewer: Viewer,
    after: bigint | null,
    first: number | null,
    excludeDevice: string | null,
    rest: changes.Rest | null = null,
  ): Promise<ChangePage> => {
    if (after !== null && (after < 0n || after > MAX_REVISION))
      throw new KtError('invalid', '`after` must be the `revision` of an earlier page');
    if (first !== null && first < 1) throw new KtError('invalid', '`first` must be at least 1');
    const from = after ?? 0n;
    const page = async (tx: Tx): Promise<ChangePage> => {
      if (from > (await changes.revisionOf(tx, viewer.account))) {
        throw new KtError('resync_required', 'this cursor is ahead of the account: begin again without `after`');
      }
      const limit = Math.min(first ?? CHANGES_PER_PAGE, CHANGES_PER_PAGE);
      return byBucket(await changes.since(tx, viewer.account, from, limit, excludeDevice, rest));
    };
    return reading(viewer.account, () => run(database, page));
  },
});
