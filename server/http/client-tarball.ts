import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * kt-client as an npm package: a gzipped tar, built of this clone's sources by a process of its own, so that nobody
 * else waits. In what is built, client-tarball.packed.ts stands in for this module. Fails with what that process said.
 */
export const clientTarball = async (): Promise<Buffer> => {
  const child = spawn(process.execPath, ['scripts/launch.js', 'scripts/client-tarball.ts'], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  const [path, said, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  if (code !== 0) throw new Error(`kt-client could not be built (exit code ${code}): ${said.trim()}`);
  return readFile(path.trim());
};
