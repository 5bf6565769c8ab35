/** W7: what a person changes of events of any age. */
import { makeChance } from './activity.ts';

/** `place`: which of a bucket's events, from the oldest (0). */
export type Edit = { readonly place: number; readonly change: 'edit' | 'delete' };

/** Of all events. */
const EDITED = 0.001;

/** Changes to 0.1 % of this many events, at least one, no event twice, half of them deletions; in no order. */
export function* edits(events: number, seed = 700): Generator<Edit> {
  const chance = makeChance(seed);
  const seen = new Set<number>();
  for (let left = Math.max(1, Math.round(events * EDITED)); left > 0 && seen.size < events; left--) {
    let place = Math.floor(chance() * events);
    while (seen.has(place)) place = (place + 1) % events;
    seen.add(place);
    yield { place, change: seen.size % 2 === 1 ? 'edit' : 'delete' };
  }
}
