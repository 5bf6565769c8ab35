/** Backups as files: written so that a name stands for a whole one, and read back. */
import { randomBytes } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { open, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createGunzip } from 'node:zlib';
import { isKtError, KtError } from '../../domain/errors.ts';
import { CUT, damaged } from './damaged.ts';
import { difference, makeTally, type Digest } from './digests.ts';
import { partsOfLines, type Head } from './format.ts';
import { linesIn } from './lines.ts';
import type { Part } from './parts.ts';

/** What a whole file holds. */
export type Contents = { readonly head: Head; readonly digests: readonly Digest[] };

/** What a file under way is called: behind the name that it will have. */
export const PARTIAL = /\.[0-9a-f]{12}\.partial$/;

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

/** A fault of the disk's in our words; anything else as it is. */
const diskFault = (error: unknown, file: string): unknown => {
  const code = codeOf(error);
  if (isKtError(error) || code === undefined) return error;
  const options = { cause: error };
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new KtError(
      'unavailable',
      `there is no room for the backup in ${dirname(file)}: make some, or give another folder; nothing is left of it`,
      {},
      options,
    );
  if (/^E(ACCES|PERM|ROFS|NOENT|NOTDIR|ISDIR|EXIST|IO|NAMETOOLONG)$/.test(code))
    return new KtError('invalid', `the backup can not be written to ${file} (${code}): give another file`, {}, options);
  return error;
};

const syncFolder = async (folder: string): Promise<void> => {
  if (process.platform === 'win32') return; // folders can't be opened there
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

/**
 * Writes what `begin` gives, once there is a file for it, under a name beside its own, reads it back whole, and only
 * then gives it its name: what lies there is proven. Only its owner may read it (0600). Fails with `conflict` where
 * the name is taken, and with `unavailable` on a full disk; nothing is left then.
 */
export const writeBackup = async (
  file: string,
  begin: () => AsyncIterable<Uint8Array> | Promise<AsyncIterable<Uint8Array>>,
): Promise<Contents> => {
  if (existsSync(file)) throw new KtError('conflict', `${file} is there already: give another name, or move it away`);
  const partial = `${file}.${randomBytes(6).toString('hex')}.partial`;
  try {
    const handle = await open(partial, 'wx', 0o600);
    try {
      try {
        for await (const chunk of await begin()) await handle.writeFile(chunk);
        await handle.sync();
      } finally {
        await handle.close();
      }
      const contents = await checkBackup(partial);
      await rename(partial, file);
      await syncFolder(dirname(file));
      return contents;
    } catch (error) {
      await unlink(partial).catch(() => {});
      throw error;
    }
  } catch (error) {
    throw diskFault(error, file);
  }
};

/** Inflates; says what is wrong with bytes that are no gzip, or break off. */
async function* inflated(file: string): AsyncGenerator<Uint8Array> {
  const source = createReadStream(file);
  const gunzip = createGunzip();
  source.on('error', (error) => gunzip.destroy(error)).pipe(gunzip);
  try {
    for await (const chunk of gunzip) yield chunk as Uint8Array;
  } catch (error) {
    const code = codeOf(error);
    if (code === 'Z_BUF_ERROR') throw damaged(CUT, error);
    if (code === 'Z_DATA_ERROR')
      throw /header/.test((error as Error).message)
        ? new KtError('invalid', `${file} is no backup of kt-server`, {}, { cause: error })
        : damaged('is damaged', error);
    throw new KtError(
      'invalid',
      `the backup ${file} can not be read (${code}): give another file`,
      {},
      { cause: error },
    );
  } finally {
    source.destroy();
    gunzip.destroy();
  }
}

/** The parts of a file, and its head. They are known to be whole when the last was taken, and not before. */
export const readBackup = (file: string, onHead?: (head: Head) => void): AsyncGenerator<Part> =>
  partsOfLines(linesIn(inflated(file)), onHead);

/**
 * Reads a file whole and adds up its digests, which must be those that it tells. Fails with `invalid` for one that is
 * cut, damaged or no backup, with `unsupported` for one of a newer format.
 */
export const checkBackup = async (file: string): Promise<Contents> => {
  let head: Head | undefined;
  const tally = makeTally();
  const told: Digest[] = [];
  for await (const part of readBackup(file, (found) => (head = found))) {
    if ('page' in part) tally.add(part.page);
    else if ('digests' in part) told.push(...part.digests);
    // Of a server's thread others want to have something too.
    await new Promise((resolve) => setImmediate(resolve));
  }
  const differs = difference(told, tally.digests());
  if (differs !== null) throw damaged(`does not hold what it says (${differs})`);
  return { head: head!, digests: told };
};
