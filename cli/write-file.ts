/** Writes a file whole or not at all, as both programs write their own. */
import { setTimeout as sleep } from 'node:timers/promises';
import writeFileAtomic, { type Options } from 'write-file-atomic';

/** Windows refuses for a moment to replace a file that another program looks into: a scanner, a backup, an indexer. */
const HELD = ['EPERM', 'EACCES', 'EBUSY'];
/** How long to wait before each further attempt, in ms. */
const WAITS = [20, 50, 100, 200, 400];

type Write = (path: string, text: string, options: Options) => Promise<unknown>;

/**
 * Writes a new file and puts it in the old one's place: after a crash there is one of both. Fails as the file system
 * does.
 */
export const writeWholeFile = async (
  path: string,
  text: string,
  options: Options,
  platform: NodeJS.Platform = process.platform,
  write: Write = writeFileAtomic,
): Promise<void> => {
  const waits = platform === 'win32' ? WAITS : [];
  for (let attempt = 0; ; attempt += 1) {
    try {
      await write(path, text, options);
      return;
    } catch (error) {
      const wait = waits[attempt];
      if (wait === undefined || !HELD.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
      await sleep(wait);
    }
  }
};
