/** Hears of every change of the account, and has what is shown asked for again. */
import { createClient } from 'graphql-sse';
import { SERVER } from '../place/address.svelte.ts';
import { askWho } from './session.svelte.ts';
import { RevisionDocument } from './generated.ts';
import { queries } from './queries.ts';
import { lost, reached } from './reach.svelte.ts';

/** Changes that come faster are gathered: each costs a screen's requests. In ms. */
const AT_MOST_EVERY = 1_500;

/** Listens until it is called off. */
export const listen = (): (() => void) => {
  let known: string | null = null;
  let waiting: ReturnType<typeof setTimeout> | undefined;
  let last = 0;
  const changed = () => {
    if (waiting !== undefined) return;
    const wait = Math.max(0, last + AT_MOST_EVERY - Date.now());
    waiting = setTimeout(() => {
      waiting = undefined;
      last = Date.now();
      void queries.invalidateQueries();
    }, wait);
  };
  const client = createClient({
    url: `${SERVER}graphql`,
    retryAttempts: Number.POSITIVE_INFINITY,
    retry: async (retries) => {
      // The first time may be a connection that a proxy closed; a second failure is an outage, or no session any more.
      if (retries > 0) lost();
      await askWho();
      const wait = Math.min(1_000 * 2 ** retries, 30_000);
      await new Promise((resolve) => setTimeout(resolve, wait * (0.5 + Math.random() / 2)));
    },
  });
  const stop = client.subscribe<{ revision: string }>(
    { query: RevisionDocument.toString() },
    {
      next: ({ data }) => {
        reached();
        if (!data) return;
        // Also after a break: what happened meanwhile was not told.
        if (known !== null && known !== data.revision) changed();
        known = data.revision;
      },
      // A refusal, of no session or of too many streams: the page asks again when it is looked at, and says so.
      error: () => void askWho(),
      complete: () => {},
    },
  );
  return () => {
    clearTimeout(waiting);
    stop();
    client.dispose();
  };
};
