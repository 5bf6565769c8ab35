/** Runs the scenario of a seed, and reports what failed and how to run it again. */
import fc from 'fast-check';
import { play } from './model.ts';
import type { Scenario } from './ops.ts';
import { scenarios } from './scenarios.ts';

export type Outcome = { readonly seed: number; readonly failure: string | null };

/**
 * With `shrink`, a failure is reported with the smallest scenario that still fails, which takes minutes instead of a
 * second.
 */
export const playSeed = async (seed: number, shrink = false): Promise<Outcome> => {
  const details = await fc.check(
    fc.asyncProperty(scenarios, async (scenario) => void (await play(scenario))),
    { seed, numRuns: 1, endOnFailure: !shrink },
  );
  if (!details.failed) return { seed, failure: null };
  const [scenario] = details.counterexample ?? [];
  const error = details.errorInstance;
  const why = error instanceof Error ? error.message : String(error);
  return {
    seed,
    failure:
      `seed ${seed}: ${why}\n` +
      (shrink && scenario ? tell(scenario) : `  again, and smaller: npm run test:soak -- --seed ${seed}`),
  };
};

const tell = (scenario: Scenario): string =>
  [...scenario.machines, ...scenario.ops].map((line) => `  ${JSON.stringify(line)}`).join('\n');
