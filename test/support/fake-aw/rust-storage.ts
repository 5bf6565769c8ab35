/**
 * The storage thread of [R]: the database, and what that thread keeps in memory until a restart (bucket metadata,
 * heartbeat slots). A time outside signed 64-bit nanoseconds kills it, and everything that asks it afterwards fails
 * until the restart (spec/rest 1.4).
 */
import { Refusal, jsonReply } from './http.ts';
import { equalRust } from './json.ts';
import type { BucketIn, EventIn } from './rust-body.ts';
import type { BucketRecord, Row, Store } from './store.ts';
import { fitsI64, pulsetimeRust } from './time.ts';

/**
 * What is told of a bucket besides its row: only ever widened, and `last_updated` as given at
 * creation, both until restart (2)
 */
export type Metadata = { start: bigint | null; end: bigint | null; lastUpdated: bigint | null };

/** The event last written by a heartbeat, by value; an event deleted since is still here (4) */
type Slot = Pick<Row, 'id' | 'start' | 'end' | 'data'>;

export function makeRustStorage(store: Store) {
  let dead = false;
  let metadata = new Map<string, Metadata>();
  let slots = new Map<string, Slot>();

  const alive = (): void => {
    if (dead) fail('the storage thread is gone');
  };
  const die = (why: string): never => {
    dead = true;
    return fail(why);
  };

  /** What ends the thread that adds: a start or an end beyond an i64 */
  const checkTime = (ns: bigint): bigint => (fitsI64(ns) ? ns : die('time out of range'));

  function bucketOf(id: string): BucketRecord {
    alive();
    return store.bucket(id) ?? missing(id);
  }

  function widen(bucket: BucketRecord, { start, end }: Pick<Row, 'start' | 'end'>): void {
    const known = metadata.get(bucket.id) ?? { start: null, end: null, lastUpdated: null };
    if (known.start === null || start < known.start) known.start = start;
    if (known.end === null || end > known.end) known.end = end;
    metadata.set(bucket.id, known);
  }

  /**
   * INSERT OR REPLACE by id: an id of this bucket replaces, one of another bucket moves that row here, an unknown one
   * is taken and moves the counter up (5). When the thread dies half-way, what it did before stays: its transaction
   * commits when it is dropped.
   */
  function insert(bucket: BucketRecord, events: readonly EventIn[]): Row[] {
    const written: Row[] = [];
    try {
      for (const event of events) {
        const start = checkTime(event.start);
        const end = checkTime(start + event.duration);
        const id = event.id ?? nextId();
        store.claim(id);
        const row = { id, bucket: bucket.key, start, end, data: event.data };
        widen(bucket, row);
        written.push(row);
      }
    } finally {
      store.write(written);
    }
    return written;
  }

  function nextId(): number {
    try {
      return store.nextAutoincrement();
    } catch (error) {
      return fail(`Failed to insert event: ${(error as Error).message}`);
    }
  }

  /**
   * Both bounds inclusive; without a start the event must end in 1970 or later, and is clipped there too
   * (spec/rest 3.6)
   */
  function list(bucket: BucketRecord, start: bigint | null, end: bigint | null, limit?: number): Row[] {
    const from = start === null ? 0n : checkTime(start);
    const to = end === null ? undefined : checkTime(end);
    if (to !== undefined && from > to) return [];
    return store.select(bucket, { from, to, limit, accept: (row) => row.end >= from }).map((row) => {
      const shownStart = row.start < from ? from : row.start;
      const shownEnd = to !== undefined && row.end > to ? to : row.end;
      return { ...row, start: shownStart, end: shownEnd };
    });
  }

  function create(facts: BucketIn, now: bigint): BucketRecord {
    const created = facts.created ?? now;
    const { id, type, client, hostname, data, lastUpdated } = facts;
    const bucket = store.addBucket({ id, type, client, hostname, data, created });
    metadata.set(id, { start: null, end: null, lastUpdated });
    insert(bucket, facts.events);
    return bucket;
  }

  return {
    bucketOf,
    metadataOf: (bucket: BucketRecord): Metadata =>
      metadata.get(bucket.id) ?? { start: null, end: null, lastUpdated: null },
    exists: (id: string): boolean => (alive(), store.bucket(id) !== undefined),
    buckets: () => (alive(), store.buckets()),
    settings: () => (alive(), store.settings()),

    create(facts: BucketIn, now: bigint): boolean {
      alive();
      if (store.bucket(facts.id)) return false;
      create(facts, now);
      return true;
    },

    /** The heartbeat slot stays: a bug of [R] (4) */
    drop(id: string): void {
      store.removeBucket(bucketOf(id));
      metadata.delete(id);
    },

    insert(id: string, events: readonly EventIn[]): Row[] {
      alive();
      if (events.length === 0) return []; // even when there is no such bucket (spec/rest 3.7)
      const written = insert(bucketOf(id), events);
      slots.delete(id);
      return written;
    },

    list: (id: string, start: bigint | null, end: bigint | null, limit?: number): Row[] =>
      list(bucketOf(id), start, end, limit),

    /** Ignores start and end (spec/rest 3.8), but not the bound of 1970 (spec/rest 3.6) */
    count: (id: string): number => store.select(bucketOf(id), { accept: (row) => row.end >= 0n }).length,

    /** For exports: unclipped */
    all: (bucket: BucketRecord): Row[] => store.select(bucket, { accept: (row) => row.end >= 0n }),

    event(id: string, eventId: number): Row {
      const bucket = bucketOf(id);
      const row = store.row(eventId);
      // 500, not 404 (spec/rest 3.9)
      return row?.bucket === bucket.key ? row : fail(`no event ${eventId} in bucket ${id}`);
    },

    remove(id: string, eventId: number): void {
      const bucket = bucketOf(id);
      const row = store.row(eventId);
      if (row?.bucket === bucket.key) store.remove(row);
    },

    /** spec/rest 4. The slot is taken out first, so a heartbeat that fails leaves it empty. */
    heartbeat(id: string, beat: EventIn, pulsetime: number): Row {
      const bucket = bucketOf(id);
      let last: Slot | undefined = slots.get(id);
      slots.delete(id);
      last ??= list(bucket, null, null, 1)[0];
      if (!last) return insert(bucket, [beat])[0] as Row; // the very first insert leaves the slot empty
      const merged = merge(last, beat, pulsetime);
      let row: Row;
      if (merged) {
        checkTime(merged.end);
        if (store.row(last.id)?.bucket !== bucket.key) fail(`event ${last.id} of the last heartbeat is gone`);
        row = { ...merged, bucket: bucket.key };
        store.write([row]);
        widen(bucket, row);
      } else row = insert(bucket, [beat])[0] as Row;
      slots.set(id, row);
      return row;
    },

    /**
     * spec/rest 6. Into an existing bucket go only the events that have no equal there; repeated copies inside the file
     * have no stored twin, so all of them go. Ids of the file are honoured, and may take rows from other buckets.
     */
    import(buckets: readonly BucketIn[], now: bigint): void {
      alive();
      for (const facts of buckets) {
        const bucket = store.bucket(facts.id);
        if (!bucket) {
          create(facts, now);
          continue;
        }
        const known = new Set(bucket.events.map(identity));
        const fresh = facts.events.filter(
          (event) => !known.has(identity({ ...event, end: event.start + event.duration })),
        );
        if (fresh.length === 0) continue;
        insert(bucket, fresh);
        slots.delete(facts.id);
      }
    },

    restart(): void {
      dead = false;
      slots = new Map();
      metadata = new Map();
      for (const bucket of store.buckets()) for (const row of bucket.events) widen(bucket, row);
    },
  };
}

function merge(last: Slot, beat: EventIn, pulsetime: number): Slot | null {
  // out of the range of i64 this addition would kill the thread; `heartbeat` sees to that by the end it gets
  const beatEnd = beat.start + beat.duration;
  const end = beatEnd > last.end ? beatEnd : last.end;
  const window = pulsetimeRust(pulsetime);
  if (!equalRust(beat.data, last.data) || last.start > beat.start) return null;
  if (beat.start > last.end + window || end < last.start) return null;
  return { id: last.id, start: last.start, end, data: last.data };
}

const identity = ({ start, end, data }: Pick<Row, 'start' | 'end' | 'data'>): string =>
  `${start} ${end} ${JSON.stringify(data)}`;

const fail = (message: string): never => {
  throw new Refusal(jsonReply(500, JSON.stringify({ message })));
};

const missing = (id: string): never => {
  throw new Refusal(jsonReply(404, JSON.stringify({ message: `There's no bucket named ${id}` })));
};
