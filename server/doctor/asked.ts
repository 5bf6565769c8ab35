import { isJsonObject } from '../../domain/data.ts';
import type { Config } from '../config.ts';
import { oidcSettings } from '../sign-in/oidc/settings.ts';

/** Who answers at an address, as far as it tells. `deviceId` is the server's own, if it is an ActivityWatch server. */
export type Listener = { readonly version: string | null; readonly deviceId: string | null };

/** What answers at the public URL. */
export type Publicly = Listener & {
  /** The status of /health there. */
  readonly health: number;
  /** Whether the server believes an `X-Forwarded-Host` that a client sends; null if that can't be found out. */
  readonly believesForged: boolean | null;
};

/** How long an answer may take, in ms, and how many characters of it are read. */
const PATIENCE = 5_000;
const MOST = 100_000;

const ask = (url: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url, { headers, redirect: 'manual', signal: AbortSignal.timeout(PATIENCE) });

const textOf = async (response: Response): Promise<string> => {
  let text = '';
  for await (const piece of response.body?.pipeThrough(new TextDecoderStream() as never) ?? []) {
    text += String(piece);
    if (text.length > MOST) break;
  }
  return text;
};

const infoAt = async (base: string): Promise<Listener> => {
  const info: unknown = JSON.parse(await textOf(await ask(`${base}/api/0/info`)));
  const { version, device_id: deviceId } = isJsonObject(info) ? info : {};
  return {
    version: typeof version === 'string' ? version : null,
    deviceId: typeof deviceId === 'string' ? deviceId : null,
  };
};

const NOBODY_KNOWN: Listener = { version: null, deviceId: null };

/** Who listens on a port. `host` is the address to listen on, `0.0.0.0` for all of them. */
export const askWhoListens = (host: string, port: number): Promise<Listener> => {
  const to = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host.includes(':') ? `[${host}]` : host;
  return infoAt(`http://${to}:${port}`).catch(() => NOBODY_KNOWN);
};

/** A name that nobody can have (RFC 2606). */
const FORGED = 'forged.kt-server.invalid';

/** Asks as a client would, from this machine. Fails if the name, the certificate or the connection is bad. */
export const askPublicly = async (url: string): Promise<Publicly> => {
  const response = await ask(`${url}/health`);
  await response.body?.cancel();
  const info = await infoAt(url).catch(() => NOBODY_KNOWN);
  return { health: response.status, ...info, believesForged: await believes(url).catch(() => null) };
};

/**
 * A page of an unknown origin is refused, unless the server takes that origin's name for its own. It does so only if it
 * believes X-Forwarded-Host, and the proxy leaves the header as the client sent it.
 */
const believes = async (url: string): Promise<boolean | null> => {
  const page = { origin: `https://${FORGED}` };
  const plain = await ask(`${url}/api/0/info`, page);
  await plain.body?.cancel();
  if (plain.status !== 403) return null; // every page may ask
  const forged = await ask(`${url}/api/0/info`, { ...page, 'x-forwarded-host': FORGED, 'x-forwarded-proto': 'https' });
  const text = await textOf(forged);
  // Either it took the name for its own, or it says by name that it does not answer to it.
  return forged.status === 200 || (forged.status === 400 && text.includes(FORGED));
};

/** Asks the provider of the settings what signing in takes. Fails with why that can not be. */
export const askProvider = async (config: Config): Promise<true> => {
  const { makeProvider } = await import('../sign-in/oidc/provider.ts');
  const told: string[] = [];
  const provider = makeProvider(oidcSettings(config)!, Date.now, (line) => told.push(line));
  await provider.begin().catch((error: unknown) => {
    throw told.length === 0 ? error : new Error(told[0]!.replace(/^.*?can not be used for signing in: /, ''));
  });
  return true;
};
