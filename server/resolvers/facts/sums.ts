import { KtError } from '../../../domain/errors.ts';
import type { Cut } from '../../../domain/facts/calendar.ts';
import { readSlots, SLOTS } from '../../../domain/facts/slots.ts';

/** Sums that are kept at once: some 100 bytes each. */
const MOST_SUMS = 200_000;

/**
 * Sums of packed facts by device, label and stretch of time, in ms. `labelOf` names a value's label by a number; what
 * it gives a negative one does not count. `add` fails with `too_large` for more than 200,000 sums.
 */
export const makeSums = ({ start, stretchOf }: Cut) => {
  const devicesSums = new Map<string, Map<number, Map<number, number>>>();
  let kept = 0;
  return {
    add: (packed: Uint8Array, day: number, device: string, labelOf: (value: number) => number): void => {
      const byLabel = devicesSums.get(device) ?? new Map<number, Map<number, number>>();
      devicesSums.set(device, byLabel);
      const base = day * SLOTS - start;
      // Slots that follow each other are mostly of one stretch: they are added up first.
      let byStretch = new Map<number, number>();
      let stretch = -1;
      let sum = 0;
      const keep = (): void => {
        if (sum === 0) return;
        const before = byStretch.get(stretch);
        if (before === undefined && ++kept > MOST_SUMS)
          throw new KtError(
            'too_large',
            `this has more than ${MOST_SUMS} sums: ask for fewer days, a coarser grain, or by less`,
          );
        byStretch.set(stretch, (before ?? 0) + sum);
        sum = 0;
      };
      readSlots(
        packed,
        (value) => {
          keep();
          const label = labelOf(value);
          if (label < 0) return false;
          byStretch = byLabel.get(label) ?? new Map<number, number>();
          byLabel.set(label, byStretch);
          return true;
        },
        (slot, ms) => {
          const of = stretchOf[base + slot];
          if (of === undefined) return;
          if (of !== stretch) {
            keep();
            stretch = of;
          }
          sum += ms;
        },
      );
      keep();
    },
    total: (): number => {
      let sum = 0;
      for (const byLabel of devicesSums.values())
        for (const byStretch of byLabel.values()) for (const ms of byStretch.values()) sum += ms;
      return sum;
    },
    rows: () => {
      const all: { device: string; label: number; stretch: number; ms: number }[] = [];
      for (const [device, byLabel] of devicesSums)
        for (const [label, byStretch] of byLabel)
          for (const [stretch, ms] of byStretch) all.push({ device, label, stretch, ms });
      return all.sort((a, b) => a.stretch - b.stretch || b.ms - a.ms || a.label - b.label);
    },
  };
};
