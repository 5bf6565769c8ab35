/**
 * A key is sent only to the address that it was given for. Settings come from three layers (flags, environment, file),
 * and a key that lies in a lower one than the address in force was given for another address, unless both have one
 * origin. Pure.
 */
import type { Config } from './settings.ts';

/** Where a setting may come from, the first that gives it is in force. */
export type Layer = 'flags' | 'env' | 'file';

/** The settings as they are from one layer down, unchecked; and which names the layer itself gives. */
export type Given = { readonly layer: Layer; readonly config: Config; has(name: string): boolean };

/** A key that is not used, since it is another address's: where it lies, and whose it is. */
export type Withheld = { readonly layer: Layer; readonly home: string };

/** Scheme, host and port of kt-server; '' where none is named. What is no URL is only like itself. */
const remoteOrigin = ({ remote: { url } }: Pick<Config, 'remote'>): string =>
  URL.canParse(url) ? new URL(url).origin : url;

/** Host and port of the local aw-server. */
const localOrigin = ({ local: { host, port } }: Pick<Config, 'local'>): string => `${host.toLowerCase()}:${port}`;

const KEYS = {
  'remote.api_key': { key: ({ remote }: Config) => remote.api_key, origin: remoteOrigin, address: ['remote.url'] },
  'local.api_key': {
    key: ({ local }: Config) => local.api_key,
    origin: localOrigin,
    address: ['local.host', 'local.port'],
  },
} as const;

/**
 * Whether the key in force must not be sent to the address in force. `layers` from the highest down: each layer's
 * `config` is what it and those below it say. A key whose layer, and all below, names no address was given for
 * whichever there is; but for the file, which with a local key and no port means the usual port.
 */
export const withheldKey = (name: keyof typeof KEYS, layers: readonly Given[]): Withheld | null => {
  const { key, origin, address } = KEYS[name];
  const at = layers.findIndex((given) => given.has(name) && key(given.config) !== '');
  const [top, own] = [layers[0], layers[at]];
  if (!top || !own) return null;
  const isNamed =
    layers.slice(at).some((given) => address.some((part) => given.has(part))) ||
    (own.layer === 'file' && name === 'local.api_key');
  const home = origin(own.config);
  return isNamed && home !== origin(top.config) ? { layer: own.layer, home } : null;
};
