/**
 * Prints the path of kt-client's package, built of the sources as they are: what a server that runs from a clone hands
 * out. Built once for the same sources, and kept in node_modules.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { at } from './build/bundle.ts';
import { buildClient, clientPackage } from './build/client.ts';

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
const path = join(kept, `${hash.digest('hex')}.tgz`);
if (!existsSync(path)) {
  await rm(kept, { recursive: true, force: true });
  await mkdir(kept, { recursive: true });
  const file = join(kept, `${process.pid}.cjs`);
  await writeFileAtomic(path, await clientPackage(file, await buildClient(file)));
  await rm(file);
}
process.stdout.write(`${path}\n`);
