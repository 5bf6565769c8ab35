/**
 * A new embedded database, from an archive of an empty one (scripts/prepare-folder.ts made it, once for each version
 * of the engine). Running initdb here would take 7 s and 780 MB, most of which this process never gave back
 * (docs/decisions/0008-a-prepared-folder.md).
 */
import { createReadStream } from 'node:fs';
import { open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliDecompress, createBrotliDecompress } from 'node:zlib';
import { unpackTar } from 'modern-tar/fs';
import { KtError } from '../../domain/errors.ts';

/** The archive: a tar in Brotli, 1.4 MB for 40. */
export const ARCHIVE = fileURLToPath(new URL('./new-folder.tar.br', import.meta.url));

/** The version of PostgreSQL that PGlite is: folders of another one it can't open. */
export const ENGINE_VERSION = '18';

/** The file that makes a folder a database: PostgreSQL looks for it first. Written last. */
const VERSION_FILE = 'PG_VERSION';
/** Stands in its place until the folder is whole: what lies beside it is ours, and may be written anew. */
const UNFINISHED = 'PG_VERSION.unfinished';
/** What lies at the top of every database's folder. */
const PARTS = ['base', 'global', 'pg_wal', 'pg_xact'];

/**
 * Makes an empty database in `folder`, which is there, unless it holds one. Synced to disk before it counts as one: a
 * process or a machine that ends half-way leaves what the next call makes anew. Fails with `unavailable` for one of
 * another PostgreSQL, and where parts of a database lie that has lost its version, and touches neither; fails as the
 * file system does, and then takes away what it wrote.
 */
export const makeFolder = async (folder: string): Promise<void> => {
  const there = await readdir(folder);
  if (there.includes(VERSION_FILE)) return mustBeOurs(folder, await readFile(join(folder, VERSION_FILE), 'utf8'));
  if (!there.includes(UNFINISHED) && PARTS.some((part) => there.includes(part)))
    throw new KtError(
      'unavailable',
      `${folder} has parts of a database and no ${VERSION_FILE}: put a backup of that folder in its place, ` +
        'or move it away to begin anew; keep what you move',
    );
  try {
    await writeFile(join(folder, UNFINISHED), `${ENGINE_VERSION}\n`, { mode: 0o600 });
    await unpackInto(folder, ARCHIVE);
    await syncFolder(folder);
    await rename(join(folder, UNFINISHED), join(folder, VERSION_FILE));
    await sync(folder, 'r');
  } catch (error) {
    await clear(folder).catch(() => {}); // a full disk gets its room back; what stays is made anew the next time
    throw error;
  }
};

const mustBeOurs = (folder: string, version: string): void => {
  if (version.trim() === ENGINE_VERSION) return;
  throw new KtError(
    'unavailable',
    `the database in ${folder} is of PostgreSQL ${version.trim().slice(0, 10) || '?'}, and this kt-server has ` +
      `${ENGINE_VERSION}: start the kt-server it was made with, or give another --data-dir`,
  );
};

/** Unpacks a database's archive, all but its version. */
const unpackInto = (folder: string, archive: string): Promise<void> =>
  pipeline(
    createReadStream(archive),
    createBrotliDecompress(),
    unpackTar(folder, { dmode: 0o700, fmode: 0o600, filter: ({ name }) => name !== VERSION_FILE }),
  );

/** Takes away what `makeFolder` wrote; the mark last. */
const clear = async (folder: string): Promise<void> => {
  for (const name of await readdir(folder))
    if (/^(pg_|base$|global$|postgresql\.)/.test(name)) await rm(join(folder, name), { recursive: true });
  await rm(join(folder, UNFINISHED));
};

/** An empty database as PGlite's `loadDataDir` takes it, for one in memory. */
export const emptyDatabase = async (): Promise<Blob> =>
  new Blob([new Uint8Array(await promisify(brotliDecompress)(await readFile(ARCHIVE)))]);

const sync = async (path: string, flags: string): Promise<void> => {
  const file = await open(path, flags);
  try {
    await file.sync();
  } finally {
    await file.close();
  }
};

/** Flushes every file below a folder to disk. Files that vanish meanwhile are none of our business. */
export const syncFolder = async (folder: string): Promise<void> => {
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    try {
      await sync(join(entry.parentPath, entry.name), 'r+');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
};
