/** The one reader of kt-client's settings. Flags > environment > config.toml > defaults. */
import { join } from 'node:path';
import { checkNames, orMeant, readSettingsFile } from '../../cli/settings-file.ts';
import { firstFault, layered } from '../../cli/settings.ts';
import { isJsonObject, type JsonObject } from '../../domain/data.ts';
import { isKtError, KtError } from '../../domain/errors.ts';
import { folders, valueOf, type Env } from './folders.ts';
import { withheldKey, type Given, type Layer } from './key-home.ts';
import { SCHEMA, SETTINGS, type Config } from './settings.ts';

/** A setting that is wrong: exit code 2. */
export class ConfigError extends KtError {
  constructor(message: string) {
    super('invalid', message);
  }
}

/** Values given by flags, by the name of the setting; undefined means not given. */
export type Overrides = Readonly<Record<string, string | undefined>>;

export type LoadedConfig = {
  /**
   * The settings in force. A key that was given for another address than the one in force is '' here, and `withheld`
   * says why.
   */
  readonly config: Config;
  /** The configuration file, which need not exist, and its content. */
  readonly path: string;
  readonly file: JsonObject;
  /** What gives the address of kt-server in place of the file, as people write it; null: nothing does. */
  readonly fixed: string | null;
  /** Environment variables that have our prefix but are not settings, described in words. */
  readonly strays: readonly string[];
  /** Which key is not used and why, in words; null if all are used. */
  readonly withheld: { readonly remote: string | null; readonly local: string | null };
};

export type ReadOptions = {
  /** The configuration file that a flag names. */
  readonly file?: string | undefined;
  /** A named file must exist, except for `setup`, which writes it. */
  readonly mayBeMissing?: boolean;
  readonly flags?: Overrides;
};

/** The names of all settings in a parsed file, as "section.key". */
const namesIn = (tree: JsonObject, prefix = ''): string[] =>
  Object.entries(tree).flatMap(([key, value]) =>
    isJsonObject(value) ? namesIn(value, `${prefix}${key}.`) : [`${prefix}${key}`],
  );

/** The settings file; its faults are mistakes in configuring. */
const readFile = (path: string, mustExist: boolean): JsonObject => {
  try {
    const tree = readSettingsFile(path, mustExist, 'or move it away and run `kt-client setup`');
    checkNames(path, namesIn(tree), Object.keys(SETTINGS));
    return tree;
  } catch (error) {
    throw isKtError(error, 'invalid') ? new ConfigError(error.message) : error;
  }
};

/** Variables with our prefix that are no settings: typing mistakes, which would otherwise be ignored silently. */
const strayVariables = (env: Env): string[] => {
  const known = ['KT_CLIENT_CONFIG', ...Object.values(SETTINGS).map(({ env: name }) => name)];
  const strays = Object.keys(env).filter((name) => name.startsWith('KT_CLIENT_') && !known.includes(name));
  return strays.map((name) => `there is no variable ${name}${orMeant(name, known)}`);
};

/**
 * Reads the settings in force. Fails with `ConfigError`, which names the file and key, the variable or the flag that is
 * wrong.
 */
export const readConfig = (env: Env, { file, mayBeMissing = false, flags = {} }: ReadOptions = {}): LoadedConfig => {
  const places = folders(env);
  const named = file ?? valueOf(env, 'KT_CLIENT_CONFIG');
  const path = named ?? join(places.config, 'config.toml');
  const tree = readFile(path, named !== undefined && !mayBeMissing);
  const given = Object.fromEntries(
    Object.entries(env).filter(([name, value]) => name.startsWith('KT_CLIENT_') && value),
  );
  const settings = settingsOf(tree, given, flags);
  const problem = problemOf(settings);
  if (problem !== null) {
    const { name, text } = problem;
    const { env: variable } = SETTINGS[name] ?? { env: '' };
    const origin =
      flags[name] !== undefined ? flagOf(name) : given[variable] !== undefined ? variable : `${path}: ${name}`;
    throw new ConfigError(`${origin} ${text}`);
  }
  const config = settings.getProperties();
  const inFile = new Set(namesIn(tree));
  const layers: readonly Given[] = [
    { layer: 'flags', config, has: (name) => flags[name] !== undefined },
    {
      layer: 'env',
      config: settingsOf(tree, given).getProperties(),
      has: (name) => given[SETTINGS[name]!.env] !== undefined,
    },
    { layer: 'file', config: settingsOf(tree).getProperties(), has: (name) => inFile.has(name) },
  ];
  const [remote, local] = [withheldKey('remote.api_key', layers), withheldKey('local.api_key', layers)];
  return {
    config: {
      ...config,
      remote: { ...config.remote, ...(remote && { api_key: '' }) },
      local: { ...config.local, ...(local && { api_key: '' }) },
      state_dir: config.state_dir || places.state,
    },
    path,
    file: tree,
    fixed: fixedBy('remote.url', flags, given),
    strays: strayVariables(env),
    withheld: {
      remote:
        remote &&
        `the API key in ${placeOf('remote.api_key', remote.layer, path)} is for ${remote.home}, ` +
          `and is not sent to ${config.remote.url}`,
      local:
        local &&
        `the key in ${placeOf('local.api_key', local.layer, path)} is for the aw-server at ${local.home}, ` +
          'and is not sent to another',
    },
  };
};

const fixedBy = (name: string, flags: Overrides, given: Env): string | null => {
  if (flags[name] !== undefined) return flagOf(name);
  const { env } = SETTINGS[name]!;
  return given[env] === undefined ? null : env;
};

const settingsOf = (file: JsonObject, env?: Env, flags?: Overrides) => layered<Config>(SCHEMA, { file, env, flags });

const placeOf = (name: string, layer: Layer, path: string): string =>
  layer === 'file' ? path : layer === 'env' ? SETTINGS[name]!.env : flagOf(name);

/** The flag that a command offers for a setting: `--url` for `remote.url`, `--local-port` for `local.port`. */
const flagOf = (name: string): string => `--${name.replace(/^(remote|sync)\./, '').replace(/[._]/g, '-')}`;

/**
 * Settings whose wrong value is not printed: it may contain a password, or a key that was meant for the setting next to
 * it.
 */
const ADDRESSES = new Set(['remote.url', 'local.host']);

/** The first setting that is wrong, and why. */
const problemOf = (settings: ReturnType<typeof settingsOf>): { name: string; text: string } | null => {
  const fault = firstFault(settings);
  if (fault === null) return null;
  const { name, why } = fault;
  return { name, text: why.replace(/: value was (.*)$/, ADDRESSES.has(name) ? '' : ', and is $1') };
};
