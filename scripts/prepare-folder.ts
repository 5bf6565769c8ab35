/**
 * Makes server/storage/new-folder.tar.br, from which every new embedded database is unpacked: the folder that this
 * version of PGlite makes by initdb, closed, without what only a running engine has. Run it with each new version of
 * PGlite: `node scripts/launch.js scripts/prepare-folder.ts` (half a minute), and commit what it writes;
 * server/storage/new-folder.test.ts says when that was forgotten.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { ARCHIVE } from '../server/storage/new-folder.ts';
import { packFolder } from './pack-folder.ts';

const folder = mkdtempSync(join(tmpdir(), 'kt-prepare-'));
try {
  const pglite = await PGlite.create(folder);
  await pglite.exec('checkpoint');
  await pglite.close();
  const packed = await packFolder(folder);
  writeFileSync(ARCHIVE, packed);
  process.stdout.write(`${ARCHIVE}: ${packed.length} bytes\n`);
} finally {
  rmSync(folder, { recursive: true });
}
