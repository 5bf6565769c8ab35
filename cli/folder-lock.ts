/**
 * Looks up who holds a folder's lock. It is a listening socket in the folder itself, NAME.N.sock, of which the highest
 * number counts; folder-socket.ts takes it.
 */
import { lstatSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { KtError } from '../domain/errors.ts';

/** A kind of folder lock: its name, in the file system and in messages. */
export type FolderLock = {
  /** What its file names begin with (`NAME.1.sock`): one folder may have locks of several names. */
  readonly name: string;
  /** The program that takes the lock. */
  readonly program: string;
  /** What the program's users call the folder, and how they choose another one. */
  readonly folder: string;
  readonly another: string;
  /** The name of the pipe that is the lock on Windows, by the folder's real path. */
  pipe(real: string): string;
  /** Where older versions of the program have this lock; each short enough for a socket's path. */
  older(folder: string): readonly string[];
};

/** What a folder's lock says: nobody holds it any more (`dead`), or a way to reach its owner. */
export type Found = 'dead' | { connect(): Socket };

/** The kernel truncates a socket's path at 107 bytes (macOS: 103), and Node does so without an error. */
const MAX_PATH = 100;
/**
 * How long an owner may take to accept a connection, in ms. A stopped one (SIGSTOP) never does, but is still the owner.
 */
const ANSWER_MS = 5_000;

export const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

/**
 * Binds or connects by a short enough path: if the whole path is too long, by the name alone, with the folder as
 * working directory. `act` must do its work before it returns, as Node's `listen` and `connect` do for socket files.
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

/** Windows: a pipe vanishes with its owner, and is named after the folder's real path. */
export const pipeOf = (folder: string, lock: FolderLock): string =>
  `\\\\.\\pipe\\${lock.pipe(realpathSync.native(folder))}`;

/** The owner of a file; null if there is no file. */
const ownerOf = (path: string): number | null => {
  try {
    return lstatSync(path).uid;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
};

/** Whether a file's owner may claim the folder: this process's user, or the folder's owner. */
const isTrusted = (uid: number, folder: string): boolean => uid === process.geteuid!() || uid === statSync(folder).uid;

/**
 * Whether somebody listens at a socket. Refused or gone means nobody; every other failure is an owner who refuses us.
 */
const listens = (open: () => Socket, folder: string, lock: FolderLock): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const socket = open();
    const fail = (why: string) => {
      socket.destroy();
      const who = `another ${lock.program} has the ${lock.folder} ${folder}`;
      reject(new KtError('conflict', `${who} and does not let us in (${why}): stop it first, or ${lock.another}`));
    };
    socket.setTimeout(ANSWER_MS, () => fail('no answer'));
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

/** Looks who listens at a socket of the folder. Another user's socket could answer anything, and is refused. */
const look = async (folder: string, name: string, lock: FolderLock): Promise<Found> => {
  const uid = ownerOf(join(folder, name));
  if (uid === null) return 'dead';
  if (!isTrusted(uid, folder)) {
    const todo = `stop that user's ${lock.program}; if none runs, remove the file`;
    throw new KtError('conflict', `${join(folder, name)} belongs to another user (${uid}): ${todo}`);
  }
  return lookAt(() => at(folder, name, (path) => connect(path)), folder, lock);
};

/**
 * Looks if an older version has the folder. Another user's file under a name that anybody may create does not count.
 */
const lookForOlder = async (folder: string, lock: FolderLock): Promise<Found> => {
  for (const path of lock.older(folder)) {
    const uid = Buffer.byteLength(path) <= MAX_PATH ? ownerOf(path) : null;
    if (uid === null || !isTrusted(uid, folder)) continue;
    const found = await lookAt(() => connect(path), folder, lock);
    if (found !== 'dead') return found;
  }
  return 'dead';
};

/** Who has the folder, and the highest number found. A socket that vanished meanwhile made way for the next number. */
export const search = async (folder: string, lock: FolderLock): Promise<{ found: Found; last: number }> => {
  for (;;) {
    const last = numbersIn(folder, lock)[0] ?? 0;
    const found = last === 0 ? 'dead' : await look(folder, numbered(lock, last), lock);
    if (found !== 'dead') return { found, last };
    if ((numbersIn(folder, lock)[0] ?? 0) === last) return { found: await lookForOlder(folder, lock), last };
  }
};

/** Who has an existing folder. Fails with `conflict` for an owner who refuses us. */
export const ownerOfFolder = async (folder: string, lock: FolderLock): Promise<Found> => {
  if (process.platform !== 'win32') return (await search(folder, lock)).found;
  const pipe = pipeOf(folder, lock);
  return lookAt(() => connect(pipe), folder, lock);
};
