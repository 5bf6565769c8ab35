import { resolve } from 'node:path';
import { isJsonObject } from '../../domain/data.ts';
import { KtError } from '../../domain/errors.ts';
import type { LoadedConfig } from '../config/config.ts';
import type { KtContext } from '../context.ts';
import { valueOf, type Env } from '../config/folders.ts';
import { makeLaunchd } from './launchd.ts';
import type { Manager, Program, Run, Where } from './manager.ts';
import { makeTaskScheduler } from './task-scheduler.ts';
import { makeSystemd } from './systemd.ts';

/** The service manager of this platform. Fails with `unsupported` if there is none that kt-client knows. */
export const managerOf = (where: Where, run: Run): Manager => {
  if (where.platform === 'linux') return makeSystemd(where, run);
  if (where.platform === 'darwin') return makeLaunchd(where, run, process.getuid?.() ?? 0);
  if (where.platform === 'win32') return makeTaskScheduler(where, run);
  throw new KtError(
    'unsupported',
    'kt-client knows systemd, launchd and the Task Scheduler, and there is none of them here: ' +
      'let ActivityWatch start it (docs/activitywatch-autostart.md)',
  );
};

/**
 * Variables that the service needs too: those that move our folders, and the certificate of a private authority for
 * Node. All are paths. Never a key: that is in the file.
 */
const HANDED_ON = ['KT_CLIENT_STATE_DIR', 'XDG_CONFIG_HOME', 'XDG_DATA_HOME', 'LOCALAPPDATA', 'NODE_EXTRA_CA_CERTS'];

/** What the service runs: this installation, with this configuration file. */
const programOf = ({ command }: Where, configPath: string, env: Env): Program => ({
  command: [...command, 'daemon', '--config', resolve(configPath)],
  env: Object.fromEntries(
    HANDED_ON.flatMap((name) => (valueOf(env, name) === undefined ? [] : [[name, resolve(valueOf(env, name)!)]])),
  ),
});

/** How a client that npx runs from its cache comes to stay. The command is not in quotes: it is none of npx's. */
export const stayFirst = (npx: string): string =>
  `npx keeps this kt-client in a cache that npm may empty: run \`npm install -g ${npx}\`, ` +
  'then kt-client service install';

/**
 * Has the daemon started at login, and now. Fails as `Manager.install` does, and if the service would not find its
 * settings, or this installation would not last.
 */
export const installService = async (
  { where, run, env }: Pick<KtContext, 'where' | 'run' | 'env'>,
  { config, path, file }: LoadedConfig,
): Promise<Manager> => {
  if (where.npx !== null) throw new KtError('invalid', stayFirst(where.npx));
  const inFile = isJsonObject(file['remote']) ? file['remote'] : {};
  for (const [name, value] of [
    ['url', config.remote.url],
    ['api_key', config.remote.api_key],
  ] as const) {
    if (inFile[name] !== value)
      throw new KtError(
        'invalid',
        `the service reads ${path}, and there remote.${name} is ` +
          `${inFile[name] === undefined ? 'missing' : 'another than in the environment'}: ` +
          `run \`kt-client setup\``,
      );
  }
  const manager = managerOf(where, run);
  await manager.install(programOf(where, path, env));
  return manager;
};
