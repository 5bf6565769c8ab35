import { setTimeout as sleep } from 'node:timers/promises';
import { print } from 'graphql';
import { createClient, NetworkError } from 'graphql-sse';
import { isKtError, KtError, type ErrorCode } from '../../domain/errors.ts';
import { retryAfterMs } from './faults.ts';
import { RevisionDocument } from './generated.ts';
import { endpointOf, type Fetch } from './remote-server.ts';
import { backOffMs } from './retry.ts';
import { revisionOf } from './shapes.ts';

export type Stream = { readonly open: true } | { readonly open: false; readonly why: KtError };

export type RevisionsOptions = {
  readonly url: string;
  readonly apiKey: string;
  /** Node's own unless given. */
  readonly fetch?: Fetch | undefined;
  readonly sleep?: ((ms: number) => Promise<void>) | undefined;
  readonly chance?: (() => number) | undefined;
  /** How long the server may say nothing at all, not even that it is there. */
  readonly silenceMs?: number | undefined;
  /** Told when the stream has opened, and when it broke. */
  readonly onChange?: ((stream: Stream) => void) | undefined;
};

/** kt-server gives a sign of life every 12 s. After this long without one the line is dead, though nobody said so: a laptop slept. */
const SILENCE_MS = 45_000;

const SUBSCRIPTION = { query: print(RevisionDocument) };

type Result = { readonly data?: { readonly revision?: unknown } | null; readonly errors?: readonly { readonly extensions?: { readonly code?: unknown } }[] };

const REFUSALS: Readonly<Record<string, ErrorCode>> = { '401': 'unauthenticated', UNAUTHENTICATED: 'unauthenticated', '403': 'forbidden', FORBIDDEN: 'forbidden' };

const broken = (url: string, why: string, details: Record<string, unknown> = {}): KtError =>
  new KtError('unavailable', `the kt-server at ${url} does not tell its changes (${why})`, details);

const refusal = (url: string, said: unknown): KtError | null => {
  const code = REFUSALS[String(said)];
  return code === undefined ? null : new KtError(code, `${url} refused the API key`);
};

/** Why a connection ended, in our words. */
const faultOf = (error: unknown, url: string): KtError => {
  if (isKtError(error)) return error;
  const response = error instanceof NetworkError ? (error.response as Response | undefined) : undefined;
  if (!response) return broken(url, 'the connection broke');
  const wait = retryAfterMs(response.headers.get('retry-after'), Date.now());
  return refusal(url, response.status) ?? broken(url, `status ${response.status}`, wait === null ? {} : { retryAfterMs: wait });
};

const revisionIn = ({ data, errors }: Result, url: string): bigint => {
  const [error] = errors ?? [];
  if (error) throw refusal(url, error.extensions?.code) ?? broken(url, String(error.extensions?.code ?? 'an error'));
  return revisionOf(String(data?.revision));
};

/** Calls `dead` when nobody called `alive` for so long. */
const makeWatch = (ms: number, dead: () => void) => {
  let timer = setTimeout(dead, ms);
  return {
    alive: () => {
      clearTimeout(timer);
      timer = setTimeout(dead, ms);
    },
    end: () => clearTimeout(timer),
  };
};

/** The revisions of one connection, until it breaks, falls silent, or the signal aborts. */
async function* connection({ url, apiKey, fetch = globalThis.fetch, silenceMs = SILENCE_MS }: RevisionsOptions, signal: AbortSignal): AsyncGenerator<bigint> {
  let give = (): void => undefined;
  const over = new Promise<null>((resolve) => (give = () => resolve(null)));
  const watch = makeWatch(silenceMs, give);
  const client = createClient({
    url: endpointOf(url),
    headers: { authorization: `Bearer ${apiKey}` },
    retryAttempts: 0, // to begin anew is the caller's, who also waits after a stream that the server ended in good order
    fetchFn: async (input: string, init: RequestInit & { signal: AbortSignal }) => {
      const response = await fetch(new Request(input, { ...init, redirect: 'manual' }), { signal: init.signal });
      const listened = new TransformStream({
        transform(chunk, controller) {
          watch.alive();
          controller.enqueue(chunk);
        },
      });
      return response.ok && response.body ? new Response(response.body.pipeThrough(listened), response) : response;
    },
  });
  signal.addEventListener('abort', give);
  try {
    const results = client.iterate(SUBSCRIPTION);
    for (;;) {
      // Raced, because a body that ends at an unlucky moment leaves the iterator of graphql-sse 2.6 waiting.
      const next = await Promise.race([results.next(), over]);
      if (next === null || next.done) return;
      yield revisionIn(next.value as Result, url);
    }
  } finally {
    signal.removeEventListener('abort', give);
    watch.end();
    client.dispose();
  }
}

/**
 * The account's revision, now and whenever it moves (sync.md section 5), until the signal aborts. A stream that breaks is
 * opened again after a while, for ever: exponential back-off with full jitter, so that a server that was restarted is not met
 * by all its clients at once. Fails with `unauthenticated` or `forbidden` alone.
 */
export async function* revisions(options: RevisionsOptions, signal: AbortSignal): AsyncGenerator<bigint> {
  const { url, chance = Math.random, onChange } = options;
  const pause = options.sleep ?? ((ms: number) => sleep(ms, undefined, { signal }).catch(() => undefined));
  for (let failures = 0; !signal.aborted; ) {
    let why = broken(url, 'the stream ended');
    let open = false;
    try {
      for await (const revision of connection(options, signal)) {
        if (!open) onChange?.({ open: true });
        open = true;
        failures = 0;
        yield revision;
      }
    } catch (error) {
      why = faultOf(error, url);
    }
    if (signal.aborted) return;
    if (why.code !== 'unavailable') throw why;
    onChange?.({ open: false, why });
    failures++;
    await pause(backOffMs(failures, chance(), why));
  }
}
