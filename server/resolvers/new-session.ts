import { makeSecret } from '../auth/secrets.ts';
import { goodUntil, LONGEST } from '../auth/session.ts';
import { note, type Way } from '../storage/account-log.ts';
import type { Tx } from '../storage/database.ts';
import * as people from '../storage/people.ts';
import * as sessions from '../storage/sessions.ts';

/** Who signs in, as its owner is to recognize it later: what it is called, and its address. */
export type Browser = { readonly name: string; readonly address: string };

/** A session that was just made: `token` is returned only this once; the cookie may live for `seconds`. */
export type NewSession = {
  readonly token: string;
  readonly seconds: number;
  readonly user: { readonly id: string; readonly email: string };
  /** Whether it is the first of somebody who was invited. */
  readonly invited?: boolean;
};

/** Whose session it is, and what made it. */
type Of = {
  readonly account: number;
  readonly userId: string;
  readonly email: string;
  readonly way: Exclude<Way, 'device'>;
  readonly keyId?: string;
  readonly byProvider?: sessions.ByProvider;
  readonly passkeyId?: string;
};

/** Makes a browser a session. */
export const newSession = async (tx: Tx, of: Of, browser: Browser, at: Date): Promise<NewSession> => {
  const { account, userId, email, way, keyId = null, byProvider = null, passkeyId = null } = of;
  const { text, hash } = makeSecret('session');
  const address = browser.address.slice(0, 64);
  await people.came(tx, account);
  await sessions.create(tx, {
    account,
    keyId,
    byProvider,
    passkeyId,
    tokenHash: hash,
    at,
    expiresAt: goodUntil(at, at),
    browser: browser.name.slice(0, 64),
    address,
  });
  await note(tx, account, at, { kind: 'signed_in', what: browser.name, way, address });
  return { token: text, seconds: LONGEST / 1000, user: { id: userId, email } };
};
