/**
 * The lock of a data folder: a listening socket in the folder itself. It dies with its owner, however that ends; it is the same
 * one by whatever path, link or temporary folder somebody comes; and who may not write in the folder can't sit on it.
 */
import { createHash, randomUUID } from 'node:crypto';
import { chmodSync, chownSync, linkSync, lstatSync, mkdirSync, readdirSync, realpathSync, rmSync, statSync } from 'node:fs';
import { connect, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KtError } from '../domain/errors.ts';

/** What a folder's socket says: nobody's any more (`dead`), or a way to speak with its owner. */
export type Found = 'dead' | { connect(): Socket };

/** The kernel cuts the path of a socket at 107 bytes (macOS: 103), and Node does so without a word. */
const MAX_PATH = 100;
/** How long an owner may take to let somebody in, in ms: one that was stopped (SIGSTOP) never does, and is one all the same. */
const PATIENCE = 5_000;

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

/**
 * Binds or connects by a path that is short enough: where the whole one is not, by the name alone, while the folder is the working
 * directory. `act` must do its work before it returns, as Node's `listen` and `connect` do for sockets that are files.
 */
const at = <T>(folder: string, name: string, act: (path: string) => T): T => {
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

const NUMBERED = /^lock\.(\d{1,12})\.sock$/;
const numbered = (n: number): string => `lock.${n}.sock`;

/** The numbers of a folder's locks, the highest first. */
const numbersIn = (folder: string): number[] =>
  readdirSync(folder)
    .flatMap((name) => NUMBERED.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => b - a);

/** Windows: a pipe vanishes with its owner, and is the folder's by the folder's real name. */
const pipeOf = (folder: string): string => `\\\\.\\pipe\\kt-server-${createHash('sha256').update(realpathSync.native(folder)).digest('hex').slice(0, 24)}`;

/** Where an older kt-server has its lock: in the folder, or under a name in the temporary folder that anybody may take. */
const olderLocks = (folder: string): string[] => [
  join(folder, 'owner.sock'),
  join(tmpdir(), `kt-server-${createHash('sha256').update(folder).digest('hex').slice(0, 24)}.sock`),
];

/** Whose a file is; null where there is none. */
const ownerOf = (path: string): number | null => {
  try {
    return lstatSync(path).uid;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
};

/** Whether somebody listens at a socket. Refused or gone is nobody; whatever else is somebody, who may just not let us in. */
const listens = (open: () => Socket, folder: string): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const socket = open();
    const fail = (why: string) => {
      socket.destroy();
      reject(new KtError('conflict', `another kt-server has the data folder ${folder} and does not let us in (${why}): stop it first, or give another --data-dir`));
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

/** Looks who is at a socket of the folder's. One that belongs to another user may hand out anything, and is refused. */
const look = async (folder: string, name: string): Promise<Found> => {
  const uid = ownerOf(join(folder, name));
  if (uid === null) return 'dead';
  if (uid !== process.geteuid!() && uid !== statSync(folder).uid) {
    throw new KtError('conflict', `${join(folder, name)} belongs to another user (${uid}): stop that user's kt-server; if none runs, remove the file`);
  }
  const open = () => at(folder, name, (path) => connect(path));
  return (await listens(open, folder)) ? { connect: open } : 'dead';
};

/** Looks whether an older kt-server has the folder. Another user's file outside of the folder says nothing. */
const lookForOlder = async (folder: string): Promise<Found> => {
  for (const path of olderLocks(folder)) {
    if (ownerOf(path) !== process.geteuid!()) continue;
    const open = () => connect(path);
    if (Buffer.byteLength(path) <= MAX_PATH && (await listens(open, folder))) return { connect: open };
  }
  return 'dead';
};

/** Starts to listen at a path; false when somebody does already. */
const listen = (server: Server, bind: () => void, path: string): Promise<boolean> =>
  new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(new KtError('invalid', `the data folder's socket ${path} can not be made (${error.code}): give another --data-dir, on a disk of this machine`, {}, { cause: error }));
    });
    server.once('listening', () => resolve(true));
    bind();
  });

/**
 * Makes `server` the folder's, or tells who has it. A lock that is there is never replaced, for nothing can tell "replace the one I
 * found dead" from "replace what came since": each owner takes the number after the last one's, by a link, which fails where somebody
 * was faster. Who looked too long ago, and took a number that was cleared away meanwhile, finds the higher one and goes. The highest
 * stays where it is, dead or not.
 */
export const takeFolder = async (folder: string, server: Server): Promise<Exclude<Found, 'dead'> | null> => {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new KtError('invalid', `the data folder ${folder} can not be made (${codeOf(error)}): give another --data-dir`, {}, { cause: error });
  }
  if (process.platform === 'win32') {
    const pipe = pipeOf(folder);
    return (await listen(server, () => server.listen(pipe), pipe)) ? null : { connect: () => connect(pipe) };
  }
  // Under a name of its own until it listens: a lock is never seen that is not alive. Closing removes that name, never another's.
  const own = `lock.${randomUUID()}`;
  const path = join(folder, own);
  await listen(server, () => at(folder, own, (short) => server.listen(short)), path);
  try {
    chmodSync(path, 0o600);
    // What root leaves behind in somebody's folder is that one's, who could not see else that it is dead.
    const { uid, gid } = statSync(folder);
    if (process.geteuid!() === 0) chownSync(path, uid, gid);
    for (;;) {
      const last = numbersIn(folder)[0] ?? 0;
      const found = last === 0 ? 'dead' : await look(folder, numbered(last));
      const owner = found === 'dead' ? await lookForOlder(folder) : found;
      if (owner !== 'dead') return owner;
      try {
        linkSync(path, join(folder, numbered(last + 1)));
      } catch (error) {
        if (codeOf(error) === 'EEXIST') continue; // another starter was faster: look at that one
        throw error;
      }
      const numbers = numbersIn(folder);
      if (numbers[0] === last + 1) {
        for (const n of numbers.slice(1)) rmSync(join(folder, numbered(n)), { force: true });
        return null;
      }
      rmSync(join(folder, numbered(last + 1)), { force: true });
    }
  } finally {
    rmSync(path, { force: true });
  }
};
