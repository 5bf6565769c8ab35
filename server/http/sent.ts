/** What is lost of a request when it becomes a Request: its headers as they were sent, and its version of HTTP. */

/** What the guards look at. */
export type Sent = {
  /** The request's id: see request-id.ts. */
  readonly requestId?: string;
  /** The Host header; null where there was none. */
  readonly host: string | null;
  /** The name of a header that must appear only once, and appears twice; null otherwise. */
  readonly twice: string | null;
  /** Whether it came as HTTP/1.0, which only proxies and old health checks still use. */
  readonly old: boolean;
  /** Whether it is a liveness or readiness check. */
  readonly probe: boolean;
};

/**
 * Headers that say who is asking, and which host. When one is sent twice, Node takes the first or joins both, and a
 * proxy in front may take the other: then the two have read two different requests.
 */
const ONCE = ['host', 'authorization', 'x-api-key', 'x-device-id', 'origin'];

/** The first of these that appears twice, in Node's raw headers: name, value, name, value. */
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

/**
 * The paths of health checks. A load balancer sends no Host with them, and the answer tells nothing about anybody's
 * data.
 */
export const isProbe = (method: string, segments: readonly string[]): boolean =>
  segments.length === 1 && ['health', 'ready'].includes(segments[0]!) && ['GET', 'HEAD'].includes(method);

/** Whether it is a heartbeat of a watcher. Those a device sends must not be kept waiting for their number. */
export const isHeartbeat = (method: string, segments: readonly string[]): boolean =>
  method === 'POST' && segments.length === 5 && segments[4] === 'heartbeat' && segments[0] === 'api';
