import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { VERSION } from '../../cli/version.ts';
import { withSnapshot } from '../storage/backup/snapshot.ts';
import type { Database } from '../storage/database.ts';
import { linesOf } from './format.ts';
import { partsOf } from './parts.ts';

async function* broken(lines: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const line of lines) yield `${line}\n`;
}

/**
 * A backup of the database as it is now, as the bytes of its file, while others write. Whoever reads it sets the pace;
 * who stops reading ends it. Fails as a stream does: with what `withSnapshot` fails with, or with the reason of `stop`.
 */
export const backup = (database: Database, now: Date, stop?: AbortSignal): Readable => {
  const gzip = createGzip();
  const head = { made: now.toISOString(), by: VERSION };
  void withSnapshot(database, (snapshot) =>
    pipeline(Readable.from(broken(linesOf(head, partsOf(snapshot, stop)))), gzip),
  ).catch((error: Error) => gzip.destroy(error));
  return gzip;
};
