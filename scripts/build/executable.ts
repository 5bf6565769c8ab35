/** kt-client as one file that needs no Node beside it: Node's own binary with the client inside. */
import { spawnSync } from 'node:child_process';
import { chmod, copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bareOfSignature, faultOf, FUSE, type Kind } from './executable-format.ts';

/** Runs a program of Node's; what it says is told only where it fails. */
const run = (node: string, ...args: readonly string[]): void => {
  const { status, error, stdout, stderr } = spawnSync(node, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${[node, ...args].join(' ')} failed: ${error?.message ?? `${stdout}${stderr}`}`);
};

/**
 * The CommonJS file `main` as Node's single executables have it inside. `node` must be of the version that it goes
 * into, and of this machine. Without V8's code cache, which is made for one platform.
 */
export const blobOf = async (node: string, main: string): Promise<Buffer> => {
  const folder = await mkdtemp(join(tmpdir(), 'kt-blob-'));
  try {
    const [config, output] = [join(folder, 'config.json'), join(folder, 'blob')];
    const settings = { main, output, disableExperimentalSEAWarning: true, useSnapshot: false, useCodeCache: false };
    await writeFile(config, JSON.stringify(settings));
    run(node, '--experimental-sea-config', config);
    return await readFile(output);
  } finally {
    await rm(folder, { recursive: true });
  }
};

/**
 * Writes the executable `to`: the Node binary `node`, which may be of any platform, with the blob inside. Fails where
 * what was made is not of the kind that is wanted. It takes about a gigabyte of memory, in a process of its own.
 */
export const makeExecutable = async (node: string, blob: Buffer, to: string, kind: Kind): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), 'kt-executable-'));
  try {
    const [file, blobFile] = [join(folder, 'executable'), join(folder, 'blob')];
    await writeFile(blobFile, blob);
    await writeFile(file, bareOfSignature(await readFile(node)));
    const postject = createRequire(import.meta.url).resolve('postject/dist/cli.js');
    const options = ['--sentinel-fuse', FUSE, '--macho-segment-name', 'NODE_SEA'];
    run(process.execPath, postject, file, 'NODE_SEA_BLOB', blobFile, ...options);
    const fault = faultOf(await readFile(file), blob, kind);
    if (fault !== null) throw new Error(`what was made for ${kind.platform} ${kind.arch} ${fault}`);
    await copyFile(file, to);
    await chmod(to, 0o755);
  } finally {
    await rm(folder, { recursive: true });
  }
};
