import { keyOf, type Event } from '../event.ts';

/**
 * Which rows without owner are which events of a new epoch (spec/sync 1.6): an event takes over a row of the same key
 * (instant and canonical data); where several share a key, the k-th longest takes the k-th longest.
 *
 *   events   vim 5 s    vim 2 s    web 1 s
 *   rows     vim 4 s    vim 2 s
 *   out      5 s → 4 s, 2 s → 2 s; web is new
 */
export const adoptions = <E extends Event, R extends Event>(
  events: readonly E[],
  rows: readonly R[],
): (readonly [row: R, event: E])[] => {
  const free = byKey(rows);
  return [...byKey(events)].flatMap(([key, wanting]) => {
    const rowsOfKey = free.get(key) ?? [];
    return wanting.slice(0, rowsOfKey.length).map((event, k) => [rowsOfKey[k]!, event] as const);
  });
};

/** Events by key, the longest first. */
const byKey = <E extends Event>(events: readonly E[]): Map<string, E[]> => {
  const groups = new Map<string, E[]>();
  for (const event of events) {
    const key = keyOf(event);
    const group = groups.get(key);
    if (group) group.push(event);
    else groups.set(key, [event]);
  }
  for (const group of groups.values())
    group.sort((a, b) => (a.durationNs === b.durationNs ? 0 : a.durationNs > b.durationNs ? -1 : 1));
  return groups;
};
