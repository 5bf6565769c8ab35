import { KtError } from '../../domain/errors.ts';
import type { StoredEvent } from '../../domain/event.ts';
import type { Instant } from '../../domain/sync/changes.ts';
import { MOST_PUSHED } from '../../domain/sync/push.ts';
import type { Tx } from './database.ts';
import { fromJsonb } from './jsonb.ts';
import type { Statements } from './port.ts';
import { changesSince, instantsNow, type ChangeRow, type InstantRow, type Rest } from './sql/changes-since.ts';
import { nextRevision } from './sql/next-revision.ts';
import { tellAfterCommit } from './telling.ts';

/** One instant of a bucket (by UUID) as it is now. */
export type ChangedInstant = Instant<StoredEvent> & { readonly bucket: string };
/** `rest`: where to continue a page that was cut in the middle of its revisions; null if it was not. */
export type ChangePage = {
  readonly revision: bigint;
  readonly more: boolean;
  readonly instants: readonly ChangedInstant[];
  readonly rest: Rest | null;
};
export type { Rest };

/** The size of a page of instants, in bytes of data; its last instant may exceed it. */
const PAGE_BYTES = 3_000_000;

/** A page of changes, oldest first: whole revisions, or a part of them. See sql/changes-since.ts. */
export const since = async (
  tx: Tx,
  user: string,
  after: bigint,
  limit: number,
  excludeDevice: string | null,
  rest: Rest | null = null,
  maxBytes = PAGE_BYTES,
): Promise<ChangePage> => {
  const rows = await tx.$queryRaw<ChangeRow[]>(changesSince(user, after, limit, maxBytes, excludeDevice, rest));
  const { revision, more, cut } = rows[0] ?? { revision: after, more: false, cut: false };
  const instants = instantsOf(rows);
  const last = instants.at(-1);
  if (!cut || !last) return { revision, more, instants, rest: null };
  return { revision: after, more: true, instants, rest: { revision, more, bucket: last.bucket, atMs: last.atMs } };
};

/** These instants (ascending) of a bucket as they are now, changed or not: as many as fit in a page. */
export const instantsAt = async (
  tx: Tx,
  bucket: string,
  instants: readonly bigint[],
  maxBytes = PAGE_BYTES,
): Promise<ChangedInstant[]> =>
  instants.length === 0 ? [] : instantsOf(await tx.$queryRaw<InstantRow[]>(instantsNow(bucket, instants, maxBytes)));

/** Groups rows, one per event, into instants with their events. */
const instantsOf = (rows: readonly InstantRow[]): ChangedInstant[] => {
  const instants: { bucket: string; atMs: bigint; gone: boolean; events: StoredEvent[] }[] = [];
  for (const row of rows) {
    if (row.bucket === null) continue;
    let current = instants.at(-1);
    if (current?.bucket !== row.bucket || current.atMs !== row.at_ms) {
      current = { bucket: row.bucket, atMs: row.at_ms, gone: row.gone, events: [] };
      instants.push(current);
    }
    if (row.id !== null)
      current.events.push({
        id: Number(row.id),
        startUs: row.start_us,
        durationNs: row.duration_ns,
        data: fromJsonb(row.data),
      });
  }
  return instants;
};

/** The most rows that one revision may stamp (spec/sync 3.1): all rows of a push. */
export const ROWS_PER_REVISION = MOST_PUSHED;

/** Takes the account's next revision, which is told; the account's row stays locked to the commit. */
export const takeRevision = async (tx: Tx, user: string): Promise<bigint> => {
  const rows = await tx.$queryRaw<{ revision: bigint }[]>(nextRevision(user));
  tellAfterCommit(tx, user);
  return rows[0]!.revision;
};

/**
 * Locks the account's row to the commit: the first lock of every transaction that writes (database.ts). A statement of
 * its own, so that the next one sees everything committed before the lock was granted. What is written is told.
 */
export const lockAccount = async (tx: Tx, user: string): Promise<void> => {
  await tx.$queryRaw`select from users where id = ${user}::uuid for no key update`;
  tellAfterCommit(tx, user);
};

const STANDINGS = `
  select id::text as id, revision from users where id = any($1::uuid[])
  union all
  select id::text, null from api_keys
  where id = any($2::uuid[]) and revoked_at is null and (expires_at is null or expires_at > $3::timestamptz)`;

/** The revisions of these accounts, as far as they exist, and which of these keys are valid. */
export const standings = async (
  on: Statements,
  users: readonly string[],
  keys: readonly string[],
  now: Date,
): Promise<{ revisions: Map<string, bigint>; good: Set<string> }> => {
  const values = [users, keys, now.toISOString()];
  const rows = await on.statement<{ id: string; revision: bigint | null }>('standings', STANDINGS, values);
  return {
    revisions: new Map(rows.flatMap(({ id, revision }) => (revision === null ? [] : [[id, revision] as const]))),
    good: new Set(rows.flatMap(({ id, revision }) => (revision === null ? [id] : []))),
  };
};

/** The account's revision as committed. */
export const revisionOf = async (tx: Tx, user: string): Promise<bigint> =>
  (await tx.user.findUniqueOrThrow({ where: { id: user }, select: { revision: true } })).revision;

/** The same outside of a transaction. */
export const revisionNow = async (on: Statements, user: string): Promise<bigint> => {
  const [row] = await on.statement<{ revision: bigint }>(
    'revision-of-user',
    'select revision from users where id = $1::uuid',
    [user],
  );
  if (!row) throw new KtError('not_found', 'the account is gone');
  return row.revision;
};
