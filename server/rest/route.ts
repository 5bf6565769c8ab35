import type { ZoneNote } from '../../domain/time.ts';
import type { Proof } from '../auth/presume.ts';
import type { Need } from '../auth/scope.ts';
import type { Viewer } from '../auth/viewer.ts';
import { OBJECT_LIMITS, type BodyLimits } from '../http/body.ts';
import type { Held } from '../http/under-way.ts';
import type { Receive } from '../http/upload.ts';
import type { Resolvers } from '../resolvers/resolvers.ts';

/** The values of the names in a pattern; empty for names it does not have. */
type Params = { readonly bucket: string; readonly event: string; readonly key: string };

/** A request with its route, but without a viewer. */
type OpenCall = Params & {
  readonly query: URLSearchParams;
  readonly resolvers: Resolvers;
  /** The JSON that describes all routes. */
  readonly description: () => string;
};

/** A request of somebody. */
type Known = OpenCall & {
  readonly viewer: Viewer;
  /** Aborted when the client has disconnected. */
  readonly signal: AbortSignal;
  /** Called for a time without a zone: the response says that UTC was assumed (spec/rest DEV-19). */
  readonly zones: ZoneNote;
  /** Called with an error that ends a response after it has begun. */
  readonly onBroken: (error: unknown) => void;
};

/**
 * The same from an authenticated viewer; `body` is a POST's JSON. `proof` is to be asked for before anything is written
 * (routes.ts, `proving`), and null where the viewer is certain.
 */
export type Call = Known & { readonly body: unknown; readonly proof: Proof | null };

/**
 * The same with a body of any size, which the handler reads when it is ready: as files, or as the elements of a JSON
 * list.
 */
type UploadCall = Known & {
  readonly receive: Receive;
  /** `read`: see `elements` of http/json-reader.ts. */
  readonly elements: (read?: (piece: string) => unknown) => AsyncGenerator<unknown[]>;
  readonly held: Held;
};

/** Runs for anybody. It never gets a viewer, and so can't reach anybody's data. */
export type OpenHandler = (call: OpenCall) => Promise<Response>;
export type Handler = (call: Call) => Promise<Response>;
export type UploadHandler = (call: UploadCall) => Promise<Response>;

/**
 * The pattern is a path whose `:bucket`, `:event` and `:key` stand for any segment. `need`: which keys are enough for
 * it. `limits` are those of its body, where they differ from those of one object.
 */
export type Route<H> = readonly [
  method: 'GET' | 'POST' | 'DELETE',
  pattern: string,
  need: Need,
  handler: H,
  limits?: BodyLimits,
];

export type Found<H> = {
  /** Null when the path is unknown, or has other methods only. */
  readonly handler: H | null;
  /** What the route needs; null where there is no handler. */
  readonly need: Need | null;
  readonly limits: BodyLimits;
  readonly params: Params;
  /** The methods of the path, for Allow. */
  readonly allowed: readonly string[];
};

const NO_PARAMS: Params = { bucket: '', event: '', key: '' };

/**
 * Looks a decoded path up. The first matching pattern counts, whatever the method: because its row comes first,
 * `events/count` is never an event's id. GET answers HEAD too.
 */
export const findRoute = <H>(table: readonly Route<H>[], method: string, segments: readonly string[]): Found<H> => {
  const first = table.find(([, pattern]) => fit(pattern, segments));
  if (!first) return { handler: null, need: null, limits: OBJECT_LIMITS, params: NO_PARAMS, allowed: [] };
  const rows = table.filter(([, pattern]) => pattern === first[1]);
  const [, , need = null, handler = null, limits = OBJECT_LIMITS] =
    rows.find(([rowMethod]) => rowMethod === (method === 'HEAD' ? 'GET' : method)) ?? [];
  return {
    handler,
    need,
    limits,
    params: { ...NO_PARAMS, ...fit(first[1], segments) },
    allowed: rows.flatMap(([rowMethod]) => (rowMethod === 'GET' ? ['GET', 'HEAD'] : [rowMethod])),
  };
};

/** The first pattern of these tables that matches a decoded path; null when none does. */
export const patternOf = (
  tables: readonly (readonly Route<unknown>[])[],
  segments: readonly string[],
): string | null => {
  for (const table of tables) for (const [, pattern] of table) if (fit(pattern, segments)) return pattern;
  return null;
};

const split = new Map<string, readonly string[]>();

/** A pattern's parts. There are as many patterns as rows, and each request is held against most of them. */
const partsOf = (pattern: string): readonly string[] => {
  const known = split.get(pattern);
  if (known) return known;
  const parts = pattern.split('/').filter(Boolean);
  split.set(pattern, parts);
  return parts;
};

/** The values of the pattern's names in this path; null when it does not match. */
const fit = (pattern: string, segments: readonly string[]): Record<string, string> | null => {
  const parts = partsOf(pattern);
  if (parts.length !== segments.length) return null;
  const params: Record<string, string> = {};
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]!;
    if (part.startsWith(':')) params[part.slice(1)] = segments[i]!;
    else if (part !== segments[i]) return null;
  }
  return params;
};
