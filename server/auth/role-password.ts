import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';

/** What PostgreSQL's own clients use. */
const ROUNDS = 4096;

/**
 * A new password for a role of the database, to be shown once: 192 random bits, in letters that no URL has to escape.
 * `verifier` is what PostgreSQL keeps of it (SCRAM-SHA-256, RFC 5802), and takes in its place, so that no log of
 * statements has the password.
 */
export const makeRolePassword = (): { readonly password: string; readonly verifier: string } => {
  const password = randomBytes(24).toString('base64url');
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password, salt, ROUNDS, 32, 'sha256');
  const of = (text: string): Buffer => createHmac('sha256', salted).update(text).digest();
  const stored = createHash('sha256').update(of('Client Key')).digest('base64');
  const server = of('Server Key').toString('base64');
  return { password, verifier: `SCRAM-SHA-256$${ROUNDS}:${salt.toString('base64')}$${stored}:${server}` };
};
