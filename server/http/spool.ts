import { randomUUID } from 'node:crypto';
import { open, statfs, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KtError } from '../../domain/errors.ts';

/** Bytes that were received completely, and can be read any number of times. Close it. */
export type Spool = { readonly chunks: () => AsyncGenerator<Uint8Array>; readonly close: () => Promise<void> };

/** Bytes read at a time. */
const CHUNK = 64 * 1024;

/** How many bytes must stay free on that disk, and how many are written between two checks: others use it too. */
const RESERVE = 256 * 1024 * 1024;
const LOOK_EVERY = 16 * 1024 * 1024;

const full = (cause?: unknown): KtError =>
  new KtError(
    'unavailable',
    `the server has no room left in ${tmpdir()}, where it receives files: make some, or point TMPDIR elsewhere`,
    {},
    { cause },
  );

const mustHaveRoom = async (): Promise<void> => {
  const { bavail, bsize } = await statfs(tmpdir());
  if (bavail * bsize < RESERVE) throw full();
};

/**
 * Writes bytes into an anonymous file, so that later work on them (in a transaction, say) does not depend on the speed
 * of the sender. The file is unlinked as soon as it is open, so nothing is left however this process ends. Fails as
 * `bytes` does, and with `unavailable` when the disk is full, or nearly.
 */
export const spool = async (bytes: AsyncIterable<Uint8Array>): Promise<Spool> => {
  const path = join(tmpdir(), `kt-server-${randomUUID()}`);
  const file = await open(path, 'wx+', 0o600);
  try {
    await unlink(path);
    let unlooked = LOOK_EVERY;
    for await (const chunk of bytes) {
      unlooked += chunk.byteLength;
      if (unlooked >= LOOK_EVERY) {
        await mustHaveRoom();
        unlooked = 0;
      }
      await file.write(chunk);
    }
  } catch (error) {
    await file.close();
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    throw full(error);
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
