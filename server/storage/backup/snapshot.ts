/** All of a database as it was at one moment, while others write. */
import { KtError } from '../../../domain/errors.ts';
import { Prisma } from '../../../prisma/generated/client/client.ts';
import { frozen, run, type Database, type Tx } from '../database.ts';
import type { Counters, Kind, Page } from './kinds.ts';
import { nextGroup, plain, readPage, type Place, type Rows } from './page.ts';
import { noNames } from './references.ts';
import { makeShadows, dropShadows, shadowed } from './shadows.ts';

export type Snapshot = {
  readonly counters: Counters;
  /** All rows of a kind. Those that it refers to are read before it. */
  pages(kind: Kind): AsyncGenerator<Page>;
};

const readCounters = async (tx: Tx): Promise<Counters> => {
  const [row] = await tx.$queryRaw<Counters[]>`
    select coalesce(max(last_event), 0) as events, coalesce(max(last_bucket), 0)::bigint as buckets,
      coalesce(pg_sequence_last_value(pg_get_serial_sequence('imports', 'id')::regclass), 0) as imports
    from users`;
  return row!;
};

type Read = <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;

const snapshotOver = async (read: Read, rows: Rows, pageRows?: number, names = noNames()): Promise<Snapshot> => ({
  counters: await read(readCounters),
  pages: async function* (kind) {
    let group = await read((tx) => nextGroup(tx, kind, rows, null));
    while (group !== null) {
      for (let place: Place | null = { group, after: null }; place !== null; ) {
        const from: Place = place;
        const found = await read((tx): ReturnType<typeof readPage> => readPage(tx, kind, rows, names, from, pageRows));
        if (found) yield found.page;
        place = found?.more ? found.end : null;
        // The embedded engine answers without the event loop having had a turn: whoever waits is next.
        await new Promise((resolve) => setImmediate(resolve));
      }
      const last: readonly string[] = group;
      group = await read((tx): ReturnType<typeof nextGroup> => nextGroup(tx, kind, rows, last));
    }
  },
});

/** What a transaction sees now: for a proof before its commit. */
export const asSeenBy = (tx: Tx, pageRows?: number): Promise<Snapshot> =>
  snapshotOver((work) => work(tx), plain, pageRows);

/** Embedded databases with a snapshot: each has room for one. */
const taken = new WeakSet<Database>();

/** The advisory lock of whoever makes a backup of a PostgreSQL database. */
const LOCK = Prisma.sql`select pg_try_advisory_xact_lock(hashtext('kt-server backup')) as got`;

const UNDER_WAY = 'a backup is being made already: wait until it is done';

/**
 * Does `work` over a snapshot of now; it ends with the work. On PostgreSQL one transaction (REPEATABLE READ, READ
 * ONLY), of an hour at most; on the embedded engine shadows of what changes meanwhile, so that nobody waits for more
 * than a page (of `pageRows` rows at most). One at a time on a database, whichever process makes it: fails with
 * `conflict` while there is another.
 */
export const withSnapshot = async <T>(
  database: Database,
  work: (snapshot: Snapshot) => Promise<T>,
  pageRows?: number,
): Promise<T> => {
  if (database.engine === 'postgres')
    return frozen(database, async (tx) => {
      const [lock] = await tx.$queryRaw<{ got: boolean }[]>(LOCK);
      if (!lock!.got) throw new KtError('conflict', UNDER_WAY);
      return work(await asSeenBy(tx, pageRows));
    });
  if (taken.has(database)) throw new KtError('conflict', UNDER_WAY);
  taken.add(database);
  try {
    await makeShadows(database);
    return await work(await snapshotOver((read) => run(database, read), shadowed, pageRows));
  } finally {
    // What can't be dropped now (the disk is full, say) goes with the next start.
    await dropShadows(database).catch(() => {});
    taken.delete(database);
  }
};
