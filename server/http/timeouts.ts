/**
 * How long the other end of a connection may take: over a request's head, its body, and reading the answer. A slow line
 * is fine; whoever sends or reads next to nothing, to hold what the server has, is cut off.
 */
import http, { type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Config } from '../config.ts';

/** All times in ms. */
export type Timeouts = {
  /** For the head of a request to arrive. */
  readonly head: number;
  /** A body brings `bytes` in each `window` that the server waits for it. */
  readonly window: number;
  readonly bytes: number;
  /** For the whole body of a request that shows no key; null where nobody shows one. */
  readonly anonymous: number | null;
  /** For what is left of a body that nobody reads, once its request is answered. */
  readonly linger: number;
  /** For a reader to take any of an answer that waits for it. */
  readonly stall: number;
};

/**
 * How long a request may take to arrive, in ms. Node's own 5 minutes would cut off a history that is imported over a
 * slow line.
 */
const UPLOAD_TIME = 3_600_000;
/** How long an idle connection is kept, in ms: longer than the minute that proxies keep theirs. */
const KEEP_ALIVE = 65_000;

/** The timeouts that settings make; `uploadRate` is bytes a second. */
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
    // Without a Host, Node itself would answer 400 and say nothing, to a load balancer's probe too: the guards know
    // better.
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

/** Cuts off a body that comes too slowly, with 408, and one that goes on though its request is answered. */
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
    // With an answer half sent there is no way to say it.
    if (response.headersSent) return void socket.destroy();
    const body = JSON.stringify({ message });
    response.writeHead(408, headersOf(body)).end(body);
  };
  const measure = (): void => {
    const came = socket.bytesRead - counted;
    counted = socket.bytesRead;
    // What lies here unread waits for the server, and not the server for it; nor did it where it was so when the window
    // began.
    const waited = waits;
    waits = request.readableLength === 0;
    if (came < bytes && waits && waited)
      refuse(`the body came too slowly: at least ${bytes} bytes are wanted in ${window / 1000} seconds. Send it again`);
  };
  // Once what has arrived is read: where the server itself was held up, that is not the sender's fault.
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
    // Whoever is busy sending sees the answer this way, and a reset connection otherwise.
    if (!request.complete) setTimeout(() => void (request.complete || socket.destroy()), linger).unref();
  });
};

/** Cuts off who took nothing of an answer for as long as the connection's timeout; see `armReaders`. */
const watchReader = (response: ServerResponse): void => {
  response.on('timeout', (socket: Socket) => {
    if (socket.writableLength > 0) socket.destroy();
    // the server has nothing to say yet: a query may take its time, and a subscription for ever
    else socket.setTimeout(0);
  });
};

/**
 * Has Node watch those connections whose reader has something to take: its timeout knows how much of a large write is
 * through, and begins anew with each byte. It is set here, again and again, because the adapter of requests turns it
 * off.
 */
const armReaders = (underWay: ReadonlySet<ServerResponse>, stall: number): void => {
  for (const { socket } of underWay) {
    if (socket && socket.writableLength > 0 && socket.timeout !== stall) socket.setTimeout(stall);
  }
};

/** The last answer on a connection, in the form of REST.s errors. */
const headersOf = (body: string): Record<string, string> => ({
  'content-type': 'application/json',
  'content-length': String(Buffer.byteLength(body)),
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'SAMEORIGIN',
  connection: 'close',
});

/** What is no HTTP, or took too long to be: an answer where one can be read, and the end of the connection. */
const answerBroken = (error: NodeJS.ErrnoException, socket: Socket, busy: boolean): void => {
  // Browsers open connections before they need them: an answer on one that was never used would be taken for the next
  // answer.
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
