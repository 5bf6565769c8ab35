/** What a browser keeps for the server while its person signs in: it can neither read nor change it. */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const CIPHER = 'aes-256-gcm';
const NONCE = 12;
const TAG = 16;

export type Sealing = { seal(value: unknown): string; open(text: string): unknown };

/** `secret` has to be the same in every process, and random. What is sealed for one purpose opens for no other. */
export const makeSealing = (secret: Uint8Array, purpose: string): Sealing => {
  const key = Buffer.from(hkdfSync('sha256', secret, '', `kt-server sign-in by ${purpose}`, 32));
  return {
    seal: (value) => {
      const nonce = randomBytes(NONCE);
      const cipher = createCipheriv(CIPHER, key, nonce);
      const text = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64url');
    },
    /** Null for what this server did not seal. */
    open: (text) => {
      const bytes = Buffer.from(text, 'base64url');
      if (bytes.length <= NONCE + TAG) return null;
      try {
        const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE));
        decipher.setAuthTag(bytes.subarray(NONCE, NONCE + TAG));
        const plain = Buffer.concat([decipher.update(bytes.subarray(NONCE + TAG)), decipher.final()]);
        return JSON.parse(plain.toString('utf8')) as unknown;
      } catch {
        return null;
      }
    },
  };
};
