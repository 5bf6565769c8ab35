/** Whose history a bucket holds (spec/sync 7.5): what a client without state compares its buckets with. Only reads. */
import { KtError } from '../../domain/errors.ts';
import { isSameHistory, MOST_CALLED, PROBED, type Called, type HistoryProbe } from '../../domain/sync/history.ts';
import type { Viewer } from '../auth/viewer.ts';
import { run } from '../storage/database.ts';
import * as namesakes from '../storage/namesakes.ts';
import { heldAt, probesOf } from '../storage/probes.ts';
import { isStorable } from './buckets.ts';
import type { Deps } from './deps.ts';

/** A bucket to compare with, by its id and type, and the client's probe of it, if any. */
export type HistoryAsked = Called & { readonly probe: HistoryProbe | null };
/** A device's bucket of that id and type, and the probe to compare it with. */
export type History = namesakes.Namesake & { readonly asked: HistoryProbe | null };

/** The most buckets in one answer. */
export const MOST_HISTORIES = 1000;

const checkProbe = ({ newest, spread }: HistoryProbe): void => {
  if (newest.length <= PROBED && spread.length <= PROBED) return;
  throw new KtError('invalid', `a probe has at most ${PROBED} marks of either kind`);
};

export const makeHistories = ({ database }: Deps) => ({
  /**
   * Non-empty buckets with one of these ids and types, on any device but the account's own: ordered by name, at most
   * `first` after `after`. Fails with `too_large` and `invalid`.
   */
  list: (
    viewer: Viewer,
    asked: readonly HistoryAsked[],
    page: { first: number; after: string | null },
  ): Promise<History[]> => {
    if (asked.length > MOST_CALLED) {
      throw new KtError('too_large', `this asks for ${asked.length} buckets: ask for at most ${MOST_CALLED} at once`);
    }
    if (page.first < 1) throw new KtError('invalid', '`first` must be at least 1');
    for (const { probe } of asked) if (probe) checkProbe(probe);
    const after = page.after ?? '';
    const called = asked.filter(({ bucketId, type }) => isStorable(bucketId) && isStorable(type));
    if (called.length === 0 || !isStorable(after)) return Promise.resolve([]);
    const first = Math.min(page.first, MOST_HISTORIES);
    return run(database, async (tx) => {
      const found = await namesakes.list(tx, viewer.account, called, after, first);
      const probeFor = ({ bucketId, type }: namesakes.Namesake) =>
        called.find((one) => one.bucketId === bucketId && one.type === type)?.probe ?? null;
      return found.map((bucket) => ({ ...bucket, asked: probeFor(bucket) }));
    });
  },

  /** Probes of buckets by number; for one that is gone, an error in its place. */
  probes: (viewer: Viewer, numbers: readonly number[]): Promise<(HistoryProbe | KtError)[]> =>
    run(database, async (tx) => {
      const found = await probesOf(tx, viewer.account, numbers);
      return numbers.map((number) => found.get(number) ?? new KtError('not_found', 'the bucket was deleted meanwhile'));
    }),

  /** Whether each bucket holds enough of the probe that came with the request; false where there was none. */
  areSame: (viewer: Viewer, histories: readonly History[]): Promise<boolean[]> =>
    run(database, async (tx) => {
      const same: boolean[] = [];
      for (const { number, asked } of histories) {
        const bucket = { account: viewer.account, number };
        const held = asked ? await heldAt(tx, bucket, [...asked.newest, ...asked.spread]) : [];
        same.push(asked !== null && isSameHistory(asked, held));
      }
      return same;
    }),
});
