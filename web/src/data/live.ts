/** Hears of every change of the account, and has what is shown asked for again. */
import { SERVER } from '../place/address.svelte.ts';
import { askWho } from './session.svelte.ts';
import { RevisionDocument, type RevisionSubscription } from './generated.ts';
import { queries } from './queries.ts';
import { reached } from './reach.svelte.ts';

/** Changes that come faster are gathered: each costs a screen's requests. In ms. */
const AT_MOST_EVERY = 1_500;
/** The longest wait before the stream is opened again, in ms. */
const LONGEST_WAIT = 30_000;

type Listening = {
  /** Tells which revision the account had when what is shown was first asked for: what is told later counts no more. */
  readonly shownFrom: (revision: string) => void;
  readonly stop: () => void;
};

/** Listens until it is stopped. */
export const listen = (): Listening => {
  let known: string | null = null;
  let isTold = false;
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

  let stream: EventSource | undefined;
  let again: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  let isOff = false;
  const open = () => {
    stream = new EventSource(`${SERVER}graphql?query=${encodeURIComponent(RevisionDocument.toString())}`);
    stream.addEventListener('next', ({ data: text }: MessageEvent<string>) => {
      const { data } = JSON.parse(text) as { data?: RevisionSubscription | null };
      reached();
      if (!data) return;
      failures = 0;
      // Also after a break: what happened meanwhile was not told.
      if (known !== null && known !== data.revision) changed();
      known = data.revision;
    });
    stream.addEventListener('complete', () => void reopen());
    // The browser's own second try is no use: it gives up where a proxy answers for a server that is not there.
    stream.addEventListener('error', () => void reopen());
  };
  /** What ended it may be a proxy, an outage, a refusal, or no session any more: which, the next answer says. */
  const reopen = async () => {
    stream?.close();
    await askWho();
    if (isOff) return;
    const wait = Math.min(1_000 * 2 ** failures++, LONGEST_WAIT);
    again = setTimeout(open, wait * (0.5 + Math.random() / 2));
  };
  open();
  return {
    // The first answers may be older than the first that the stream says, which says nothing of what was before it.
    shownFrom: (revision) => {
      if (isTold) return;
      isTold = true;
      if (known === null) known = revision;
      else if (BigInt(revision) < BigInt(known)) changed();
    },
    stop: () => {
      isOff = true;
      clearTimeout(waiting);
      clearTimeout(again);
      stream?.close();
    },
  };
};
