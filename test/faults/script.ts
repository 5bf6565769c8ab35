/**
 * Faults between a client and a server, injected from outside: requests are counted, and a script decides what happens
 * to each. The product does not know about it. `proxy.ts` plays a script between processes, `through` below within one.
 */
import { gunzipSync, gzipSync } from 'node:zlib';

/** What happens to a request. */
export type Fault =
  /** It does not arrive: the connection breaks first. */
  | { readonly kind: 'lost' }
  /** It is carried out, and no response arrives. */
  | { readonly kind: 'unanswered' }
  /** It is carried out, and the response breaks off in the middle of its body. */
  | { readonly kind: 'torn' }
  /**
   * Of a push of several buckets, which are a commit each, only the first is committed, and no response arrives: the
   * server died there.
   */
  | { readonly kind: 'half' }
  /** It does not arrive; this response is sent instead. */
  | { readonly kind: 'refused'; readonly status: number; readonly retryAfter?: number }
  /** It arrives this much later. */
  | { readonly kind: 'late'; readonly ms: number };

/** A request on its way, with its number from 1, counted over all that share the script. */
export type Passing = {
  readonly n: number;
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** The name of its GraphQL operation; '' for any other request. */
  readonly operation: string;
};

export type Script = {
  /** Null: it passes. */
  fault(passing: Passing): Fault | null;
  /**
   * Called before it is sent on, and when its response has arrived but is not passed on yet. The request waits for what
   * these return.
   */
  before?(passing: Passing): Promise<void> | void;
  after?(passing: Passing, status: number): Promise<void> | void;
  /** Called when the server broke off instead of answering. */
  failed?(passing: Passing): Promise<void> | void;
};

/** Counts requests, and plays the current script. */
export type Gate = {
  script: Script;
  readonly seen: readonly Passing[];
  enter(method: string, path: string, body: Uint8Array): Passing;
};

export const PASS: Script = { fault: () => null };

export const makeGate = (script: Script = PASS): Gate => {
  const seen: Passing[] = [];
  return {
    script,
    seen,
    enter(method, path, body) {
      const passing: Passing = {
        n: seen.length + 1,
        method,
        path,
        operation: path.endsWith('/graphql') ? operationOf(body) : '',
      };
      seen.push(passing);
      return passing;
    },
  };
};

const isGzip = (body: Uint8Array): boolean => body[0] === 0x1f && body[1] === 0x8b;
/** The body of a request as text, inflated if need be. */
export const bodyText = (body: Uint8Array): string =>
  (isGzip(body) ? gunzipSync(body) : Buffer.from(body)).toString('utf8');
const operationOf = (body: Uint8Array): string => /"operationName":"(\w+)"/.exec(bodyText(body))?.[1] ?? '';

/** A push of the first of its buckets alone; any other request as it is. */
export const halved = (body: Uint8Array): Uint8Array<ArrayBuffer> => {
  const asked = JSON.parse(bodyText(body)) as { variables?: { input?: { buckets?: unknown[] } } };
  const { buckets } = asked.variables?.input ?? {};
  if (!buckets || buckets.length < 2) return new Uint8Array(body);
  buckets.length = 1;
  const text = Buffer.from(JSON.stringify(asked));
  return new Uint8Array(isGzip(body) ? gzipSync(text) : text);
};

/** The fault for the n-th request alone. */
export const at = (n: number, fault: Fault): Script => ({ fault: (passing) => (passing.n === n ? fault : null) });
/** The fault for each request while `times` last, of one GraphQL operation if it is named. */
export const firstTimes = (times: number, fault: Fault, operation?: string): Script => {
  let left = times;
  return {
    fault: (passing) => ((operation === undefined || passing.operation === operation) && left-- > 0 ? fault : null),
  };
};

type Fetch = (request: Request) => Promise<Response>;

/** What Node's fetch throws when a connection breaks. */
const broken = (code = 'ECONNRESET'): TypeError =>
  new TypeError('fetch failed', { cause: Object.assign(new Error(`read ${code}`), { code }) });

/** The same fetch with a gate before it, for servers in this process. */
export const through =
  (gate: Gate, fetch: Fetch): Fetch =>
  async (request) => {
    const body = new Uint8Array(await request.clone().arrayBuffer());
    const { pathname, search } = new URL(request.url);
    const passing = gate.enter(request.method, pathname + search, body);
    const fault = gate.script.fault(passing);
    await gate.script.before?.(passing);
    if (fault?.kind === 'lost') throw broken();
    if (fault?.kind === 'refused') {
      const headers = new Headers({ 'content-type': 'application/json' });
      if (fault.retryAfter !== undefined) headers.set('retry-after', String(fault.retryAfter));
      return new Response('{"message":"refused by the harness"}', { status: fault.status, headers });
    }
    if (fault?.kind === 'late') await new Promise((resolve) => setTimeout(resolve, fault.ms));
    const response = await fetch(
      fault?.kind === 'half'
        ? new Request(request.url, { method: request.method, headers: request.headers, body: halved(body) })
        : request,
    );
    await gate.script.after?.(passing, response.status);
    if (fault?.kind === 'unanswered' || fault?.kind === 'half') {
      await response.arrayBuffer();
      throw broken();
    }
    return fault?.kind === 'torn' ? tornResponse(response) : response;
  };

/** An answer that ends with an error after the first half of its body. */
const tornResponse = async (response: Response): Promise<Response> => {
  const bytes = new Uint8Array(await response.arrayBuffer());
  let sent = false;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (sent) return controller.error(new TypeError('terminated', { cause: new Error('other side closed') }));
      sent = true;
      controller.enqueue(bytes.subarray(0, bytes.length >> 1));
    },
  });
  return new Response(response.status === 304 ? null : body, { status: response.status, headers: response.headers });
};
