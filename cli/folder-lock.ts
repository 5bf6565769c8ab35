/**
 * What a folder's lock is, and who has it. It is a listening socket in the folder itself, NAME.N.sock, of which the
 * highest number counts; folder-socket.ts takes it.
 */
import { lstatSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { KtError } from '../domain/errors.ts';

/** A lock that folders of a kind have: what it is called, in the file system and in messages. */
export type FolderLock = {
  /** What its files' names begin with (`NAME.1.sock`): one folder may have locks of several names. */
  readonly name: string;
  /** The program whose lock it is. */
  readonly program: string;
  /** What that program's users know the folder as, and what they do to have another. */
  readonly folder: string;
  readonly another: string;
  /** The name of the pipe that is the lock on Windows, by the folder's real path. */
  pipe(real: string): string;
  /** Where older versions of the program have this lock, none longer than a socket's path may be. */
  older(folder: string): readonly string[];
};

/** What a folder's lock says: nobody's any more (`dead`), or a way to speak with its owner. */
export type Found = 'dead' | { connect(): Socket };

/** The kernel cuts the path of a socket at 107 bytes (macOS: 103), and Node does so without a word. */
const MAX_PATH = 100;
/** How long an owner may take to let somebody in, in ms. One that was stopped (SIGSTOP) never does, and is one. */
const PATIENCE = 5_000;

export const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

/**
 * Binds or connects by a path that is short enough: where the whole one is not, by the name alone, while the folder
 * is the working directory. `act` must do its work before it returns, as Node's `listen` and `connect` do for sockets
 * that are files.
 */
export const at = <T>(folder: string, name: string, act: (path: string) => T): T => {
  const path = join(folder, name);
  if (Buffer.byteLength(path) <= MAX_PATH) return act(path);
  const before = process.cwd();
  process.chdir(folder);
  try {
    return act(name);
  } finally {
    process.chdir(before);
  }
};

export const numbered = ({ name }: FolderLock, n: number): string => `${name}.${n}.sock`;

/** The numbers of a folder's locks, the highest first. */
export const numbersIn = (folder: string, { name }: FolderLock): number[] =>
  readdirSync(folder)
    .filter((file) => file.startsWith(`${name}.`))
    .flatMap((file) => /^\.(\d{1,12})\.sock$/.exec(file.slice(name.length))?.[1] ?? [])
    .map(Number)
    .sort((a, b) => b - a);

/** Windows: a pipe vanishes with its owner, and is the folder's by the folder's real name. */
export const pipeOf = (folder: string, lock: FolderLock): string =>
  `\\\\.\\pipe\\${lock.pipe(realpathSync.native(folder))}`;

/** Whose a file is; null where there is none. */
const ownerOf = (path: string): number | null => {
  try {
    return lstatSync(path).uid;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
};

/** Whether a file's owner may say who has the folder: this process's user, and the folder's. */
const isTrusted = (uid: number, folder: string): boolean => uid === process.geteuid!() || uid === statSync(folder).uid;

/** Whether somebody listens at a socket. Refused or gone is nobody; all else is somebody who may not let us in. */
const listens = (open: () => Socket, folder: string, lock: FolderLock): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const socket = open();
    const fail = (why: string) => {
      socket.destroy();
      const who = `another ${lock.program} has the ${lock.folder} ${folder}`;
      reject(new KtError('conflict', `${who} and does not let us in (${why}): stop it first, or ${lock.another}`));
    };
    socket.setTimeout(PATIENCE, () => fail('no answer'));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error) => {
      if (['ECONNREFUSED', 'ENOENT', 'ENOTSOCK'].includes(codeOf(error) ?? '')) resolve(false);
      else fail(codeOf(error) ?? error.message);
    });
  });

const lookAt = async (open: () => Socket, folder: string, lock: FolderLock): Promise<Found> =>
  (await listens(open, folder, lock)) ? { connect: open } : 'dead';

/** Looks who is at a socket of the folder's. One that belongs to another user may hand out anything, and is refused. */
const look = async (folder: string, name: string, lock: FolderLock): Promise<Found> => {
  const uid = ownerOf(join(folder, name));
  if (uid === null) return 'dead';
  if (!isTrusted(uid, folder)) {
    const todo = `stop that user's ${lock.program}; if none runs, remove the file`;
    throw new KtError('conflict', `${join(folder, name)} belongs to another user (${uid}): ${todo}`);
  }
  return lookAt(() => at(folder, name, (path) => connect(path)), folder, lock);
};

/** Looks whether an older version has the folder. Another user's file under a name that anybody may take is none. */
const lookForOlder = async (folder: string, lock: FolderLock): Promise<Found> => {
  for (const path of lock.older(folder)) {
    const uid = Buffer.byteLength(path) <= MAX_PATH ? ownerOf(path) : null;
    if (uid === null || !isTrusted(uid, folder)) continue;
    const found = await lookAt(() => connect(path), folder, lock);
    if (found !== 'dead') return found;
  }
  return 'dead';
};

/** Who has the folder, and the highest number that was found. One that went while we looked made way for the next. */
export const search = async (folder: string, lock: FolderLock): Promise<{ found: Found; last: number }> => {
  for (;;) {
    const last = numbersIn(folder, lock)[0] ?? 0;
    const found = last === 0 ? 'dead' : await look(folder, numbered(lock, last), lock);
    if (found !== 'dead') return { found, last };
    if ((numbersIn(folder, lock)[0] ?? 0) === last) return { found: await lookForOlder(folder, lock), last };
  }
};

/** Who has a folder, which is there. Fails with `conflict` for one who does not let us in. */
export const ownerOfFolder = async (folder: string, lock: FolderLock): Promise<Found> => {
  if (process.platform !== 'win32') return (await search(folder, lock)).found;
  const pipe = pipeOf(folder, lock);
  return lookAt(() => connect(pipe), folder, lock);
};
