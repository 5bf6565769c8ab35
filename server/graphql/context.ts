import DataLoader from 'dataloader';
import type { BucketBounds } from '../../domain/bucket.ts';
import { KtError } from '../../domain/errors.ts';
import type { HistoryProbe } from '../../domain/sync/history.ts';
import type { DayDigest } from '../../domain/sync/day-digest.ts';
import type { Viewer } from '../auth/viewer.ts';
import type { BucketRow } from '../resolvers/buckets.ts';
import type { AccountSizes } from '../resolvers/graph.ts';
import type { History } from '../resolvers/histories.ts';
import type { Resolvers } from '../resolvers/resolvers.ts';
import { LARGEST } from './cost.ts';
import { makeQueryAnswers, type QueryAnswers } from './query-answers.ts';

/**
 * What a GraphQL resolver gets: the viewer, the rules, and loaders that turn the questions of a list's items into one.
 */
export type Context = {
  /** The viewer. Fails with `unauthenticated` for a request without a key; only `info` does not ask for it. */
  readonly viewer: () => Viewer;
  /** The same; null for a request without a key. */
  readonly asking: Viewer | null;
  readonly resolvers: Resolvers;
  readonly loaders: Loaders;
  /**
   * Adds to the bytes of events that the answer holds. Fails with `too_large` once they exceed the limit of one answer:
   * each page has a limit of its own, but a document may ask for many pages.
   */
  readonly spend: (bytes: number) => void;
  /** Aborted when the client has disconnected. */
  readonly signal: AbortSignal;
  readonly queries: QueryAnswers;
  /** How long the account's lists are, for computing costs; the largest possible lengths until they are counted. */
  readonly sizes: AccountSizes;
  /** Where the reader of the answer finds this server, for links: without a slash at its end. */
  readonly reachedAt: string;
};

/** Keyed by a bucket's number. */
type Loaders = {
  readonly facts: DataLoader<number, BucketRow>;
  readonly bounds: DataLoader<number, BucketBounds>;
  readonly counts: DataLoader<number, number>;
  readonly trashed: DataLoader<number, number>;
  readonly trashedLastDay: DataLoader<number, number>;
  readonly digests: DataLoader<number, readonly DayDigest[]>;
  readonly probes: DataLoader<number, HistoryProbe>;
  readonly same: DataLoader<History, boolean>;
};

/**
 * Bytes of events in one answer. kt-client asks for one page of changes at a time, of some 3 MB (storage/changes.ts).
 */
const ANSWER_BYTES = 16_000_000;

const NO_BOUNDS: BucketBounds = { firstStartUs: null, lastEndUs: null };

/** Made for each request: the loaders cache what they loaded. */
export const makeContext = (
  { viewer: asking, reachedAt }: { readonly viewer: Viewer | null; readonly reachedAt: string },
  resolvers: Resolvers,
  signal: AbortSignal,
): Context => {
  const mustView = () => {
    if (!asking)
      throw new KtError(
        'unauthenticated',
        'send an API key: "Authorization: Bearer KEY"; "kt-server generate-key --email YOU" makes one',
      );
    return asking;
  };
  let left = ANSWER_BYTES;
  return {
    spend: (bytes) => {
      left -= bytes;
      if (left < 0)
        throw new KtError(
          'too_large',
          `the events that this asks for take more than ${ANSWER_BYTES} bytes: ask for fewer at a time`,
        );
    },
    viewer: mustView,
    asking,
    reachedAt,
    resolvers,
    signal,
    queries: makeQueryAnswers(),
    sizes: LARGEST,
    loaders: {
      facts: new DataLoader<number, BucketRow>(async (numbers) => {
        const rows = new Map((await resolvers.buckets.list(mustView())).map((row) => [row.number, row]));
        return numbers.map(
          (number) => rows.get(number) ?? new KtError('not_found', 'the bucket was deleted meanwhile'),
        );
      }),
      bounds: new DataLoader(async (numbers) => {
        const found = await resolvers.buckets.bounds(mustView(), numbers);
        return numbers.map((number) => found.get(number) ?? NO_BOUNDS);
      }),
      counts: new DataLoader(async (numbers) => {
        const found = await resolvers.buckets.counts(mustView(), numbers);
        return numbers.map((number) => found.get(number) ?? 0);
      }),
      trashed: new DataLoader(async (numbers) => {
        const found = await resolvers.trash.counts(mustView(), numbers);
        return numbers.map((number) => found.get(number) ?? 0);
      }),
      trashedLastDay: new DataLoader(async (numbers) => {
        const found = await resolvers.trash.ofLastDay(mustView(), numbers);
        return numbers.map((number) => found.get(number) ?? 0);
      }),
      digests: new DataLoader<number, readonly DayDigest[]>((numbers) => resolvers.proof.digests(mustView(), numbers)),
      probes: new DataLoader<number, HistoryProbe>((numbers) => resolvers.histories.probes(mustView(), numbers)),
      same: new DataLoader<History, boolean>((histories) => resolvers.histories.areSame(mustView(), histories)),
    },
  };
};
