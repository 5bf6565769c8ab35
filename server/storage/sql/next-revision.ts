import { Prisma } from '../../../prisma/generated/client/client.ts';

/** The account's next revision, in an update of its row: max(last + 1, the database's clock in µs). */
export const NEXT_REVISION = Prisma.sql`greatest(revision + 1,
  (extract(epoch from clock_timestamp()) * 1000000)::bigint)`;

/**
 * Takes the account's next revision. The account's row lock is held to the commit, so no lower number appears after a
 * higher one was read; and a database restored from a backup gives no number twice (spec/sync 3.1). The account's row
 * is locked already (changes.ts, `lockAccount`).
 */
export const nextRevision = (account: number): Prisma.Sql => Prisma.sql`
  update users set revision = ${NEXT_REVISION} where account = ${account}::int returning revision`;
