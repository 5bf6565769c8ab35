/** Where the reader of an answer finds the server: for links, and for lines to paste. */
import { parsedUrl } from '../../domain/parsed-url.ts';
import { isFolder } from '../../domain/public-url.ts';
import type { Config } from '../config.ts';
import { segmentsOf } from './paths.ts';

export type Address = {
  /** The segments of the folder that KT_SERVER_PUBLIC_URL names. Paths begin with it unless a proxy took it off. */
  readonly folder: readonly string[];
  /**
   * The address without a slash at its end: KT_SERVER_PUBLIC_URL, or else what a trusted proxy says; null if neither
   * says anything.
   */
  of(request: Request): string | null;
};

/** Nothing is known. */
export const NO_ADDRESS: Address = { folder: [], of: () => null };

export const makeAddress = ({ publicUrl, trustProxy }: Pick<Config, 'publicUrl' | 'trustProxy'>): Address => {
  if (publicUrl !== '') return { folder: segmentsOf(new URL(publicUrl).pathname), of: () => publicUrl };
  return trustProxy ? { folder: [], of: forwarded } : NO_ADDRESS;
};

/**
 * What X-Forwarded-Proto, -Host and -Prefix say. Traefik writes the last when it takes a folder off. What could not be
 * part of an address counts as not said.
 */
const forwarded = ({ headers, url }: Request): string | null => {
  const said = (name: string, isFine: (value: string) => boolean): string | null => {
    const first = (headers.get(name) ?? '').split(',', 1)[0]!.trim();
    return first !== '' && isFine(first) ? first : null;
  };
  const scheme = said('x-forwarded-proto', (value) => /^https?$/.test(value));
  const host = said('x-forwarded-host', (value) => /^(\[[\da-f:.]+\]|[\w.-]+)(:\d{1,5})?$/i.test(value));
  const folder = said('x-forwarded-prefix', (value) => isFolder(value.replace(/\/+$/, '')))?.replace(/\/+$/, '');
  if (scheme === null && host === null && folder === undefined) return null;
  const whole = `${scheme ?? 'http'}://${host ?? new URL(url).host}${folder ?? ''}`;
  return parsedUrl(whole) ? whole : null;
};
