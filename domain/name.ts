/** Names of buckets and devices: how long they may be, and what a bucket is called in the account's one flat list. */
import { KtError } from './errors.ts';

/**
 * Longest id, type, client or hostname, in bytes of UTF-8. An entry of PostgreSQL's indexes has at most 2,704 bytes,
 * and compression does not shorten every text; clients must be able to rely on 255 (spec/rest 3.4).
 */
export const MAX_NAME_BYTES = 1000;
/** How much of a hostname goes into the flat name of a bucket whose own id leaves no room for it. */
const HOST_BYTES = 200;

const bytesOf = (text: string): number => new TextEncoder().encode(text).length;

export const isTooLong = (name: string): boolean => name.length > MAX_NAME_BYTES || bytesOf(name) > MAX_NAME_BYTES;

/** Fails with `malformed`, and names the field, if a name is too long. */
export const checkLength = (what: string, name: string): void => {
  if (isTooLong(name)) {
    throw new KtError('malformed', `${what} has more than ${MAX_NAME_BYTES} bytes of UTF-8: give a shorter one`);
  }
};

/** The beginning of a text, at most so many bytes of UTF-8; no character is cut in two. */
export const cutToBytes = (text: string, most: number): string => {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= most) return text;
  let end = Math.max(0, most);
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end--;
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(0, end));
};

/**
 * The flat name to try for a bucket after `number` others were taken: its own id, then `<id>-<hostname>`, then with a
 * number. It obeys the same limit as every name, so that an export with it can be imported: the id is cut to fit.
 */
export const flatName = (id: string, hostname: string, number: number): string => {
  if (number === 0) return id;
  const tail = number === 1 ? '' : `-${number}`;
  const whole = `${id}-${hostname}${tail}`;
  if (!isTooLong(whole)) return whole;
  const suffix = `-${cutToBytes(hostname, HOST_BYTES)}${tail}`;
  return `${cutToBytes(id, MAX_NAME_BYTES - bytesOf(suffix))}${suffix}`;
};

/** May a bucket of this id and hostname have this flat name? */
export const isFlatName = (name: string, id: string, hostname: string): boolean => {
  const second = flatName(id, hostname, 1);
  if (name === id || name === second) return true;
  const number = Number(/-(\d{1,9})$/.exec(name)?.[1] ?? 0);
  return number > 1 && name === flatName(id, hostname, number);
};
