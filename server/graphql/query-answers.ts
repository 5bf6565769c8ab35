import type { Plugin } from 'graphql-yoga';
import type { QueryWarning } from '../../domain/query/warnings.ts';
import { answerTooLarge, type AnswerLimit } from '../../domain/query/limits.ts';
import type { QueryResult } from '../../domain/query/query-runner.ts';
import type { Context } from './context.ts';

/**
 * How large the answers of all queries in a request may be together, in bytes: graphql-js takes objects, so they are
 * parsed and serialized on the server's thread.
 */
const MOST_BYTES = 8_000_000;
const ADVICE = 'ask POST /api/0/query/, which sends it unread, or ask for shorter periods';
const MOST_WARNINGS = 100;

/** A warning as the response's `extensions` show it; `path` is the field's key in the response. */
type ToldWarning = { readonly path: readonly [string] } & QueryWarning;

/** Collects the answers of one request's queries. */
export type QueryAnswers = {
  /** How large the next answer may be. */
  left(): AnswerLimit;
  /** Parses an answer. Fails with a QueryError when earlier answers have used up the limit. */
  take(key: string, result: QueryResult): unknown[];
  readonly warnings: readonly ToldWarning[];
};

export const makeQueryAnswers = (): QueryAnswers => {
  const warnings: ToldWarning[] = [];
  let bytes = MOST_BYTES;
  return {
    warnings,
    left: () => ({ bytes, all: MOST_BYTES, advice: ADVICE }),
    take(key, { json, warnings: { first } }) {
      bytes -= json.byteLength;
      if (bytes < 0) throw answerTooLarge({ bytes: MOST_BYTES, all: MOST_BYTES, advice: ADVICE });
      for (const warning of first) if (warnings.length < MOST_WARNINGS) warnings.push({ path: [key], ...warning });
      return JSON.parse(new TextDecoder().decode(json)) as unknown[];
    },
  };
};

/** Adds the warnings of a request's queries to its response, beside `data` (spec/query 2.8). */
export const useQueryWarnings = (): Plugin<Context> => ({
  onExecute: ({ args }) => ({
    onExecuteDone: ({ result, setResult }) => {
      const { warnings } = (args.contextValue as Context).queries;
      if (warnings.length === 0 || !('data' in result)) return;
      setResult({ ...result, extensions: { ...result.extensions, warnings } });
    },
  }),
});
