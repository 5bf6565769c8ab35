/** Figures by turns: whoever is compared works in the same round, so that a busy machine is busy for all. */

/**
 * Whom a figure is of: kt-server on an engine, the peer, what the work costs without the server on each engine, or on
 * either (`floor`).
 */
export type Side = 'postgres' | 'embedded' | 'peer' | 'floorPostgres' | 'floorEmbedded' | 'floor';
/** A figure a round. */
export type Samples = Partial<Record<Side, readonly number[]>>;

export const median = (list: readonly number[]): number => quantile(list, 0.5);

/** The value below which this share of a list lies; NaN of an empty list. */
export const quantile = (list: readonly number[], share: number): number =>
  [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * share))] ?? Number.NaN;

/** How much larger one side's figures are than another's: the median of the rounds' ratios. */
export const ratio = (ours: readonly number[], other: readonly number[]): number =>
  ours.length === other.length ? median(ours.map((one, i) => one / other[i]!)) : median(ours) / median(other);

/** Milliseconds that a piece of work takes. */
export const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const began = performance.now();
  await work();
  return performance.now() - began;
};

/** What `work` returns, while something else is done over and over beside it. Fails when either does. */
export const meanwhile = async <T>(beside: () => Promise<unknown>, work: () => Promise<T>): Promise<T> => {
  let done = false;
  const going = (async () => {
    while (!done) await beside();
  })();
  const worked = work().finally(() => (done = true));
  const [result] = await Promise.all([worked, going]);
  return result;
};

/** Adds up the milliseconds of pieces of work, and leaves out what lies between them. */
export const stopwatch = () => {
  let total = 0;
  return {
    run: async (work: () => Promise<unknown>): Promise<void> => void (total += await timed(work)),
    /** The milliseconds so far. */
    get ms() {
      return total;
    },
  };
};

/**
 * Lets each side work once a round, every other round in the opposite order. A work's result is its figure. The first
 * `warm` rounds do not count.
 */
export const inTurn = async (
  works: Partial<Record<Side, (round: number) => Promise<number>>>,
  { rounds, warm = 1 }: { rounds: number; warm?: number },
): Promise<Samples> => {
  const entries = Object.entries(works) as [Side, (round: number) => Promise<number>][];
  const samples = new Map<Side, number[]>(entries.map(([side]) => [side, []]));
  for (let round = -warm; round < rounds; round++)
    for (const [side, work] of round % 2 === 0 ? entries : entries.toReversed()) {
      const figure = await work(round);
      if (round >= 0) samples.get(side)!.push(figure);
    }
  return Object.fromEntries(samples);
};
