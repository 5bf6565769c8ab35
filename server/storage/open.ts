import { mkdir } from 'node:fs/promises';
import { KtError } from '../../domain/errors.ts';
import type { Database } from './database.ts';
import { openPglite, type Surroundings } from './pglite.ts';
import { openPostgres, type PostgresOptions } from './postgres.ts';
import { isTorn, shownUrl } from './shown-url.ts';

/** The folder in an embedded database's URL; null for one in memory, undefined for a URL of another kind. */
export const embeddedFolder = (url: string): string | null | undefined =>
  url === 'pglite:memory' ? null : url.startsWith('pglite:') ? url.slice('pglite:'.length) : undefined;

/** Where a database is, safe to show. */
export const whereIs = (url: string): string => embeddedFolder(url) ?? shownUrl(url);

/**
 * Opens `pglite:<folder>`, `pglite:memory` or `postgres://…`. Close what this returns. Fails with `invalid` for any
 * other URL and `unavailable` when no server answers there, or the folder can't be opened. Does not migrate: see
 * migrate.ts.
 */
export const openDatabase = async (url: string, options: Surroundings & PostgresOptions = {}): Promise<Database> => {
  const folder = embeddedFolder(url);
  if (folder !== undefined) {
    if (folder !== null) {
      await mkdir(folder, { recursive: true, mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
        throw new KtError('unavailable', whyNotMade(folder, error), {}, { cause: error });
      });
    }
    return openPglite(folder, options);
  }
  if (!/^postgres(ql)?:\/\//.test(url) || isTorn(url)) {
    throw new KtError(
      'invalid',
      'the database URL must begin with postgres:// and be a URL, with @ / ? # and : ' +
        'in a password written as %40 %2F %3F %23 and %3A: check DATABASE_URL',
    );
  }
  if (
    options.directUrl !== undefined &&
    (!/^postgres(ql)?:\/\//.test(options.directUrl) || isTorn(options.directUrl))
  ) {
    throw new KtError(
      'invalid',
      'the direct URL of the database must begin with postgres:// and be a URL: check KT_DATABASE_DIRECT_URL',
    );
  }
  return openPostgres(url, options);
};

const whyNotMade = (folder: string, { code, message }: NodeJS.ErrnoException): string =>
  code === 'EEXIST' || code === 'ENOTDIR'
    ? `${folder} is a file, where the database's folder would be: move it away, or give another --data-dir`
    : `the database's folder ${folder} can not be made (${code ?? message}): ` +
      'give the folder around it to the user that runs kt-server, on a disk that can be written and has room';
