import { KtError } from '../../domain/errors.ts';
import { makeRolePassword } from '../auth/role-password.ts';
import * as roles from '../storage/report/roles.ts';
import { findUser } from './account-removal.ts';
import type { Deps } from './deps.ts';

/** Whose rows a role sees; null: everybody's. */
type RoleInput = { readonly role: string; readonly email: string | null };

/** What was done: `made` says whether the role is new, and `password` what it is then. */
export type GivenRole = {
  readonly role: string;
  readonly email: string | null;
  readonly database: string;
  readonly schema: string;
  readonly made: boolean;
  readonly changed: boolean;
  readonly password: string | null;
};

/** A name that needs no thought anywhere: `sql_role_` goes before it in another name, of at most 63 characters. */
const NAME = /^[a-z][a-z0-9_-]{0,49}$/;
/** PostgreSQL keeps names that begin so for itself, and these mean somebody else. */
const RESERVED = /^(pg_.*|public|none|current_user|current_role|session_user|user)$/;

/** The oldest PostgreSQL that has views which ask as whoever reads them. */
const OLDEST = 150_000;

/** Roles of the database that read the views, for the operator at the server's own command line. */
export const makeSqlRoles = ({ database }: Pick<Deps, 'database'>) => {
  const look = async (role: string): Promise<roles.RoleFacts> => {
    if (database.engine !== 'postgres')
      throw new KtError('unsupported', 'the embedded database has no roles: "kt-server move" takes it to PostgreSQL');
    if (!NAME.test(role) || RESERVED.test(role))
      throw new KtError(
        'invalid',
        `${JSON.stringify(role)} is no name for a role: up to 50 small letters, digits, "_" and "-", a letter first, ` +
          'and none that PostgreSQL keeps for itself',
      );
    const facts = await roles.factsOfRole(database, role);
    if (facts.version < OLDEST)
      throw new KtError(
        'unsupported',
        'views that ask as whoever reads them need PostgreSQL 15 or newer, ' +
          `and this is ${Math.floor(facts.version / 10_000)}: upgrade it, nothing was changed`,
      );
    if (!facts.ownsTables)
      throw new KtError(
        'forbidden',
        `the role ${facts.own} does not own kt-server's tables, and only their owner decides who sees which rows: ` +
          'give this command a --database-url of the owner',
      );
    return facts;
  };

  return {
    /**
     * Lets a role read the views, and in them the rows of one account, or of all: one that is made here, with a
     * password, or one that is there. Done again it changes nothing. Fails with `not_found` for an account that there
     * is not, with `conflict` for a role that has access to something else already or may do too much, and with
     * `forbidden`, and the SQL for an administrator, where the server's role may not do it.
     */
    admitRole: async ({ role, email }: RoleInput): Promise<GivenRole> => {
      const facts = await look(role);
      const user = email === null ? null : await findUser({ database }, email);
      const account = user?.account ?? null;
      if (facts.noted && facts.noted.account !== account)
        throw new KtError(
          'conflict',
          `the role ${role} sees ${facts.noted.account === null ? 'all accounts' : 'another account'} already: ` +
            `"kt-server sql-role ${role} --drop" first, or give another name`,
        );
      if (facts.tooMuch !== null)
        throw new KtError(
          'conflict',
          `${role} would see or do more than it should: ${facts.tooMuch}. Take that away first (REVOKE), ` +
            'or give the name of a new role; nothing was changed',
        );
      if (facts.schema === null)
        throw new KtError(
          'conflict',
          'the schema "report" of this database holds something else, and so does the one after it: rename it first ' +
            '(ALTER SCHEMA report RENAME TO …); nothing was changed',
        );
      if (!facts.hasSchema && !facts.mayMakeSchemas)
        throw new KtError(
          'forbidden',
          `the role ${facts.own} may make no schema in ${facts.database}: let an administrator run ` +
            `CREATE SCHEMA "${facts.schema}" AUTHORIZATION "${facts.own}"; and then this again`,
        );
      if (!facts.exists && !facts.mayMakeRoles)
        throw new KtError(
          'forbidden',
          `the role ${facts.own} may make no roles: let an administrator run this, and then the command again: ` +
            `${roles.roleScript(role, facts.database).replaceAll('\n', ' ')}; and set a password by \\password ${role}`,
        );
      const secret = facts.exists ? null : makeRolePassword();
      const changed = await refusable(facts, () =>
        roles.admit(database, { role, account }, facts, secret?.verifier ?? null),
      );
      return {
        role,
        email: user?.email ?? null,
        database: facts.database,
        schema: facts.schema,
        made: !facts.exists,
        changed,
        password: secret?.password ?? null,
      };
    },

    /**
     * Takes the access away, and drops the role, unless it owns something or has rights elsewhere: then `kept` says why
     * it is still there. Fails with `not_found` for a role that has none.
     */
    dismissRole: async ({ role }: { role: string }): Promise<{ role: string; kept: string | null }> => {
      const facts = await look(role);
      if (!facts.noted && !facts.guarded)
        throw new KtError('not_found', `the role ${role} has no access to the views: nothing was changed`);
      await refusable(facts, () => roles.dismiss(database, role, facts));
      if (!facts.exists) return { role, kept: null };
      try {
        await roles.dropRole(database, role);
        return { role, kept: null };
      } catch (error) {
        if (roles.isStillUsed(error)) return { role, kept: 'it owns something else, or has other rights' };
        if (roles.isRefused(error)) return { role, kept: `${facts.own} may not drop it` };
        throw error;
      }
    },
  };
};

const refusable = async <T>({ own }: roles.RoleFacts, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    if (!roles.isRefused(error)) throw error;
    throw new KtError(
      'forbidden',
      `the role ${own} may not do this (${(error as Error).message}): ` +
        'give this command a --database-url of a role that may',
      {},
      { cause: error },
    );
  }
};
