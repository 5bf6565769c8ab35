/**
 * How a program is started, for every hint that names a command: copied into a shell, it starts this program and
 * nothing else.
 */
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';

type Env = Readonly<Record<string, string | undefined>>;

const realpath = (path: string): string | null => {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
};

const quoted = (path: string): string => (/^[\w@%+=:,./\\-]+$/.test(path) ? path : `"${path}"`);

/**
 * The address of the package that npx runs from its cache, which npm may empty at any time; null for a program that
 * was installed, or lies in a clone. npx notes the address in the package that it makes for the purpose.
 */
export const npxAddress = (bin: string): string | null => {
  const folder = /^.*[\\/]_npx[\\/][^\\/]+(?=[\\/]node_modules[\\/])/.exec(bin)?.[0];
  if (folder === undefined) return null;
  try {
    const about = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
      readonly _npx?: { readonly packages?: readonly unknown[] };
    };
    const [address] = about._npx?.packages ?? [];
    return typeof address === 'string' && /^https?:\/\/[\w.:[\]/-]+$/.test(address) ? address : null;
  } catch {
    return null;
  }
};

/**
 * `name` where the PATH leads to `bin`; npx's own line where it runs that; else the file, by Node unless that is inside
 * of it. Never `npx NAME`: outside of a clone npm would ask its registry for that name and run whatever somebody put
 * there. npx and npm prepend folders of their own to the PATH, which no shell of a person has.
 */
export const selfName = (
  name: string,
  bin: string,
  env: Env,
  isExecutable = false,
  platform: NodeJS.Platform = process.platform,
): string => {
  const address = npxAddress(bin);
  if (address !== null) return `npx --yes ${address}`;
  const folders = (env['PATH'] ?? env['Path'] ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '' && !/[\\/]node_modules[\\/]\.bin[\\/]?$/.test(folder));
  const own = realpath(bin);
  const file = platform === 'win32' && isExecutable ? `${name}.exe` : name;
  const leadsHere = (folder: string): boolean =>
    platform === 'win32' && !isExecutable
      ? existsSync(join(folder, `${name}.cmd`))
      : own !== null && realpath(join(folder, file)) === own;
  if (folders.some(leadsHere)) return name;
  return isExecutable ? quoted(bin) : `node ${quoted(bin)}`;
};
