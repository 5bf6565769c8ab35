import { Command, Option } from 'clipanion';
import { plain } from '../../cli/terminal.ts';
import { isKtError } from '../../domain/errors.ts';
import { ConfigError, readConfig, type LoadedConfig, type Overrides } from '../config/config.ts';
import type { Config } from '../config/settings.ts';
import type { KtContext } from '../context.ts';
import { following } from '../follow.ts';

/** An error as one line for a person: what happened and what to do; never a stack trace, never a key. */
export const explain = (error: unknown): string => {
  const unexpected = () =>
    'something unexpected happened ' +
    `(${error instanceof Error ? `${error.name}: ${error.message.slice(0, 200)}` : 'no error'}): ` +
    'please report it';
  return plain(isKtError(error) ? error.message : unexpected());
};

/** Fails with `ConfigError` if the configured key was given for another server. */
export const checkKey = ({ config, withheld }: LoadedConfig): void => {
  if (withheld.remote === null) return;
  throw new ConfigError(
    `${withheld.remote}: give the key of that server too, by \`kt-client setup --url ${config.remote.url} ` +
      `--api-key KEY\` or KT_CLIENT_API_KEY`,
  );
};

/** What all commands have in common. */
export abstract class KtCommand extends Command<KtContext> {
  configFile = Option.String('--config', { description: 'the configuration file to read instead of the default one' });

  readConfig(flags: Overrides = {}): LoadedConfig {
    return readConfig(this.context.env, { file: this.configFile, flags });
  }

  /** The settings of a client that was set up. Fails with `ConfigError` if the server or the key is missing. */
  readCompleteConfig(flags: Overrides = {}): LoadedConfig {
    const loaded = this.readConfig(flags);
    const { url, api_key: key } = loaded.config.remote;
    checkKey(loaded);
    if (!url || !key)
      throw new ConfigError(
        `no ${url ? 'API key' : 'server'} is configured (${loaded.path}): ` +
          `run \`kt-client setup --url URL --api-key KEY\``,
      );
    return loaded;
  }

  /** Does work with these settings, and goes where the account was moved to; says so on stderr. */
  following<T>(loaded: LoadedConfig, work: (config: Config) => Promise<T>, writes = true): Promise<T> {
    const tell = (line: string) => void this.context.stderr.write(`kt-client: ${plain(line)}\n`);
    return following(this.context, loaded, work, { tell, writes });
  }

  write(text: string): void {
    this.context.stdout.write(text);
  }
}
