import { readFile, stat } from 'node:fs/promises';

/** Ten times what a client with ten thousand buckets writes. */
const MAX_BYTES = 64_000_000;

/** Why one of our files can't be read, as the end of a sentence that begins with its path. */
export class Unreadable extends Error {}

/**
 * The text of a file in the state folder; null if there is none. Fails with `Unreadable` for what kt-client can't have
 * written: something that is not a file (a pipe would block, a device never ends), one that is too large, or one that
 * this user may not read.
 */
export const readOwnFile = async (path: string, maxBytes = MAX_BYTES): Promise<string | null> => {
  try {
    const { size, ...stats } = await stat(path).then((found) => ({ size: found.size, isFile: found.isFile() }));
    if (!stats.isFile) throw new Unreadable('is no file');
    if (size > maxBytes) throw new Unreadable(`is too large to be ours (${Math.ceil(size / 1_000_000)} MB)`);
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Unreadable) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') return null;
    throw new Unreadable(`cannot be read (${code ?? 'for no reason that Node tells'})`, { cause: error });
  }
};
