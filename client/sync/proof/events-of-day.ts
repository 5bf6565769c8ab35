import type { StoredEvent } from '../../../domain/event.ts';
import { daySpan } from '../../../domain/sync/day-digest.ts';
import type { Local } from '../ports.ts';
import { PAGE_SIZE, walk } from '../push/walk.ts';

/** A bucket's events that start on a UTC day, unclipped. `about`: how many are expected, to size the read. */
export const eventsOfDay = async (
  local: Local,
  bucketId: string,
  day: number,
  about: number,
): Promise<StoredEvent[]> => {
  const { fromUs, toUs } = daySpan(day);
  const found: StoredEvent[] = [];
  for await (const { events } of walk(local, bucketId, {
    before: toUs,
    pageSize: Math.min(PAGE_SIZE, about + 50),
    ahead: false,
  })) {
    found.push(...events.filter(({ startUs }) => startUs >= fromUs));
    if (events.some(({ startUs }) => startUs < fromUs)) break;
  }
  return found;
};
