import { mkdir } from 'node:fs/promises';
import { KtError } from '../../domain/errors.ts';
import type { Database } from './database.ts';
import { openPglite } from './pglite.ts';
import { openPostgres } from './postgres.ts';

/** The folder of an embedded database's URL; null for one in memory, undefined for a URL of another kind. */
export const embeddedFolder = (url: string): string | null | undefined =>
  url === 'pglite:memory' ? null : url.startsWith('pglite:') ? url.slice('pglite:'.length) : undefined;

/**
 * Opens `pglite:<folder>`, `pglite:memory` or `postgres://…`. Close what this returns. Fails with `invalid` for any other
 * URL and `unavailable` when nothing answers there. Migrations are not its business: see migrate.ts.
 */
export const openDatabase = async (url: string): Promise<Database> => {
  const folder = embeddedFolder(url);
  if (folder !== undefined) {
    if (folder !== null) await mkdir(folder, { recursive: true, mode: 0o700 });
    return openPglite(folder);
  }
  if (!/^postgres(ql)?:\/\//.test(url) || !URL.canParse(url)) {
    throw new KtError('invalid', 'the database URL must begin with postgres:// and be a URL: check DATABASE_URL');
  }
  return openPostgres(url);
};
