/** Copies what an account has from one database into another, and compares both. */
import { KtError } from '../../domain/errors.ts';
import { run, transaction, type Database, type Tx } from '../storage/database.ts';
import * as places from '../storage/moving/places.ts';
import * as rows from '../storage/moving/rows.ts';
import { LARGE, LOG, SMALL, type MovedTable } from '../storage/moving/tables.ts';

/** An account in two databases. */
export type Pair = {
  readonly move: string;
  readonly from: { readonly database: Database; readonly account: number };
  readonly to: { readonly database: Database; readonly account: number };
};

/** Told how many rows were looked at, and were copied, of which table. */
export type OnRows = (table: string, looked: number, copied: number) => void;

/** Fails where the databases lay a table out differently. */
const copied = async ({ from, to }: Pair, table: MovedTable): Promise<rows.Copied> => {
  const [here, there] = await Promise.all(
    [from, to].map(({ database }) => run(database, (tx) => rows.copied(tx, table))),
  );
  if (JSON.stringify([...here!.columns]) !== JSON.stringify([...there!.columns]))
    throw new KtError(
      'conflict',
      `the two databases have different columns in ${table.name}: start one kt-server of the same version on each`,
    );
  return here!;
};

/** Writes to the account that arrives, if it still does by this move. */
const writing = <T>({ to, move }: Pair, work: (tx: Tx) => Promise<T>): Promise<T> =>
  transaction(to.database, async (tx) => {
    if (!(await places.isArriving(tx, to.account, move)))
      throw new KtError(
        'conflict',
        'another move of this account began meanwhile: this one ends here, and changed nothing',
      );
    return work(tx);
  });

const readAll = async (pair: Pair, table: rows.Copied, range: rows.Range, tolerant: boolean): Promise<number> => {
  const { from, to } = pair;
  const found = await run(from.database, (tx) => rows.read(tx, table, from.account, range));
  await writing(pair, async (tx) => {
    if (tolerant) await rows.remove(tx, table, to.account, range);
    await rows.write(tx, table, to.account, found, tolerant);
  });
  return found.rows;
};

/** The ranges of a table, one after the other, the last without an end. */
async function* rangesOf({ from }: Pair, table: rows.Copied): AsyncGenerator<rows.Range & { readonly rows: number }> {
  for (let after: rows.Key | null = null; ; ) {
    const behind: rows.Key | null = after;
    const end = await run(
      from.database,
      (tx): ReturnType<typeof rows.nextEnd> => rows.nextEnd(tx, table, from.account, behind),
    );
    yield { after, to: end?.to ?? null, rows: end?.rows ?? 0 };
    if (!end) return;
    after = end.to;
  }
}

/**
 * Copies the large tables where they differ. While others write to the account, what is copied is only most of it, and
 * two rows may be of two moments: `tolerant` then leaves out what does not fit, for the next time.
 */
export const copyLarge = async (pair: Pair, tolerant: boolean, onRows: OnRows): Promise<void> => {
  const { from, to } = pair;
  for (const each of LARGE) {
    const table = await copied(pair, each);
    const differing: rows.Range[] = [];
    for await (const range of rangesOf(pair, table)) {
      const [here, there] = await Promise.all([
        run(from.database, (tx) => rows.digestOf(tx, table, from.account, range)),
        run(to.database, (tx) => rows.digestOf(tx, table, to.account, range)),
      ]);
      const isSame = here.rows === there.rows && here.sum === there.sum;
      onRows(table.name, range.rows, 0);
      if (isSame) continue;
      // Only most of it: nothing is in the way of anything.
      if (tolerant) onRows(table.name, 0, await readAll(pair, table, range, true));
      else differing.push(range);
    }
    // What is gone goes first: it may be in the way of what came, under the same source id or hash.
    for (const range of differing) await writing(pair, (tx) => rows.remove(tx, table, to.account, range));
    for (const range of differing) onRows(table.name, 0, await readAll(pair, table, range, false));
  }
};

/** Copies everything else, in place of what an earlier move left. Nobody writes to the account meanwhile. */
export const copySmall = async (pair: Pair, onRows: OnRows): Promise<void> => {
  const { from, to } = pair;
  const row = await run(from.database, (tx) => places.userRow(tx, from.account));
  const tables: rows.Copied[] = [];
  for (const each of SMALL) tables.push(await copied(pair, each));
  await writing(pair, async (tx) => {
    await places.setUser(tx, to.account, row);
    for (const table of tables) await rows.remove(tx, table, to.account, { after: null, to: null });
  });
  for (const table of tables)
    for await (const range of rangesOf(pair, table)) {
      const found = await readAll(pair, table, range, false);
      onRows(table.name, range.rows, found);
    }
};

/** The log, for `copyLog` to copy anew: asked for outside of its transaction. */
export const newLog = async (pair: Pair): Promise<rows.Copied> => {
  const log = await copied(pair, LOG);
  await writing(pair, (tx) => rows.remove(tx, log, pair.to.account, { after: null, to: null }));
  return log;
};

/** Copies what the log has behind an entry (null: all); returns its last entry. `tx` is the source's. */
export const copyLog = async (
  pair: Pair,
  log: rows.Copied,
  tx: Tx,
  after: rows.Key | null,
): Promise<rows.Key | null> => {
  const { from, to } = pair;
  for (let last = after; ; ) {
    const end: Awaited<ReturnType<typeof rows.nextEnd>> = await rows.nextEnd(tx, log, from.account, last);
    if (!end) return last;
    const found = await rows.read(tx, log, from.account, { after: last, to: end.to });
    await writing(pair, (there) => rows.write(there, log, to.account, found, false));
    last = end.to;
  }
};

const textOf = (value: unknown): string => JSON.stringify(value);

/**
 * Reads everything on both sides once more. Returns how many rows each table has; fails with `internal` where they
 * differ, and names the first place.
 */
export const proveSame = async (pair: Pair): Promise<Record<string, number>> => {
  const { from, to } = pair;
  const counts: Record<string, number> = {};
  const differ = (what: string): KtError =>
    new KtError('internal', `what was copied is not what is here (${what}): nothing was changed here; run it again`);
  const [here, there] = await Promise.all(
    [from, to].map((side) => run(side.database, (tx) => places.userRow(tx, side.account))),
  );
  if (textOf(here) !== textOf(there)) throw differ('the account itself');
  for (const each of [...LARGE, ...SMALL, LOG]) {
    const table = await copied(pair, each);
    const [ours, theirs] = await Promise.all(
      [from, to].map((side) => transaction(side.database, (tx) => rows.digestsOf(tx, table, side.account), true)),
    );
    const odd = [...ours!.keys(), ...theirs!.keys()].find((i) => textOf(ours![i]) !== textOf(theirs![i]));
    if (odd !== undefined) {
      const { bucket } = (ours![odd] ?? theirs![odd])!;
      throw differ(bucket > 0 ? `${table.name} of the bucket with the number ${bucket}` : table.name);
    }
    counts[table.name] = ours!.reduce((sum, digest) => sum + digest.rows, 0);
  }
  return counts;
};

/** Deletes an account's rows of these tables, a range at a time; how many of each. */
export const dropRows = async (
  database: Database,
  account: number,
  tables: readonly MovedTable[],
): Promise<Record<string, number>> => {
  const dropped: Record<string, number> = {};
  for (const each of tables) {
    const table = await run(database, (tx) => rows.copied(tx, each));
    dropped[table.name] = 0;
    for (;;) {
      const gone = await transaction(database, async (tx) => {
        const end = await rows.nextEnd(tx, table, account, null);
        return end && rows.remove(tx, table, account, { after: null, to: end.to });
      });
      if (gone === null) break;
      dropped[table.name]! += gone;
    }
  }
  return dropped;
};
