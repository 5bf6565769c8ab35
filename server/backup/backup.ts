import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { VERSION } from '../../cli/version.ts';
import { isKtError } from '../../domain/errors.ts';
import { withSnapshot } from '../storage/backup/snapshot.ts';
import type { Database } from '../storage/database.ts';
import { linesOf } from './format.ts';
import { partsOf } from './parts.ts';

/** Makes backups of one database. Close it before the database. */
export type Backups = {
  /**
   * A backup of the database as it is now, as the bytes of its file, while others write. Whoever reads it sets the
   * pace, and ends it by reading no further. Fails as a stream does, and with what `withSnapshot` fails with.
   */
  begin(): Readable;
  /** Ends what is under way, and resolves when nothing is left of it. */
  close(): Promise<void>;
};

async function* broken(lines: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const line of lines) yield `${line}\n`;
}

export const makeBackups = (
  database: Database,
  { now, onFault = () => {} }: { now: () => Date; onFault?: ((error: unknown) => void) | undefined },
): Backups => {
  const closing = new AbortController();
  const underWay = new Set<Promise<void>>();
  return {
    begin: () => {
      const gzip = createGzip();
      const lines = (snapshot: Parameters<typeof partsOf>[0]) =>
        Readable.from(broken(linesOf({ made: now().toISOString(), by: VERSION }, partsOf(snapshot))));
      // The end comes when the snapshot is gone: whoever has read it may begin the next backup at once.
      const made = withSnapshot(database, (snapshot) =>
        pipeline(lines(snapshot), gzip, { signal: closing.signal, end: false }),
      ).then(
        () => void gzip.end(),
        (error: Error) => {
          // Whoever reads no further ends it so, and knows.
          if (!isKtError(error) && !gzip.destroyed) onFault(error);
          gzip.destroy(error);
        },
      );
      underWay.add(made);
      void made.finally(() => underWay.delete(made));
      return gzip;
    },
    close: async () => {
      closing.abort();
      await Promise.all(underWay);
    },
  };
};
