import { GraphQLError } from 'graphql';
import { KtError, type ErrorCode } from '../../domain/errors.ts';

/**
 * HTTP status of a response whose request failed as a whole with this code; with any other code it is 200, as usual for
 * GraphQL.
 */
const STATUS: Partial<Record<ErrorCode, number>> = {
  unauthenticated: 401,
  moved: 410, // not a redirect, which some would follow before anybody has read why
  rate_limited: 429,
  too_large: 413,
  unsupported: 415,
  unavailable: 503,
};

/** When to retry what may work in a moment, in seconds. */
const RETRY_AFTER: Partial<Record<ErrorCode, Record<string, string>>> = { unavailable: { 'retry-after': '5' } };

/** A code as a value of the enum `ErrorCode`, in which `extensions.code` always is. */
export const codeOf = (code: ErrorCode): string => code.toUpperCase();

/** Messages of Yoga for which we have our own. Everything else that GraphQL and Yoga refuse is `malformed`. */
const codeOfTheirs = ({ extensions }: GraphQLError): ErrorCode =>
  extensions['code'] === 'BAD_REQUEST' ? 'invalid' : 'malformed';

/** Characters of a message at most: some quote the wrong value, which may have megabytes. */
const MAX_MESSAGE = 500;
const brief = (message: string): string =>
  message.length <= MAX_MESSAGE ? message : `${message.slice(0, MAX_MESSAGE).toWellFormed()}…`;

/** A short message for a document that does not fit the schema. Most likely it was written for another version. */
export const ofDocument = ({ message, nodes, source, positions, extensions }: GraphQLError): GraphQLError => {
  const code = extensions['code'] ?? codeOf('unsupported'); // scalars set a code of their own
  return new GraphQLError(brief(message), { nodes, source, positions, extensions: { code } });
};

/**
 * Our error for one that GraphQL or Yoga raised. A variable of the wrong shape keeps status 200, like every operation
 * that runs.
 */
export const ofRequest = (error: GraphQLError): GraphQLError => {
  const { message, nodes, source, positions, extensions, originalError } = error;
  const http = originalError || !extensions['code'] ? undefined : extensions['http'];
  return new GraphQLError(brief(message), {
    nodes,
    source,
    positions,
    extensions: { code: codeOf(codeOfTheirs(error)), ...(http ? { http } : {}) },
  });
};

/** Our error as a GraphQL error: the message, `extensions.code`, and the details for programs. */
export const toGraphQLError = (error: KtError, original?: GraphQLError): GraphQLError => {
  const status = STATUS[error.code];
  const headers = RETRY_AFTER[error.code];
  return new GraphQLError(brief(error.message), {
    nodes: original?.nodes,
    path: original?.path,
    extensions: {
      code: codeOf(error.code),
      ...error.details,
      ...(status === undefined ? {} : { http: { status, ...(headers && { headers }) } }),
    },
  });
};

/** The KtError behind a GraphQL error, if there is one. */
export const ktErrorOf = (error: unknown): KtError | null =>
  error instanceof KtError
    ? error
    : error instanceof GraphQLError && error.originalError instanceof KtError
      ? error.originalError
      : null;
