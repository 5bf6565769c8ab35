import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, NetworkError } from 'graphql-sse';
import { isKtError, KtError, type ErrorCode } from '../../domain/errors.ts';
import { checkAnswer, retryAfterMs } from './faults.ts';
import { RevisionDocument } from './generated.ts';
import { networkWords } from './network-faults.ts';
import type { Fetch } from '../http/send.ts';
import { endpointOf } from './remote-server.ts';
import { backOffMs } from './retry.ts';
import { revisionOf } from './shapes.ts';

export type Stream = { readonly open: true } | { readonly open: false; readonly why: KtError };

export type RevisionsOptions = {
  readonly url: string;
  readonly apiKey: string;
  /** Defaults to Node's own. */
  readonly fetch?: Fetch | undefined;
  readonly sleep?: ((ms: number) => Promise<void>) | undefined;
  readonly chance?: (() => number) | undefined;
  /** How long the server may send nothing, not even a keep-alive. */
  readonly silenceMs?: number | undefined;
  /** How long its first byte may take. */
  readonly firstMs?: number | undefined;
  /** Called when the stream has opened, and when it broke. */
  readonly onChange?: ((stream: Stream) => void) | undefined;
};

/**
 * kt-server sends a keep-alive every 12 s. After this long without one the connection is dead, even if no error was
 * reported: the laptop was asleep.
 */
const SILENCE_MS = 45_000;
/**
 * kt-server answers at once, with the current revision. A proxy that holds this back for longer will hold back all that
 * follows.
 */
const FIRST_MS = 15_000;

const SUBSCRIPTION = { query: String(RevisionDocument) };

type Result = {
  readonly data?: { readonly revision?: unknown } | null;
  readonly errors?: readonly { readonly extensions?: { readonly code?: unknown } }[];
};

const REFUSALS: Readonly<Record<string, ErrorCode>> = {
  '401': 'unauthenticated',
  UNAUTHENTICATED: 'unauthenticated',
  '403': 'forbidden',
  FORBIDDEN: 'forbidden',
  '410': 'moved',
  MOVED: 'moved',
};

/** What to set if a proxy holds a stream back. */
const UNBUFFERED =
  'nginx wants `proxy_buffering off` there, and must let the header `X-Accel-Buffering: no` of kt-server be';

const broken = (url: string, why: string, details: Record<string, unknown> = {}): KtError =>
  new KtError('unavailable', `the kt-server at ${url} does not tell its changes (${why})`, details);

const refusal = (url: string, said: unknown): KtError | null => {
  const code = REFUSALS[String(said)];
  if (code === 'moved') return new KtError(code, `the account was moved from ${url}: the next pass goes after it`);
  return code === undefined ? null : new KtError(code, `${url} refused the API key`);
};

/**
 * Why a connection ended, in our words. `sent` is the error of the request itself, of which graphql-sse keeps only the
 * text.
 */
const faultOf = (error: unknown, sent: unknown, url: string): KtError => {
  if (isKtError(sent)) return sent;
  if (sent !== null) return new KtError('unavailable', networkWords(sent, url), {}, { cause: sent });
  if (isKtError(error)) return error;
  const response = error instanceof NetworkError ? (error.response as Response | undefined) : undefined;
  if (!response) return broken(url, 'the connection broke');
  const wait = retryAfterMs(response.headers.get('retry-after'), Date.now());
  return (
    refusal(url, response.status) ??
    broken(url, `status ${response.status}`, wait === null ? {} : { retryAfterMs: wait })
  );
};

const revisionIn = ({ data, errors }: Result, url: string): bigint => {
  const [error] = errors ?? [];
  if (error) throw refusal(url, error.extensions?.code) ?? broken(url, String(error.extensions?.code ?? 'an error'));
  return revisionOf(String(data?.revision));
};

/** Calls `dead` if `alive` is not called for so long; `firstMs` applies to the first time. */
const makeWatch = (firstMs: number, ms: number, dead: (first: boolean) => void) => {
  let timer = setTimeout(() => dead(true), firstMs);
  return {
    alive: () => {
      clearTimeout(timer);
      timer = setTimeout(() => dead(false), ms);
    },
    end: () => clearTimeout(timer),
  };
};

/**
 * The revisions of one connection, until it breaks, falls silent, or the signal aborts. Fails with the reason why it
 * broke, or never began.
 */
async function* connection(options: RevisionsOptions, signal: AbortSignal): AsyncGenerator<bigint> {
  const { url, apiKey, fetch = globalThis.fetch, silenceMs = SILENCE_MS, firstMs = FIRST_MS } = options;
  let give = (): void => undefined;
  const over = new Promise<null>((resolve) => (give = () => resolve(null)));
  let isHeldBack = false;
  const watch = makeWatch(firstMs, silenceMs, (first) => {
    isHeldBack = first;
    give();
  });
  let sent: unknown = null;
  const client = createClient({
    url: endpointOf(url),
    headers: { authorization: `Bearer ${apiKey}` },
    // reconnecting is up to the caller, who also waits after the server ended the stream normally
    retryAttempts: 0,
    fetchFn: async (input: string, init: RequestInit & { signal: AbortSignal }) => {
      const listened = new TransformStream({
        transform(chunk, controller) {
          watch.alive();
          controller.enqueue(chunk);
        },
      });
      try {
        const response = await checkAnswer(
          await fetch(new Request(input, { ...init, redirect: 'manual' }), { signal: init.signal }),
          url,
        );
        return response.ok && response.body ? new Response(response.body.pipeThrough(listened), response) : response;
      } catch (error) {
        sent = error;
        throw error;
      }
    },
  });
  signal.addEventListener('abort', give);
  try {
    const results = client.iterate(SUBSCRIPTION);
    for (;;) {
      // Raced, because a body that ends at an unlucky moment leaves the iterator of graphql-sse 2.6 waiting.
      const next = await Promise.race([results.next(), over]);
      if (isHeldBack)
        throw broken(
          url,
          `in ${firstMs / 1000} s its stream brought no byte: most likely a proxy before it holds the answer ` +
            `back; ${UNBUFFERED}`,
          { heldBack: true },
        );
      if (next === null || next.done) return;
      yield revisionIn(next.value as Result, url);
    }
  } catch (error) {
    throw faultOf(error, sent, url);
  } finally {
    signal.removeEventListener('abort', give);
    watch.end();
    client.dispose();
  }
}

/**
 * The first revision on the stream: shows whether announcements arrive here. Fails as `revisions` does, and with
 * `unavailable` if the stream brings nothing (`details.heldBack`: not a single byte).
 */
export const firstRevision = async (options: RevisionsOptions): Promise<bigint> => {
  for await (const revision of connection(options, new AbortController().signal)) return revision;
  throw broken(options.url, 'the stream ended before it told anything');
};

/**
 * The account's revision, now and whenever it changes (spec/sync 5), until the signal aborts. A broken stream is
 * reopened, without end: exponential back-off with full jitter, so that after a restart the server is not met by all
 * clients at once. Fails with `unauthenticated`, `forbidden`, `moved`, and `invalid` (it is not a kt-server).
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
      if (!isKtError(error)) throw error;
      why = error;
    }
    if (signal.aborted) return;
    if (why.code !== 'unavailable') throw why;
    onChange?.({ open: false, why });
    failures++;
    await pause(backOffMs(failures, chance(), why));
  }
}
