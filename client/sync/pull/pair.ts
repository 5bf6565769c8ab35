import { wellFormedJson, type JsonObject } from '../../../domain/data.ts';
import { durationUs, isEventInRange, type Event, type StoredEvent } from '../../../domain/event.ts';
import { canonicalData } from '../../../domain/shared-data.ts';

/** The writes that make the local events of one instant equal to the server's. */
export type Pairing = {
  readonly insert: readonly Event[];
  /** The server's event under the local id. */
  readonly replace: readonly StoredEvent[];
  /** Local ids. */
  readonly remove: readonly number[];
};

/**
 * Pairs the events that start in one millisecond, here and on the server, as multisets (spec/sync 3.5). Events equal in
 * duration and data stay; of the rest, those equal in data are one event that grew or was edited (longest with
 * longest): the local row takes what the server says. What the server has beyond is inserted. What is local beyond is
 * removed if something went away at this instant (`gone`), else it stays: in doubt keep more.
 *
 *   here    a5 a7 b1        →  a5 stays, a7 becomes a9, c1 is inserted, b1 goes if `gone`
 *   there   a5 a9    c1
 */
export const pair = (here: readonly StoredEvent[], there: readonly Event[], gone: boolean): Pairing => {
  const groups = new Map<string, { here: StoredEvent[]; there: Event[] }>();
  const groupOf = (event: Event) => {
    const data = canonicalData(event.data);
    const known = groups.get(data) ?? { here: [], there: [] };
    groups.set(data, known);
    return known;
  };
  for (const event of here) groupOf(event).here.push(event);
  for (const event of there) groupOf(event).there.push(event);

  const insert: Event[] = [];
  const replace: StoredEvent[] = [];
  const remove: number[] = [];
  for (const group of groups.values()) {
    const [local, remote] = withoutTwins(group.here.sort(longestFirst), group.there.sort(longestFirst));
    const pairs = Math.min(local.length, remote.length);
    for (let i = 0; i < pairs; i++) replace.push({ ...remote[i]!, id: local[i]!.id });
    insert.push(...remote.slice(pairs));
    if (gone) remove.push(...local.slice(pairs).map(({ id }) => id));
  }
  return { insert, replace, remove };
};

const longestFirst = (a: Event, b: Event): number => Number(durationUs(b) - durationUs(a));

/** Two lists of equal data, longest first, without the events that both have (as many as both have). */
const withoutTwins = (here: readonly StoredEvent[], there: readonly Event[]): [StoredEvent[], Event[]] => {
  const local: StoredEvent[] = [];
  const remote: Event[] = [];
  let i = 0;
  let j = 0;
  while (i < here.length && j < there.length) {
    const order = longestFirst(here[i]!, there[j]!);
    if (order === 0) {
      i++;
      j++;
    } else if (order < 0) local.push(here[i++]!);
    else remote.push(there[j++]!);
  }
  return [
    [...local, ...here.slice(i)],
    [...remote, ...there.slice(j)],
  ];
};

/** An event as every aw-server accepts it: duration in whole µs, lone surrogates replaced by U+FFFD (spec/sync 3.6). */
export const writable = (event: Event): Event => makeWritable()(event);

/** The same for several events; those that share their data still do. */
export const makeWritable = (): ((event: Event) => Event) => {
  const known = new Map<JsonObject, JsonObject>();
  const wellFormed = (data: JsonObject): JsonObject => {
    let made = known.get(data);
    if (made === undefined) known.set(data, (made = wellFormedJson(data)));
    return made;
  };
  return (event) => ({
    startUs: event.startUs,
    durationNs: durationUs(event) * 1000n,
    data: wellFormed(event.data),
  });
};

/**
 * Can aw-server store this event and return it? The Rust one hides events that end before 1970 and moves the start of
 * those that begin before it, so both would be inserted again and again; outside 1677–2262 it stops working
 * (spec/sync 3.6).
 */
export const isWritable = (event: Event): boolean => isEventInRange(event) && event.startUs >= 0n;
