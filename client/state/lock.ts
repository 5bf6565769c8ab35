/**
 * One sync at a time per state folder. The lock is a listening socket in it (cli/folder-owner.ts): it dies with its
 * owner, whatever killed it, and whoever finds it taken can ask who has it (`proper-lockfile` needs 10 s to see a dead
 * owner).
 */
import { createHash } from 'node:crypto';
import { existsSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FolderLock } from '../../cli/folder-lock.ts';
import { claimFolder, findOwner } from '../../cli/folder-owner.ts';
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
  (owner, folder) => `a daemon (process ${owner}) runs with ${folder} already: stop that one first, or let it go on`,
);

/**
 * Takes a lock of a folder (made when it is missing). Fails with `conflict` when another process has it (one that was
 * killed has it no more), and with `invalid` where there can be no such folder.
 */
export const takeLock = async (folder: string, kind: LockKind = PASS): Promise<Lock> => {
  const claimed = await claimFolder(folder, kind);
  if ('other' in claimed) throw new KtError('conflict', kind.taken(String(claimed.other.pid ?? 'unknown'), folder));
  claimed.owner.unref();
  return claimed.owner;
};

/** The process that has a lock, 0 for one that does not say; null when none does. */
export const lockOwner = async (folder: string, kind: LockKind): Promise<number | null> => {
  const owner = existsSync(folder) ? await findOwner(folder, kind) : null;
  return owner && (owner.pid ?? 0);
};
