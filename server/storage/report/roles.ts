/** Roles that read the views: made, given what they need, and dropped. PostgreSQL only. */
import { driverOf, type Database, type Driver } from '../database.ts';
import { sqlStateOf } from '../errors.ts';
import { literal, quoted } from '../session.ts';
import {
  GUARDED,
  grantScript,
  OURS,
  policyScript,
  revokeScript,
  TOO_MUCH,
  unpolicyScript,
  type Guarded,
} from './policies.ts';
import { placeOf, placeScript } from './schema.ts';

export type SqlRole = { readonly role: string; readonly account: number | null };

/** What the server's own role is and may, and what is known of a role of this name. */
export type RoleFacts = {
  readonly version: number;
  readonly database: string;
  /** The role that the server itself is, and whether it may do what is asked for. */
  readonly own: string;
  readonly mayMakeRoles: boolean;
  readonly mayMakeSchemas: boolean;
  readonly ownsTables: boolean;
  readonly exists: boolean;
  /** Whether it has a policy here, though it may be noted no more: its account was deleted. */
  readonly guarded: boolean;
  readonly noted: SqlRole | null;
  /** Why it must not be given access; null if it may. */
  readonly tooMuch: string | null;
  /** The schema of the views, and whether they are there; null where every name for it is taken. */
  readonly schema: string | null;
  readonly hasSchema: boolean;
  readonly hasViews: boolean;
};

const ownFacts = (role: string): string => `
  select current_setting('server_version_num')::int as version, current_database()::text as database,
    current_user::text as own,
    (select rolsuper or rolcreaterole from pg_roles where rolname = current_user) as "mayMakeRoles",
    has_database_privilege(current_database(), 'create') as "mayMakeSchemas",
    (select bool_and(pg_has_role(relowner, 'usage')) from pg_class
      where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p') and ${OURS}) as "ownsTables",
    exists (select from pg_roles where rolname = ${literal(role)}) as exists,
    exists (select from pg_policy join pg_class on pg_class.oid = polrelid
      where relnamespace = current_schema()::regnamespace and polname = ${literal(`sql_role_${role}`)}) as guarded`;

export const factsOfRole = async (database: Database, role: string): Promise<RoleFacts> => {
  const driver = driverOf(database);
  type Own = Omit<RoleFacts, 'noted' | 'tooMuch' | 'schema' | 'hasSchema' | 'hasViews'>;
  const [own] = await driver.rows<Own>(ownFacts(role));
  const [noted] = await driver.rows<SqlRole>(`select role, account from sql_roles where role = ${literal(role)}`);
  const [reason] = await driver.rows<{ why: string }>(TOO_MUCH(role));
  const place = await placeOf(driver);
  return {
    ...own!,
    noted: noted ?? null,
    tooMuch: reason?.why ?? null,
    schema: place?.name ?? null,
    hasSchema: place?.there === true,
    hasViews: place?.ours === true,
  };
};

/** How many connections a role may have at once. */
const CONNECTIONS = 10;

const ATTRIBUTES = [
  ...['login', 'noinherit', 'nosuperuser', 'nocreatedb', 'nocreaterole', 'noreplication', 'nobypassrls'],
  `connection limit ${CONNECTIONS}`,
].join(' ');

/**
 * Defaults of its sessions here, which keep dashboards from holding the database up; what it may do they don't decide.
 */
const defaultsScript = (role: string, database: string): string =>
  [
    ['default_transaction_read_only', 'on'],
    ['statement_timeout', `'60s'`],
    ['idle_in_transaction_session_timeout', `'60s'`],
  ]
    .map(([name, value]) => `alter role ${quoted(role)} in database ${quoted(database)} set ${name} = ${value}`)
    .join(';\n');

/** What an administrator of the database runs where the server's role may make no roles. */
export const roleScript = (role: string, database: string, verifier: string | null = null): string =>
  [
    `create role ${quoted(role)} ${ATTRIBUTES}${verifier === null ? '' : ` password ${literal(verifier)}`}`,
    defaultsScript(role, database),
  ].join(';\n');

/** How often it is tried to lock the tables, how long each time, and how long others then go on, in ms. */
const [TRIES, LOCKING, PAUSE] = [20, 400, 500];

/**
 * Runs a script in one transaction. Policies lock a table for a moment, and whoever comes waits behind that: so it
 * gives way to who reads or writes for longer.
 */
const inOne = async ({ script }: Driver, parts: readonly string[]): Promise<void> => {
  for (let left = TRIES; ; left--) {
    try {
      await script(['begin', `set local lock_timeout = ${LOCKING}`, ...parts.filter(Boolean), 'commit'].join(';\n'));
      return;
    } catch (error) {
      if (left === 1 || (sqlStateOf(error) !== '55P03' && sqlStateOf(error) !== '40P01')) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }
};

/** Whether a role can't be given what it asks for by the server's role: PostgreSQL's word for it. */
export const isRefused = (error: unknown): boolean => sqlStateOf(error) === '42501';

/** Whether a role can't be dropped because something elsewhere is its own, or refers to it. */
export const isStillUsed = (error: unknown): boolean => sqlStateOf(error) === '2BP01';

const guardedTables = async ({ rows }: Driver): Promise<Guarded[]> =>
  (await rows<Omit<Guarded, 'policies'> & { policies: string }>(GUARDED)).map((row) => ({
    ...row,
    policies: JSON.parse(row.policies) as Guarded['policies'],
  }));

/**
 * Makes the role with a password (as PostgreSQL keeps it), unless it is there. Makes the views where they are missing,
 * lets it read them, and shows it one account, or all. Returns whether anything had to be done.
 */
export const admit = async (
  database: Database,
  { role, account }: SqlRole,
  facts: RoleFacts,
  verifier: string | null,
): Promise<boolean> => {
  const driver = driverOf(database);
  const place = await placeOf(driver);
  const policies = policyScript(await guardedTables(driver), role, account);
  const [{ granted }] = (await driver.rows<{ granted: boolean }>(
    facts.exists && facts.hasViews
      ? `select has_schema_privilege(${literal(role)}, ${literal(place!.name)}, 'usage') as granted`
      : 'select false as granted',
  )) as [{ granted: boolean }];
  if (granted && policies === '' && facts.noted) return false;
  await inOne(driver, [
    facts.hasViews ? '' : placeScript(place!),
    facts.exists ? '' : roleScript(role, facts.database, verifier),
    policies,
    grantScript(role, place!.name),
    `insert into sql_roles (role, account) values (${literal(role)}, ${account ?? 'null'})
      on conflict (role) do update set account = excluded.account`,
  ]);
  return true;
};

/** Takes all away from a role that it was given here, and forgets it. */
export const dismiss = async (database: Database, role: string, facts: RoleFacts): Promise<void> =>
  inOne(driverOf(database), [
    unpolicyScript(role),
    facts.exists && facts.hasViews ? revokeScript(role, facts.schema!) : '',
    `delete from sql_roles where role = ${literal(role)}`,
  ]);

/** Drops a role itself. Fails where something elsewhere is its own. */
export const dropRole = (database: Database, role: string): Promise<void> =>
  driverOf(database).script(`drop role ${quoted(role)}`);
