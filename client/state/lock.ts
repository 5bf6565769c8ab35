/**
 * One sync at a time per state folder. The lock is a listening socket in it: it dies with its owner, whatever killed
 * it, and whoever finds it taken can ask who has it (`proper-lockfile` needs 10 s to see a dead
 * owner).
 */
import { createHash } from 'node:crypto';
import { existsSync, realpathSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ownerOfFolder, type FolderLock } from '../../cli/folder-lock.ts';
import { takeFolder } from '../../cli/folder-socket.ts';
import { KtError } from '../../domain/errors.ts';

export type Lock = { release(): Promise<void> };

/** What a lock is for: its place in the folder, and what to say when another process has it. */
export type LockKind = FolderLock & { taken(owner: string, folder: string): string };

/** A lock of the state folder. `salt` tells kinds apart in one hash, which is as it was in older versions. */
const kindOf = (name: string, salt: string, taken: LockKind['taken']): LockKind => {
  const hashed = (folder: string) =>
    `kt-client-${createHash('sha256').update(`${folder}${salt}`).digest('hex').slice(0, 16)}`;
  return {
    name,
    program: 'kt-client',
    folder: 'state folder',
    another: 'set another `state_dir`',
    pipe: hashed,
    older: (folder) => [join(folder, name), join(tmpdir(), hashed(realpathSync(folder)))],
    taken,
  };
};

/** For one pass, proof or repair. */
export const PASS = kindOf(
  'lock',
  '',
  (owner, folder) =>
    `another kt-client (process ${owner}) is syncing with ${folder}: wait until it is done, or stop it`,
);

/** For as long as a daemon runs, which lets others sync between its passes. */
export const DAEMON = kindOf(
  'daemon',
  'daemon',
  (owner, folder) => `a daemon (process ${owner}) runs with ${folder} already: stop that one first, or leave it be`,
);

/** How long an owner may take to say who it is, in ms. */
const PATIENCE = 2_000;
/** A process id and a line's end; whoever says more is no kt-client. */
const MAX_ANSWER = 20;

/** Tells whoever asks the process id, and hangs up: who goes on holding the line holds up no `release`. */
const tellingWho = (): Server =>
  createServer((socket) => {
    socket.on('error', () => undefined);
    socket.write(`${process.pid}\n`);
    socket.destroySoon();
  }).unref(); // a forgotten lock keeps no process alive

/** What the owner of a lock says; null when it ended meanwhile. */
const ask = (open: () => Socket): Promise<string | null> =>
  new Promise((resolve) => {
    let answer: string | null = null;
    const socket = open();
    socket.setTimeout(PATIENCE, () => socket.destroy());
    socket.on('connect', () => (answer ??= ''));
    socket.on('data', (chunk) => {
      answer = `${answer ?? ''}${String(chunk)}`.slice(0, MAX_ANSWER);
      if (answer.length === MAX_ANSWER) socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(answer));
  });

/**
 * Takes a lock of a folder (made when it is missing). Fails with `conflict` when another process has it (one that was
 * killed has it no more), and with `invalid` where there can be no such folder.
 */
export const takeLock = async (folder: string, kind: LockKind = PASS): Promise<Lock> => {
  for (;;) {
    const server = tellingWho();
    const other = await takeFolder(folder, server, kind);
    if (!other) return { release: () => new Promise((resolve) => server.close(() => resolve())) };
    const owner = await ask(other.connect);
    if (owner !== null) throw new KtError('conflict', kind.taken(owner.trim() || 'unknown', folder));
  }
};

/** The process that has a lock, 0 for one that does not say; null when none does. */
export const lockOwner = async (folder: string, kind: LockKind): Promise<number | null> => {
  const found = existsSync(folder) ? await ownerOfFolder(folder, kind) : 'dead';
  const owner = found === 'dead' ? null : await ask(found.connect);
  return owner === null ? null : Number(owner.trim()) || 0;
};
