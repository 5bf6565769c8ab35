import { isJsonObject } from '../../domain/data.ts';

/** Who answers at an address, as far as it says: its server's device id, where it is a kt-server. */
export type Listener = { readonly version: string | null; readonly deviceId: string | null };

/** What answers at the public URL. */
export type Publicly = Listener & {
  /** The status of /health there. */
  readonly health: number;
  /** Whether a client's own `X-Forwarded-Host` is believed there; null where that can't be told. */
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

/** Who has a port. `host` is the address to listen on, `0.0.0.0` for all of them. */
export const askWhoListens = (host: string, port: number): Promise<Listener> => {
  const to = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host.includes(':') ? `[${host}]` : host;
  return infoAt(`http://${to}:${port}`).catch(() => NOBODY_KNOWN);
};

/** A name that nobody has (RFC 2606), and a page of it. */
const FORGED = 'forged.kt-server.invalid';

/** Asks as a client would, from here. Fails where nothing answers: the name, the certificate, the connection. */
export const askPublicly = async (url: string): Promise<Publicly> => {
  const response = await ask(`${url}/health`);
  await response.body?.cancel();
  const info = await infoAt(url).catch(() => NOBODY_KNOWN);
  return { health: response.status, ...info, believesForged: await believes(url).catch(() => null) };
};

/**
 * A page of a name that nobody has may not ask, unless the server takes that name for its own; which it does only where
 * it believes the header, and the proxy leaves a client's as it came.
 */
const believes = async (url: string): Promise<boolean | null> => {
  const page = { origin: `https://${FORGED}` };
  const plain = await ask(`${url}/api/0/info`, page);
  await plain.body?.cancel();
  if (plain.status !== 403) return null; // every page may ask
  const forged = await ask(`${url}/api/0/info`, { ...page, 'x-forwarded-host': FORGED, 'x-forwarded-proto': 'https' });
  const text = await textOf(forged);
  // Believed as a name of its own it is let in; as one that it does not have, it is told so by name.
  return forged.status === 200 || (forged.status === 400 && text.includes(FORGED));
};
