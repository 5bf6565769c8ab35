/**
 * Goes where the server says that the account was moved to (spec/sync 6.9). The key is sent there, so an old server is
 * believed only where nobody else can have said it, and the new one is used only if it has the same account.
 */
import { plain } from '../cli/terminal.ts';
import { isKtError, KtError } from '../domain/errors.ts';
import { movedUrl } from '../domain/moved-url.ts';
import type { LoadedConfig } from './config/config.ts';
import { writeServer } from './config/config-file.ts';
import type { Config } from './config/settings.ts';
import type { KtContext } from './context.ts';
import { baseOf } from './remote/remote-server.ts';

/** An account that is moved on and on is followed this far, in case the servers send us in a circle. */
const MOST_HOPS = 3;

const byHand = (to: string): string => `if that is right, run \`kt-client setup --url ${plain(to)} --api-key KEY\``;

const refused = (from: string, to: string, why: string): KtError =>
  new KtError('forbidden', `${from} says that the account was moved to ${plain(to)}: ${why}; ${byHand(to)}`);

const targetOf = (error: unknown): string | null => {
  const url = isKtError(error, 'moved') ? error.details['url'] : null;
  return typeof url === 'string' ? url : null;
};

/** Fails unless the server at the address has the account, and the device, that the state folder is of. */
const mustBeTheSame = async (context: KtContext, config: Config, from: string): Promise<void> => {
  const { url } = config.remote;
  const state = await context.openState(config).load();
  const remote = context.makeRemote(config, { retries: 1 });
  let account: string;
  let devices: readonly { readonly deviceId: string }[];
  try {
    account = await remote.account();
    devices = await remote.devices();
  } catch (error) {
    if (isKtError(error, 'unauthenticated') || isKtError(error, 'forbidden'))
      throw refused(from, url, 'the key is not accepted there');
    if (isKtError(error) && error.code !== 'moved')
      throw new KtError(error.code, `the account was moved from ${from} to ${url}: ${error.message}`, error.details);
    throw error;
  }
  if (state?.account == null) return;
  if (account !== state.account) throw refused(from, url, 'the key is of another account there');
  if (!devices.some(({ deviceId }) => deviceId === state.deviceId))
    throw refused(from, url, 'that account does not have this device');
};

/**
 * The settings with the address that an account was moved to, by the error that said so, once that was checked. Fails
 * with `forbidden` where it is not to be followed, with `unavailable` where the new server does not answer yet.
 */
const follow = async (context: KtContext, config: Config, moved: unknown): Promise<Config> => {
  let next = config;
  for (let [hops, said]: [number, unknown] = [0, moved]; ; hops++) {
    const to = targetOf(said);
    if (to === null) throw said;
    const from = baseOf(next.remote.url);
    if (movedUrl(from) === null)
      throw refused(from, to, 'but anybody on the way can have said so, because it is not encrypted');
    const url = movedUrl(to);
    if (url === null)
      throw new KtError(
        'forbidden',
        `${from} says that the account was moved, to an address that no key is sent to: ask its operator for one ` +
          'that begins with https://, then run `kt-client setup --url URL --api-key KEY`',
      );
    if (hops === MOST_HOPS) throw refused(from, to, `after ${MOST_HOPS} servers that sent it on`);
    next = { ...next, remote: { ...next.remote, url } };
    try {
      await mustBeTheSame(context, next, from);
      return next;
    } catch (error) {
      if (targetOf(error) === null) throw error;
      said = error;
    }
  }
};

export type Following = {
  /** Told what happened, in one line. */
  tell(line: string): void;
  /** Whether the new address is written into the configuration file. */
  readonly writes?: boolean;
};

/**
 * Does work with these settings, and if the server says that the account was moved, once more with its new address,
 * which is written into the configuration file first. Fails as `work` does; with `forbidden`, and words for what to do,
 * where the move is not followed.
 */
export const following = async <T>(
  context: KtContext,
  loaded: LoadedConfig,
  work: (config: Config) => Promise<T>,
  { tell, writes = true }: Following,
): Promise<T> => {
  try {
    return await work(loaded.config);
  } catch (error) {
    if (targetOf(error) === null) throw error;
    const next = await goTo(context, loaded, error, writes);
    tell(
      `the account was moved from ${baseOf(loaded.config.remote.url)} to ${next.remote.url}, which has it and this ` +
        `device${writes ? `: wrote ${loaded.path}` : ''}`,
    );
    return work(next);
  }
};

const goTo = async (context: KtContext, loaded: LoadedConfig, error: unknown, writes: boolean): Promise<Config> => {
  const { config, path, file, fixed } = loaded;
  const next = await follow(context, config, error);
  if (fixed !== null)
    throw new KtError(
      'forbidden',
      `the account was moved from ${baseOf(config.remote.url)} to ${next.remote.url}, and the address is given by ` +
        `${fixed}: give the new one there`,
    );
  if (writes) await writeServer(path, file, next.remote.url);
  return next;
};
