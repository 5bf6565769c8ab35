/**
 * Time limits for the client of a connection: sending a request's head, its body, and reading the response. A slow line
 * is fine; clients that send or read next to nothing, only to tie up the server, are disconnected.
 */
import http, { type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Config } from '../config.ts';

/** All times in ms. */
export type Timeouts = {
  /** For the head of a request to arrive. */
  readonly head: number;
  /** A body must bring `bytes` in each `window` in which the server waits for it. */
  readonly window: number;
  readonly bytes: number;
  /** For the whole body of a request without a key; null where the server runs without keys. */
  readonly anonymous: number | null;
  /** For the rest of a body that is not read any more, once its request is answered. */
  readonly linger: number;
  /** For a client to read anything of a response that waits for it. */
  readonly stall: number;
};

/**
 * How long a request may take to arrive, in ms. Node's own 5 minutes would cut off a history that is imported over a
 * slow line.
 */
const UPLOAD_TIME = 3_600_000;
/** How long an idle connection is kept, in ms: longer than the minute for which proxies keep theirs. */
const KEEP_ALIVE = 65_000;

/** The timeouts from the settings; `uploadRate` is in bytes a second. */
export const timeoutsOf = ({
  auth,
  uploadRate,
  stallSeconds,
}: Pick<Config, 'auth' | 'uploadRate' | 'stallSeconds'>): Timeouts => ({
  head: 30_000,
  window: 30_000,
  bytes: uploadRate * 30,
  anonymous: auth === 'none' ? null : 20_000,
  linger: 2000,
  stall: stallSeconds * 1000,
});

/** An HTTP server for `app` with these timeouts. */
export const makeServer = (app: RequestListener, timeouts: Timeouts): Server => {
  const underWay = new Set<ServerResponse>();
  const options = {
    keepAliveTimeout: KEEP_ALIVE,
    requestTimeout: UPLOAD_TIME,
    headersTimeout: timeouts.head,
    // Node itself would answer 400 without a body to a request without Host, even to a load balancer's health check:
    // the guards decide that instead.
    requireHostHeader: false,
    connectionsCheckingInterval: Math.max(1, Math.min(5000, timeouts.head / 4)),
  };
  const server = http.createServer(options, (request, response) => {
    underWay.add(response);
    response.once('close', () => underWay.delete(response));
    watchBody(request, response, timeouts);
    watchReader(response);
    app(request, response);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    const busy = [...underWay].some((response) => response.socket === socket);
    answerBroken(error, socket, busy);
  });
  const sweep = setInterval(() => armReaders(underWay, timeouts.stall), Math.max(1, timeouts.stall / 4)).unref();
  server.once('close', () => clearInterval(sweep));
  return server;
};

const showsKey = ({ headers }: IncomingMessage): boolean => Boolean(headers.authorization || headers['x-api-key']);
const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length']) > 0;

/** Ends a body that comes too slowly with 408, and one that continues after its request was answered. */
const watchBody = (
  request: IncomingMessage,
  response: ServerResponse,
  { window, bytes, anonymous, linger }: Timeouts,
): void => {
  if (!hasBody(request)) return;
  const { socket } = request;
  let counted = socket.bytesRead;
  let waits = true;
  const refuse = (message: string): void => {
    if (request.complete || response.writableEnded) return;
    // With half of a response sent, a 408 can't be sent any more.
    if (response.headersSent) return void socket.destroy();
    const body = JSON.stringify({ message });
    response.writeHead(408, headersOf(body)).end(body);
  };
  const measure = (): void => {
    const came = socket.bytesRead - counted;
    counted = socket.bytesRead;
    // Unread bytes here mean that the server is the slow one. A window counts only if there were none at its start
    // and at its end.
    const waited = waits;
    waits = request.readableLength === 0;
    if (came < bytes && waits && waited)
      refuse(`the body came too slowly: at least ${bytes} bytes are wanted in ${window / 1000} seconds. Send it again`);
  };
  // Measured after reading what has arrived: if the server itself was held up, that is not the sender's fault.
  const pace = setInterval(() => setImmediate(measure), window);
  const whole =
    anonymous === null || showsKey(request)
      ? undefined
      : setTimeout(() => refuse('the body took too long for a request that shows no API key: send one'), anonymous);
  const stop = (): void => {
    clearInterval(pace);
    clearTimeout(whole);
  };
  request.once('close', stop);
  response.once('close', stop);
  response.once('finish', () => {
    stop();
    // The delay lets a client that is still sending see the response, and not a reset connection.
    if (!request.complete) setTimeout(() => void (request.complete || socket.destroy()), linger).unref();
  });
};

/** Disconnects clients that read nothing of a response for as long as the connection's timeout; see `armReaders`. */
const watchReader = (response: ServerResponse): void => {
  response.on('timeout', (socket: Socket) => {
    if (socket.writableLength > 0) socket.destroy();
    // the server has nothing to send yet: a query may take long, and a subscription lasts for ever
    else socket.setTimeout(0);
  });
};

/**
 * Sets Node's socket timeout on the connections whose client has something to read: that timeout follows the progress
 * of a large write, and restarts with each byte. It has to be set again and again, because the request adapter turns it
 * off.
 */
const armReaders = (underWay: ReadonlySet<ServerResponse>, stall: number): void => {
  for (const { socket } of underWay) {
    if (socket && socket.writableLength > 0 && socket.timeout !== stall) socket.setTimeout(stall);
  }
};

/** The last response on a connection, in the form of REST's errors. */
const headersOf = (body: string): Record<string, string> => ({
  'content-type': 'application/json',
  'content-length': String(Buffer.byteLength(body)),
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'SAMEORIGIN',
  connection: 'close',
});

/**
 * Handles what is not HTTP, or took too long to arrive: responds if a response can still be read, and ends the
 * connection.
 */
const answerBroken = (error: NodeJS.ErrnoException, socket: Socket, busy: boolean): void => {
  // Browsers open connections in advance: a response on one that was never used would be taken as the one to its
  // first request.
  if (busy || !socket.writable || socket.bytesRead === 0) return void socket.destroy();
  const [status, message] =
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? ['408 Request Timeout', 'the request took too long to arrive: send it again']
      : error.code === 'HPE_HEADER_OVERFLOW'
        ? ['431 Request Header Fields Too Large', 'address and headers of a request have at most 16 KB together']
        : ['400 Bad Request', 'this is no HTTP request that the server understands'];
  const body = JSON.stringify({ message });
  const head = Object.entries(headersOf(body)).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status}\r\n${head.join('')}\r\n${body}`);
  socket.destroySoon();
};
