import { KtError } from '../../../domain/errors.ts';
import type { Cut } from '../../../domain/facts/calendar.ts';
import { SLOTS, sumSlots } from '../../../domain/facts/slots.ts';

/** Sums that are kept at once: some 100 bytes each. */
const MOST_SUMS = 200_000;

/** Sums of a device by label and stretch, as one number: `label * stretches.length + stretch`. */
type Sums = {
  /** Whether it is the first of its key; `ms` above 0. */
  add(key: number, ms: number): boolean;
  each(found: (key: number, ms: number) => void): void;
};

/** Keys that lie in an array: those of a year by category and day. */
const MOST_DENSE = 1 << 16;

const makeDeviceSums = (): Sums => {
  let dense = new Float64Array(1 << 10);
  const rest = new Map<number, number>();
  return {
    add: (key, ms) => {
      if (key >= MOST_DENSE) {
        const before = rest.get(key);
        rest.set(key, (before ?? 0) + ms);
        return before === undefined;
      }
      if (key >= dense.length) {
        const grown = new Float64Array(2 ** Math.ceil(Math.log2(key + 1)));
        grown.set(dense);
        dense = grown;
      }
      const before = dense[key]!;
      dense[key] = before + ms;
      return before === 0;
    },
    each: (found) => {
      for (let key = 0; key < dense.length; key++) if (dense[key]! > 0) found(key, dense[key]!);
      for (const [key, ms] of rest) found(key, ms);
    },
  };
};

/** A sum of some label and stretch, by their numbers. */
export type Sum = { readonly device: string; readonly label: number; readonly stretch: number; readonly ms: number };

/**
 * Sums of packed facts by device, label and stretch of time, in ms. `labelOf` names a value's label by a number; what
 * it gives a negative one does not count. `add` fails with `too_large` for more than 200,000 sums.
 */
export const makeSums = ({ start, stretches, stretchOf }: Pick<Cut, 'start' | 'stretches' | 'stretchOf'>) => {
  const devicesSums = new Map<string, Sums>();
  let kept = 0;
  let total = 0;
  return {
    add: (packed: Uint8Array, day: number, device: string, labelOf: (value: number) => number): void => {
      const sums = devicesSums.get(device) ?? makeDeviceSums();
      devicesSums.set(device, sums);
      let first = 0;
      sumSlots(
        packed,
        stretchOf,
        day * SLOTS - start,
        (value) => {
          const label = labelOf(value);
          first = label * stretches.length;
          return label >= 0;
        },
        (stretch, ms) => {
          total += ms;
          if (sums.add(first + stretch, ms) && ++kept > MOST_SUMS)
            throw new KtError(
              'too_large',
              `this has more than ${MOST_SUMS} sums: ask for fewer days, a coarser grain, or by less`,
            );
        },
      );
    },
    total: (): number => total,
    /** How many rows there are. */
    count: (): number => kept,
    /** In order of time, the longest first within it; those of a stretch are sorted when they are asked for. */
    rows: function* (): Generator<Sum> {
      const ofStretches: Sum[][] = stretches.map(() => []);
      for (const [device, sums] of devicesSums)
        sums.each((key, ms) => {
          const stretch = key % stretches.length;
          ofStretches[stretch]!.push({ device, label: (key - stretch) / stretches.length, stretch, ms });
        });
      for (const rows of ofStretches) yield* rows.sort((a, b) => b.ms - a.ms || a.label - b.label);
    },
  };
};
