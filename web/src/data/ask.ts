/** Asks the server's GraphQL API, as the session that the browser has a cookie of. */
import { SERVER } from '../place/address.svelte.ts';
import { lost, reached } from './reach.svelte.ts';

/** The text of an operation that codegen printed, with the types of what it answers and takes. */
export type Operation<Result, Variables> = {
  toString(): string;
  readonly __apiType?: (variables: Variables) => Result;
};

/** How long an answer may take, in ms. Years may have to be computed first. */
const PATIENCE = 60_000;

/** What the server said against a request: its words, and its code (`ErrorCode` of the schema). */
class Refusal extends Error {
  readonly code: string;
  constructor(message: string, code: string) {
    super(message);
    this.code = code;
  }
}

/** The server did not answer, or a proxy did in its place: asking again may do. */
export class Unreachable extends Error {}

type Answer<Result> = {
  readonly data?: Result | null;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
};

/** Called when the server no longer knows who asks. */
let onSignedOut: () => void = () => {};
export const whenSignedOut = (then: () => void): void => void (onSignedOut = then);

/** Fails with `Refusal` or `Unreachable`, or as fetch does when `signal` aborts it. */
export const ask = async <Result, Variables>(
  operation: Operation<Result, Variables>,
  variables: Variables,
  signal?: AbortSignal,
): Promise<Result> => {
  const response = await request('graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ query: operation.toString(), variables }),
    ...(signal ? { signal } : {}),
  });
  const { data, errors } = await answerOf<Answer<Result>>(response);
  const [error] = errors ?? [];
  const code = error?.extensions?.code ?? '';
  if (response.status === 401 || code === 'UNAUTHENTICATED') onSignedOut();
  if (error) {
    if (code === 'UNAVAILABLE' || code === 'RATE_LIMITED') throw new Unreachable(error.message);
    throw new Refusal(error.message, code);
  }
  if (!data) throw new Refusal(`the server answered ${response.status}`, '');
  reached();
  return data;
};

/** A request to the server; `path` from its root. Fails with `Unreachable` where there is no answer of it. */
export const request = async (path: string, init: RequestInit): Promise<Response> => {
  const late = AbortSignal.timeout(PATIENCE);
  const { signal } = init;
  try {
    const response = await fetch(SERVER + path, { ...init, signal: signal ? AbortSignal.any([signal, late]) : late });
    // What proxies say of a server that is not there.
    if ([502, 503, 504].includes(response.status)) throw new TypeError(`answered ${response.status}`);
    return response;
  } catch (error) {
    if (signal?.aborted) throw error;
    lost();
    throw new Unreachable(String(error));
  }
};

/** The JSON of an answer. Fails with `Unreachable` where it is none: a proxy's page, say. */
export const answerOf = async <Body>(response: Response): Promise<Body> => {
  try {
    return (await response.json()) as Body;
  } catch {
    lost();
    throw new Unreachable(`the server answered ${response.status} without JSON`);
  }
};
