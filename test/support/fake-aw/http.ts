/**
 * Requests and responses of a scripted server, below `fetch`: the path is as sent over the socket, because a Request
 * resolves dot segments.
 */

export type Call = {
  method: string /** undecoded */;
  path: string /** undecoded, without `?` */;
  query: string;
  headers: Headers;
  body: Uint8Array<ArrayBuffer>;
};

export type Reply = { status: number; headers: Record<string, string>; body: string | null };

/** A behaviour answers calls, and clears what a restarted process forgets */
export type Behaviour = { handle(call: Call): Promise<Reply>; restart(): void };

/** Thrown by handlers to answer at once */
export class Refusal extends Error {
  readonly reply: Reply;
  constructor(reply: Reply) {
    super(`${reply.status} ${reply.body ?? ''}`);
    this.reply = reply;
  }
}

export const jsonReply = (status: number, body: string): Reply => ({
  status,
  headers: { 'content-type': 'application/json' },
  body,
});

export const emptyReply = (status: number): Reply => ({ status, headers: {}, body: null });

export const htmlReply = (status: number, title: string): Reply => ({
  status,
  headers: { 'content-type': 'text/html; charset=utf-8' },
  body: `<!doctype html><html lang=en><title>${status} ${title}</title><h1>${title}</h1>`,
});

export const attachment = (reply: Reply, name: string): Reply => ({
  ...reply,
  headers: { ...reply.headers, 'content-disposition': `attachment; filename=${name}` },
});

export const mediaType = (headers: Headers): string =>
  (headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';

/** Malformed escapes stay as they are, invalid UTF-8 becomes U+FFFD (spec/rest 1.1) */
export function percentDecode(text: string): string {
  if (!text.includes('%')) return text;
  const bytes: number[] = [];
  const raw = Buffer.from(text);
  for (let i = 0; i < raw.length; i++) {
    const hex = raw[i] === 0x25 ? raw.subarray(i + 1, i + 3).toString('latin1') : '';
    if (/^[0-9a-fA-F]{2}$/.test(hex)) {
      bytes.push(parseInt(hex, 16));
      i += 2;
    } else bytes.push(raw[i] as number);
  }
  return Buffer.from(bytes).toString('utf8');
}

/** A route is a method, a pattern of segments (`:name` matches any but an empty one) and its handler */
export type Route<H> = readonly [method: string, pattern: string, handler: H];

export type Match<H> = { handler: H; params: Record<string, string> };

/**
 * The first route that matches, in the order of the table; `known` says whether the path matches one with another
 * method
 */
export function findRoute<H>(
  table: readonly Route<H>[],
  method: string,
  segments: readonly string[],
): Match<H> | { known: boolean } {
  let known = false;
  for (const [routeMethod, pattern, handler] of table) {
    const params = fit(pattern.split('/'), segments);
    if (!params) continue;
    known = true;
    if (routeMethod === method) return { handler, params };
  }
  return { known };
}

function fit(pattern: readonly string[], segments: readonly string[]): Record<string, string> | null {
  if (pattern.length !== segments.length) return null;
  const params: Record<string, string> = {};
  for (const [i, part] of pattern.entries()) {
    const segment = segments[i] as string;
    if (part.startsWith(':') && segment !== '') params[part.slice(1)] = segment;
    else if (part !== segment) return null;
  }
  return params;
}
