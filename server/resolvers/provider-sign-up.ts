/** Whom providers of OpenID Connect vouch for, and whether they get in for the first time (spec/sign-in 5). */
import { KtError } from '../../domain/errors.ts';
import type { Tx } from '../storage/database.ts';
import * as identities from '../storage/identities.ts';
import * as instance from '../storage/instance.ts';
import * as users from '../storage/users.ts';

/** Whom a provider vouches for, and what it said of them. */
export type Person = identities.Named & {
  readonly email: string | null;
  /** Whether the provider says that the address is theirs. */
  readonly emailVerified: boolean;
  /** Whether they have the claim that the settings ask for; true where they ask for none. */
  readonly isAdmitted: boolean;
  readonly providerSession: string | null;
  readonly idToken: string | null;
};

/** Who may have an account by a provider: who has one already; or whoever it admits, too. */
export type SignUp = 'invite' | 'claim' | 'open';

/** What else is known of a sign-in: what the provider is called, and which ways in there are besides. */
export type SignInPolicy = { readonly name: string; readonly signup: SignUp; readonly localLogin: boolean };

/**
 * Makes an account for whom a provider vouches. Fails with `forbidden` where their address is not verified, or names an
 * account already, and with `conflict` where they did it twice at once.
 */
export const signedUp = async (
  tx: Tx,
  person: Person,
  name: string,
  { hostname, at }: { readonly hostname: string; readonly at: Date },
): Promise<{ id: string; account: number; userId: string; email: string }> => {
  const email = person.emailVerified ? (person.email?.trim().toLowerCase() ?? null) : null;
  if (email === null)
    throw new KtError(
      'forbidden',
      `${name} does not say that your e-mail address is yours (email_verified), and an account is named by one: ` +
        'have it verified there, or ask the operator for an account',
      { reason: 'unverified' },
    );
  await users.lockAll(tx);
  const user = await users.findOrCreate(tx, email, { deviceId: await instance.deviceId(tx), hostname });
  // An address alone opens no account that is there.
  if (!user.created)
    throw new KtError(
      'forbidden',
      `there is an account ${email} here already: sign in to it otherwise once, then connect ${name} under Account`,
      { reason: 'taken' },
    );
  const id = await identities.create(tx, { ...person, account: user.account, email, at });
  if (id === null) throw new KtError('conflict', 'another sign-in was faster: sign in again', { reason: 'stale' });
  return { id, account: user.account, userId: user.id, email };
};

/** Why somebody whom nobody here is connected with is not let in, and what to do. */
export const unknown = async (tx: Tx, person: Person, { name, localLogin }: SignInPolicy): Promise<KtError> => {
  const { email, emailVerified, subject } = person;
  const isThere = email !== null && emailVerified && (await users.findByEmail(tx, email.trim().toLowerCase())) !== null;
  const otherwise = localLogin ? 'with a passkey, an API key or a link' : 'with a link';
  const who = isThere
    ? `the account ${email} is not connected with ${name} yet`
    : `nobody here is connected with you at ${name}`;
  return new KtError(
    'forbidden',
    `${who}: sign in ${otherwise} once, then connect ${name} under Account. Or the operator runs ` +
      `"kt-server users connect ${isThere ? email : 'E-MAIL'} --subject ${JSON.stringify(subject)}"`,
    { reason: 'unknown' },
  );
};

/** Fails with `forbidden` for whom the settings let in no more. */
export const mustBeAdmitted = ({ isAdmitted }: Person, name: string): void => {
  if (!isAdmitted)
    throw new KtError('forbidden', `${name} does not list you among those who may use this server: ask its operator`, {
      reason: 'not_admitted',
    });
};
