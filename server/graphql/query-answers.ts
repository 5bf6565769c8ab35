import type { Plugin } from 'graphql-yoga';
import type { QueryWarning } from '../../domain/query/warnings.ts';
import { answerTooLarge, type AnswerLimit } from '../../domain/query/limits.ts';
import type { QueryResult } from '../resolvers/query-runner.ts';
import type { Context } from './context.ts';

/**
 * What all queries of a request may answer, in bytes: graphql-js takes objects, so they are read and written on the
 * server's thread.
 */
const MOST_BYTES = 8_000_000;
const ADVICE = 'ask POST /api/0/query/, which sends it unread, or ask for shorter periods';
const MOST_WARNINGS = 100;

/** A warning as the response's `extensions` tell it; `path` is the field's key there. */
type ToldWarning = { readonly path: readonly [string] } & QueryWarning;

/** The answers of one request's queries, as they come in. */
export type QueryAnswers = {
  /** How large the next may be. */
  left(): AnswerLimit;
  /** The values of an answer. Fails with a QueryError where those before it were as large as may be. */
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
