/** Puts the parts of a backup into an empty database, and proves what is there then. */
import { KtError } from '../../domain/errors.ts';
import { analyze, insertPage, setCounters } from '../storage/backup/insert.ts';
import { nothingRestored } from '../storage/backup/references.ts';
import { asSeenBy } from '../storage/backup/snapshot.ts';
import { clearFirstStart, mustBeEmpty, mustNotBeServed } from '../storage/backup/target.ts';
import { transaction, type Database } from '../storage/database.ts';
import { difference, makeTally, type Digest } from './digests.ts';
import { partsOf, type Part } from './parts.ts';

/** Rows between two checkpoints of the embedded engine, which makes none by itself and keeps its log until then. */
const CHECKPOINT_ROWS = 50_000;

/**
 * Restores in one transaction: whatever fails leaves the database as it was. Before the commit all of it is read again,
 * and its digests must be those of the backup. Returns them. Fails with `conflict` for a database that holds something,
 * or is served.
 */
export const restore = (database: Database, parts: AsyncIterable<Part>): Promise<readonly Digest[]> =>
  transaction(
    database,
    async (tx) => {
      await mustNotBeServed(tx, database);
      await mustBeEmpty(tx, database);
      await clearFirstStart(tx);
      let digests: readonly Digest[] = [];
      const restored = nothingRestored();
      let rows = 0;
      for await (const part of parts) {
        if ('page' in part) {
          await insertPage(tx, part.page, restored);
          rows += part.page.rows;
          if (database.engine === 'pglite' && rows >= CHECKPOINT_ROWS) {
            await tx.$executeRawUnsafe('checkpoint');
            rows = 0;
          }
        } else if ('counters' in part) await setCounters(tx, part.counters);
        else digests = [...digests, ...part.digests];
      }
      await analyze(tx);
      const tally = makeTally();
      for await (const part of partsOf(await asSeenBy(tx))) if ('page' in part) tally.add(part.page);
      const differs = difference(digests, tally.digests());
      if (differs !== null)
        throw new KtError('internal', `what was restored is not what the backup holds (${differs}): nothing was kept`);
      return digests;
    },
    true,
  );
