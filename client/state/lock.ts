/**
 * One sync at a time per state folder. The lock is a listening socket: it dies with its owner, whatever killed it, and
 * whoever finds it taken can ask who has it (`proper-lockfile` needs 10 s to see a dead owner: stack-notes section 4).
 */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, realpathSync, renameSync, statSync, unlinkSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { KtError } from '../../domain/errors.ts';

export type Lock = { release(): Promise<void> };

/** What a lock is for: the name of its file, and what to say when another process has it. */
export type LockKind = { readonly file: string; taken(owner: string, folder: string): string };

/** For one pass, proof or repair. */
export const PASS: LockKind = {
  file: 'lock',
  taken: (owner, folder) => `another kt-client (process ${owner}) is syncing with ${folder}: wait until it is done, or stop it`,
};

/** For as long as a daemon runs, which lets others sync between its passes. */
export const DAEMON: LockKind = {
  file: 'daemon',
  taken: (owner, folder) => `a daemon (process ${owner}) runs with ${folder} already: stop that one first, or leave it be`,
};

/** Node cuts a longer socket path without a word at 107 bytes, macOS at 103; a suffix of 9 is still to come. */
const MAX_PATH = 90;
/** How long one that raced with us may need from its last look to its rename. */
const SETTLE_MS = 30;
const ATTEMPTS = 5;
/** A process id and a line's end; whoever says more is no kt-client. */
const MAX_ANSWER = 20;

/** Where the lock of a folder lies: in it, or under a short name of its own where that path is too long for a socket. */
export const lockPath = (folder: string, { file }: LockKind = PASS, platform: NodeJS.Platform = process.platform): string => {
  const hash = () => createHash('sha256').update(`${folder}${file === PASS.file ? '' : file}`).digest('hex').slice(0, 16);
  if (platform === 'win32') return `\\\\.\\pipe\\kt-client-${hash()}`;
  const inside = join(folder, file);
  return Buffer.byteLength(inside) <= MAX_PATH ? inside : join(tmpdir(), `kt-client-${hash()}`);
};

const codeOf = (error: unknown): string => String((error as NodeJS.ErrnoException).code);

/** Which file lies at a path (an inode number alone may come again); null when there is none. */
const identity = (path: string): string | null => {
  try {
    const { ino, ctimeNs } = statSync(path, { bigint: true });
    return `${ino} ${ctimeNs}`;
  } catch {
    return null;
  }
};

/** Listens, and tells whoever asks the process id. Null when the path is in use. */
const listen = (path: string): Promise<Server | null> =>
  new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.end(`${process.pid}\n`);
    });
    server.once('error', (error) => (codeOf(error) === 'EADDRINUSE' ? resolve(null) : reject(error)));
    server.listen(path, () => resolve(server.unref())); // a forgotten lock keeps no process alive
  });

/** What the living owner of a lock says; null when nobody answers there. */
const ownerAt = (path: string): Promise<string | null> =>
  new Promise((resolve) => {
    let answer: string | null = null;
    const socket = connect(path, () => (answer ??= ''));
    socket.setTimeout(2000, () => socket.destroy());
    socket.on('data', (chunk) => {
      answer = `${answer ?? ''}${String(chunk)}`.slice(0, MAX_ANSWER);
      if (answer.length === MAX_ANSWER) socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(answer));
  });

const close = (server: Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()));

const held = (folder: string, kind: LockKind, owner: string | null): KtError => new KtError('conflict', kind.taken(owner?.trim() || 'unknown', folder));

/** Windows' pipes vanish with their owner, and a second listener is refused: nothing to take over. */
const takePipe = async (folder: string, kind: LockKind, pipe: string): Promise<Lock> => {
  const server = await listen(pipe);
  if (server === null) throw held(folder, kind, await ownerAt(pipe));
  return { release: () => close(server) };
};

/**
 * Takes a lock that is a file. The socket is bound under a name of its own (closing it unlinks that name, never another's
 * lock) and then renamed into place over what a dead owner left, after a last look without a pause in between. Who finds
 * another's file there a moment later has lost the race.
 */
const takeFile = async (folder: string, kind: LockKind, path: string): Promise<Lock> => {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const seen = identity(path);
    const owner = seen === null ? null : await ownerAt(path);
    if (owner !== null) throw held(folder, kind, owner);
    const own = `${path}.${randomBytes(4).toString('hex')}`;
    const server = await listen(own);
    if (server === null) continue;
    if (identity(path) === seen) {
      renameSync(own, path);
      const mine = identity(path);
      await sleep(SETTLE_MS);
      if (identity(path) === mine) return { release: () => releaseFile(server, path, mine) };
    }
    await close(server);
  }
  throw new KtError('conflict', `the lock ${path} could not be taken: try again, and if it stays so, remove that file`);
};

const releaseFile = async (server: Server, path: string, mine: string | null): Promise<void> => {
  if (identity(path) === mine) unlinkSync(path);
  await close(server);
};

/**
 * Takes a lock of a folder (made when it is missing). Fails with `conflict` when another process has it; one that was killed
 * has it no more.
 */
export const takeLock = async (folder: string, kind: LockKind = PASS): Promise<Lock> => {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = lockPath(realpathSync(folder), kind);
  return process.platform === 'win32' ? takePipe(folder, kind, path) : takeFile(folder, kind, path);
};

/** The process that has a lock; null when none does. */
export const lockOwner = async (folder: string, kind: LockKind): Promise<number | null> => {
  if (!existsSync(folder)) return null;
  const owner = await ownerAt(lockPath(realpathSync(folder), kind));
  return owner === null ? null : Number(owner.trim()) || 0;
};
