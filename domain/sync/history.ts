/**
 * Whose history a bucket holds is decided by its events, never by a name (spec/sync 7.1). A probe is a handful of a
 * bucket's events; two histories are the same if enough of one's probe is in the other. Pure.
 */
import { dataHash } from './content-hash.ts';
import { instantOf, type Event } from '../event.ts';

/**
 * An event as a probe describes it: its instant (ms since 1970) and a hash of its data. Without the duration, which may
 * still grow.
 */
export type Mark = { readonly atMs: bigint; readonly data: bigint };

/** A bucket by its id and type. Several devices may have one with the same. */
export type Called = { readonly bucketId: string; readonly type: string };

/** Most buckets per request that are compared with those of the account (spec/sync 7.5). */
export const MOST_CALLED = 200;

/** Some of a bucket's newest events, and some spread over its history; in a short history both are the same. */
export type HistoryProbe = { readonly newest: readonly Mark[]; readonly spread: readonly Mark[] };

/** Marks of either kind in a probe. */
export const PROBED = 20;
/**
 * If this many of the twenty marks of either kind are there, the histories are the same; with fewer marks, if all are.
 */
const ENOUGH = 10;

export const markOf = (event: Pick<Event, 'startUs' | 'durationNs' | 'data'>): Mark => ({
  atMs: instantOf(event),
  data: dataHash(event.data),
});

export const markKey = ({ atMs, data }: Mark): string => `${atMs} ${data}`;

/** The mark that `markKey` wrote, or null: this text is how marks are sent. */
export const parseMark = (text: string): Mark | null => {
  const [, atMs, data] = /^(-?\d{1,16}) (-?\d{1,19})$/.exec(text) ?? [];
  return atMs === undefined || data === undefined ? null : { atMs: BigInt(atMs), data: BigInt(data) };
};

/** How many of `marks` are among `held`, each held one counting for one. */
export const countHeld = (marks: readonly Mark[], held: readonly Mark[]): number => {
  const left = new Map<string, number>();
  for (const mark of held) left.set(markKey(mark), (left.get(markKey(mark)) ?? 0) + 1);
  return marks.filter((mark) => {
    const key = markKey(mark);
    const n = left.get(key) ?? 0;
    left.set(key, n - 1);
    return n > 0;
  }).length;
};

const enough = (marks: readonly Mark[], held: readonly Mark[]): boolean =>
  marks.length > 0 && countHeld(marks, held) >= Math.min(ENOUGH, marks.length);

/** Is the probed history the one that holds these events? An empty history is not the same as any. */
export const isSameHistory = ({ newest, spread }: HistoryProbe, held: readonly Mark[]): boolean =>
  enough(newest, held) || enough(spread, held);

/** `count` moments evenly spaced from the first to the last, both included: where to look for spread events. */
export const evenly = (first: bigint, last: bigint, count = PROBED): bigint[] => {
  if (last <= first) return [first];
  return [
    ...new Set(Array.from({ length: count }, (_, i) => first + ((last - first) * BigInt(i)) / BigInt(count - 1))),
  ];
};
