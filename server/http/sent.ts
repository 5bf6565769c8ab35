/**
 * What of a request is lost once it is a Request: its headers as they were sent, and the version of HTTP it was sent
 * in.
 */

/** For the guards. */
export type Sent = {
  /** The Host header; null where there was none. */
  readonly host: string | null;
  /** The name of a header that may be there only once, and is there twice. */
  readonly twice: string | null;
  /** Whether it came as HTTP/1.0, which only proxies and old probes still speak. */
  readonly old: boolean;
  /** Whether it asks if the server is alive, or ready. */
  readonly probe: boolean;
};

/**
 * Headers that say who asks whom. Node takes the first of two, or makes one of them, and a proxy in front may take the
 * other: then two parties have read two different requests.
 */
const ONCE = ['host', 'authorization', 'x-api-key', 'x-device-id', 'origin'];

/** The first of these that is there twice, among headers as Node tells them raw: name, value, name, value. */
export const sentTwice = (rawHeaders: readonly string[]): string | null => {
  const seen = new Set<string>();
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!.toLowerCase();
    if (!ONCE.includes(name)) continue;
    if (seen.has(name)) return name;
    seen.add(name);
  }
  return null;
};

/** The paths of probes. A load balancer's carries no Host, and asks nothing that is anybody's. */
export const isProbe = (method: string, segments: readonly string[]): boolean =>
  segments.length === 1 && ['health', 'ready'].includes(segments[0]!) && ['GET', 'HEAD'].includes(method);
