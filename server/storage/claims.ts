import type { Tx } from './database.ts';

/** The most claims that an account keeps, used ones included. */
const MOST = 100;

/** Keeps a new claim by its hash. Beyond the most that an account keeps, the oldest go. */
export const create = async (
  tx: Tx,
  claim: {
    account: number;
    claimHash: Uint8Array<ArrayBuffer>;
    at: Date;
    expiresAt: Date;
    /** Whether it is an invitation. */
    invites?: boolean;
  },
): Promise<void> => {
  const { account, claimHash, at, expiresAt, invites = false } = claim;
  await tx.$executeRaw`
    delete from claims where account = ${account}::int and id in (
      select id from claims where account = ${account}::int order by created_at desc, id offset ${MOST - 1}::int)`;
  await tx.$executeRaw`insert into claims (account, claim_hash, created_at, expires_at, invites)
    values (${account}::int, ${claimHash}::bytea, ${at}::timestamptz, ${expiresAt}::timestamptz, ${invites}::boolean)`;
};

/** A claim as it was before it was asked for, and its user. `mine`: this use is the one that counts. */
export type ClaimedBy = {
  readonly account: number;
  readonly userId: string;
  readonly email: string;
  readonly expiresAt: Date;
  /** Whether it is an invitation. */
  readonly invites: boolean;
  readonly mine: boolean;
};

/** Uses the claim with this hash, if it was not used and is good still; null where there is none. */
export const use = async (tx: Tx, claimHash: Uint8Array<ArrayBuffer>, at: Date): Promise<ClaimedBy | null> => {
  const used = await tx.$executeRaw`update claims set used_at = ${at}::timestamptz
    where claim_hash = ${claimHash}::bytea and used_at is null and expires_at > ${at}::timestamptz`;
  const [row] = await tx.$queryRaw<Omit<ClaimedBy, 'mine'>[]>`
    select users.account, users.id::text as "userId", users.email, claim.expires_at as "expiresAt", claim.invites
    from claims claim join users on users.account = claim.account where claim.claim_hash = ${claimHash}::bytea`;
  return row ? { ...row, mine: used > 0 } : null;
};

/** Deletes what of an account's claims was not used. */
export const dropUnused = async (tx: Tx, account: number): Promise<void> => {
  await tx.$executeRaw`delete from claims where account = ${account}::int and used_at is null`;
};

/** Ends an account's invitations that were not used: a newer one takes their place. */
export const endInvitations = async (tx: Tx, account: number, at: Date): Promise<void> => {
  await tx.$executeRaw`update claims set expires_at = least(expires_at, ${at}::timestamptz)
    where account = ${account}::int and invites and used_at is null`;
};

/** Deletes those that expired before this; returns how many. */
export const sweep = (tx: Tx, before: Date): Promise<number> =>
  tx.$executeRaw`delete from claims where expires_at < ${before}::timestamptz`;
