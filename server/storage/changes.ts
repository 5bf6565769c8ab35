import type { StoredEvent } from '../../domain/event.ts';
import type { Tx } from './database.ts';
import { fromJsonb } from './jsonb.ts';
import { changesSince, instantsNow, type ChangeRow, type InstantRow } from './sql/changes-since.ts';
import { nextRevision } from './sql/next-revision.ts';

/** One instant (ms) of a bucket as it is now; `gone`: something that started here went away. */
export type ChangedInstant = { readonly bucket: string; readonly atMs: bigint; readonly gone: boolean; readonly events: readonly StoredEvent[] };
export type ChangePage = { readonly revision: bigint; readonly more: boolean; readonly instants: readonly ChangedInstant[] };

/** A page of changes, whole revisions, oldest first: see sql/changes-since.ts. */
export const since = async (tx: Tx, user: string, after: bigint, limit: number, excludeDevice: string | null): Promise<ChangePage> => {
  const rows = await tx.$queryRaw<ChangeRow[]>(changesSince(user, after, limit, excludeDevice));
  return { revision: rows[0]?.revision ?? after, more: rows[0]?.more ?? false, instants: instantsOf(rows) };
};

/** These instants of a bucket as they are now, changed or not. */
export const instantsAt = async (tx: Tx, bucket: string, instants: readonly bigint[]): Promise<ChangedInstant[]> =>
  instants.length === 0 ? [] : instantsOf(await tx.$queryRaw<InstantRow[]>(instantsNow(bucket, instants)));

/** Rows, one an event, as instants with their events. */
const instantsOf = (rows: readonly InstantRow[]): ChangedInstant[] => {
  const instants: { bucket: string; atMs: bigint; gone: boolean; events: StoredEvent[] }[] = [];
  for (const row of rows) {
    if (row.bucket === null) continue;
    let current = instants.at(-1);
    if (current?.bucket !== row.bucket || current.atMs !== row.at_ms) {
      current = { bucket: row.bucket, atMs: row.at_ms, gone: row.gone, events: [] };
      instants.push(current);
    }
    if (row.id !== null) current.events.push({ id: Number(row.id), startUs: row.start_us, durationNs: row.duration_ns, data: fromJsonb(row.data) });
  }
  return instants;
};

/** A write stamps at most this many rows with one revision (sync.md 3.1). */
export const ROWS_PER_REVISION = 5000;

/** Takes the account's next revision; the account's row stays locked to the commit. */
export const takeRevision = async (tx: Tx, user: string): Promise<bigint> => {
  const rows = await tx.$queryRaw<{ revision: bigint }[]>(nextRevision(user));
  return rows[0]!.revision;
};

/** The account's revision as committed. */
export const revisionOf = async (tx: Tx, user: string): Promise<bigint> =>
  (await tx.user.findUniqueOrThrow({ where: { id: user }, select: { revision: true } })).revision;
