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

/** A pattern of a table, with the rows that have it and their methods. */
type Pattern<H> = {
  readonly pattern: string;
  readonly parts: readonly string[];
  readonly rows: readonly Route<H>[];
  readonly allowed: readonly string[];
};

const indexed = new WeakMap<readonly Route<unknown>[], ReadonlyMap<number, readonly Pattern<unknown>[]>>();

/** A table's patterns by their number of parts, in its order: each request is held against few of them that way. */
const patternsOf = <H>(table: readonly Route<H>[]): ReadonlyMap<number, readonly Pattern<H>[]> => {
  const known = indexed.get(table);
  if (known) return known as ReadonlyMap<number, readonly Pattern<H>[]>;
  const made = new Map<number, Pattern<H>[]>();
  for (const pattern of new Set(table.map(([, each]) => each))) {
    const parts = pattern.split('/').filter(Boolean);
    const rows = table.filter(([, each]) => each === pattern);
    const allowed = rows.flatMap(([method]) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
    const alike = made.get(parts.length);
    if (alike) alike.push({ pattern, parts, rows, allowed });
    else made.set(parts.length, [{ pattern, parts, rows, allowed }]);
  }
  indexed.set(table, made);
  return made;
};

/** The first pattern that this path fits. */
const fitting = <H>(table: readonly Route<H>[], segments: readonly string[]): Pattern<H> | undefined =>
  patternsOf(table)
    .get(segments.length)
    ?.find(({ parts }) => parts.every((part, i) => part.startsWith(':') || part === segments[i]));

const NOTHING_FOUND = { handler: null, need: null, limits: OBJECT_LIMITS, params: NO_PARAMS, allowed: [] };

/**
 * Looks a decoded path up. The first matching pattern counts, whatever the method: because its row comes first,
 * `events/count` is never an event's id. GET answers HEAD too.
 */
export const findRoute = <H>(table: readonly Route<H>[], method: string, segments: readonly string[]): Found<H> => {
  const found = fitting(table, segments);
  if (!found) return NOTHING_FOUND;
  const { parts, rows, allowed } = found;
  const [, , need = null, handler = null, limits = OBJECT_LIMITS] =
    rows.find(([rowMethod]) => rowMethod === (method === 'HEAD' ? 'GET' : method)) ?? [];
  const params: Record<string, string> = { ...NO_PARAMS };
  for (const [i, part] of parts.entries()) if (part.startsWith(':')) params[part.slice(1)] = segments[i]!;
  return { handler, need, limits, params: params as Params, allowed };
};

/** The first pattern of these tables that matches a decoded path; null when none does. */
export const patternOf = (
  tables: readonly (readonly Route<unknown>[])[],
  segments: readonly string[],
): string | null => {
  for (const table of tables) {
    const found = fitting(table, segments);
    if (found) return found.pattern;
  }
  return null;
};
