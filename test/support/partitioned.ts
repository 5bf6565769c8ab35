import { driverOf, type Database } from '../../server/storage/database.ts';

/** Four partitions each: two accounts are rarely in the same. */
export const PARTITIONS = 4;

/**
 * Tables that grow with an account, but those with hashes that are looked up before the account is known, which are
 * unique among all of them: of API keys, sessions, claims and device grants; and the names of roles and identities and
 * the ids of passkeys, which are as well.
 */
const TABLES = `select relname::text as name from pg_class join pg_attribute on attrelid = pg_class.oid
  where relkind = 'r' and relnamespace = current_schema()::regnamespace and attname = 'account'
    and relname not in ('users', 'api_keys', 'sessions', 'claims', 'device_grants', 'identities',
      'passkeys', 'sql_roles') order by relname`;

/** What makes a table anew with the columns, keys and indexes that it has, as partitions by the hash of the account. */
export const partitionedBy = (name: string, as: string): string => `
  create table ${as} (like ${name} including all) partition by hash (account);
  ${Array.from(
    { length: PARTITIONS },
    (_, i) => `create table ${as}_${i} partition of ${as} for values with (modulus ${PARTITIONS}, remainder ${i});`,
  ).join('\n')}`;

/**
 * Partitions an empty, migrated PostgreSQL database by account, all as PostgreSQL itself tells it to be: what
 * prisma/schema.prisma promises of its keys. PostgreSQL refuses a unique key without the account. Returns the tables.
 */
export const partition = async (database: Database): Promise<string[]> => {
  const { rows, script } = driverOf(database);
  const tables = (await rows<{ name: string }>(TABLES)).map(({ name }) => name);
  const references = await rows<{ of: string; name: string; means: string }>(
    `select conrelid::regclass::text as of, conname::text as name, pg_get_constraintdef(oid) as means
     from pg_constraint where contype = 'f' and connamespace = current_schema()::regnamespace`,
  );
  const sequences = await rows<{ name: string; column: string }>(
    `select objid::regclass::text as name, refobjid::regclass || '.' || quote_ident(attname) as column
     from pg_depend join pg_attribute on attrelid = refobjid and attnum = refobjsubid
     where classid = 'pg_class'::regclass and deptype = 'a' and objid in (select oid from pg_class where relkind = 'S')
       and refobjid::regclass::text in (${tables.map((name) => `'${name}'`).join(', ')})`,
  );
  await script(
    [
      'begin',
      ...references.map(({ of, name }) => `alter table ${of} drop constraint "${name}"`),
      ...sequences.map(({ name }) => `alter sequence ${name} owned by none`),
      ...tables.flatMap((name) => [
        partitionedBy(name, `${name}_p`).trim().replace(/;$/, ''),
        `drop table ${name}`,
        `alter table ${name}_p rename to ${name}`,
      ]),
      ...sequences.map(({ name, column }) => `alter sequence ${name} owned by ${column}`),
      ...references.map(({ of, name, means }) => `alter table ${of} add constraint "${name}" ${means}`),
      'commit',
    ].join(';\n'),
  );
  return tables;
};
