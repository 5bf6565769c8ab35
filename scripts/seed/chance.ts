/** Chance that is the same every time. */
import { makeChance } from '../../test/bench/workloads/activity.ts';

export type Chance = {
  /** 0 ≤ n < 1 */
  readonly next: () => number;
  /** Whether something happens that does so with this probability. */
  readonly is: (probability: number) => boolean;
  /** A whole number, both ends included. */
  readonly whole: (from: number, to: number) => number;
  readonly one: <T>(of: readonly T[]) => T;
};

/** One for each purpose: what is drawn for one never changes what is drawn for another. */
export const chanceFor = (...purpose: readonly number[]): Chance => {
  let seed = 0x5eed;
  for (const part of purpose) {
    seed = Math.imul(seed ^ part, 0x85ebca6b);
    seed ^= seed >>> 13;
  }
  const next = makeChance(seed);
  // The first numbers of seeds that are near to each other are alike.
  for (let i = 0; i < 8; i++) next();
  const whole = (from: number, to: number): number => from + Math.floor(next() * (to - from + 1));
  return { next, whole, is: (probability) => next() < probability, one: (of) => of[whole(0, of.length - 1)]! };
};
