/** What may be restored into: a database that holds nothing yet. */
import { KtError } from '../../../domain/errors.ts';
import type { Database, Tx } from '../database.ts';

/** The account that the first start makes (resolvers/accounts.ts). */
const FIRST_USER = 'owner@localhost';

type Held = { users: number; others: number; buckets: number; devices: number; keys: number; rest: number };

/**
 * Fails with `conflict` where a database holds more than a first start leaves there, which is one account with one key.
 * On PostgreSQL whoever writes waits from here to the commit.
 */
export const mustBeEmpty = async (tx: Tx, { engine, where }: Pick<Database, 'engine' | 'where'>): Promise<void> => {
  if (engine === 'postgres') await tx.$executeRawUnsafe('lock table users, instance in exclusive mode');
  const [held] = await tx.$queryRaw<Held[]>`
    select (select count(*)::int from users) as users,
      (select count(*)::int from users where email <> ${FIRST_USER}) as others,
      (select count(*)::int from buckets) as buckets,
      (select count(*)::int from devices where not own) as devices,
      (select count(*)::int from api_keys) as keys,
      (select count(*)::int from settings) + (select count(*)::int from imports) as rest`;
  const { users, others, buckets, devices, keys, rest } = held!;
  if (others + buckets + devices + rest > 0 || keys > 1)
    throw new KtError(
      'conflict',
      `the database at ${where} is not empty (users: ${users}, buckets: ${buckets}): ` +
        'give one that holds nothing yet; nothing was changed',
    );
};

/** Takes away what a first start leaves. The caller has asked `mustBeEmpty`. */
export const clearFirstStart = async (tx: Tx): Promise<void> => {
  await tx.$executeRaw`delete from events`;
  await tx.$executeRaw`delete from event_values`;
  await tx.$executeRaw`delete from users`;
  await tx.$executeRaw`delete from instance`;
};

/**
 * Fails with `conflict` while a kt-server serves from a PostgreSQL database: its connection that listens is there. The
 * embedded engine has the lock of its folder for that. Behind a pooler that connection may not be seen.
 */
export const mustNotBeServed = async (tx: Tx, { engine, where }: Pick<Database, 'engine' | 'where'>): Promise<void> => {
  if (engine === 'pglite') return;
  const [served] = await tx.$queryRaw<{ by: number }[]>`
    select count(*)::int as by from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and query like 'listen kt_revision%'`;
  if (served!.by > 0)
    throw new KtError('conflict', `a kt-server is running on ${where}: stop it first; nothing was changed`);
};
