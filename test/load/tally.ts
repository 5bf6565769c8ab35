/** What became of requests of one kind, in bounded memory however many there were. */
import { createHistogram } from 'node:perf_hooks';

export type Figures = {
  readonly asked: number;
  /** Answered as they should be. */
  readonly well: number;
  /** What happened to the others, and how often. */
  readonly errors: Readonly<Record<string, number>>;
  /** From the time at which it was due to its answer, in ms; null where nothing was answered. */
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly max: number | null;
};

/** Kinds of errors that are told apart; what comes after them is counted as one. */
const MOST_KINDS = 20;

export const makeTally = () => {
  const histogram = createHistogram();
  const errors = new Map<string, number>();
  let [asked, well] = [0, 0];
  return {
    asked: (): void => void (asked += 1),
    /** It was answered well, so many ms after it was due. */
    well: (ms: number): void => {
      well += 1;
      histogram.record(Math.max(1, Math.round(ms * 1_000)));
    },
    failed: (why: string): void => {
      const kind = errors.has(why) || errors.size < MOST_KINDS ? why : 'others';
      errors.set(kind, (errors.get(kind) ?? 0) + 1);
    },
    /** What there was since the last time. */
    take: (): Figures => {
      const at = (share: number): number | null => (well === 0 ? null : histogram.percentile(share) / 1_000);
      const figures = {
        asked,
        well,
        errors: Object.fromEntries(errors),
        p50: at(50),
        p95: at(95),
        p99: at(99),
        max: well === 0 ? null : histogram.max / 1_000,
      };
      [asked, well] = [0, 0];
      histogram.reset();
      errors.clear();
      return figures;
    },
  };
};
