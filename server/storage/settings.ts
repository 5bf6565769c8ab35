import { Prisma } from '../../prisma/generated/client/client.ts';
import { lockAccount } from './changes.ts';
import type { Tx } from './database.ts';
import { fromJsonb, fromText, toJsonb, toText } from './jsonb.ts';
import type { Statements } from './port.ts';

/** Any JSON value under a key that is any text. */
export type SettingRow = { readonly key: string; readonly value: unknown; readonly updatedAt: Date };

type Row = { key: string; value: string; updated_at: Date };

const settingOf = ({ key, value, updated_at }: Row): SettingRow => ({
  key: fromText(key),
  value: fromJsonb<unknown>(value),
  updatedAt: updated_at,
});

// Raw SQL, because Prisma's Json does not tell JSON `null` from no value.
const COLUMNS = 'key, value::text as value, updated_at';
const ALL = `select ${COLUMNS} from settings where account = $1::int order by key`;
const SOME = `select ${COLUMNS} from settings where account = $1::int and key = any($2::text[])`;
const ONE = `select ${COLUMNS} from settings where account = $1::int and key = $2`;

/** All of a user's settings, by key. */
export const list = async (on: Statements, account: number): Promise<SettingRow[]> =>
  (await on.statement<Row>('settings-of-account', ALL, [account])).map(settingOf);

/** Those of these keys that are set. */
export const some = async (
  on: Statements,
  account: number,
  keys: readonly string[],
): Promise<ReadonlyMap<string, unknown>> => {
  const rows = await on.statement<Row>('settings-by-keys', SOME, [account, keys.map(toText)]);
  return new Map(rows.map(settingOf).map(({ key, value }) => [key, value]));
};

export const find = async (on: Statements, account: number, key: string): Promise<SettingRow | null> => {
  const [row] = await on.statement<Row>('setting-by-key', ONE, [account, toText(key)]);
  return row ? settingOf(row) : null;
};

/**
 * What there is before a value is stored: how many other settings the user has, the size of their values, and whether
 * the key has this value already. Locks the account's row to the commit.
 */
export const before = async (
  tx: Tx,
  account: number,
  key: string,
  value: unknown,
): Promise<{ otherKeys: number; otherBytes: number; isSame: boolean }> => {
  await lockAccount(tx, account);
  const [row] = await tx.$queryRaw<{ keys: bigint; bytes: bigint; same: boolean }[]>`
    select count(*) filter (where key <> ${toText(key)}) as keys,
      coalesce(sum(octet_length(value::text)) filter (where key <> ${toText(key)}), 0)::bigint as bytes,
      coalesce(bool_or(key = ${toText(key)} and value = ${toJsonb(value)}::jsonb), false) as same
    from settings where account = ${account}::int`;
  return { otherKeys: Number(row!.keys), otherBytes: Number(row!.bytes), isSame: row!.same };
};

/** Stores a value under a key, replacing any other. */
export const put = async (tx: Tx, account: number, key: string, value: unknown): Promise<SettingRow> => {
  const rows = await tx.$queryRaw<Row[]>`
    insert into settings (account, key, value, updated_at)
      values (${account}::int, ${toText(key)}, ${toJsonb(value)}::jsonb, now())
    on conflict (account, key) do update set value = excluded.value, updated_at = excluded.updated_at
    returning ${Prisma.raw(COLUMNS)}`;
  return settingOf(rows[0]!);
};

/** False when there was none. */
export const remove = async (tx: Tx, account: number, key: string): Promise<boolean> =>
  (await tx.$executeRaw`delete from settings where account = ${account}::int and key = ${toText(key)}`) > 0;
