/** The request's id in each error of an answer, and in the log's line of what an error hides (http/request-id.ts). */
import type { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** Called with what went wrong inside, and the id of the request that it happened to. */
export type OnFault = (error: unknown, requestId?: string) => void;

type Asking = { readonly requestId?: string | undefined };
type Errors = readonly GraphQLError[] | undefined;

export const useRequestIds = (onFault: OnFault) => {
  const hidden = new WeakMap<GraphQLError, unknown>();
  const tell = (errors: Errors = [], requestId: string | undefined): void => {
    for (const error of errors) {
      if (hidden.has(error)) onFault(hidden.get(error), requestId);
      if (requestId !== undefined) error.extensions['requestId'] = requestId;
    }
  };
  const plugin: Plugin<Asking> = {
    onResultProcess: ({ result, serverContext }) => {
      const { requestId } = serverContext as unknown as Asking;
      for (const one of Array.isArray(result) ? result : [result]) if ('errors' in one) tell(one.errors, requestId);
    },
    // The results of a subscription, one by one.
    onSubscribe: ({ args }) => ({
      onSubscribeResult: () => ({
        onNext: ({ result }) => {
          if ('errors' in result) tell(result.errors, (args.contextValue as Asking).requestId);
        },
      }),
    }),
  };
  return {
    plugin,
    /** The error to be shown for a fault, which is told to the log when the answer is made. */
    hiding: (fault: unknown, shown: GraphQLError): GraphQLError => {
      hidden.set(shown, fault);
      return shown;
    },
  };
};
