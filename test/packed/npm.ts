/** npm as people run it, with folders of its own and no network: whoever asks the registry here fails. */
import { cpSync, existsSync, realpathSync, symlinkSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Ended, Processes } from '../support/processes.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** npm's program: as it says itself where it runs us, else behind the link on the PATH. */
const npmProgram = (): string => {
  const own = process.env['npm_execpath'];
  if (own?.endsWith('npm-cli.js')) return own;
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const found = folders.map((folder) => join(folder, 'npm')).find((path) => existsSync(path));
  if (found === undefined) throw new Error('there is no npm on the PATH');
  return realpathSync(found);
};

/** What npm's own variables in this process would change is left out. */
const withoutNpm = Object.fromEntries(
  Object.keys(process.env)
    .filter((name) => /^npm_/i.test(name))
    .map((name) => [name, '']),
);

export const makeNpm = (processes: Processes, home: string) => {
  const env = {
    ...withoutNpm,
    HOME: home,
    npm_config_cache: join(home, 'npm-cache'),
    npm_config_registry: 'http://127.0.0.1:9/',
    npm_config_fetch_retries: '0',
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    npm_config_update_notifier: 'false',
  };
  const run = async (program: string, args: readonly string[], cwd: string, more = {}): Promise<Ended> => {
    const ended = await processes.start([join(dirname(npmProgram()), program), ...args], { ...env, ...more }, cwd)
      .ended;
    if (ended.code !== 0)
      throw new Error(`${program} ${args.join(' ')} ended with ${ended.code}: ${ended.stderr}${ended.stdout}`);
    return ended;
  };
  return {
    npm: (cwd: string, ...args: readonly string[]) => run('npm-cli.js', args, cwd),
    npx: (cwd: string, more: Record<string, string>, ...args: readonly string[]) => run('npx-cli.js', args, cwd, more),
  };
};

/** A copy of this clone, where what is built disturbs nobody. */
export const copyClone = (to: string): string => {
  const left = new Set(['.git', 'data', 'dist', 'node_modules', 'web/node_modules'].map((name) => join(root, name)));
  cpSync(root, to, { recursive: true, filter: (path) => !left.has(path) });
  for (const folder of ['node_modules', 'web/node_modules']) symlinkSync(join(root, folder), join(to, folder));
  return to;
};
