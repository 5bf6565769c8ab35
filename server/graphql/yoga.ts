import { GraphQLError } from 'graphql';
import { createYoga } from 'graphql-yoga';
import { KtError } from '../../domain/errors.ts';
import type { Viewer } from '../auth/viewer.ts';
import { readBody } from '../http/body.ts';
import { gzipJson } from '../http/gzip.ts';
import type { Resolvers } from '../resolvers/resolvers.ts';
import { driverErrorToKtError, type Database } from '../storage/database.ts';
import { makeContext } from './context.ts';
import { ktErrorOf, toGraphQLError } from './errors.ts';
import { graphiqlPage, wantsPage } from './graphiql.ts';
import { useQueryWarnings } from './query-answers.ts';
import { makeSchema } from './schema.ts';

/** Largest request, in bytes, inflated: a push of 4 MB is what kt-client sends; without a key there is little to say. */
const MAX_BODY = 32 * 2 ** 20;
const MAX_ANONYMOUS_BODY = 64 * 2 ** 10;

export type GraphQLDoor = {
  readonly resolvers: Resolvers;
  readonly database: Database;
  readonly authenticate: (headers: Headers) => Promise<Viewer | null>;
  /** Told what went wrong inside, with its cause; the user is told no more than that something did. */
  readonly onError: (error: unknown) => void;
};

/**
 * Does GraphQL itself say this, of the request as it came? What happens once resolvers run has a path. A variable of the wrong
 * shape comes wrapped: its `originalError` is GraphQL's own too.
 */
const isOfRequest = (error: unknown): error is GraphQLError =>
  error instanceof GraphQLError && error.path === undefined && (error.originalError === undefined || isOfRequest(error.originalError));

/** The same with a code and without a status of its own: graphql-js gives variables of the wrong shape neither our word nor 200. */
const badInput = (error: GraphQLError) => new GraphQLError(error.message, { nodes: error.nodes, extensions: { code: 'BAD_USER_INPUT' } });

/** The GraphQL door: authenticates, then reads the body, then lets Yoga do the rest. GraphiQL lies at the same address. */
export const makeGraphQL = ({ resolvers, database, authenticate, onError }: GraphQLDoor): ((request: Request) => Promise<Response>) => {
  const yoga = createYoga<{ viewer: Viewer | null }>({
    schema: makeSchema(),
    graphqlEndpoint: '/graphql',
    landingPage: false,
    graphiql: false, // served below, with its scripts in it
    logging: false,
    cors: false,
    plugins: [useQueryWarnings()],
    context: ({ viewer, request }) => makeContext(viewer, resolvers, database, request.signal),
    maskedErrors: {
      maskError: (error, message) => {
        const ours = ktErrorOf(error) ?? ktErrorOf(driverErrorToKtError((error as { originalError?: unknown }).originalError)); // Pothos asks too
        if (ours) {
          if (ours.code === 'internal') onError(ours);
          return toGraphQLError(ours, error instanceof GraphQLError ? error : undefined);
        }
        // What graphql-js says of the request itself is for its author; anything thrown inside is not.
        if (isOfRequest(error)) return error.extensions['code'] && !error.originalError ? error : badInput(error);
        onError(error);
        return new GraphQLError(message, { extensions: { code: 'INTERNAL_SERVER_ERROR' } });
      },
    },
  });

  const answer = async (request: Request): Promise<Response> => {
    const viewer = await authenticate(request.headers);
    if (request.method !== 'POST') return yoga.fetch(request, { viewer });
    const body = await readBody(request, viewer ? MAX_BODY : MAX_ANONYMOUS_BODY);
    const headers = new Headers(request.headers);
    headers.delete('content-encoding');
    headers.delete('content-length');
    return yoga.fetch(new Request(request.url, { method: 'POST', headers, body, signal: request.signal }), { viewer });
  };

  return async (request) => {
    if (wantsPage(request)) return graphiqlPage(request);
    try {
      return await gzipJson(request, await answer(request));
    } catch (error) {
      // Who asked has gone, and Yoga says so: nobody reads this.
      if (request.signal.aborted) return new Response(null, { status: 499 });
      return failure(error, onError);
    }
  };
};

/** What fails before there is a query: a wrong key, a body too large, a database that does not answer. */
const failure = (error: unknown, onError: (error: unknown) => void): Response => {
  if (!(error instanceof KtError) || error.code === 'internal') onError(error);
  const shown = toGraphQLError(error instanceof KtError ? error : new KtError('internal', 'Unexpected error.'));
  const { http, ...extensions } = shown.extensions as { http?: { status: number; headers?: Record<string, string> } };
  const status = http?.status ?? (error instanceof KtError ? 400 : 500);
  return Response.json({ errors: [{ message: shown.message, extensions }] }, { status, headers: http?.headers ?? {} });
};
