/**
 * One sync at a time per state folder. The lock is a listening socket in the folder (cli/folder-owner.ts): it vanishes
 * with its owner, however that was killed, and others can ask it who has the lock (`proper-lockfile` needs 10 s to
 * notice a dead owner).
 */
import { createHash } from 'node:crypto';
import { existsSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FolderLock } from '../../cli/folder-lock.ts';
import { claimFolder, findOwner } from '../../cli/folder-owner.ts';
import { KtError } from '../../domain/errors.ts';

export type Lock = { release(): Promise<void> };

/** What a lock is for: its place in the folder, and the message if another process has it. */
export type LockKind = FolderLock & { taken(owner: string, folder: string): string };

/** A lock of the state folder. `salt` separates the kinds within one hash, which is the same as in older versions. */
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
 * Takes a lock of a folder (created if missing). Fails with `conflict` if another process has it (a killed process does
 * not), and with `invalid` if there can be no such folder.
 */
export const takeLock = async (folder: string, kind: LockKind = PASS): Promise<Lock> => {
  const claimed = await claimFolder(folder, kind);
  if ('other' in claimed) throw new KtError('conflict', kind.taken(String(claimed.other.pid ?? 'unknown'), folder));
  claimed.owner.unref();
  return claimed.owner;
};

/** The process that has a lock, 0 if it does not say which; null if there is none. */
export const lockOwner = async (folder: string, kind: LockKind): Promise<number | null> => {
  const owner = existsSync(folder) ? await findOwner(folder, kind) : null;
  return owner && (owner.pid ?? 0);
};
