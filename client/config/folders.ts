import { homedir } from 'node:os';
import { join, win32 } from 'node:path';

export type Env = Readonly<Record<string, string | undefined>>;

/** The value of a variable that is set and not empty; shells leave empty ones behind. */
export const valueOf = (env: Env, name: string): string | undefined => env[name] || undefined;

/**
 * Where kt-client keeps its configuration and its state: next to ActivityWatch's own (spec/product 6.3), which on macOS
 * and Windows is not where `env-paths` would put them.
 */
export const folders = (
  env: Env,
  platform: NodeJS.Platform = process.platform,
  home = homedir(),
): { config: string; state: string } => {
  if (platform === 'win32') {
    const base = valueOf(env, 'LOCALAPPDATA') ?? win32.join(home, 'AppData', 'Local');
    const folder = win32.join(base, 'activitywatch', 'activitywatch', 'kt-client');
    return { config: folder, state: folder };
  }
  if (platform === 'darwin') {
    const folder = join(home, 'Library', 'Application Support', 'activitywatch', 'kt-client');
    return { config: folder, state: folder };
  }
  const under = (base: string) => join(base, 'activitywatch', 'kt-client');
  return {
    config: under(valueOf(env, 'XDG_CONFIG_HOME') ?? join(home, '.config')),
    state: under(valueOf(env, 'XDG_DATA_HOME') ?? join(home, '.local', 'share')),
  };
};
