/** An operation as a screen asks it: kept while it is fresh, and asked again while days are being computed. */
import { createQuery, type CreateQueryResult } from '@tanstack/svelte-query';
import { ask, type Operation } from './ask.ts';
import { queries, WHILE_INCOMPLETE } from './queries.ts';

/** Whether one of the tables of an answer is not complete yet. */
export const isPartial = (answer: unknown): boolean =>
  typeof answer === 'object' &&
  answer !== null &&
  Object.values(answer).some(
    (table: unknown) => typeof table === 'object' && table !== null && 'complete' in table && table.complete === false,
  );

/**
 * Asks while `enabled`, anew whenever the variables change; what was shown stays until the answer is there
 * (`isPlaceholderData`).
 */
export const asked = <Result, Variables>(
  operation: Operation<Result, Variables>,
  variables: () => Variables,
  enabled: () => boolean = () => true,
): CreateQueryResult<Result, Error> =>
  createQuery(
    () => {
      const now = variables();
      return {
        queryKey: [operation.toString(), now],
        queryFn: ({ signal }: { signal: AbortSignal }) => ask(operation, now, signal),
        enabled: enabled(),
        refetchInterval: ({ state }: { state: { data?: Result | undefined } }) =>
          isPartial(state.data) ? WHILE_INCOMPLETE : false,
      };
    },
    () => queries,
  );
