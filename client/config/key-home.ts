/**
 * Makes sure that a key is sent only to the address it was given for. Settings come from three layers (flags,
 * environment, file); a key from a lower layer than the address in force was given for another address, unless both
 * have the same origin. Pure.
 */
import { parsedUrl } from '../../domain/parsed-url.ts';
import type { Config } from './settings.ts';

/** Where a setting may come from; the first layer that gives it wins. */
export type Layer = 'flags' | 'env' | 'file';

/** The settings as of one layer and those below it, unchecked, and which names the layer itself gives. */
export type Given = { readonly layer: Layer; readonly config: Config; has(name: string): boolean };

/** A key that is not used because it belongs to another address: which layer it is in, and which address. */
export type Withheld = { readonly layer: Layer; readonly home: string };

/** Scheme, host and port of kt-server; '' if none is named. An invalid URL only equals itself. */
const remoteOrigin = ({ remote: { url } }: Pick<Config, 'remote'>): string => parsedUrl(url)?.origin ?? url;

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
 * Tells if the key in force must not be sent to the address in force. `layers` run from the highest down; the `config`
 * of each is what it and those below say. If neither the key's layer nor those below name an address, the key was given
 * for any address; but a local key in the file without a port means the usual port.
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
