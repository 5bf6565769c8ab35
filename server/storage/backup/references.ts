/** What rows refer to: by UUIDs in the file, by numbers in the tables. */
import { KtError } from '../../../domain/errors.ts';
import type { BucketKey } from '../bucket-key.ts';
import type { Column, Kind, Page } from './kinds.ts';

/**
 * The UUIDs behind the numbers of the tables, learned from the pages of users and buckets: read those kinds first. They
 * never change, so that pages need no joins.
 */
export type Names = { readonly users: Map<string, string>; readonly buckets: Map<string, string> };
export const noNames = (): Names => ({ users: new Map(), buckets: new Map() });
const bucketName = (account: string, number: string): string => `${account} ${number}`;

/** The texts of a column of the table, of all rows of a page. */
type Texts = (column: string) => readonly (string | null)[];

/** Notes what a page of users or buckets is called. */
export const learn = (names: Names, { name }: Kind, texts: Texts): void => {
  if (name === 'users')
    for (const [i, account] of texts('account').entries()) names.users.set(account!, texts('id')[i]!);
  if (name === 'buckets')
    for (const [i, number] of texts('number').entries())
      names.buckets.set(bucketName(texts('account')[i]!, number!), texts('id')[i]!);
};

/** The UUIDs that the rows of a page refer to. */
export const named = (names: Names, via: 'user' | 'bucket', texts: Texts): (string | null)[] => {
  const accounts = texts('account');
  if (via === 'user') return accounts.map((account) => known(names.users, account!));
  return texts('bucket').map((number, i) =>
    number === null ? null : known(names.buckets, bucketName(accounts[i]!, number)),
  );
};

const known = (names: Map<string, string>, number: string): string => {
  const name = names.get(number);
  if (name === undefined) throw new Error(`a row refers to ${number}, which is not there`);
  return name;
};

/** What a page's rows refer to, by what the file calls it: it was restored before. Kept for the whole restore. */
export type Restored = {
  readonly users: Map<string, number>;
  readonly buckets: Map<string, BucketKey>;
  readonly imports: Map<string, number>;
};
export const nothingRestored = (): Restored => ({ users: new Map(), buckets: new Map(), imports: new Map() });

export const columnOf = (
  { kind, columns }: Page,
  which: (column: Column) => boolean,
): readonly (string | null)[] | undefined => columns[kind.columns.findIndex(which)];

const found = <Key, Value>(map: Map<Key, Value>, key: Key, kind: Kind): Value => {
  const value = map.get(key);
  if (value !== undefined) return value;
  throw new KtError('invalid', `the backup is damaged: it has ${kind.name} that refer to what it does not hold`);
};

/** The numbers of a page's rows in the tables: of their accounts, and of their buckets where they have one. */
export const numbersOf = (page: Page, { users, buckets, imports }: Restored) => {
  const { kind } = page;
  const user = columnOf(page, ({ via }) => via === 'user');
  const bucket = columnOf(page, ({ via }) => via === 'bucket');
  const from = columnOf(page, ({ column }) => column === 'import_id');
  const keys = bucket?.map((uuid) => (uuid === null ? null : found(buckets, uuid, kind)));
  const accounts =
    user?.map((uuid) => found(users, uuid!, kind)) ??
    from?.map((id) => found(imports, id!, kind)) ??
    keys?.map((key) => key!.account);
  if (keys?.some((key, i) => key !== null && key.account !== accounts?.[i]))
    throw new KtError('invalid', `the backup is damaged: it has ${kind.name} of two accounts at once`);
  return { accounts, buckets: keys?.map((key) => key?.number ?? null) };
};

/** Notes the numbers that a page of buckets or imports got: what comes behind it may refer to them. */
export const remember = (page: Page, { buckets, imports }: Restored, accounts: readonly number[] | undefined): void => {
  const ids = columnOf(page, ({ name }) => name === 'id');
  if (page.kind.name === 'imports') for (const [i, id] of ids!.entries()) imports.set(id!, accounts![i]!);
  if (page.kind.name !== 'buckets') return;
  const ordinals = columnOf(page, ({ name }) => name === 'ordinal');
  for (const [i, id] of ids!.entries()) buckets.set(id!, { account: accounts![i]!, number: Number(ordinals![i]) });
};
