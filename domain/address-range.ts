/** A range of IP addresses, as settings name it: `10.0.0.2`, `10.0.0.0/8`, `fd00::/8`. */
import { parsedUrl } from './parsed-url.ts';

export type AddressRange = {
  readonly address: string;
  /** How many bits of the address count. */
  readonly prefix: number;
  readonly family: 'ipv4' | 'ipv6';
};

const IPV4 = /^(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}$/;

/** Null for what is none, and for all addresses there are: to believe everybody is never meant. */
export const rangeOf = (text: string): AddressRange | null => {
  const [, address = '', bits] = /^([\da-f.:]+)(?:\/(\d{1,3}))?$/i.exec(text) ?? [];
  const family = IPV4.test(address) ? 'ipv4' : isIpv6(address) ? 'ipv6' : null;
  if (family === null) return null;
  const most = family === 'ipv4' ? 32 : 128;
  const prefix = bits === undefined ? most : Number(bits);
  return prefix >= 1 && prefix <= most ? { address, prefix, family } : null;
};

const isIpv6 = (text: string): boolean => text.includes(':') && parsedUrl(`http://[${text}]/`) !== null;
