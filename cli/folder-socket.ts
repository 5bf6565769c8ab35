/**
 * Takes the lock of a folder: a listening socket in the folder itself. It vanishes with its owner, however that ends;
 * it is the same lock through whatever path, link or temporary folder somebody comes; and only those who may write in
 * the folder can hold it.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, linkSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { connect, type Server } from 'node:net';
import { join } from 'node:path';
import { KtError } from '../domain/errors.ts';
import { at, codeOf, numbered, numbersIn, pipeOf, search, type FolderLock, type Found } from './folder-lock.ts';

type Other = Exclude<Found, 'dead'>;

const unmakeable = (what: string, error: unknown, todo: string): KtError =>
  new KtError('invalid', `the ${what} can not be made (${codeOf(error)}): ${todo}`, {}, { cause: error });

const socketless = (path: string, error: unknown, { folder, another }: FolderLock): KtError =>
  unmakeable(`${folder}'s socket ${path}`, error, `${another}, on a disk of this machine`);

/** Starts to listen at a path; false if somebody already does. */
const listen = (server: Server, bind: () => void, path: string, lock: FolderLock): Promise<boolean> =>
  new Promise((resolve, reject) => {
    server.once('error', (error) => {
      if (codeOf(error) === 'EADDRINUSE') resolve(false);
      else reject(socketless(path, error, lock));
    });
    server.once('listening', () => resolve(true));
    bind();
  });

/** Gives the socket at `path` the next number; false if somebody was faster. */
const linkAs = (path: string, numberedPath: string, lock: FolderLock): boolean => {
  try {
    linkSync(path, numberedPath);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw socketless(numberedPath, error, lock);
  }
};

/**
 * An existing lock is never replaced, because nothing can distinguish "replace the one I found dead" from "replace what
 * came since". Each owner takes the next number instead, by a link, which fails if somebody was faster. An owner who
 * looked too long ago, and took a number that has been cleared away since, finds the higher one and gives up. The
 * highest number stays where it is, dead or not.
 */
const takeNumber = async (folder: string, path: string, lock: FolderLock): Promise<Other | null> => {
  for (;;) {
    const { found, last } = await search(folder, lock);
    if (found !== 'dead') return found;
    const mine = join(folder, numbered(lock, last + 1));
    if (!linkAs(path, mine, lock)) continue;
    const [highest, ...others] = numbersIn(folder, lock);
    if (highest === last + 1) {
      for (const n of others) rmSync(join(folder, numbered(lock, n)), { force: true });
      return null;
    }
    rmSync(mine, { force: true });
  }
};

const take = async (folder: string, server: Server, lock: FolderLock): Promise<Other | null> => {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw unmakeable(`${lock.folder} ${folder}`, error, lock.another);
  }
  if (process.platform === 'win32') {
    const pipe = pipeOf(folder, lock);
    return (await listen(server, () => server.listen(pipe), pipe, lock)) ? null : { connect: () => connect(pipe) };
  }
  // It has a name of its own until it listens, so that a visible lock is always alive. Closing removes only that name.
  const own = `${lock.name}.${randomBytes(6).toString('hex')}`;
  const path = join(folder, own);
  await listen(server, () => at(folder, own, (short) => server.listen(short)), path, lock);
  try {
    chmodSync(path, 0o600);
    // What root leaves in somebody's folder is given to its owner, who could not see otherwise that it is dead.
    const { uid, gid } = statSync(folder);
    if (process.geteuid!() === 0) chownSync(path, uid, gid);
    return await takeNumber(folder, path, lock);
  } finally {
    rmSync(path, { force: true });
  }
};

/**
 * Makes `server` the owner of the folder, which is created if missing, or says who is. Unless it becomes the owner, the
 * server is closed; when it closes later, the folder is free. Fails with `invalid` if there can be no such folder or
 * socket, and with `conflict` for an owner who refuses us.
 */
export const takeFolder = async (folder: string, server: Server, lock: FolderLock): Promise<Other | null> => {
  let mine = false;
  try {
    const other = await take(folder, server, lock);
    mine = other === null;
    return other;
  } finally {
    if (!mine) server.close();
  }
};
