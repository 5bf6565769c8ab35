import { withSnapshot } from '../storage/backup/snapshot.ts';
import { mustNotBeServed } from '../storage/backup/target.ts';
import { run, type Database } from '../storage/database.ts';
import type { Digest } from './digests.ts';
import { partsOf } from './parts.ts';
import { restore } from './restore.ts';

/**
 * Copies all of a database into an empty one, as `restore` does, and leaves the source as it is. Returns the digests of
 * both. Fails with `conflict` while a kt-server serves from either, or the target holds something.
 */
export const copyDatabase = async (source: Database, target: Database): Promise<readonly Digest[]> => {
  await run(source, (tx) => mustNotBeServed(tx, source));
  return withSnapshot(source, (snapshot) => restore(target, partsOf(snapshot)));
};
