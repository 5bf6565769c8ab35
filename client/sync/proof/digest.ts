/** A bucket's digest, summed up during a walk and compared with the server's (spec/sync 4.1). Pure. */
import { addHashes, contentHash, totalOf, type HashSum } from '../../../domain/sync/content-hash.ts';
import { dayOf, dayOfMicros } from '../../../domain/sync/day-digest.ts';
import type { Listed, Rows } from '../../../domain/sync/listed.ts';

/**
 * One day: the number of events, and the exact sum of their content hashes. A sum, so that equal events don't cancel
 * out.
 */
type DayTotals = { readonly events: number; readonly hash: bigint };
export type Days = ReadonlyMap<number, DayTotals>;

export type Digest = {
  readonly days: Days;
  readonly events: number;
  /** Adds the events of a page, but for those with the ids of `aside`. */
  add(page: Listed, aside?: Aside): void;
};

/** Ids of events that are left out. */
export type Aside = { has(id: number): boolean; readonly size: number };

const NONE = new Set<number>();

export const makeDigest = (): Digest => {
  const days = new Map<number, { events: number; hash: bigint }>();
  let total = 0;
  const more = (day: number, events: number, hash: bigint): void => {
    total += events;
    const totals = days.get(day);
    if (totals === undefined) return void days.set(day, { events, hash });
    totals.events += events;
    totals.hash += hash;
  };
  return {
    days,
    get events() {
      return total;
    },
    add(page, aside = NONE) {
      if (!page.rows) {
        for (const event of page.events) if (!aside.has(event.id)) more(dayOf(event), 1, contentHash(event));
        return;
      }
      for (const [day, sum] of sumsOf(page.rows, aside)) more(day, sum.events, totalOf(sum));
    },
  };
};

type DaySum = HashSum & { events: number };

/** The same of columns, in doubles, but for those with ids that are left out. */
const sumsOf = (rows: Rows, aside: Aside): ReadonlyMap<number, DaySum> => {
  const { ids, startsUs } = rows;
  const days = new Map<number, DaySum>();
  let [day, sum]: [number, DaySum | null] = [0, null];
  addHashes(rows, (row) => {
    if (aside.size > 0 && aside.has(ids[row]!)) return null;
    const startUs = startsUs[row]!;
    const own = dayOfMicros(startUs);
    if (sum === null || day !== own) {
      sum = days.get(own) ?? { events: 0, high: 0, low: 0 };
      days.set(own, sum);
      day = own;
    }
    sum.events++;
    return sum;
  });
  return days;
};

/** The days on which the two sides differ, oldest first. A day without events does not count as one. */
export const differingDays = (here: Days, there: Days): number[] => {
  const differs = (day: number): boolean => {
    const [a, b] = [here.get(day), there.get(day)];
    return (a?.events ?? 0) !== (b?.events ?? 0) || (a?.hash ?? 0n) !== (b?.hash ?? 0n);
  };
  return [...new Set([...here.keys(), ...there.keys()])].filter(differs).sort((a, b) => a - b);
};
