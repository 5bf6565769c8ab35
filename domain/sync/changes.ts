/** What changed, told as state (spec/sync 3.3). */
import type { Event } from '../event.ts';

/** Rows that the server looks at for one page of changes, at most and by default. */
export const CHANGES_PER_PAGE = 5_000;

/** What starts at one instant (ms) of a bucket, as it is now; `gone`: something that started there went away. */
export type Instant<E extends Event = Event> = {
  readonly atMs: bigint;
  readonly gone: boolean;
  readonly events: readonly E[];
};
