/**
 * How both servers are asked: by Node's own `http`, over connections that are kept. Its fetch does the same by a parser
 * in WebAssembly, streams, and classes of the web, of which a pass needs none: loading them took a sixth of an idle
 * pass's CPU and 12 MB, and each answer twice the CPU (Node 20.20, 2026-11).
 */
import { Buffer, isAscii } from 'node:buffer';
import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { isLoopback } from '../../domain/loopback.ts';

export type Asked = {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer> | undefined;
  /** Ends the request, and the reading of its answer, with the signal's reason. */
  readonly signal: AbortSignal;
};

/** What comes back, of any status. */
export type Answer = {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  /** Reads the body to its end. */
  text(): Promise<string>;
  /** The same as bytes, for who needs no text of all of it. Whoever asks for the one can't ask for the other. */
  bytes(): Promise<Buffer>;
  /** To be cancelled by whoever does not read it. */
  readonly body: { cancel(): Promise<void> } | null;
};

/**
 * Asks once: no redirect is followed, and nothing is repeated. Fails with the signal's reason, and where the network
 * fails with a TypeError whose `cause` says why, as fetch does.
 */
export type Send = (asked: Asked) => Promise<Answer>;

/** The signal is passed separately too: a Request that is garbage-collected before its answer loses it (Node 20.20). */
export type Fetch = (request: Request, init: { signal: AbortSignal }) => Promise<Response>;

/** The same by a fetch. */
export const sendBy =
  (fetch: Fetch): Send =>
  async ({ url, signal, body, ...init }) => {
    const request = new Request(url, { ...init, ...(body !== undefined && { body }), redirect: 'manual', signal });
    return answerOf(await fetch(request, { signal }));
  };

const answerOf = (response: Response): Answer => {
  const bytes = async (): Promise<Buffer> => Buffer.from(await response.arrayBuffer());
  const { status, headers, body } = response;
  return { status, headers, body, bytes, text: async () => textOf(await bytes()) };
};

/** A connection that nothing is asked of is closed after this long, before a server that keeps it for 5 s does it. */
const IDLE_MS = 4_000;
/** How long connecting may take, TLS included. */
const CONNECT_MS = 10_000;

const KEPT = { keepAlive: true, timeout: IDLE_MS };
const PLAIN = { request: http.request, agent: new http.Agent(KEPT) };
const SECURE = { request: https.request, agent: new https.Agent(KEPT) };

const failed = (cause: unknown): TypeError => new TypeError('the request failed', { cause });

/** Ends a request whose connection is not there in time. */
const limitConnecting = (request: ClientRequest, isSecure: boolean): void => {
  request.once('socket', (socket: Socket) => {
    if (!socket.connecting) return;
    const timer = setTimeout(
      () => request.destroy(Object.assign(new Error('no connection in time'), { code: 'ETIMEDOUT' })),
      CONNECT_MS,
    );
    const over = (): void => clearTimeout(timer);
    socket.once(isSecure ? 'secureConnect' : 'connect', over).once('close', over);
  });
};

const unzip = promisify(gunzip);

/** UTF-8 as text. Nearly all of it is ASCII, and that is copied. */
export const textOf = (bytes: Buffer): string =>
  isAscii(bytes) ? bytes.toString('latin1') : new TextDecoder().decode(bytes);

const bodyOf = async (message: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  const body = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
  return message.headers['content-encoding'] === 'gzip' && body.length > 0 ? unzip(body) : body;
};

const headersOf = ({ headers }: IncomingMessage): Answer['headers'] => ({
  get: (name) => {
    const value = headers[name.toLowerCase()];
    return value === undefined ? null : Array.isArray(value) ? value.join(', ') : value;
  },
});

/** Fails at once for a URL that is none, or a header that no request may have. */
const begin = ({ url, method, headers }: Asked): ClientRequest => {
  const to = new URL(url);
  const { request, agent } = to.protocol === 'https:' ? SECURE : PLAIN;
  // Within one machine a byte costs less than to compress it.
  const accepts = isLoopback(to.hostname) ? {} : { 'accept-encoding': 'gzip' };
  const begun = request(to, { method, headers: { ...accepts, ...headers }, agent });
  limitConnecting(begun, agent === SECURE.agent);
  return begun;
};

/** By Node's `http`. */
export const send: Send = (asked) =>
  new Promise((resolve, reject) => {
    const { signal, body } = asked;
    const reasonOf = (error: unknown): unknown => (signal.aborted ? signal.reason : failed(error));
    try {
      signal.throwIfAborted();
      const request = begin(asked);
      const onAbort = (): void => void request.destroy(signal.reason as Error);
      signal.addEventListener('abort', onAbort);
      request.once('close', () => signal.removeEventListener('abort', onAbort));
      request.on('error', (error) => reject(reasonOf(error)));
      request.once('response', (message) => {
        const bytes = async (): Promise<Buffer> => {
          try {
            return await bodyOf(message);
          } catch (error) {
            throw reasonOf(error);
          }
        };
        resolve({
          status: message.statusCode!,
          headers: headersOf(message),
          bytes,
          text: async () => textOf(await bytes()),
          body: { cancel: async () => void message.destroy() },
        });
      });
      request.end(body);
    } catch (error) {
      reject(reasonOf(error));
    }
  });
