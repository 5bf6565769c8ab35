/**
 * Takes the lock of a folder: a listening socket in the folder itself. It dies with its owner, however that ends; it
 * is the same one by whatever path, link or temporary folder somebody comes; and who may not write in the folder
 * can't sit on it.
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

/** Starts to listen at a path; false when somebody does already. */
const listen = (server: Server, bind: () => void, path: string, lock: FolderLock): Promise<boolean> =>
  new Promise((resolve, reject) => {
    server.once('error', (error) => {
      if (codeOf(error) === 'EADDRINUSE') resolve(false);
      else reject(socketless(path, error, lock));
    });
    server.once('listening', () => resolve(true));
    bind();
  });

/** Gives the socket at `path` the number after the last one's; false where somebody was faster. */
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
 * A lock that is there is never replaced, for nothing can tell "replace the one I found dead" from "replace what came
 * since": each owner takes the number after the last one's, by a link, which fails where somebody was faster. Who
 * looked too long ago, and took a number that was cleared away meanwhile, finds the higher one and goes. The highest
 * stays where it is, dead or not.
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
  // Under a name of its own until it listens: a lock is never seen that is not alive. Closing removes that name, no
  // other.
  const own = `${lock.name}.${randomBytes(6).toString('hex')}`;
  const path = join(folder, own);
  await listen(server, () => at(folder, own, (short) => server.listen(short)), path, lock);
  try {
    chmodSync(path, 0o600);
    // What root leaves behind in somebody's folder is that one's, who could not see else that it is dead.
    const { uid, gid } = statSync(folder);
    if (process.geteuid!() === 0) chownSync(path, uid, gid);
    return await takeNumber(folder, path, lock);
  } finally {
    rmSync(path, { force: true });
  }
};

/**
 * Makes `server` the folder's, which is made where it is missing, or tells who has it. The server is closed unless it
 * is the folder's; when it closes later, the folder is free. Fails with `invalid` where there can be no such folder
 * or socket, and with `conflict` for an owner who does not let us in.
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
