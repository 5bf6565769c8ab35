/** What `kt-client setup` writes into the configuration file. Pure. */
import { isJsonObject, type JsonObject } from '../../domain/data.ts';
import type { LoadedConfig } from '../config/config.ts';
import { merged } from '../config/config-file.ts';
import { SCHEMA } from '../config/settings.ts';

/** The flags about the local aw-server, as they were given. */
export type LocalFlags = {
  readonly host: string | undefined;
  readonly port: string | undefined;
  readonly apiKey: string | undefined;
};

const DEFAULTS = { host: SCHEMA.local.host.default, port: SCHEMA.local.port.default };

const given = <T>(value: T | undefined, key: string) => (value === undefined ? {} : { [key]: value });

/**
 * Does the file's key for the local aw-server still belong to the address? If not, the next pass would send it to
 * another one.
 */
const keepsLocalKey = (file: JsonObject, { host, port, apiKey }: LocalFlags): boolean => {
  if (apiKey !== undefined || !isJsonObject(file['local'])) return true;
  const { host: oldHost = DEFAULTS.host, port: oldPort = DEFAULTS.port } = file['local'];
  return (host ?? oldHost) === oldHost && Number(port ?? oldPort) === oldPort;
};

/** The file's content, with the server in force, and what the flags say about the local aw-server. */
export const settingsTree = ({ config, file }: LoadedConfig, flags: LocalFlags): JsonObject => {
  const { interval_minutes, mode, buckets } = config.sync;
  const defaults = {
    remote: {},
    sync: { interval_minutes, mode, buckets: [...buckets] },
    local: { port: config.local.port },
  };
  const local = {
    ...given(flags.host, 'host'),
    ...given(flags.port && config.local.port, 'port'),
    ...given(flags.apiKey, 'api_key'),
  };
  const remote = { url: config.remote.url, api_key: config.remote.api_key };
  const next = merged(merged(defaults, file), { remote, local });
  if (keepsLocalKey(file, flags) || !isJsonObject(next['local'])) return next;
  const { api_key: _, ...kept } = next['local'];
  return { ...next, local: kept };
};
