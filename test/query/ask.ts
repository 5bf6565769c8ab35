import { QueryError } from '../../domain/query/query-error.ts';
import { DEFAULT_LIMITS, type QueryLimits } from '../../domain/query/limits.ts';
import { runQuery, type QueryEnvironment } from '../../domain/query/run-query.ts';
import { makeMemoryDataset } from './memory-dataset.ts';

export const DAY = '2024-01-15T00:00:00Z/2024-01-16T00:00:00Z';

type Given = Partial<Omit<QueryEnvironment, 'limits'>> & { readonly limits?: Partial<QueryLimits> };

/**
 * What a program answers for one day; the environment is an empty dataset and the default limits, except for what is
 * given.
 */
export const ask = async (program: string, given: Given = {}): Promise<unknown> => {
  const environment = {
    dataset: makeMemoryDataset([]),
    now: () => performance.now(),
    ...given,
    limits: { ...DEFAULT_LIMITS, ...given.limits },
  };
  const { json } = await runQuery({ query: [program], timeperiods: [DAY] }, environment);
  return (JSON.parse(new TextDecoder().decode(json)) as unknown[])[0];
};

/** The error of a program that must fail with one: `QueryParseException: line 1, column 5: …`. */
export const askInVain = async (program: string, given: Given = {}): Promise<string> => {
  try {
    return `no error but ${JSON.stringify(await ask(program, given))?.slice(0, 100)}`;
  } catch (error) {
    if (error instanceof QueryError) return `${error.type}: ${error.message}`;
    throw error;
  }
};
