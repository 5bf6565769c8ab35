import { Prisma } from '../../../prisma/generated/client/client.ts';

/**
 * Takes the account's next revision: max(last + 1, the database's clock in µs). The account's row lock is held to the
 * commit, so no lower number appears after a higher one was read; and a database restored from a backup gives no number
 * twice (spec/sync 3.1). The account's row is locked already (changes.ts, `lockAccount`).
 */
export const nextRevision = (user: string): Prisma.Sql => Prisma.sql`
  update users
  set revision = greatest(revision + 1, (extract(epoch from clock_timestamp()) * 1000000)::bigint)
  where id = ${user}::uuid
  returning revision`;
