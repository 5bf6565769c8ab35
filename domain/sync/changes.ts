/** Changes, reported as the current state (spec/sync 3.3). */
import type { Event } from '../event.ts';

/** Most rows that the server reads for one page of changes, and its default. */
export const CHANGES_PER_PAGE = 5_000;

/**
 * The events that start at one instant (ms) of a bucket, as they are now; `gone`: one that started there was deleted.
 */
export type Instant<E extends Event = Event> = {
  readonly atMs: bigint;
  readonly gone: boolean;
  readonly events: readonly E[];
};
