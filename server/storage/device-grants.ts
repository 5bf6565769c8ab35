import type { Tx } from './database.ts';

/** The most that are kept at once; beyond, the oldest go. */
const MOST = 10_000;

/** A device that asks to be signed in. */
export type Asked = {
  /** The id that it registers under; null for a device that has none yet. */
  readonly deviceId: string | null;
  readonly hostname: string;
  /** Where it asked from. */
  readonly address: string;
};

/** How many an address has open: neither expired nor decided. */
export const openFrom = async (tx: Tx, counted: string, at: Date): Promise<number> =>
  (
    await tx.$queryRaw<[{ open: number }]>`select count(*)::int as open from device_grants
      where counted = ${counted} and expires_at > ${at}::timestamptz and decided_at is null`
  )[0].open;

type NewGrant = Asked & {
  readonly deviceHash: Uint8Array<ArrayBuffer>;
  readonly codeHash: Uint8Array<ArrayBuffer>;
  readonly counted: string | null;
  readonly interval: number;
  readonly at: Date;
  readonly expiresAt: Date;
};

/** Keeps a new one; false where its code is another's. */
export const create = async (tx: Tx, grant: NewGrant): Promise<boolean> => {
  await tx.$executeRaw`delete from device_grants where id in (
    select id from device_grants order by created_at desc, id offset ${MOST - 1}::int)`;
  const { deviceHash, codeHash, at, expiresAt, deviceId, hostname, address, counted, interval } = grant;
  const made = await tx.$executeRaw`
    insert into device_grants
      (device_hash, code_hash, created_at, expires_at, device_id, hostname, address, counted, "interval")
    values (${deviceHash}::bytea, ${codeHash}::bytea, ${at}::timestamptz, ${expiresAt}::timestamptz,
      ${deviceId}::text, ${hostname}, ${address}, ${counted}::text, ${interval}::int)
    on conflict do nothing`;
  return made > 0;
};

/** The one with this code that nobody decided yet; null for none. */
export const findOpen = async (
  tx: Tx,
  codeHash: Uint8Array<ArrayBuffer>,
  at: Date,
): Promise<(Asked & { readonly createdAt: Date }) | null> => {
  const [row] = await tx.$queryRaw<(Asked & { readonly createdAt: Date })[]>`
    select device_id as "deviceId", hostname, address, created_at as "createdAt" from device_grants
    where code_hash = ${codeHash}::bytea and expires_at > ${at}::timestamptz and decided_at is null`;
  return row ?? null;
};

/** Who approves, and when the key that the device gets is to end; null for never. */
type Approval = { readonly account: number; readonly keyExpiresAt: Date | null };

/** Decides the one with this code, once: for somebody, or (null) against it. False where there is none to decide. */
export const decide = async (
  tx: Tx,
  codeHash: Uint8Array<ArrayBuffer>,
  by: Approval | null,
  at: Date,
): Promise<boolean> =>
  (await tx.$executeRaw`update device_grants set account = ${by?.account ?? null}::int,
      key_expires_at = ${by?.keyExpiresAt ?? null}::timestamptz, decided_at = ${at}::timestamptz
    where code_hash = ${codeHash}::bytea and expires_at > ${at}::timestamptz and decided_at is null`) > 0;

/** One as its device finds it. */
export type Polled = Asked & {
  readonly id: string;
  readonly expiresAt: Date;
  readonly polledAt: Date | null;
  readonly interval: number;
  readonly account: number | null;
  readonly keyExpiresAt: Date | null;
  readonly decidedAt: Date | null;
  readonly takenAt: Date | null;
};

/** Who approved the one with this hash; null for nobody yet. */
export const approvedBy = async (tx: Tx, deviceHash: Uint8Array<ArrayBuffer>): Promise<number | null> => {
  const [row] = await tx.$queryRaw<{ account: number | null }[]>`
    select account from device_grants where device_hash = ${deviceHash}::bytea`;
  return row?.account ?? null;
};

/** The one with this hash, locked to the commit; null for none. */
export const lock = async (tx: Tx, deviceHash: Uint8Array<ArrayBuffer>): Promise<Polled | null> => {
  const [row] = await tx.$queryRaw<Polled[]>`
    select id::text as id, device_id as "deviceId", hostname, address, expires_at as "expiresAt",
      polled_at as "polledAt", "interval", account, key_expires_at as "keyExpiresAt", decided_at as "decidedAt",
      taken_at as "takenAt"
    from device_grants where device_hash = ${deviceHash}::bytea for update`;
  return row ?? null;
};

/** Notes that its device asked, and how long it has to wait from now on, in seconds. */
export const notePoll = async (tx: Tx, id: string, at: Date, interval: number): Promise<void> => {
  await tx.$executeRaw`update device_grants set polled_at = ${at}::timestamptz, "interval" = ${interval}::int
    where id = ${id}::uuid`;
};

/** Notes that its key was made. */
export const noteTaken = async (tx: Tx, id: string, at: Date): Promise<void> => {
  await tx.$executeRaw`update device_grants set taken_at = ${at}::timestamptz where id = ${id}::uuid`;
};

/** Deletes those that expired before this; returns how many. */
export const sweep = (tx: Tx, before: Date): Promise<number> =>
  tx.$executeRaw`delete from device_grants where expires_at < ${before}::timestamptz`;
