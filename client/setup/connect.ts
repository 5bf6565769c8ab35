import { plain } from '../../cli/terminal.ts';
import type { LoadedConfig } from '../config/config.ts';
import { writeConfigFile } from '../config/config-file.ts';
import { localUrl, type KtContext } from '../context.ts';
import { askAw } from '../sync/identity/local-aw.ts';
import { settingsTree, type LocalFlags } from './settings-tree.ts';
import { decideDevice, whoIsThis, type Whose } from './which-device.ts';

/** Where a command that connects this device runs, and what its flags say of the local aw-server. */
export type Place = { readonly context: KtContext; readonly flags: LocalFlags; say(text: string): void };

/** Checks both ends, writes the file, and says what to do next. `asks`: which device this is may still be open. */
export const connect = async (
  { context, flags, say }: Place,
  loaded: LoadedConfig,
  whose: Whose,
  asks: boolean,
): Promise<number> => {
  const { config, path } = loaded;
  const remote = context.makeRemote(config, { retries: 0 });
  const local = await askAw(context.makeLocal(config));
  const server = await remote.info();
  const devices = await remote.devices();
  const decided = asks && whose === null ? await whoIsThis(context, config, remote, say) : { whose, open: null };
  if (decided.whose !== null) await decideDevice(context, config, remote, local, decided.whose);
  await writeConfigFile(path, settingsTree(loaded, flags));

  const others = devices.length === 1 ? '1 device' : `${devices.length} devices`;
  say(
    `kt-server ${plain(server.version)} at ${config.remote.url}: the key is valid, and the account has ${others}\n` +
      `aw-server ${plain(local.version)} at ${localUrl(config)}: host ${plain(local.hostname)}\n` +
      `Wrote ${path}\n\n` +
      `${decided.open === null ? 'Next: `kt-client sync`' : `Note that ${plain(decided.open)}`}\n`,
  );
  if (loaded.withheld.local !== null)
    say(`Note that ${plain(loaded.withheld.local)}: if this one asks for a key, give it with --local-api-key.\n`);
  if (isOpenToAll(config.remote.url))
    say('Note that the key and your data travel unencrypted: use https unless the network is yours alone.\n');
  return 0;
};

/** Plain http to another computer. */
const isOpenToAll = (url: string): boolean => {
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && !/^(localhost|127\.|\[::1\])/.test(hostname);
};
