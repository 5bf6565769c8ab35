import { equalJson, type JsonObject } from '../../data.ts';
import { makeHeap } from './heap.ts';
import { lengthOf, type Span } from './span.ts';

/** Which value stays if both events have a key. */
export type Conflict = 'base_wins' | 'sub_wins';

/**
 * Copies `keys` from events of another watcher into the events of the same time, cut where those change: what a
 * window's page or file was. Of several that cover a piece the one that starts last counts, of these the one that ends
 * last, of these the first.
 *
 *   base  [firefox                 ][vim     ]
 *   sub      [url a  ]   [url b         ]
 *   out   [ ][url a  ][ ][url b    ][url b][ ]
 *
 * The time covered stays the same, and each piece has its event's id. `base` is taken as given; events of `sub` without
 * length are passed over, those of `base` unchanged (spec/query 3.19). `spend` is told of each piece as it is cut, and
 * of each key that is copied, and may throw: overlapping events of `base` make more pieces than there are events.
 */
export const mergeSubwatcherFields = (
  base: readonly Span[],
  sub: readonly Span[],
  keys: readonly string[],
  conflict: Conflict,
  spend: (items: number) => void,
): Span[] => {
  const stretches = stretchesOf(sub.filter((span) => lengthOf(span) > 0));
  const enrich = makeEnricher([...new Set(keys)], conflict, spend);
  if (stretches.length === 0 || keys.length === 0) return [...base];

  const out: Span[] = [];
  for (const event of base) {
    const pieces: { start: number; end: number; readonly data: JsonObject }[] = [];
    const put = (start: number, end: number, data: JsonObject): void => {
      if (end <= start) return;
      spend(1);
      const last = pieces.at(-1);
      if (last && equalJson(last.data, data)) last.end = end;
      else pieces.push({ start, end, data });
    };
    let at = event.start;
    for (let i = firstAfter(stretches, event.start); i < stretches.length && stretches[i]!.start < event.end; i++) {
      const { start, end, owner } = stretches[i]!;
      put(at, start, event.data);
      put(Math.max(at, start), Math.min(end, event.end), enrich(event.data, owner.data));
      at = end;
    }
    put(at, event.end, event.data);
    if (pieces.length === 0) out.push(event);
    for (const { start, end, data } of pieces) out.push({ id: event.id, start, end, data });
  }
  return out;
};

/** A period of time, and the event it belongs to. */
type Stretch = { readonly start: number; readonly end: number; readonly owner: Span };

/**
 * Which event each period belongs to, oldest first: one sweep, with the covering events in a heap and the owner on top.
 */
const stretchesOf = (spans: readonly Span[]): Stretch[] => {
  const byStart = spans.map((span, order) => ({ span, order })).sort((a, b) => a.span.start - b.span.start);
  const places = [...new Set(spans.flatMap(({ start, end }) => [start, end]))].sort((a, b) => a - b);
  const covering = makeHeap<(typeof byStart)[number]>(
    (a, b) => b.span.start - a.span.start || b.span.end - a.span.end || a.order - b.order,
  );
  const out: { start: number; end: number; owner: Span }[] = [];
  let next = 0;
  for (const [i, place] of places.entries()) {
    while (next < byStart.length && byStart[next]!.span.start <= place) covering.push(byStart[next++]!);
    while (covering.top() && covering.top()!.span.end <= place) covering.pop();
    const owner = covering.top()?.span;
    if (!owner) continue;
    const end = places[i + 1]!;
    const last = out.at(-1);
    if (last?.owner === owner) last.end = end;
    else out.push({ start: place, end, owner });
  }
  return out;
};

/** The index of the first stretch that ends after a place; stretches are in order and do not overlap. */
const firstAfter = (stretches: readonly Stretch[], place: number): number => {
  let from = 0;
  let to = stretches.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (stretches[middle]!.end > place) to = middle;
    else from = middle + 1;
  }
  return from;
};

/**
 * Data with the fields of other data, computed once per pair of objects: equal pieces then share one object, and are
 * recognised by it.
 */
const makeEnricher = (keys: readonly string[], conflict: Conflict, spend: (items: number) => void) => {
  const known = new Map<JsonObject, Map<JsonObject, JsonObject>>();
  return (data: JsonObject, from: JsonObject): JsonObject => {
    const ofData = known.get(data) ?? new Map<JsonObject, JsonObject>();
    known.set(data, ofData);
    const before = ofData.get(from);
    if (before) return before;
    spend(keys.length);
    const isTaken = (key: string) => Object.hasOwn(from, key) && (conflict === 'sub_wins' || !Object.hasOwn(data, key));
    const fields = keys.filter(isTaken).map((key) => [key, from[key]] as const);
    const enriched = fields.length === 0 ? data : { ...data, ...Object.fromEntries(fields) };
    ofData.set(from, enriched);
    return enriched;
  };
};
