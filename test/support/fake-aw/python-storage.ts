/**
 * aw-core's peewee storage under [P] (spec/rest 3.6, 4, 5): times in whole milliseconds, durations in whole
 * microseconds, SQLite rowids. Where that page is silent, this follows aw-server 0.12 with aw-core 0.5.18 from PyPI, to
 * which the same requests were sent.
 */
import { Refusal, jsonReply } from './http.ts';
import { asciiJson, equalPython, isObject, type Json, type JsonObject } from './json.ts';
import type { BucketFacts, BucketRecord, Row, Store } from './store.ts';
import { DAY, durationPython, fitsPython, floorTo, MICRO, MILLI, parsePython, SECOND } from './time.ts';

export type EventIn = { id: number | null; start: bigint; duration: bigint; data: JsonObject };

/** Any exception that the Python code does not catch: a 500 without a message */
export const crash = (): never => {
  throw new Refusal(jsonReply(500, asciiJson({ message: 'Internal Server Error' })));
};

/** `Event(**json)`: no timestamp is now, no data is `{}`, an unknown field raises */
export function eventIn(json: Json | undefined, now: bigint): EventIn {
  if (!isObject(json)) return crash();
  const { id = null, timestamp = null, duration = 0, data = null, ...unknown } = json;
  if (Object.keys(unknown).length > 0) return crash();
  if (id !== null && !(typeof id === 'number' && Number.isInteger(id))) return crash();
  if (typeof duration !== 'number' && typeof duration !== 'boolean') return crash();
  if (data !== null && !isObject(data)) return crash();
  const start = timestamp === null ? now : typeof timestamp === 'string' ? parsePython(timestamp) : null;
  const length = durationPython(Number(duration));
  if (start === null || length === null || !fitsPython(start + length)) return crash();
  return { id, start: floorTo(start, MILLI), duration: length, data: data ?? {} };
}

export function makePythonStorage(store: Store) {
  /**
   * last merged or inserted heartbeat of each bucket; nothing but a restart clears it, not even the bucket's deletion
   * (4)
   */
  let slots = new Map<string, EventIn>();

  function bucketOf(id: string): BucketRecord {
    return store.bucket(id) ?? missing(id);
  }

  /** `save()` with an id is an UPDATE: it steals a row of any bucket, and an unknown id is stored nowhere (8) */
  function update(bucket: BucketRecord, event: EventIn & { id: number }): void {
    if (store.row(event.id)) store.write([rowOf(bucket, event, event.id)]);
  }

  function insertOne(bucket: BucketRecord, event: EventIn): EventIn {
    if (event.id !== null) {
      update(bucket, { ...event, id: event.id });
      return event;
    }
    const id = store.nextRowid();
    store.write([rowOf(bucket, event, id)]);
    return { ...event, id };
  }

  /** Start rounded down, end up to the next ms, even from a whole one (spec/rest 3.6); clipping by what that gives */
  function list(bucket: BucketRecord, limit: number, start: bigint | null, end: bigint | null): Row[] {
    if (limit === 0) return [];
    const from = start === null ? null : floorTo(start, MILLI);
    const to = end === null ? null : floorTo(end, MILLI) + MILLI;
    return select(bucket, from, to, limit < 0 ? undefined : limit).map((row) => {
      const shownStart = from !== null && row.start < from ? from : row.start;
      const shownEnd = to !== null && row.end > to ? to : row.end;
      return { ...row, start: shownStart, end: shownEnd };
    });
  }

  /** The bounds as they come; an event that starts more than 24 h before `from` is missed (spec/rest 3.6) */
  function select(bucket: BucketRecord, from: bigint | null, to: bigint | null, limit?: number): Row[] {
    const range = { to: to ?? undefined, limit };
    if (from === null) return store.select(bucket, range);
    return store.select(bucket, { ...range, from, accept: (row) => row.start >= from - DAY && endsAfter(row, from) });
  }

  return {
    bucketOf,
    buckets: store.buckets,
    settings: store.settings,
    list: (id: string, limit: number, start: bigint | null, end: bigint | null): Row[] =>
      list(bucketOf(id), limit, start, end),
    newest: (bucket: BucketRecord): Row | undefined => bucket.events[0],
    /** Honours start and end, without the rounding of the listing */
    count: (id: string, start: bigint | null, end: bigint | null): number => select(bucketOf(id), start, end).length,

    create(facts: BucketFacts): boolean {
      if (store.bucket(facts.id)) return false;
      store.addBucket(facts);
      return true;
    },

    drop: (id: string): void => store.removeBucket(bucketOf(id)),

    event(id: string, eventId: number): Row | null {
      const bucket = bucketOf(id);
      const row = store.row(eventId);
      return row?.bucket === bucket.key ? row : null;
    },

    remove(id: string, eventId: number): number {
      const bucket = bucketOf(id);
      const row = store.row(eventId);
      if (row?.bucket !== bucket.key) return 0;
      store.remove(row);
      return 1;
    },

    /** First those with an id, one by one, then all without, in one go */
    insertMany(id: string, events: readonly EventIn[]): void {
      const bucket = bucketOf(id);
      for (const event of events) if (event.id !== null) update(bucket, { ...event, id: event.id });
      const fresh = events.filter((event) => event.id === null);
      if (fresh.length === 0) return;
      const first = store.nextRowid();
      store.claim(first + fresh.length - 1);
      store.write(fresh.map((event, i) => rowOf(bucket, event, first + i)));
    },

    /**
     * Compares with the slot, but writes a merge over the event that is newest by time: after heartbeats out of order
     * another event is lost (4). Without any event left to write over, Python raises.
     */
    heartbeat(id: string, beat: EventIn, pulsetime: number): EventIn {
      const bucket = bucketOf(id);
      const newest = bucket.events[0];
      const last = slots.get(id) ?? (newest && eventOf(newest));
      const merged = last && merge(last, beat, pulsetime);
      if (!merged) {
        const inserted = insertOne(bucket, beat);
        slots.set(id, inserted);
        return inserted;
      }
      slots.set(id, merged);
      if (!newest) return crash();
      store.write([rowOf(bucket, merged, newest.id)]);
      slots.set(id, { ...merged, id: newest.id });
      return { ...merged, id: newest.id };
    },

    restart(): void {
      slots = new Map();
    },
  };
}

/**
 * Whether an event ends at `from` or later, as [P] asks SQLite: both sides are text, the computed end with 3 digits,
 * `from` with 6 or none. So an end that falls on `from` counts only on a whole second. And the end goes through a
 * julian day, a double, so that microseconds near half a millisecond fall either way: hence the same arithmetic here.
 */
function endsAfter(row: Row, from: bigint): boolean {
  const julianMs = 210_866_760_000_000;
  const julianDay = (Number(row.start / MILLI) + julianMs) / 86_400_000;
  const unix = (julianDay - 2_440_587.5) * 86_400 + Number((row.end - row.start) / MICRO) / 1e6;
  const end = BigInt(Math.floor(unix * 1000 + julianMs + 0.5) - julianMs) * MILLI;
  return from % SECOND === 0n ? end >= from : end > from;
}

function merge(last: EventIn, beat: EventIn, pulsetime: number): EventIn | null {
  if (!equalPython(last.data, beat.data)) return null;
  const window = durationPython(pulsetime);
  if (window === null || !fitsPython(last.start + last.duration + window)) return crash();
  if (beat.start < last.start || beat.start > last.start + last.duration + window) return null;
  if (last.duration < 0n) return null;
  const grown = beat.start - last.start + beat.duration;
  return { ...last, duration: grown > last.duration ? grown : last.duration };
}

const rowOf = (bucket: BucketRecord, { start, duration, data }: EventIn, id: number): Row => ({
  id,
  bucket: bucket.key,
  start,
  end: start + duration,
  data,
});

const eventOf = ({ id, start, end, data }: Row): EventIn => ({ id, start, duration: end - start, data });

const missing = (id: string): never => {
  throw new Refusal(jsonReply(404, asciiJson({ message: `There's no bucket named ${id}.` })));
};
