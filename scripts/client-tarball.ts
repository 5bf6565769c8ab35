/**
 * Prints the path of kt-client's package, built of the sources as they are: what a server that runs from a clone hands
 * out. Built once for the same sources, and kept in node_modules.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { at } from './build/bundle.ts';
import { buildClient, CLIENT_FILE, clientPackage } from './build/client.ts';

/** All that what is built depends on. */
const SOURCES = ['LICENSE', 'cli', 'client', 'domain', 'package-lock.json', 'package.json', 'scripts/build'];

const filesIn = async (path: string): Promise<string[]> => {
  if (/\.\w+$|LICENSE$/.test(path)) return [path];
  const entries = await readdir(at(path), { withFileTypes: true });
  const inside = await Promise.all(entries.map(({ name }) => filesIn(`${path}/${name}`)));
  return inside.flat();
};

const hash = createHash('sha256');
for (const file of (await Promise.all(SOURCES.map(filesIn))).flat().sort())
  hash.update(`${file}\n`).update(await readFile(at(file)));
const kept = at('node_modules', '.kt', 'client');
const name = `${hash.digest('hex')}.tgz`;
const path = join(kept, name);
if (!existsSync(path)) {
  await mkdir(kept, { recursive: true });
  // Two servers may be asked at once: each builds in a folder of its own.
  const own = await mkdtemp(join(kept, 'build-'));
  const file = join(own, CLIENT_FILE);
  await writeFileAtomic(path, await clientPackage(file, await buildClient(file)));
  await rm(own, { recursive: true });
  const older = (await readdir(kept)).filter((other) => other.endsWith('.tgz') && other !== name);
  await Promise.all(older.map((other) => rm(join(kept, other), { force: true })));
}
process.stdout.write(`${path}\n`);
