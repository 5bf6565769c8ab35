/**
 * Whose a history is, its events decide, never a name (spec/sync 7.1). A probe is a handful of a bucket's events;
 * two histories are the same where enough of one's probe is in the other. Pure.
 */
import { dataHash } from './content-hash.ts';
import { instantOf, type Event } from '../event.ts';

/**
 * An event as far as a probe tells it: its instant (ms since 1970) and a hash of its data. Durations grow, so none is
 * in it.
 */
export type Mark = { readonly atMs: bigint; readonly data: bigint };

/** A bucket by its id and type; one's own, and devices may have others that are called so. */
export type Called = { readonly bucketId: string; readonly type: string };

/** Buckets that one question compares with those of the account (spec/sync 7.5). */
export const MOST_CALLED = 200;

/** Some of a bucket's newest events, and some spread over its history; a short history has the same in both. */
export type HistoryProbe = { readonly newest: readonly Mark[]; readonly spread: readonly Mark[] };

/** Marks of either kind in a probe. */
export const PROBED = 20;
/** So many of either twenty make two histories the same; of fewer marks all. */
const ENOUGH = 10;

export const markOf = (event: Pick<Event, 'startUs' | 'durationNs' | 'data'>): Mark => ({
  atMs: instantOf(event),
  data: dataHash(event.data),
});

export const markKey = ({ atMs, data }: Mark): string => `${atMs} ${data}`;

/** The mark that `markKey` wrote, or null: a mark travels as this text. */
export const parseMark = (text: string): Mark | null => {
  const [, atMs, data] = /^(-?\d{1,16}) (-?\d{1,19})$/.exec(text) ?? [];
  return atMs === undefined || data === undefined ? null : { atMs: BigInt(atMs), data: BigInt(data) };
};

/** How many of `marks` are among `held`, each held one answering for one. */
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

/** Is the history that was probed the one that holds these events? An empty one is nobody's. */
export const isSameHistory = ({ newest, spread }: HistoryProbe, held: readonly Mark[]): boolean =>
  enough(newest, held) || enough(spread, held);

/** `count` moments from the one to the other, both included, evenly apart: where to look for events that are spread. */
export const evenly = (first: bigint, last: bigint, count = PROBED): bigint[] => {
  if (last <= first) return [first];
  return [
    ...new Set(Array.from({ length: count }, (_, i) => first + ((last - first) * BigInt(i)) / BigInt(count - 1))),
  ];
};
