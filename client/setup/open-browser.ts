/** Opens a page in the person's browser, where there is one. */
import { spawn } from 'node:child_process';
import type { Env } from '../config/folders.ts';

/** The program that opens an address; null where no browser can be seen, as over ssh. */
export const openerOf = (platform: NodeJS.Platform, env: Env): readonly string[] | null => {
  const isRemote = Boolean(env['SSH_CONNECTION'] || env['SSH_TTY']);
  // Not by cmd's `start`: it would read what a server says as a command line.
  if (platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler'];
  if (platform === 'darwin') return isRemote ? null : ['open'];
  return env['DISPLAY'] || env['WAYLAND_DISPLAY'] ? ['xdg-open'] : null;
};

/** Starts it, and waits for nothing: the browser may go on for as long as it likes. False where there is none. */
export const openBrowser = (page: string, platform: NodeJS.Platform, env: Env): Promise<boolean> => {
  const [command, ...args] = openerOf(platform, env) ?? [];
  if (command === undefined || !/^https?:\/\//.test(page)) return Promise.resolve(false);
  return new Promise((resolve) => {
    const child = spawn(command, [...args, page], { stdio: 'ignore', detached: true });
    child.on('error', () => resolve(false));
    child.on('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
};
