/** Backups that earlier releases made (make.ts), restored: what their databases become when they are migrated. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeBackups } from '../../server/backup/backup.ts';
import { checkBackup, readBackup, writeBackup } from '../../server/backup/file.ts';
import { restore } from '../../server/backup/restore.ts';
import type { Database } from '../../server/storage/database.ts';
import { migrate } from '../../server/storage/migrate.ts';
import { openDatabase } from '../../server/storage/open.ts';
import { contents, counters, digestsOf, rowsOf } from '../backup/furnished.ts';
import { openTestDatabase } from '../support/test-database.ts';
import { layOut } from './place.ts';
import { FILES, folderOf, now, RELEASES } from './release.ts';

type Scene = { root: string; migrated: Database; restored: Database };

for (const release of RELEASES) {
  const file = join(folderOf(release), FILES.backup);
  const backups = suite<Scene>(`a backup of ${release}`);
  backups.before(async (scene) => {
    scene.root = mkdtempSync(join(tmpdir(), 'kt-upgrade-'));
    scene.migrated = await openDatabase(await layOut(release, scene.root));
    scene.restored = await openTestDatabase();
    for (const database of [scene.migrated, scene.restored]) await migrate(database);
  });
  backups.after(async ({ root, migrated, restored }) => {
    for (const database of [migrated, restored]) await database?.close(); // there may be none
    rmSync(root, { recursive: true });
  });

  backups('is restored as what the database becomes, row by row', async ({ migrated, restored }) => {
    const digests = await restore(restored, readBackup(file));
    assert.equal(digests, (await checkBackup(file)).digests);
    assert.equal(await rowsOf(restored), await rowsOf(migrated));
  });

  backups('is backed up anew and restored, and the same again', async ({ root, migrated }) => {
    const anew = join(root, 'anew.backup');
    await writeBackup(anew, () => makeBackups(migrated, { now }).begin());
    const again = await openTestDatabase();
    try {
      await migrate(again);
      await restore(again, readBackup(anew));
      assert.equal(await rowsOf(again), await rowsOf(migrated));
      assert.equal(digestsOf(await contents(again)), digestsOf(await contents(migrated)));
      assert.equal(await counters(again), await counters(migrated));
    } finally {
      await again.close();
    }
  });

  backups('is refused when it does not hold what it says', async ({ root }) => {
    const lines = gunzipSync(readFileSync(file)).toString().trimEnd().split('\n').slice(0, -1);
    lines.splice(
      lines.findIndex((line) => line.startsWith('{"kind":"settings"')),
      1,
    );
    const text = lines.map((line) => `${line}\n`).join('');
    const end = { lines: lines.length, sha256: createHash('sha256').update(text).digest('hex') };
    const less = join(root, 'less.backup');
    writeFileSync(less, gzipSync(`${text}${JSON.stringify({ end })}\n`));
    const refused = await checkBackup(less).catch((error: Error) => error.message);
    assert.match(String(refused), /does not hold what it says \(settings\)/);
  });

  backups.run();
}
