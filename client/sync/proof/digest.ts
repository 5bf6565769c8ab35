/** A bucket's digest, summed up during a walk and compared with the server's (spec/sync 4.1). Pure. */
import { contentHash } from '../../../domain/sync/content-hash.ts';
import type { Event } from '../../../domain/event.ts';
import { dayOf } from '../../../domain/sync/day-digest.ts';

/**
 * One day: the number of events, and the exact sum of their content hashes. A sum, so that equal events don't cancel
 * out.
 */
type DayTotals = { readonly events: number; readonly hash: bigint };
export type Days = ReadonlyMap<number, DayTotals>;

export type Digest = { readonly days: Days; readonly events: number; add(events: readonly Event[]): void };

export const makeDigest = (): Digest => {
  const days = new Map<number, { events: number; hash: bigint }>();
  let total = 0;
  return {
    days,
    get events() {
      return total;
    },
    add(events) {
      total += events.length;
      for (const event of events) {
        const day = dayOf(event);
        const totals = days.get(day) ?? { events: 0, hash: 0n };
        days.set(day, totals);
        totals.events++;
        totals.hash += contentHash(event);
      }
    },
  };
};

/** The days on which the two sides differ, oldest first. A day without events does not count as one. */
export const differingDays = (here: Days, there: Days): number[] => {
  const differs = (day: number): boolean => {
    const [a, b] = [here.get(day), there.get(day)];
    return (a?.events ?? 0) !== (b?.events ?? 0) || (a?.hash ?? 0n) !== (b?.hash ?? 0n);
  };
  return [...new Set([...here.keys(), ...there.keys()])].filter(differs).sort((a, b) => a - b);
};
