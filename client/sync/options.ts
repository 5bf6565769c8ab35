import type { Selection } from './plan.ts';
import type { Progress } from './report.ts';

export type Mode = 'push' | 'pull' | 'both';

/** Options of every run of the engine, a pass or a proof. */
export type RunOptions = {
  readonly mode?: Mode;
  /** Buckets to work on, in both directions; all of them by default. */
  readonly selection?: Selection;
  /**
   * Called from time to time during long work. Costs one local count per new bucket, and one list of the server's
   * buckets.
   */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
};
