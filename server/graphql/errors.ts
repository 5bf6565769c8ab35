import { GraphQLError } from 'graphql';
import { KtError, type ErrorCode } from '../../domain/errors.ts';

/**
 * Status of an answer whose request failed as a whole for this reason; the others are answered with 200, as GraphQL
 * does.
 */
const STATUS: Partial<Record<ErrorCode, number>> = {
  unauthenticated: 401,
  rate_limited: 429,
  too_large: 413,
  unsupported: 415,
  unavailable: 503,
};

/** When what may work in a moment is asked again, in seconds. */
const RETRY_AFTER: Partial<Record<ErrorCode, Record<string, string>>> = { unavailable: { 'retry-after': '5' } };

/** A code as a value of the schema's enum `ErrorCode`, which `extensions.code` always is. */
export const codeOf = (code: ErrorCode): string => code.toUpperCase();

/**
 * Yoga's words for a request that makes no sense, in ours. All else that GraphQL and Yoga refuse has the wrong form.
 */
const codeOfTheirs = ({ extensions }: GraphQLError): ErrorCode =>
  extensions['code'] === 'BAD_REQUEST' ? 'invalid' : 'malformed';

/** Characters of a message: some say the value that was wrong, and a request's values may have megabytes. */
const MAX_MESSAGE = 500;
const brief = (message: string): string =>
  message.length <= MAX_MESSAGE ? message : `${message.slice(0, MAX_MESSAGE).toWellFormed()}…`;

/** What is wrong with a document by the schema, briefly. Most likely it was written for another version. */
export const ofDocument = ({ message, nodes, source, positions, extensions }: GraphQLError): GraphQLError => {
  const code = extensions['code'] ?? codeOf('unsupported'); // a scalar says its own
  return new GraphQLError(brief(message), { nodes, source, positions, extensions: { code } });
};

/** What GraphQL or Yoga say of a request, by our code; of a variable's shape with status 200, as all that runs. */
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

/** Our error as GraphQL says it: the message, `extensions.code`, and the details for programs. */
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

/** The error of ours behind an error of GraphQL's, if there is one. */
export const ktErrorOf = (error: unknown): KtError | null =>
  error instanceof KtError
    ? error
    : error instanceof GraphQLError && error.originalError instanceof KtError
      ? error.originalError
      : null;
