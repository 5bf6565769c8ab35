/**
 * The thread of the embedded engine, PostgreSQL in WebAssembly: it takes PostgreSQL's protocol and answers in it, one
 * message after another.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { emptyDatabase } from '../new-folder.ts';
import { endWhole } from './end-whole.ts';
import { joined } from './joined.ts';
import type { FromEngine, ToEngine } from './messages.ts';

/** From so many bytes on a reply leaves in parts, which are read while the engine makes the rest. */
const PIECE = 256 * 1024;

const { folder } = workerData as { readonly folder: string | null };
const port = parentPort!;
const say = (message: FromEngine): void => port.postMessage(message);

const create = async (): Promise<PGlite> =>
  PGlite.create({
    ...(folder === null ? { loadDataDir: await emptyDatabase() } : { dataDir: folder }),
    // 16 MB of shared buffers halve the memory (540 MB against 1 GB under batches of 5,000) at no measurable cost.
    // Pages are read in the order of an index. Among many small buckets the planner assumes that a large one is small
    // as well, and would collect and sort all of it by a bitmap scan for every page.
    // Statements are planned once, for the reason in session.ts.
    postgresqlconf: ['shared_buffers=16MB', 'enable_bitmapscan=off', 'plan_cache_mode=force_generic_plan'],
  });

const answer = async (pglite: PGlite, asked: Uint8Array): Promise<void> => {
  let parts: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  const send = (last: boolean): void => {
    const bytes = parts.length === 1 ? parts[0]! : joined(parts, size);
    port.postMessage({ kind: 'piece', bytes, last } satisfies FromEngine, [bytes.buffer]);
    parts = [];
    size = 0;
  };
  // After the other raw calls the engine keeps every message that it parsed as well, until its `query` is called.
  await pglite.execProtocolRawStream(asked, {
    syncToFs: false,
    onRawData: (bytes) => {
      // A copy: the bytes are the engine's, which writes the next ones there.
      parts.push(bytes.slice());
      size += bytes.byteLength;
      if (size >= PIECE) send(false);
    },
  });
  send(true);
};

try {
  const pglite = await create();
  endWhole(pglite, (why) => say({ kind: 'ended', why }));
  port.on('message', (asked: ToEngine) => {
    if (asked) answer(pglite, asked).catch(({ message }: Error) => say({ kind: 'failed', message }));
    else
      pglite.close().then(
        () => say({ kind: 'closed' }),
        ({ message }: Error) => say({ kind: 'ended', why: message }),
      );
  });
  say({ kind: 'open' });
} catch (error) {
  const { message, code } = error as NodeJS.ErrnoException;
  say({ kind: 'refused', message, code });
}
