import { GraphQLError } from 'graphql';
import { createYoga, type GraphQLParams, type Plugin } from 'graphql-yoga';
import { KtError, type ErrorCode } from '../../domain/errors.ts';
import type { Viewer } from '../auth/viewer.ts';
import { mediaType, readBody } from '../http/body.ts';
import { gzipJson } from '../http/gzip.ts';
import { takesEncoding } from '../http/negotiate.ts';
import { checkJsonShape } from '../http/json-shape.ts';
import { notBuffered } from '../http/streaming.ts';
import type { UnderWay } from '../http/under-way.ts';
import type { Resolvers } from '../resolvers/resolvers.ts';
import { makeContext } from './context.ts';
import { useCostLimit } from './cost.ts';
import { codeOf, ktErrorOf, ofRequest, toGraphQLError } from './errors.ts';
import { graphiqlPage, wantsPage } from './graphiql.ts';
import { limitsFor, useDocumentLimits } from './limits.ts';
import { useQueryWarnings } from './query-answers.ts';
import { makeSchema } from './schema.ts';

/** What a body may be: no form and no plain text, which a page of another origin could send without asking first. */
const TYPES = ['application/json', 'application/graphql+json'];

export type GraphQLDoor = {
  readonly resolvers: Resolvers;
  readonly authenticate: (headers: Headers) => Promise<Viewer | null>;
  /** Told what went wrong inside, with its cause; the user is told no more than that something did. */
  readonly onError: (error: unknown) => void;
  /** Values that one request may be answered with: see cost.ts. */
  readonly cost: number;
  /** All bodies that are being worked on, by either API. */
  readonly underWay: UnderWay;
};

/**
 * Does GraphQL itself say this, of the request as it came? What happens once resolvers run has a path. A variable of
 * the wrong shape comes wrapped: its `originalError` is GraphQL's own too.
 */
const isOfRequest = (error: unknown): error is GraphQLError =>
  error instanceof GraphQLError &&
  error.path === undefined &&
  (error.originalError === undefined || isOfRequest(error.originalError));

/** A request, and what it was found to be before Yoga gets it: who asks, and with POST the body's JSON. */
type Asking = { readonly viewer: Viewer | null; readonly body?: unknown };

/** The body was read within its limits; Yoga need not, and must not, read it again. */
const useReadBody = (): Plugin<Asking> => ({
  onRequestParse: ({ serverContext, setRequestParser }) => {
    const asking = serverContext as unknown as Asking;
    if ('body' in asking) setRequestParser(() => asking.body as GraphQLParams);
  },
});

const parseJson = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new KtError('invalid', 'the body is not JSON: send {"query": …, "variables": …}, as UTF-8');
  }
};

/**
 * The GraphQL API: authenticates, then reads the body, then lets Yoga do the rest. GraphiQL lies at the same address.
 */
export const makeGraphQL = ({
  resolvers,
  authenticate,
  onError,
  cost,
  underWay,
}: GraphQLDoor): ((request: Request) => Promise<Response>) => {
  const yoga = createYoga<Asking>({
    schema: makeSchema(),
    graphqlEndpoint: '/graphql',
    landingPage: false,
    graphiql: false, // served below, with its scripts in it
    logging: false,
    cors: false,
    multipart: false,
    maxRequestBodySize: false,
    // It holds documents by their number, which anybody could fill with large ones. To read one anew takes a
    // millisecond.
    parserAndValidationCache: false,
    plugins: [useReadBody(), useDocumentLimits(), useCostLimit(cost), useQueryWarnings()],
    context: ({ viewer, request }) => makeContext(viewer, resolvers, request.signal),
    maskedErrors: {
      maskError: (error, message) => {
        const ours =
          // Pothos asks too.
          ktErrorOf(error) ?? ktErrorOf(resolvers.graph.faultOf((error as { originalError?: unknown }).originalError));
        if (ours) {
          if (ours.code === 'internal') onError(ours);
          return toGraphQLError(ours, error instanceof GraphQLError ? error : undefined);
        }
        // What graphql-js says of the request itself is for its author; anything thrown inside is not.
        if (isOfRequest(error)) return ofRequest(error);
        onError(error);
        return new GraphQLError(message, { extensions: { code: codeOf('internal') } });
      },
    },
  });

  const answer = async (request: Request): Promise<Response> => {
    const viewer = await authenticate(request.headers);
    const limits = limitsFor(viewer);
    if (request.method !== 'POST') {
      const { searchParams } = new URL(request.url);
      for (const name of ['variables', 'extensions']) {
        checkJsonShape(new TextEncoder().encode(searchParams.get(name) ?? ''), limits.json);
      }
      return yoga.fetch(request, { viewer });
    }
    if (!TYPES.includes(mediaType(request))) {
      throw new KtError('unsupported', 'send the query as JSON, with the header "Content-Type: application/json"');
    }
    const held = underWay.enter(viewer?.userId ?? '');
    try {
      const body = await readBody(request, limits.body, held);
      checkJsonShape(body, limits.json);
      return await yoga.fetch(request, { viewer, body: parseJson(body) });
    } finally {
      held.release();
    }
  };

  return async (request) => {
    if (wantsPage(request)) return graphiqlPage(takesEncoding(request.headers, 'gzip'));
    try {
      return await gzipJson(request, notBuffered(await answer(request)));
    } catch (error) {
      // Who asked has gone, and Yoga says so: nobody reads this.
      if (request.signal.aborted) return new Response(null, { status: 499 });
      return failure(error, onError);
    }
  };
};

/** Status of what fails before there is a query, where that is not 400 or the one it has within a query. */
const STATUS_BEFORE: Partial<Record<ErrorCode, number>> = { forbidden: 403, unsupported: 415 };

/** What fails before there is a query: a wrong key, a body too large, a database that does not answer. */
const failure = (error: unknown, onError: (error: unknown) => void): Response => {
  if (!(error instanceof KtError) || error.code === 'internal') onError(error);
  const shown = toGraphQLError(error instanceof KtError ? error : new KtError('internal', 'Unexpected error.'));
  const { http, ...extensions } = shown.extensions as { http?: { status: number; headers?: Record<string, string> } };
  const status = http?.status ?? (error instanceof KtError ? (STATUS_BEFORE[error.code] ?? 400) : 500);
  return Response.json({ errors: [{ message: shown.message, extensions }] }, { status, headers: http?.headers ?? {} });
};
