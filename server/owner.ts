/**
 * Which process owns a data folder. PGlite does not lock its files, and a second process would corrupt them, so only
 * one may open the folder (cli/folder-owner.ts). Other kt-server commands have that process do their work.
 */
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FolderLock } from '../cli/folder-lock.ts';
import * as folders from '../cli/folder-owner.ts';
import { KtError } from '../domain/errors.ts';

const hashed = (folder: string): string =>
  `kt-server-${createHash('sha256').update(folder).digest('hex').slice(0, 24)}`;

const LOCK: FolderLock = {
  name: 'lock',
  program: 'kt-server',
  folder: 'data folder',
  another: 'give another --data-dir',
  pipe: hashed,
  older: (folder) => [join(folder, 'owner.sock'), join(tmpdir(), `${hashed(folder)}.sock`)],
};

/**
 * Makes this process the folder's owner, or returns the one that is. Fails with `conflict` when that one does not
 * answer.
 */
export const claimFolder = async (
  folder: string,
): Promise<{ readonly owner: folders.Owner } | { readonly other: folders.OtherOwner }> => {
  const claimed = await folders.claimFolder(folder, LOCK);
  if ('other' in claimed && claimed.other.pid === null)
    throw new KtError(
      'conflict',
      `another kt-server has the data folder ${folder} and does not answer: wait until it does, or end it`,
    );
  return claimed;
};
