/** Who acts on the people of a server, and what is noted of it (spec/sign-in 11). */
import { KtError } from '../../domain/errors.ts';
import { isUuid } from '../../domain/uuid.ts';
import { mustBeEnough } from '../auth/scope.ts';
import type { Viewer } from '../auth/viewer.ts';
import { note, type LogKind } from '../storage/account-log.ts';
import { transaction, type Tx } from '../storage/database.ts';
import * as people from '../storage/people.ts';
import * as users from '../storage/users.ts';
import type { Deps } from './deps.ts';

/** Who acts: an administrator; null: the operator, at the server's own command line. */
export type By = Viewer | null;

/** An administrator as the logs name them; all null for the operator. */
export type Actor = { readonly account: number | null; readonly email: string | null; readonly address: string | null };

const noAdmin = (): KtError =>
  new KtError(
    'forbidden',
    'this is for who administers this server: its operator names them with "kt-server users admin EMAIL --on"',
  );

/**
 * Who acts. Fails with `forbidden` unless that is an administrator with a session or a key that may do everything, and
 * is bound to no device: one that is lies in files of that device.
 */
export const actorOf = async (tx: Tx, by: By): Promise<Actor> => {
  if (by === null) return { account: null, email: null, address: null };
  mustBeEnough(by.scope, 'full', 'administering the server');
  const email = by.boundTo === null ? await people.adminOf(tx, by.account) : null;
  if (email === null) throw noAdmin();
  return { account: by.account, email, address: by.address };
};

/** Those who act on users, one after the other; who acts is looked up when it is their turn. */
export const makeAct =
  ({ database }: Pick<Deps, 'database'>) =>
  <T>(by: By, work: (tx: Tx, actor: Actor) => Promise<T>): Promise<T> =>
    transaction(database, async (tx) => {
      await users.lockAll(tx);
      return work(tx, await actorOf(tx, by));
    });

/** Notes what was done to somebody, in their log and in that of who did it. */
export const noteBoth = async (
  tx: Tx,
  { account, email, address }: Actor,
  whom: users.UserRow,
  kind: LogKind,
  at: Date,
): Promise<void> => {
  const happening = { kind, what: email === null ? whom.email : `${whom.email}, by ${email}`, address };
  await note(tx, whom.account, at, happening);
  if (account !== null && account !== whom.account) await note(tx, account, at, happening);
};

/** The same where they are gone: in that of who did it, if that is one. */
export const noteOwn = async (
  tx: Tx,
  { account, address }: Actor,
  what: string,
  kind: LogKind,
  at: Date,
): Promise<void> => {
  if (account !== null) await note(tx, account, at, { kind, what, address });
};

const found = (user: users.UserRow | null, what: string): users.UserRow => {
  if (!user) throw new KtError('not_found', `there is no user ${JSON.stringify(what)}`);
  return user;
};

/** Whom somebody acts on. Both fail with `not_found`. */
export const byId = async (tx: Tx, id: string): Promise<users.UserRow> =>
  found(isUuid(id) ? await users.findById(tx, id) : null, id);
export const byEmail = async (tx: Tx, email: string): Promise<users.UserRow> =>
  found(await users.findByEmail(tx, email.trim().toLowerCase()), email);
