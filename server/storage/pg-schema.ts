import { KtError } from '../../domain/errors.ts';
import { PgClient, connectionOptions } from './pg-client.ts';
import { quoted } from './session.ts';

type Facts = { encoding: string; role: string; database: string; path: string[]; ours: string[]; open: string[] };

/**
 * The schemas in a session's search path, in order, with the role's own last if it is not among them; which of them
 * hold our tables (recognized by a table whose name is only ours), and in which of them the role may create tables.
 */
const FACTS = `
  with path as (
    select name::text, place from unnest(current_schemas(false)) with ordinality as path (name, place)
    union
    select nspname::text, 1000 from pg_namespace
    where nspname = current_user and nspname <> all (current_schemas(false)) and has_schema_privilege(oid, 'usage')
  )
  select current_setting('server_encoding') as encoding, current_user::text as role,
    current_database()::text as database,
         coalesce(array_agg(name order by place), '{}') as path,
         coalesce(array_agg(name order by place) filter (where exists (
           select from pg_class join pg_namespace on pg_namespace.oid = relnamespace where nspname = name
             and relname = 'deleted_events'
         )), '{}') as ours,
         coalesce(array_agg(name order by place) filter (where has_schema_privilege(name, 'create')), '{}') as open
  from path`;

/**
 * The schema of all our tables: the one that `?schema=` names in the URL, which is created if missing (unless `makes`
 * is false); else the one that holds them; else the first of the role's search path in which it may create tables.
 * Fails with `invalid` if there is none, and for a database whose encoding can't hold every text. Throws the driver's
 * error when the server does not answer.
 */
export const chooseSchema = async (url: string, makes = true): Promise<string> => {
  const client = new PgClient(connectionOptions(url));
  try {
    await client.connect();
    await client.query('begin; set local statement_timeout = 0');
    const { rows } = (await client.query(FACTS)) as { rows: Facts[] };
    await client.query('commit');
    const facts = rows[0]!;
    if (facts.encoding !== 'UTF8') {
      throw new KtError(
        'invalid',
        `the database ${facts.database} is in ${facts.encoding}, which can not hold every title: ` +
          'make one with "createdb --encoding=UTF8 --template=template0 NAME", and name it in DATABASE_URL',
      );
    }
    const named = new URL(url).searchParams.get('schema');
    // Prisma writes names without quoting them.
    const odd = [named, facts.ours[0], facts.open[0]].find((name) => name?.includes('"'));
    if (odd !== undefined)
      throw new KtError(
        'invalid',
        `a schema's name must be without quotation marks, and ${odd} has some: ` +
          'name another in DATABASE_URL with ?schema=NAME',
      );
    if (named) {
      if (makes) await makeSchema(client, named, facts.role);
      return named;
    }
    const found = facts.ours[0] ?? facts.open[0];
    if (found === undefined) {
      const path = facts.path.length === 0 ? 'is empty' : `is ${facts.path.join(', ')}`;
      throw new KtError(
        'invalid',
        `the role ${facts.role} may make tables in no schema of its search path, which ${path}: ` +
          `make it one of its own (CREATE SCHEMA ${quoted(facts.role)} AUTHORIZATION ${quoted(facts.role)}), ` +
          'or name one in DATABASE_URL with ?schema=NAME',
      );
    }
    return found;
  } finally {
    await client.leave();
  }
};

const makeSchema = async (client: PgClient, name: string, role: string): Promise<void> => {
  const { rowCount } = await client.query({ text: 'select from pg_namespace where nspname = $1', values: [name] });
  if (rowCount) return;
  try {
    await client.query(`create schema if not exists ${quoted(name)}`);
  } catch (error) {
    throw new KtError(
      'invalid',
      `the schema ${name}, which DATABASE_URL names, is not there, ` +
        `and ${role} may not make it (${(error as Error).message}): ` +
        `CREATE SCHEMA ${quoted(name)} AUTHORIZATION ${quoted(role)}`,
    );
  }
};
