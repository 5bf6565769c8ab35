import { lockAccount } from './changes.ts';
import type { Tx } from './database.ts';
import { fromJsonb, fromText, toJsonb, toText } from './jsonb.ts';

/** Any JSON value under a key that is any text. */
export type SettingRow = { readonly key: string; readonly value: unknown; readonly updatedAt: Date };

type Row = { key: string; value: string; updated_at: Date };

// Raw SQL, because Prisma's Json does not tell JSON `null` from no value.
const settingOf = ({ key, value, updated_at }: Row): SettingRow => ({
  key: fromText(key),
  value: fromJsonb<unknown>(value),
  updatedAt: updated_at,
});

/** All of a user's settings, by key. */
export const list = async (tx: Tx, user: string): Promise<SettingRow[]> =>
  (
    await tx.$queryRaw<
      Row[]
    >`select key, value::text as value, updated_at from settings where user_id = ${user}::uuid order by key`
  ).map(settingOf);

export const find = async (tx: Tx, user: string, key: string): Promise<SettingRow | null> => {
  const rows = await tx.$queryRaw<Row[]>`
    select key, value::text as value, updated_at from settings where user_id = ${user}::uuid and key = ${toText(key)}`;
  return rows[0] ? settingOf(rows[0]) : null;
};

/** How many other settings the user has, and the size of their values; locks the account's row to the commit. */
export const others = async (tx: Tx, user: string, key: string): Promise<{ keys: number; bytes: number }> => {
  await lockAccount(tx, user);
  const rows = await tx.$queryRaw<{ keys: bigint; bytes: bigint }[]>`
    select count(*) as keys, coalesce(sum(octet_length(value::text)), 0)::bigint as bytes from settings
    where user_id = ${user}::uuid and key <> ${toText(key)}`;
  return { keys: Number(rows[0]!.keys), bytes: Number(rows[0]!.bytes) };
};

/** Stores a value under a key, replacing any other. */
export const put = async (tx: Tx, user: string, key: string, value: unknown): Promise<SettingRow> => {
  const rows = await tx.$queryRaw<Row[]>`
    insert into settings (user_id, key, value, updated_at)
      values (${user}::uuid, ${toText(key)}, ${toJsonb(value)}::jsonb, now())
    on conflict (user_id, key) do update set value = excluded.value, updated_at = excluded.updated_at
    returning key, value::text as value, updated_at`;
  return settingOf(rows[0]!);
};

/** False when there was none. */
export const remove = async (tx: Tx, user: string, key: string): Promise<boolean> =>
  (await tx.setting.deleteMany({ where: { userId: user, key: toText(key) } })).count > 0;
