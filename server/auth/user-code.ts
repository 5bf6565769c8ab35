/** The code that a person types to let a device in: eight letters, none a vowel, so that they make no word. */
import { randomInt } from 'node:crypto';
import { hashApiKey } from './api-key.ts';

/** 20 to the 8th are 34 bits: enough for ten minutes, when wrong ones soon have to wait. */
const LETTERS = 'BCDFGHJKLMNPQRSTVWXZ';
const LENGTH = 8;

/** A new one as people read it, `WDJB-MJHT`, and its hash, which is all that is stored. */
export const makeUserCode = (): { text: string; hash: Uint8Array<ArrayBuffer> } => {
  const letters = Array.from({ length: LENGTH }, () => LETTERS[randomInt(LETTERS.length)]).join('');
  return { text: `${letters.slice(0, LENGTH / 2)}-${letters.slice(LENGTH / 2)}`, hash: hashApiKey(letters) };
};

/** The hash of a code as somebody typed it, in any case, with anything between its letters; null for what is none. */
export const hashOfUserCode = (typed: string): Uint8Array<ArrayBuffer> | null => {
  const letters = typed.toUpperCase().replace(/[^A-Z]/g, '');
  return letters.length === LENGTH && [...letters].every((letter) => LETTERS.includes(letter))
    ? hashApiKey(letters)
    : null;
};
