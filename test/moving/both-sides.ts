/** An account in two databases, as PostgreSQL itself prints it: what our own digests could miss, this does not. */
import { driverOf, type Database } from '../../server/storage/database.ts';
import { LARGE, LEFT, LOG, SMALL } from '../../server/storage/moving/tables.ts';

/** What each database says of an account for itself. */
const HERE = ['account', 'admin_since', 'invited_at', 'moving', 'moving_until', 'moved_to', 'arriving'];

const MOVED = [...LARGE, ...SMALL, LOG];

/** Every row of an account in the tables that go along, by table, without what each database draws for itself. */
export const rowsOf = async (database: Database, userId: string): Promise<Record<string, string[]>> => {
  const { rows } = driverOf(database);
  const found: Record<string, string[]> = {};
  const account = `(select account from users where id = '${userId}')`;
  for (const { name, drawn } of MOVED) {
    const all = await rows<{ row: string }>(
      `select (to_jsonb(t) - '{account${drawn === null ? '' : `,${drawn}`}}'::text[])::text as row
        from "${name}" t where account = ${account} order by 1`,
    );
    found[name] = all.map(({ row }) => row);
  }
  const [user] = await rows<{ row: string }>(
    `select (to_jsonb(t) - '{${HERE}}'::text[])::text as row from users t where id = '${userId}'`,
  );
  return { ...found, users: user ? [user.row] : [] };
};

/** Tables with accounts in them, as the database has them. */
export const tablesWithAccounts = async (database: Database): Promise<string[]> =>
  (
    await driverOf(database).rows<{ name: string }>(
      `select relname::text as name from pg_class join pg_attribute on attrelid = pg_class.oid
        where relkind in ('r', 'p') and not relispartition and relnamespace = current_schema()::regnamespace
          and attname = 'account' and relname <> 'users' order by 1`,
    )
  )
    .map(({ name }) => name)
    .sort();

/** Those that the move knows. */
export const knownTables = (): string[] => [...MOVED.map(({ name }) => name), ...Object.keys(LEFT)].sort();
