/** A proxy as a child process, in a folder of its own. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A program's file, or null where it is not installed. Debian keeps some where only root's PATH leads. */
export const findProgram = (name: string): string | null =>
  [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/usr/local/bin', '/usr/local/sbin']
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file)) ?? null;

export type RunningProxy = { readonly folder: string; stop(): Promise<void> };

/** How often readiness is asked for, and how many times. */
const [EVERY_MS, TRIES] = [50, 1_200];

/**
 * Starts a program with these files in a folder of its own. `argsIn` gets that folder. Fails with what it said if it
 * ends before `isReady`.
 */
export const startProxy = async (
  program: string,
  files: (folder: string) => Record<string, string>,
  argsIn: (folder: string) => string[],
  isReady: (folder: string) => Promise<boolean>,
): Promise<RunningProxy> => {
  const folder = mkdtempSync(join(tmpdir(), 'kt-proxy-'));
  for (const [name, text] of Object.entries(files(folder))) writeFileSync(join(folder, name), text);
  const home = { HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
  const child = spawn(program, argsIn(folder), {
    cwd: folder,
    env: { ...process.env, ...home },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (said += text));
  child.on('error', (error) => (said += String(error)));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  for (let tries = 0; !(await isReady(folder)); tries++) {
    if (child.exitCode !== null || child.pid === undefined || tries > TRIES) {
      const log = join(folder, 'error.log');
      const logged = existsSync(log) ? readFileSync(log, 'utf8') : '';
      await stop();
      throw new Error(`${program} did not start: ${said}${logged}`);
    }
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
  return { folder, stop };
};
