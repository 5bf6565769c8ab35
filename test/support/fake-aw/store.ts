import type { JsonObject, Json } from './json.ts';

/**
 * The database of a scripted aw-server: what a restart keeps. Rows never change, they are replaced, so a snapshot
 * copies only lists. A bucket's events lie in listing order (spec/rest 3.6), so that a page costs a binary search and
 * its own length: half a million events must not be sorted or walked for each request.
 */

export type Row = {
  readonly id: number;
  readonly bucket: number;
  readonly start: bigint;
  readonly end: bigint;
  readonly data: JsonObject;
};

export type BucketFacts = {
  id: string;
  type: string;
  client: string;
  hostname: string;
  created: bigint;
  data: JsonObject;
};

export type BucketRecord = BucketFacts & {
  readonly key: number;
  events: Row[];
  /** no event was ever longer: lets a range scan stop early; may be too large, never too small */
  longest: bigint;
};

/**
 * What orders events of equal start: [R] by end, then id, both rising. [P] gives the highest id first: it walks
 * SQLite's index (bucket, timestamp) backwards (docs/spec/rest.md is silent; seen on aw-core 0.5.18, older
 * indexes may tie otherwise).
 */
export type Ties = 'end-then-id' | 'newest-id';

export type StoreSnapshot = {
  readonly sequence: number;
  readonly bucketSequence: number;
  readonly buckets: ReadonlyArray<Omit<BucketRecord, 'events'> & { events: readonly Row[] }>;
  readonly settings: ReadonlyArray<readonly [string, Json]>;
};

export type Range = { to?: bigint; from?: bigint; accept?: (row: Row) => boolean; limit?: number };

export type Store = ReturnType<typeof makeStore>;

export function makeStore(ties: Ties) {
  let buckets = new Map<string, BucketRecord>();
  let byKey = new Map<number, BucketRecord>();
  let rows = new Map<number, Row>();
  let settings = new Map<string, Json>();
  /** SQLite's autoincrement counter of [R]; for [P] the highest rowid there is */
  let sequence = 0;
  let bucketSequence = 0;

  const compare = (a: Row, b: Row): number => {
    if (a.start !== b.start) return a.start > b.start ? -1 : 1;
    if (ties === 'newest-id') return b.id - a.id;
    if (a.end !== b.end) return a.end < b.end ? -1 : 1;
    return a.id - b.id;
  };

  /** the first place in `list` whose row is not before `row` */
  const place = (list: readonly Row[], row: Row): number => firstWhere(list, (other) => compare(other, row) >= 0);

  function put(bucket: BucketRecord, added: Row[]): void {
    for (const row of added) if (row.end - row.start > bucket.longest) bucket.longest = row.end - row.start;
    if (added.length <= 4) {
      for (const row of added) bucket.events.splice(place(bucket.events, row), 0, row);
      return;
    }
    added.sort(compare);
    const old = bucket.events;
    const merged = new Array<Row>(old.length + added.length);
    let [read, write] = [0, 0];
    for (const row of added) {
      const until = place(old, row);
      while (read < until) merged[write++] = old[read++] as Row;
      merged[write++] = row;
    }
    while (read < old.length) merged[write++] = old[read++] as Row;
    bucket.events = merged;
  }

  function take(bucket: BucketRecord, gone: Row[]): void {
    if (gone.length <= 4) {
      for (const row of gone) bucket.events.splice(place(bucket.events, row), 1);
      return;
    }
    const ids = new Set(gone.map((row) => row.id));
    bucket.events = bucket.events.filter((row) => !ids.has(row.id));
  }

  return {
    buckets: () => [...buckets.values()],
    bucket: (id: string) => buckets.get(id),
    row: (id: number) => rows.get(id),

    addBucket(facts: BucketFacts): BucketRecord {
      const bucket = { ...facts, key: ++bucketSequence, events: [], longest: 0n };
      buckets.set(bucket.id, bucket);
      byKey.set(bucket.key, bucket);
      return bucket;
    },

    removeBucket(bucket: BucketRecord): void {
      for (const row of bucket.events) rows.delete(row.id);
      buckets.delete(bucket.id);
      byKey.delete(bucket.key);
    },

    /** Ids of [R]: AUTOINCREMENT, never given twice. Above 2^63 - 1 SQLite is full (spec/rest 5). */
    nextAutoincrement: (): number => {
      if (sequence + 1 >= 2 ** 63) throw new Error('database or disk is full');
      return ++sequence;
    },

    /** An id written as such moves SQLite's counter up */
    claim: (id: number): void => {
      sequence = Math.max(sequence, id);
    },

    /** Ids of [P]: one above the highest there is, so that a deleted newest id is given again (spec/sync 1.5) */
    nextRowid(): number {
      if (!rows.has(sequence)) sequence = [...rows.keys()].reduce((a, b) => Math.max(a, b), 0);
      return ++sequence;
    },

    /** Inserts rows; a row with an id that exists, in whatever bucket, takes its place. Of equal ids the last stays. */
    write(batch: readonly Row[]): void {
      const latest = new Map(batch.map((row) => [row.id, row]));
      const gone = new Map<BucketRecord, Row[]>();
      const added = new Map<BucketRecord, Row[]>();
      for (const row of latest.values()) {
        const old = rows.get(row.id);
        if (old) append(gone, byKey.get(old.bucket) as BucketRecord, old);
        append(added, byKey.get(row.bucket) as BucketRecord, row);
        rows.set(row.id, row);
      }
      for (const [bucket, list] of gone) take(bucket, list);
      for (const [bucket, list] of added) put(bucket, list);
    },

    remove(row: Row): void {
      take(byKey.get(row.bucket) as BucketRecord, [row]);
      rows.delete(row.id);
    },

    /** In listing order: start at or before `to`, not before `from` by more than the longest event, and accepted */
    select(bucket: BucketRecord, { to, from, accept = () => true, limit = Infinity }: Range): Row[] {
      const found: Row[] = [];
      let i = to === undefined ? 0 : firstWhere(bucket.events, (row) => row.start <= to);
      for (; i < bucket.events.length && found.length < limit; i++) {
        const row = bucket.events[i] as Row;
        if (from !== undefined && row.start + bucket.longest < from) break;
        if (accept(row)) found.push(row);
      }
      return found;
    },

    settings: () => settings,

    snapshot: (): StoreSnapshot => ({
      sequence,
      bucketSequence,
      buckets: [...buckets.values()].map((bucket) => ({ ...bucket, events: bucket.events.slice() })),
      settings: [...settings],
    }),

    /** A snapshot of the other kind ties otherwise, hence the sort */
    restore(snapshot: StoreSnapshot): void {
      ({ sequence, bucketSequence } = snapshot);
      buckets = new Map();
      byKey = new Map();
      rows = new Map();
      settings = new Map(snapshot.settings);
      for (const saved of snapshot.buckets) {
        const bucket: BucketRecord = { ...saved, events: saved.events.slice() };
        if (bucket.events.some((row, i, all) => i > 0 && compare(all[i - 1] as Row, row) > 0))
          bucket.events.sort(compare);
        buckets.set(bucket.id, bucket);
        byKey.set(bucket.key, bucket);
        for (const row of bucket.events) rows.set(row.id, row);
      }
    },
  };
}

function append<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}

/** Binary search; `test` is false up to some place in the list and true from there on */
function firstWhere(list: readonly Row[], test: (row: Row) => boolean): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (test(list[middle] as Row)) high = middle;
    else low = middle + 1;
  }
  return low;
}
