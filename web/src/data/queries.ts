/** What screens show, by the range that they show it of: kept until the account changes, then asked for again. */
import { keepPreviousData, QueryClient } from '@tanstack/svelte-query';
import { Unreachable } from './ask.ts';

/** How long is waited before a request is repeated, in ms, by how often it failed. */
const waitAfter = (failures: number): number => Math.min(1_000 * 2 ** failures, 30_000);

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // Until the next span is there, the last one stays, and is marked as such.
      placeholderData: keepPreviousData<unknown>,
      staleTime: Number.POSITIVE_INFINITY,
      gcTime: 10 * 60_000,
      networkMode: 'always',
      // Else an answer that comes before anything has read `data` is not told to what reads it later.
      notifyOnChangeProps: 'all',
      refetchOnWindowFocus: false,
      refetchOnReconnect: false,
      // What the server refuses it would refuse again; what it did not answer it may.
      retry: (_failures, error) => error instanceof Unreachable,
      retryDelay: waitAfter,
    },
  },
});

/** How soon days that are being computed are asked for again, in ms. */
export const WHILE_INCOMPLETE = 1_000;
