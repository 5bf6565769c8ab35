import type { JsonObject } from '../../domain/data.ts';
import { KtError } from '../../domain/errors.ts';
import type { StoredEvent } from '../../domain/event.ts';
import { markShared } from '../../domain/shared-data.ts';
import type { Instant } from '../../domain/sync/changes.ts';
import { MOST_PUSHED } from '../../domain/sync/push.ts';
import type { BucketKey } from './bucket-key.ts';
import type { Tx } from './database.ts';
import { dataLines } from './event-page.ts';
import { fromJsonb } from './jsonb.ts';
import { dataOf, TRIES } from './pages.ts';
import type { Statements } from './port.ts';
import { changesSince, instantsNow, type ChangeRow, type InstantRow, type Rest } from './sql/changes-since.ts';
import { elsewhere, type MovedTo } from './elsewhere.ts';
import { CLOSED } from './sql/closed.ts';
import { nextRevision } from './sql/next-revision.ts';
import { tellAfterCommit } from './telling.ts';

/** One instant of a bucket, by its number, as it is now. */
export type ChangedInstant = Instant<StoredEvent> & { readonly bucket: number };
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
  account: number,
  after: bigint,
  limit: number,
  excludeDevice: string | null,
  rest: Rest | null = null,
  maxBytes = PAGE_BYTES,
): Promise<ChangePage> => {
  const { rows, data } = await withData(account, tx, () =>
    tx.$queryRaw<ChangeRow[]>(changesSince(account, after, limit, maxBytes, excludeDevice, rest)),
  );
  const { revision, more, cut } = rows[0] ?? { revision: after, more: false, cut: false };
  const instants = instantsOf(rows, data);
  const last = instants.at(-1);
  if (!cut || !last) return { revision, more, instants, rest: null };
  return { revision: after, more: true, instants, rest: { revision, more, bucket: last.bucket, atMs: last.atMs } };
};

/** These instants (ascending) of a bucket as they are now, changed or not: as many as fit in a page. */
export const instantsAt = async (
  tx: Tx,
  bucket: BucketKey,
  instants: readonly bigint[],
  maxBytes = PAGE_BYTES,
): Promise<ChangedInstant[]> => {
  if (instants.length === 0) return [];
  const { rows, data } = await withData(bucket.account, tx, () =>
    tx.$queryRaw<InstantRow[]>(instantsNow(bucket, instants, maxBytes)),
  );
  return instantsOf(rows, data);
};

/** Rows of a page, and their distinct data by the numbers of their values. */
const withData = async <Row extends InstantRow>(account: number, tx: Tx, read: () => Promise<Row[]>) => {
  for (let tries = 1; tries <= TRIES; tries++) {
    const rows = await read();
    const values = new Set<number>();
    for (const { id, value } of rows) if (id !== null) values.add(value);
    const data = new Map<number, JsonObject>();
    // The page was cut by their sizes already.
    const text = values.size === 0 ? '' : await dataOf(tx, account, [...values], Number.MAX_SAFE_INTEGER);
    for (const { value, json } of dataLines(text)) {
      const one = fromJsonb(json);
      markShared(one);
      data.set(value, one);
    }
    if (data.size === values.size) return { rows, data };
  }
  throw new KtError('unavailable', 'what changed is deleted faster than it can be read: try again');
};

/** Groups rows, one per event, into instants with their events. Equal data are one object. */
const instantsOf = (rows: readonly InstantRow[], data: ReadonlyMap<number, JsonObject>): ChangedInstant[] => {
  const instants: { bucket: number; atMs: bigint; gone: boolean; events: StoredEvent[] }[] = [];
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
        data: data.get(row.value)!,
      });
  }
  return instants;
};

/** The most rows that one revision may stamp (spec/sync 3.1): all rows of a push. */
export const ROWS_PER_REVISION = MOST_PUSHED;

/** Takes the account's next revision, which is told; the account's row stays locked to the commit. */
export const takeRevision = async (tx: Tx, account: number): Promise<bigint> => {
  const rows = await tx.$queryRaw<{ revision: bigint }[]>(nextRevision(account));
  tellAfterCommit(tx, account);
  return rows[0]!.revision;
};

/**
 * Locks the account's row to the commit: the first lock of every transaction that writes (database.ts). A statement of
 * its own, so that the next one sees everything committed before the lock was granted. What is written is told. Fails
 * with `unavailable` while the account is being moved to another database, and with `moved` once it was.
 */
export const lockAccount = async (tx: Tx, account: number): Promise<void> => {
  const [row] = await tx.$queryRaw<({ closed: boolean } & MovedTo)[]>`
    select ${CLOSED} as closed, moved_to as "movedTo" from users where account = ${account}::int for no key update`;
  if (row?.closed) throw elsewhere(row);
  tellAfterCommit(tx, account);
};

/** The same for who deletes the account here: it may have been moved, or may be arriving, but not be on its way. */
export const lockToDelete = async (tx: Tx, account: number): Promise<void> => {
  const [row] = await tx.$queryRaw<{ leaving: boolean }[]>`
    select coalesce(moving_until > clock_timestamp(), false) and moved_to is null as leaving
    from users where account = ${account}::int for no key update`;
  if (row?.leaving) throw elsewhere({ movedTo: null });
  tellAfterCommit(tx, account);
};

/** The same for what nobody is told of, and what is no part of the account: it may change while that is moved. */
export const holdAccount = async (tx: Tx, account: number): Promise<void> => {
  await tx.$queryRaw`select from users where account = ${account}::int for no key update`;
};

const STANDINGS = `
  select account, null as key, revision, moved_to as "movedTo" from users
  where account = any($1::int[]) and not arriving
  union all
  select account, id::text, 0, null from api_keys
  where id = any($2::uuid[]) and revoked_at is null and (expires_at is null or expires_at > $3::timestamptz)
  union all
  select session.account, session.id::text, 0, null from sessions session
  left join api_keys key on key.account = session.account and key.id = session.key_id
  where session.account = any($1::int[]) and session.id = any($2::uuid[]) and session.ended_at is null
    and session.expires_at > $3::timestamptz and key.revoked_at is null
    and (key.expires_at is null or key.expires_at > $3::timestamptz)`;

/**
 * The revisions of these accounts, as far as they exist, and which of these keys and sessions are valid. Of accounts
 * that were moved, only where to.
 */
export const standings = async (
  on: Statements,
  accounts: readonly number[],
  keys: readonly string[],
  now: Date,
): Promise<{ revisions: Map<number, bigint>; moved: Map<number, string>; good: Set<string> }> => {
  const values = [accounts, keys, now.toISOString()];
  const rows = await on.statement<{ account: number; key: string | null; revision: bigint; movedTo: string | null }>(
    'standings',
    STANDINGS,
    values,
  );
  const isHere = (row: { key: string | null; movedTo: string | null }) => row.key === null && row.movedTo === null;
  return {
    revisions: new Map(rows.filter(isHere).map(({ account, revision }) => [account, revision])),
    moved: new Map(rows.flatMap(({ account, movedTo }) => (movedTo === null ? [] : [[account, movedTo] as const]))),
    good: new Set(rows.flatMap(({ key }) => (key === null ? [] : [key]))),
  };
};

/** The account's revision as committed. */
export const revisionOf = async (tx: Tx, account: number): Promise<bigint> => {
  const [row] = await tx.$queryRaw<{ revision: bigint }[]>`select revision from users where account = ${account}::int`;
  if (!row) throw new KtError('not_found', 'the account is gone');
  return row.revision;
};

/** The same outside of a transaction. */
export const revisionNow = async (on: Statements, account: number): Promise<bigint> => {
  const [row] = await on.statement<{ revision: bigint }>(
    'revision-of-account',
    'select revision from users where account = $1::int',
    [account],
  );
  if (!row) throw new KtError('not_found', 'the account is gone');
  return row.revision;
};
