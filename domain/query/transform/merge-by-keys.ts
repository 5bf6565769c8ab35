import { canonicalJson, type JsonObject } from '../../data.ts';
import { oncePerData } from './once-per-data.ts';
import { lengthOf, type Span } from './span.ts';

/**
 * One event per combination of the values under `keys`, in order of first appearance: the start of the first met (not
 * the earliest), the durations' sum, and of the data only `keys`.
 *
 *   in    [vim  ][web][vim][web ]
 *   out   [vim      ]
 *                [web     ]
 *
 * A key that an event lacks is left out of its combination, so with app and title `{app: "x"}` and
 * `{title: "x"}` are one group, as in Python (spec/query 3.9). Values compare by type and content. Without keys
 * the events stay as they are.
 */
export const mergeByKeys = (spans: readonly Span[], keys: readonly string[]): Span[] => {
  if (keys.length === 0) return [...spans];
  const groups = new Map<string, { data: JsonObject; start: number; length: number }>();
  const groupOf = oncePerData((data) => {
    const present = keys.filter((key) => Object.hasOwn(data, key));
    return { name: canonicalJson(present.map((key) => data[key])), data, present };
  });
  for (const span of spans) {
    const { name, data, present } = groupOf(span.data);
    const group = groups.get(name);
    if (group) group.length += lengthOf(span);
    else groups.set(name, { data: pick(data, present), start: span.start, length: lengthOf(span) });
  }
  return [...groups.values()].map(({ data, start, length }) => ({ id: null, start, end: start + length, data }));
};

/** `Object.fromEntries`, because a key may be "__proto__". */
const pick = (data: JsonObject, keys: readonly string[]): JsonObject =>
  Object.fromEntries(keys.map((key) => [key, data[key]]));
