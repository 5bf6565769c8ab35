import { randomUUID } from 'node:crypto';
import { open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KtError } from '../../domain/errors.ts';

/** Bytes that were received whole, to be read as often as one likes. Close it. */
export type Spool = { readonly chunks: () => AsyncGenerator<Uint8Array>; readonly close: () => Promise<void> };

/** Bytes read at a time. */
const CHUNK = 64 * 1024;

/**
 * Takes bytes in, into a nameless file: whoever works on them later, in a transaction say, does not depend on how fast the sender
 * is. The file leaves its folder as soon as it is open, so none of its bytes are left however this process ends. Fails as `bytes` does,
 * and with `unavailable` where the disk is full.
 */
export const spool = async (bytes: AsyncIterable<Uint8Array>): Promise<Spool> => {
  const path = join(tmpdir(), `kt-server-${randomUUID()}`);
  const file = await open(path, 'wx+', 0o600);
  try {
    await unlink(path);
    for await (const chunk of bytes) await file.write(chunk);
  } catch (error) {
    await file.close();
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    throw new KtError('unavailable', `the server has no room left in ${tmpdir()}, where it receives files: make some, or point TMPDIR elsewhere`, {}, { cause: error });
  }
  return {
    chunks: async function* () {
      for (let position = 0; ; ) {
        const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(CHUNK), 0, CHUNK, position);
        if (bytesRead === 0) return;
        position += bytesRead;
        yield buffer.subarray(0, bytesRead);
      }
    },
    close: () => file.close(),
  };
};
