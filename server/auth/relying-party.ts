/** Where passkeys are for, as WebAuthn sees it: a host, and the origin whose pages may ask for them. Pure. */
import { isIP } from 'node:net';
import { isLoopback } from '../../domain/loopback.ts';
import { parsedUrl } from '../../domain/parsed-url.ts';

export type RelyingParty = {
  /** The host, which passkeys are bound to for ever: a server of another name has none of them. */
  readonly id: string;
  /** The only origin at which they are made and used. */
  readonly origin: string;
};

/** Whether a host is an IP address, as URLs write them. */
export const isAddress = (hostname: string): boolean => hostname.startsWith('[') || isIP(hostname) !== 0;

/**
 * That of an address: https and a host name, because browsers take no IP address for one; http for this very machine by
 * its name `localhost` alone. Null for another.
 */
const relyingPartyOf = (address: string): RelyingParty | null => {
  const url = parsedUrl(address);
  if (!url || isAddress(url.hostname)) return null;
  const isSecure = url.protocol === 'https:' || (url.protocol === 'http:' && url.hostname === 'localhost');
  return isSecure ? { id: url.hostname, origin: url.origin } : null;
};

/**
 * That of a server: by its public URL (the empty text: none is set), which alone stays what it is whatever a request
 * says. Without one, by `localhost`, where the request came to this machine by whatever name.
 */
export const relyingParty = (publicUrl: string, here: string | null): RelyingParty | null => {
  if (publicUrl !== '') return relyingPartyOf(publicUrl);
  const url = here === null ? null : parsedUrl(here);
  if (!url || !isLoopback(url.hostname)) return null;
  return relyingPartyOf(`${url.protocol}//localhost${url.port === '' ? '' : `:${url.port}`}`);
};
