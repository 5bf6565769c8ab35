import { hash, randomBytes, timingSafeEqual } from 'node:crypto';

const PREFIX = 'kt_';
/** 256 random bits in base64url: 43 characters. */
const KEY = /^kt_[A-Za-z0-9_-]{43}$/;
/** How much of a key is stored readable, to recognize it in a list: 42 of its 256 bits. */
const SHOWN = PREFIX.length + 7;

/** A new key, to be shown once, and what is stored of it. */
export const makeApiKey = (): { key: string; prefix: string; hash: Uint8Array<ArrayBuffer> } => {
  const key = PREFIX + randomBytes(32).toString('base64url');
  return { key, prefix: key.slice(0, SHOWN), hash: hashApiKey(key) };
};

/** Whether a text has the form of a key. Saves a query for anything else. */
export const isApiKey = (text: string): boolean => KEY.test(text);

/** SHA-256. Keys are long and random, so a slow password hash is not needed. */
export const hashApiKey = (key: string): Uint8Array<ArrayBuffer> => new Uint8Array(hash('sha256', key, 'buffer'));

/** Compares hashes in constant time. */
export const sameHash = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && timingSafeEqual(a, b);
