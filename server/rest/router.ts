import { KtError } from '../../domain/errors.ts';
import type { ZoneNote } from '../../domain/time.ts';
import type { Authenticate } from '../auth/authenticate.ts';
import type { Proof, ReadAs, WriteAs } from '../auth/presume.ts';
import { mustBeEnough, type Need } from '../auth/scope.ts';
import type { Viewer } from '../auth/viewer.ts';
import { NO_ADDRESS, type Address } from '../http/address.ts';
import { BODY_LIMIT, readJson, type BodyLimits } from '../http/body.ts';
import { jsonElements } from '../http/json-list.ts';
import { segmentsOf } from '../http/paths.ts';
import { makeUnderWay, type Held, type UnderWay } from '../http/under-way.ts';
import { receiveFiles, UPLOAD_LIMIT } from '../http/upload.ts';
import type { Resolvers } from '../resolvers/resolvers.ts';
import { failure, withoutBody } from './answer.ts';
import { errorToAnswer, isFault } from './errors.ts';
import { openApi } from './openapi.ts';
import { queryOf } from './parameters.ts';
import { findRoute, type Call } from './route.ts';
import { openRoutes, proving, routes, uploadRoutes } from './routes.ts';

type OnError = (error: unknown, requestId?: string) => void;

export type RestDeps = {
  /** Where people find the server; the root of an unknown host, if not given. */
  readonly address?: Address;
  readonly resolvers: Resolvers;
  readonly authenticate: Authenticate;
  /** Answers reads of those who were seen before; nobody was, by default. */
  readonly readAs?: ReadAs;
  /** Answers writes that prove their viewer themselves; none, by default. */
  readonly writeAs?: WriteAs;
  /** Called with every fault of the server and the request's id, for its log. */
  readonly onError?: OnError;
  /** Accounts for all bodies that are being processed, by either API. */
  readonly underWay?: UnderWay;
  readonly bodyLimit?: number;
  readonly uploadLimit?: number;
};

/**
 * Answers a request. `target` is the request-target as it came over the wire, path and query, undecoded: a Request's
 * own URL has its dot segments resolved, and `..` is a legal bucket id. `requestId` is told with errors. Never rejects.
 */
export type Rest = (request: Request, target: string, requestId?: string) => Promise<Response>;

let described: ReturnType<typeof openApi> | undefined;
/** What describes all routes, made on the first request for it; with the server's address in it, if that is known. */
const describe = (address: string | null): string => {
  described ??= openApi(openRoutes, [...routes, ...uploadRoutes]);
  return JSON.stringify(address === null ? described : { ...described, servers: [{ url: address }] });
};

/** A request, and what is kept of it while it is answered. */
type Asked = {
  readonly request: Request;
  readonly target: string;
  readonly requestId: string | undefined;
  readonly zones: ZoneNote;
  /** Begins to count the request's body, for its account. */
  readonly enter: (owner: string) => Held;
  /** Reads the request's JSON, once. */
  readonly json: (limits: BodyLimits, held: Held) => Promise<unknown>;
};

/** The REST API: aw-server's API, version 0. */
export const makeRest =
  ({ underWay = makeUnderWay(), ...deps }: RestDeps): Rest =>
  async (request, target, requestId) => {
    const zones: ZoneNote = { assumed: false };
    let held: Held | undefined;
    const enter = (owner: string): Held => (held ??= underWay.enter(owner));
    let body: Promise<unknown> | undefined;
    const json: Asked['json'] = (limits, on) => (body ??= readJson(request, limits, on));
    const response = await answer(deps, { request, target, requestId, zones, enter, json }).catch((error: unknown) => {
      if (isFault(error)) deps.onError?.(error, requestId);
      return errorToAnswer(error, requestId, target);
    });
    held?.release();
    if (zones.assumed) response.headers.set('x-time-zone-assumed', 'UTC');
    return request.method === 'HEAD' ? withoutBody(response) : response;
  };

/**
 * Authentication comes before routing: without a viewer only the open routes answer, and an unknown path is 401 like
 * any other. Only the decoded path is used, so no alternative spelling gets past (spec/rest DEV-4).
 */
const answer = async (deps: RestDeps, asked: Asked): Promise<Response> => {
  const { request, target, zones } = asked;
  const { address = NO_ADDRESS, resolvers, authenticate, readAs = () => null, writeAs = () => null } = deps;
  const segments = segmentsOf(target);
  const query = queryOf(target);
  const description = () => describe(address.of(request));
  const open = findRoute(openRoutes, request.method, segments);
  if (open.handler && open.need === 'nobody') return open.handler({ ...open.params, query, resolvers, description });

  const asViewer = (viewer: Viewer, proof: Proof | null = null) =>
    routed(deps, asked, segments, open.allowed, { query, resolvers, description, viewer, zones, proof });
  if (request.method === 'GET') {
    const read = readAs(request, (viewer) => asViewer(viewer));
    if (read) return read;
  } else if (proving.has(findRoute(routes, request.method, segments).handler!)) {
    const written = writeAs(request, asViewer);
    if (written) return written;
  }
  const viewer = await authenticate(request);
  if (!viewer)
    throw new KtError(
      'unauthenticated',
      'send an API key: "Authorization: Bearer KEY"; "kt-server generate-key --email YOU" makes one',
    );
  return asViewer(viewer);
};

/** The answer of the route that is there for this viewer. */
const routed = async (
  { onError = () => {}, bodyLimit = BODY_LIMIT, uploadLimit = UPLOAD_LIMIT }: RestDeps,
  { request, requestId, enter, json }: Asked,
  segments: readonly string[],
  openMethods: readonly string[],
  about: Pick<Call, 'query' | 'resolvers' | 'description' | 'viewer' | 'zones' | 'proof'>,
): Promise<Response> => {
  const onBroken = (error: unknown) => {
    if (isFault(error)) onError(error, requestId);
  };
  const held = enter(about.viewer.userId);
  /** Before the body is read. */
  const mustMay = (need: Need | null): void => {
    try {
      mustBeEnough(about.viewer.scope, need, `${request.method} of this path`);
    } catch (error) {
      about.resolvers.accountLog.refused(about.viewer, (error as Error).message);
      throw error;
    }
  };
  const found = findRoute(routes, request.method, segments);
  if (found.handler) {
    mustMay(found.need);
    const limits = { ...found.limits, bytes: Math.min(found.limits.bytes, bodyLimit) };
    const body = request.method === 'POST' ? await json(limits, held) : undefined;
    // What is spread comes last: in Node 20 each property behind it costs 1 to 2 µs.
    return found.handler({ signal: request.signal, onBroken, body, ...found.params, ...about });
  }
  const upload = findRoute(uploadRoutes, request.method, segments);
  if (upload.handler) {
    mustMay(upload.need);
    return upload.handler({
      signal: request.signal,
      onBroken,
      held,
      receive: (isWanted) => receiveFiles(request, uploadLimit, isWanted),
      elements: (read) => jsonElements(request, bodyLimit, read),
      ...upload.params,
      ...about,
    });
  }
  const allow = [...openMethods, ...found.allowed, ...upload.allowed].join(', ');
  if (allow !== '') return failure(requestId, 405, `this path takes ${allow}`, { allow });
  throw new KtError('not_found', 'there is no such path: /api/0/buckets/ is one');
};
