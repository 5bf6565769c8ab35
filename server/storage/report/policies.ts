/** What a role that reads the views may see: columns by grants, rows by policies, which PostgreSQL itself enforces. */
import { literal, quoted } from '../session.ts';
import { GRANTED } from './views.ts';

const TABLES = Object.keys(GRANTED);

/** What a role needs to read the views. Needs nothing of the tables' schema: views find their tables by themselves. */
export const grantScript = (role: string, schema: string): string =>
  [
    `grant usage on schema ${quoted(schema)} to ${quoted(role)}`,
    ...TABLES.map((table) => `grant select (${GRANTED[table]!.join(', ')}) on ${table} to ${quoted(role)}`),
  ].join(';\n');

export const revokeScript = (role: string, schema: string): string =>
  [
    `revoke all on schema ${quoted(schema)} from ${quoted(role)}`,
    // Without columns it takes those of columns as well.
    ...TABLES.map((table) => `revoke all on ${table} from ${quoted(role)}`),
  ].join(';\n');

/** A policy's name is its role's, with this before it. */
const policyOf = (role: string): string => `sql_role_${role}`;
/** That of roles which had privileges before the first policy: they see and write what they did. */
const OTHERS = 'kt_others';

/** A table as PostgreSQL has it. `others`: roles with privileges of their own, but the owner and those that bypass. */
export type Guarded = {
  readonly table: string;
  readonly enabled: boolean;
  readonly policies: readonly { readonly name: string; readonly qual: string; readonly roles: readonly string[] }[];
  readonly others: readonly string[];
};

/** The tables that views read, with their policies. `known`: the roles of the views, which are no others. */
export const GUARDED = `
  select relname::text as "table", relrowsecurity as enabled,
    coalesce((
      select json_agg(json_build_object('name', polname, 'qual', pg_get_expr(polqual, polrelid), 'roles', array(
        select rolname from pg_roles where oid = any(polroles) order by 1)))
      from pg_policy where polrelid = pg_class.oid
    ), '[]')::text as policies,
    array(
      select distinct rolname::text from pg_attribute
      cross join lateral (
        select grantee from aclexplode(relacl) union all select grantee from aclexplode(attacl)
      ) acl
      join pg_roles on pg_roles.oid = acl.grantee
      where attrelid = pg_class.oid and acl.grantee <> relowner and not rolsuper and not rolbypassrls
        and not exists (
          select from pg_policy where polrelid = pg_class.oid and polname = 'sql_role_' || rolname
        )
      order by 1
    ) as others
  from pg_class where relnamespace = current_schema()::regnamespace
    and relname in (${TABLES.map((table) => `'${table}'`).join(', ')})
  order by 1`;

/**
 * What makes the tables show a role the rows of one account (null: of all) and no other; empty if they do. An account's
 * number stands in the policy itself, so that it is the condition of an index; the owner of the tables, which the
 * server's role is, is asked no policy.
 */
export const policyScript = (tables: readonly Guarded[], role: string, account: number | null): string =>
  tables
    .flatMap(({ table, enabled, policies, others }) => {
      const qual = account === null ? 'true' : `(account = ${account})`;
      const named = policies.find(({ name }) => name === policyOf(role));
      const policy = `create policy ${quoted(policyOf(role))} on ${table} for select to ${quoted(role)}`;
      const rest = others.filter((other) => other !== role);
      const kept = policies.find(({ name }) => name === OTHERS);
      const missing = rest.filter((other) => !kept?.roles.includes(other));
      return [
        ...(named && named.qual !== qual ? [`drop policy ${quoted(named.name)} on ${table}`] : []),
        ...(named?.qual === qual ? [] : [`${policy} using ${bracketed(qual)}`]),
        ...(missing.length === 0
          ? []
          : [
              `drop policy if exists ${OTHERS} on ${table}`,
              `create policy ${OTHERS} on ${table} to ${rest.map(quoted).join(', ')} using (true) with check (true)`,
            ]),
        ...(enabled ? [] : [`alter table ${table} enable row level security`]),
      ];
    })
    .join(';\n');

const bracketed = (qual: string): string => (qual.startsWith('(') ? qual : `(${qual})`);

/** What takes a role's policies away; the tables stay guarded. */
export const unpolicyScript = (role: string): string =>
  TABLES.map((table) => `drop policy if exists ${quoted(policyOf(role))} on ${table}`).join(';\n');

/** Of the relations (pg_class) in the tables' schema those that are kt-server's: others may live there too. */
export const OURS = `(
  relname in ('instance', '_prisma_migrations')
  or relkind <> 'S' and exists (select from pg_attribute where attrelid = pg_class.oid and attname = 'account')
  or relkind = 'S' and exists (
    select from pg_depend join pg_attribute on attrelid = refobjid and attname = 'account'
    where classid = 'pg_class'::regclass and objid = pg_class.oid and refclassid = 'pg_class'::regclass
  )
)`;

/**
 * Why a role must not be given access, in words; null if it may. It looks at all that it could become by SET ROLE, and
 * at what everybody may do: `role` need not exist yet.
 */
export const TOO_MUCH = (role: string): string => `
  with reach as (
    select oid, rolname::text as name, rolsuper, rolbypassrls, rolcreaterole, rolreplication from pg_roles
    where exists (
      select from pg_roles own where own.rolname = ${literal(role)} and pg_has_role(own.oid, pg_roles.oid, 'member')
    )
  ),
  everybody as (select name from reach union all select 'public'),
  tables as (
    select pg_class.oid, relname::text as name, relkind, relowner from pg_class
    where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p', 'S') and ${OURS}
  ),
  granted as (
    select * from (values ${TABLES.map((table) => `('${table}', '{${GRANTED[table]!.join(',')}}'::text[])`).join(', ')})
      as granted (name, columns)
  )
  select why from (
    select 1 as place, name || ' is a superuser, or may make roles, replicate, or go around row security' as why
    from reach where rolsuper or rolbypassrls or rolcreaterole or rolreplication
    union all
    select 2, reach.name || ' owns the table ' || tables.name from reach join tables on relowner = reach.oid
    union all
    select 3, name || ' may make objects in the schema ' || current_schema()
    from everybody where has_schema_privilege(name, current_schema()::regnamespace, 'create')
    union all
    select 4, everybody.name || ' may write to ' || tables.name from everybody, tables
    where relkind <> 'S' and (has_table_privilege(everybody.name, oid, 'insert, update, delete, truncate, trigger')
      or has_any_column_privilege(everybody.name, oid, 'insert, update'))
    union all
    select 5, everybody.name || ' may use the sequence ' || tables.name from everybody, tables
    where relkind = 'S' and has_sequence_privilege(everybody.name, oid, 'usage, update')
    union all
    select 6, everybody.name || ' may read ' || tables.name || '.' || attname from everybody, tables
    join pg_attribute on attrelid = tables.oid and attnum > 0 and not attisdropped
    left join granted on granted.name = tables.name
    where relkind <> 'S' and not attname = any(coalesce(columns, '{}'))
      and has_column_privilege(everybody.name, tables.oid, attname, 'select')
  ) reasons order by place, why limit 1`;
