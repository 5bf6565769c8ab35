import { GraphQLError } from 'graphql';
import { createYoga, type GraphQLParams, type Plugin } from 'graphql-yoga';
import { KtError, type ErrorCode } from '../../domain/errors.ts';
import type { Authenticate } from '../auth/authenticate.ts';
import type { Viewer } from '../auth/viewer.ts';
import { mediaType, readJsonText } from '../http/body.ts';
import { gzipJson } from '../http/gzip.ts';
import { takesEncoding } from '../http/negotiate.ts';
import { makeShapeCheck } from '../http/json-shape.ts';
import { json } from '../http/whole.ts';
import { notBuffered } from '../http/streaming.ts';
import type { UnderWay } from '../http/under-way.ts';
import type { Resolvers } from '../resolvers/resolvers.ts';
import { makeContext } from './context.ts';
import { useCostLimit } from './cost.ts';
import { useRequestIds, type OnFault } from './request-ids.ts';
import { codeOf, ktErrorOf, ofRequest, toGraphQLError } from './errors.ts';
import { graphiqlPage, wantsPage } from './graphiql.ts';
import { limitsFor, useDocumentLimits } from './limits.ts';
import { useQueryWarnings } from './query-answers.ts';
import { useScopes } from './scopes.ts';
import { makeSchema } from './schema.ts';

/**
 * Content types that are taken. Forms and plain text are not: a page of another origin could send those without a
 * preflight.
 */
const TYPES = ['application/json', 'application/graphql+json'];

export type GraphQLDoor = {
  readonly resolvers: Resolvers;
  readonly authenticate: Authenticate;
  /** Called with what went wrong inside, with its cause. The response only says that something did. */
  readonly onError: OnFault;
  /** The cost limit of one request: see cost.ts. */
  readonly cost: number;
  /** Accounts for all bodies that are being processed, by either API. */
  readonly underWay: UnderWay;
  /** Where the one who asks finds this server, for links. */
  readonly reachedAt: (request: Request) => string;
};

/**
 * Whether GraphQL itself raised this error about the request as it came: errors from resolvers have a path. A variable
 * of the wrong shape is wrapped: its `originalError` is GraphQL's own too.
 */
const isOfRequest = (error: unknown): error is GraphQLError =>
  error instanceof GraphQLError &&
  error.path === undefined &&
  (error.originalError === undefined || isOfRequest(error.originalError));

/** A request with what was determined before Yoga gets it: the viewer, and for POST the body's JSON. */
type Asking = {
  readonly viewer: Viewer | null;
  readonly body?: unknown;
  readonly requestId: string | undefined;
  readonly reachedAt: string;
};

/** The body was already read, within its limits; Yoga must not read it again. */
const useReadBody = (): Plugin<Asking> => ({
  onRequestParse: ({ serverContext, setRequestParser }) => {
    const asking = serverContext as unknown as Asking;
    if ('body' in asking) setRequestParser(() => asking.body as GraphQLParams);
  },
});

const parseJson = (text: string | null): unknown => {
  try {
    if (text !== null) return JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text);
  } catch {
    // Told below.
  }
  throw new KtError('invalid', 'the body is not JSON: send {"query": …, "variables": …}, as UTF-8');
};

/** The GraphQL API: authenticates, then reads the body, then hands over to Yoga. GraphiQL has the same address. */
export const makeGraphQL = ({
  resolvers,
  authenticate,
  onError,
  cost,
  underWay,
  reachedAt,
}: GraphQLDoor): ((request: Request, requestId?: string) => Promise<Response>) => {
  const ids = useRequestIds(onError);
  const yoga = createYoga<Asking>({
    schema: makeSchema(),
    // app.ts picks what comes here, also in the folder of a public URL.
    graphqlEndpoint: '*',
    landingPage: false,
    graphiql: false, // served below, with its scripts inline
    logging: false,
    cors: false,
    multipart: false,
    maxRequestBodySize: false,
    // It would cache documents by count, and anybody could fill it with large ones: known-documents.ts has a size.
    parserAndValidationCache: false,
    plugins: [useReadBody(), useDocumentLimits(), useScopes(), useCostLimit(cost), useQueryWarnings(), ids.plugin],
    context: (asking) => makeContext(asking, resolvers, asking.request.signal),
    maskedErrors: {
      maskError: (error, message) => {
        const ours =
          // Pothos runs queries by itself too.
          ktErrorOf(error) ?? ktErrorOf(resolvers.graph.faultOf((error as { originalError?: unknown }).originalError));
        if (ours) {
          const shown = toGraphQLError(ours, error instanceof GraphQLError ? error : undefined);
          return ours.code === 'internal' ? ids.hiding(ours, shown) : shown;
        }
        // What graphql-js says about the request is for its author; anything thrown inside is not.
        if (isOfRequest(error)) return ofRequest(error);
        return ids.hiding(error, new GraphQLError(message, { extensions: { code: codeOf('internal') } }));
      },
    },
  });

  const answer = async (request: Request, requestId: string | undefined): Promise<Response> => {
    const found = await authenticate(request);
    const viewer = found && { ...found, requestId };
    const asking = { viewer, requestId, reachedAt: reachedAt(request) };
    const limits = limitsFor(viewer);
    if (request.method !== 'POST') {
      const { searchParams } = new URL(request.url);
      for (const name of ['variables', 'extensions']) {
        makeShapeCheck(limits.body)(new TextEncoder().encode(searchParams.get(name) ?? ''));
      }
      return yoga.fetch(request, asking);
    }
    if (!TYPES.includes(mediaType(request))) {
      throw new KtError('unsupported', 'send the query as JSON, with the header "Content-Type: application/json"');
    }
    const held = underWay.enter(viewer?.userId ?? '');
    try {
      const text = await readJsonText(request, limits.body, held);
      return await yoga.fetch(request, { ...asking, body: parseJson(text) });
    } finally {
      held.release();
    }
  };

  return async (request, requestId) => {
    if (wantsPage(request)) return graphiqlPage(takesEncoding(request.headers, 'gzip'));
    try {
      return await gzipJson(request, notBuffered(await answer(request, requestId)));
    } catch (error) {
      // The client disconnected, and Yoga reports that as an error: there is nobody to answer.
      if (request.signal.aborted) return new Response(null, { status: 499 });
      return failure(error, requestId, onError);
    }
  };
};

/** Status of a request that fails before its query runs, where it is neither 400 nor the same as within a query. */
const STATUS_BEFORE: Partial<Record<ErrorCode, number>> = { forbidden: 403, unsupported: 415 };

/** What fails before the query runs: a wrong key, a body too large, a database that does not answer. */
const failure = (error: unknown, requestId: string | undefined, onError: OnFault): Response => {
  if (!(error instanceof KtError) || error.code === 'internal') onError(error, requestId);
  const shown = toGraphQLError(error instanceof KtError ? error : new KtError('internal', 'Unexpected error.'));
  const { http, ...extensions } = shown.extensions as { http?: { status: number; headers?: Record<string, string> } };
  const status = http?.status ?? (error instanceof KtError ? (STATUS_BEFORE[error.code] ?? 400) : 500);
  return json(
    { errors: [{ message: shown.message, extensions: { ...extensions, requestId } }] },
    status,
    http?.headers,
  );
};
