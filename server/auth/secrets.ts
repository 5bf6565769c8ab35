/** Secrets of browsers: what a session's cookie holds, what a link to sign in with holds, and what a device asks by. */
import { randomBytes } from 'node:crypto';
import { hashApiKey } from './api-key.ts';

type Kind = 'session' | 'claim' | 'device';

/** A new one of 256 random bits, and its hash, which is all that is stored. */
export const makeSecret = (kind: Kind): { text: string; hash: Uint8Array<ArrayBuffer> } => {
  const text = `kt_${kind}_${randomBytes(32).toString('base64url')}`;
  return { text, hash: hashApiKey(text) };
};

/** The hash of a text that has the form of one; null for any other. Saves a query. */
export const hashOfSecret = (kind: Kind, text: string): Uint8Array<ArrayBuffer> | null =>
  new RegExp(`^kt_${kind}_[A-Za-z0-9_-]{43}$`).test(text) ? hashApiKey(text) : null;
