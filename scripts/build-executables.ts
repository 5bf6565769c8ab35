/**
 * `npm run build:executables`: kt-client for those who have no Node, one file for each platform, in dist/executables/.
 * Exit code 1 where one could not be made; the others are made all the same.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { at, manifest } from './build/bundle.ts';
import { buildClient, CLIENT_FILE } from './build/client.ts';
import { blobOf, makeExecutable } from './build/executable.ts';
import { filesIn, licencesOf } from './build/licences.ts';
import { fetchNode, NODE_PACKAGES, writeNodeLicence, type NodePackage } from './build/node-binaries.ts';
import { signAdHoc } from './build/sign.ts';

const say = (text: string): boolean => process.stderr.write(`${text}\n`);
const outdir = at('dist', 'executables');
const NAMES: Partial<Record<NodeJS.Platform, string>> = { darwin: 'macos', win32: 'windows' };
const work = await mkdtemp(join(tmpdir(), 'kt-executables-'));

/** The name says what the file is; a browser's download folder knows nothing else of it. */
const make = async (target: NodePackage, blob: Buffer): Promise<string> => {
  const { platform, arch } = target;
  const node = join(work, 'node');
  await fetchNode(target, node);
  const name = `kt-client-${manifest.version}-${NAMES[platform] ?? platform}-${arch}`;
  const file = platform === 'win32' ? `${name}.exe` : name;
  await makeExecutable(node, blob, join(outdir, file), target);
  if (platform !== 'darwin' || (await signAdHoc(join(outdir, file)))) return file;
  await rename(join(outdir, file), join(outdir, `${file}-not-signed`));
  return `${file}-not-signed`;
};

const sha256 = async (path: string): Promise<string> => {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
};

try {
  await rm(outdir, { recursive: true, force: true });
  await mkdir(outdir, { recursive: true });
  const own = NODE_PACKAGES.find(({ platform, arch }) => platform === process.platform && arch === process.arch);
  if (!own)
    throw new Error(`no pinned Node runs on ${process.platform} ${process.arch}, which has to prepare the rest`);
  const metafile = await buildClient(join(work, CLIENT_FILE));
  await fetchNode(own, join(work, 'own-node'));
  const blob = await blobOf(join(work, 'own-node'), join(work, CLIENT_FILE));
  const sums: string[] = [];
  for (const target of NODE_PACKAGES) {
    try {
      const file = await make(target, blob);
      sums.push(`${await sha256(join(outdir, file))}  ${file}\n`);
      say(`Made dist/executables/${file}`);
    } catch (error) {
      say(`None for ${target.platform} ${target.arch}: ${(error as Error).message}`);
      process.exitCode = 1;
    }
  }
  await writeFile(join(outdir, 'SHA256SUMS'), sums.sort().join(''));
  await writeNodeLicence(own, join(outdir, 'NODE-LICENSE.txt'));
  await writeFile(join(outdir, 'THIRD-PARTY-LICENSES.txt'), await licencesOf(filesIn(metafile)));
} finally {
  await rm(work, { recursive: true });
}
