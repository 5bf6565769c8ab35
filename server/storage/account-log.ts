import type { Tx } from './database.ts';

/** What is told of in an account's log. */
export const KINDS = [
  'signed_in',
  'signed_out',
  'link_made',
  'key_made',
  'key_revoked',
  'device_registered',
  'exported',
  'bucket_deleted',
  'invited',
  'invitation_withdrawn',
  'admin_set',
  'admin_unset',
  'account_deleted',
  'passkey_added',
  'passkey_removed',
  'connected',
  'disconnected',
  'refused',
] as const;
export type LogKind = (typeof KINDS)[number];

/** How somebody signed in; `device`: a device that was let in, and got a key. */
export const WAYS = ['key', 'link', 'passkey', 'provider', 'proxy', 'device'] as const;
export type Way = (typeof WAYS)[number];

/** Something that happened. */
export type Happening = {
  readonly kind: LogKind;
  /** The browser, the key, the device, the bucket or the passkey, as its owner knows it; why somebody was refused. */
  readonly what: string;
  /** Of a sign-in: how; left out for what is none. */
  readonly way?: Way | null;
  /** From where; null: on the server itself. */
  readonly address: string | null;
};

export type LogRow = Required<Happening> & { readonly id: bigint; readonly at: Date };

/** The most rows of an account. */
const MOST = 5_000;
const LONGEST = 200;

/** For how long the same refusal from the same address is one row. */
const SAME = '1 hour';

/** As a row has it. */
const textOf = (what: string): string => what.replaceAll('\u0000', '').toWellFormed().slice(0, LONGEST).toWellFormed();

/** Notes something in an account's log; beyond the most that it keeps, the oldest goes. */
export const note = async (
  tx: Tx,
  account: number,
  at: Date,
  { kind, what, way = null, address }: Happening,
): Promise<void> => {
  await tx.$executeRaw`
    insert into account_log (account, at, kind, what, way, address)
    values (${account}::int, ${at}::timestamptz, ${kind}, ${textOf(what)}, ${way}::text, ${address}::text)`;
  await tx.$executeRaw`
    delete from account_log where account = ${account}::int and id <= (
      select id from account_log where account = ${account}::int order by id desc offset ${MOST}::int limit 1)`;
};

/** Whether the same refusal was noted within an hour before `at`. */
export const isNoted = async (
  tx: Tx,
  account: number,
  at: Date,
  { what, address }: Pick<Happening, 'what' | 'address'>,
): Promise<boolean> => {
  const found = await tx.$queryRaw<unknown[]>`
    select from account_log where account = ${account}::int and kind = 'refused' and what = ${textOf(what)}
      and address is not distinct from ${address}::text and at > ${at}::timestamptz - ${SAME}::interval limit 1`;
  return found.length > 0;
};

/** A page of an account's log, newest first: what came before the row with this id. */
export const list = (tx: Tx, account: number, limit: number, before: bigint | null): Promise<LogRow[]> =>
  tx.$queryRaw<LogRow[]>`
    select id, at, kind, what, way, address from account_log
    where account = ${account}::int and (${before}::bigint is null or id < ${before}::bigint)
    order by id desc limit ${limit}::int`;

/** Deletes what happened before; returns how many rows. */
export const sweep = (tx: Tx, before: Date): Promise<number> =>
  tx.$executeRaw`delete from account_log where at < ${before}::timestamptz`;
