import type { Viewer } from '../auth/viewer.ts';
import type { Resolvers } from '../resolvers/resolvers.ts';

/** A request that found its route without saying who asks. `bucket` and `event` are the path's, empty where the pattern has none. */
export type OpenCall = {
  readonly bucket: string;
  readonly event: string;
  readonly query: URLSearchParams;
  readonly resolvers: Resolvers;
};

/** The same from a known viewer; `body` is a POST's JSON. */
export type Call = OpenCall & { readonly viewer: Viewer; readonly body: unknown };

/** Runs for anybody: it is never given a viewer, and so can't reach anybody's data. */
export type OpenHandler = (call: OpenCall) => Promise<Response>;
export type Handler = (call: Call) => Promise<Response>;

/** The pattern is a path whose `:bucket` and `:event` stand for any segment. */
export type Route<H> = readonly [method: 'GET' | 'POST' | 'DELETE', pattern: string, handler: H];

export type Found<H> = {
  /** Null where the path is unknown, or known under other methods only. */
  readonly handler: H | null;
  readonly params: { readonly bucket: string; readonly event: string };
  /** The methods that the path takes, for Allow. */
  readonly allowed: readonly string[];
};

const NO_PARAMS = { bucket: '', event: '' };

/**
 * Looks a decoded path up. The first pattern that fits is the path's, whatever the method: `events/count` is never an event's id
 * when its row comes first. GET answers HEAD too.
 */
export const findRoute = <H>(table: readonly Route<H>[], method: string, segments: readonly string[]): Found<H> => {
  const first = table.find(([, pattern]) => fit(pattern, segments));
  if (!first) return { handler: null, params: NO_PARAMS, allowed: [] };
  const rows = table.filter(([, pattern]) => pattern === first[1]);
  return {
    handler: rows.find(([rowMethod]) => rowMethod === (method === 'HEAD' ? 'GET' : method))?.[2] ?? null,
    params: { ...NO_PARAMS, ...fit(first[1], segments) },
    allowed: rows.flatMap(([rowMethod]) => (rowMethod === 'GET' ? ['GET', 'HEAD'] : [rowMethod])),
  };
};

/** What the pattern's names stand for in this path; null when it doesn't fit. */
const fit = (pattern: string, segments: readonly string[]): Record<string, string> | null => {
  const parts = pattern.split('/').filter(Boolean);
  if (parts.length !== segments.length) return null;
  const params: Record<string, string> = {};
  for (const [i, part] of parts.entries()) {
    if (part.startsWith(':')) params[part.slice(1)] = segments[i]!;
    else if (part !== segments[i]) return null;
  }
  return params;
};
