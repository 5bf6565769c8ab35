/** What is known of each UTC day of a bucket: what its device told, beside what is here now. Pure. */
import { parseDay } from '../../../../domain/day.ts';
import { MOST_DIFFERING } from '../../../../domain/sync/told-proof.ts';
import type { DaysOfBucketQuery, DevicesQuery } from './generated.ts';

type Proof = Pick<
  DevicesQuery['proofs'][number],
  'stretches' | 'differingDays' | 'differingDeviceCounts' | 'differingServerCounts'
>;
type Digest = NonNullable<DaysOfBucketQuery['bucket']>['digest'];

/**
 * `equal`: both sides were found equal as of `at`. `differs`: they were not, with so many `here` and `there` when that
 * was found. `unknown`: there is something here that nothing was told of. `nothing`: nothing here, and nothing told.
 * `here` is otherwise what the device pushed that is here now, and `elsewhere` what is here beside it.
 */
export type DayKnown =
  | { readonly state: 'equal'; readonly here: number; readonly elsewhere: number; readonly at: string }
  | { readonly state: 'differs'; readonly here: number; readonly there: number; readonly elsewhere: number }
  | { readonly state: 'unknown'; readonly here: number; readonly elsewhere: number }
  | { readonly state: 'nothing' };

export type Days = {
  /** The calendar years with something to say, the latest first. */
  readonly years: readonly number[];
  /** Of a day, by number. */
  readonly of: (day: number) => DayKnown;
};

const numberOf = (day: string): number => parseDay(day) ?? Number.NaN;

export const daysOf = (proof: Proof, digest: Digest): Days => {
  const here = new Map(digest.map((day) => [numberOf(day.day), day]));
  const differing = new Map(
    proof.differingDays.map((day, i) => [
      numberOf(day),
      { here: proof.differingServerCounts[i] ?? 0, there: proof.differingDeviceCounts[i] ?? 0 },
    ]),
  );
  const stretches = proof.stretches
    .map(({ firstDay, lastDay, provenAt }) => ({
      first: firstDay === null ? Number.NEGATIVE_INFINITY : numberOf(firstDay),
      last: numberOf(lastDay),
      at: provenAt,
    }))
    .sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
  // A device tells the newest days that differ: of those before it may not have told all.
  const told = proof.differingDays.length < MOST_DIFFERING ? Number.NEGATIVE_INFINITY : Math.min(...differing.keys());
  const years = [...here.keys(), ...differing.keys()].map((day) => new Date(day * 86_400_000).getUTCFullYear());
  return {
    years: [...new Set(years)].sort((a, b) => b - a),
    of: (day) => {
      const digested = here.get(day);
      const [pushed, elsewhere] = digested
        ? [digested.pushedCount, digested.eventCount - digested.pushedCount]
        : [0, 0];
      const differs = differing.get(day);
      if (differs) return { state: 'differs', ...differs, elsewhere };
      if (!digested) return { state: 'nothing' };
      const stretch = day < told ? undefined : stretches.find(({ first, last }) => first <= day && day <= last);
      // What came from elsewhere alone was not compared.
      if (stretch && pushed > 0) return { state: 'equal', here: pushed, elsewhere, at: stretch.at };
      return { state: 'unknown', here: pushed, elsewhere };
    },
  };
};
