import type { Tx } from './database.ts';

/** Whom a provider names: `subject` is unique and for ever within its `issuer`. */
export type Named = { readonly issuer: string; readonly subject: string };

/** An identity as its owner sees it. */
export type IdentityRow = Named & {
  readonly id: string;
  /** What the provider called the person's address last; nobody is found by it. */
  readonly email: string | null;
  readonly createdAt: Date;
  /** When somebody signed in by it last; null: never. */
  readonly lastUsedAt: Date | null;
};

/** The most identities that an account has. */
export const MOST = 20;

/** Whose identity it is; null where it is nobody's. Leans on identities_issuer_subject_key. */
export const find = async (
  tx: Tx,
  { issuer, subject }: Named,
): Promise<{ id: string; account: number; userId: string; email: string } | null> =>
  (
    await tx.$queryRaw<{ id: string; account: number; userId: string; email: string }[]>`
      select identity.id::text as id, users.account, users.id::text as "userId", users.email
      from identities identity join users on users.account = identity.account
      where issuer = ${issuer} and subject = ${subject}`
  )[0] ?? null;

/** Makes it the account's; null where it is somebody's already. */
export const create = async (
  tx: Tx,
  { account, issuer, subject, email, at }: Named & { account: number; email: string | null; at: Date },
): Promise<string | null> =>
  (
    await tx.$queryRaw<{ id: string }[]>`
      insert into identities (account, issuer, subject, email, created_at)
      values (${account}::int, ${issuer}, ${subject}, ${email}, ${at}::timestamptz)
      on conflict (issuer, subject) do nothing returning id::text as id`
  )[0]?.id ?? null;

/** Notes that somebody signed in by it, and as what the provider knows the address. */
export const touch = async (
  tx: Tx,
  { account, id, email, at }: { account: number; id: string; email: string | null; at: Date },
): Promise<void> => {
  await tx.$executeRaw`update identities set last_used_at = ${at}::timestamptz, email = ${email}
    where account = ${account}::int and id = ${id}::uuid`;
};

/** All of an account, oldest first: MOST at most. */
export const list = (tx: Tx, account: number): Promise<IdentityRow[]> =>
  tx.$queryRaw<IdentityRow[]>`
    select id::text as id, issuer, subject, email, created_at as "createdAt", last_used_at as "lastUsedAt"
    from identities where account = ${account}::int order by created_at, id`;

/** Takes one from its account, and its sessions with it; returns which. Null where there is none. */
export const drop = async (tx: Tx, account: number, id: string): Promise<(Named & Pick<IdentityRow, 'email'>) | null> =>
  (
    await tx.$queryRaw<(Named & Pick<IdentityRow, 'email'>)[]>`
      delete from identities where account = ${account}::int and id = ${id}::uuid returning issuer, subject, email`
  )[0] ?? null;

/** The accounts with sessions that a provider knows by this id of its own. Leans on sessions_provider_session_idx. */
export const byProviderSession = (
  tx: Tx,
  issuer: string,
  providerSession: string,
): Promise<{ account: number; identityId: string }[]> =>
  tx.$queryRaw`
    select distinct session.account, identity.id::text as "identityId" from sessions session
    join identities identity on identity.account = session.account and identity.id = session.identity_id
    where provider_session = ${providerSession} and issuer = ${issuer} limit 10`;
