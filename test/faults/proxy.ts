/**
 * A proxy between two processes that plays a script of faults (script.ts). It receives each response completely before
 * it passes it on, so that "the server has answered" and "the client knows" are two moments between which something can
 * be killed. Not for streams.
 */
import { Agent, createServer, request as send, type IncomingMessage, type ServerResponse } from 'node:http';
import { steadyPorts } from '../support/steady-ports.ts';
import { halved, type Gate } from './script.ts';

export type Proxy = {
  readonly url: string;
  readonly port: number;
  /** Where requests go from now on. */
  target: string;
  /** Refuses connections, as if nothing listened there. */
  down(): Promise<void>;
  /** Listens again, on the same port. */
  up(): Promise<void>;
  close(): Promise<void>;
};

type Answer = {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: Buffer;
};

const bodyOf = async (message: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

/** Listens on a free port of 127.0.0.1 and forwards to `target`, an address like `http://127.0.0.1:5600`. */
export const openProxy = async (target: string, gate: Gate): Promise<Proxy> => {
  // Connections are not kept: the target may be killed at any moment, and a kept one would cause a failure of the
  // proxy.
  const agent = new Agent({ keepAlive: false });

  const ask = (request: IncomingMessage, body: Buffer): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const { hostname, port } = new URL(proxy.target);
      const headers = {
        ...request.headers,
        host: `${hostname}:${port}`,
        connection: 'close',
        ...(body.length > 0 ? { 'content-length': body.length } : {}),
      };
      const sent = send(
        { hostname, port, agent, method: request.method ?? 'GET', path: request.url ?? '/', headers },
        (response: IncomingMessage) => {
          bodyOf(response).then(
            (answer) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: answer }),
            reject,
          );
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });

  const pass = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await bodyOf(request);
    const passing = gate.enter(request.method ?? 'GET', request.url ?? '/', body);
    const { script } = gate;
    const fault = script.fault(passing);
    await script.before?.(passing);
    if (fault?.kind === 'lost') return void response.destroy();
    if (fault?.kind === 'refused') {
      if (fault.retryAfter !== undefined) response.setHeader('retry-after', fault.retryAfter);
      response.writeHead(fault.status, { 'content-type': 'application/json' });
      return void response.end('{"message":"refused by the harness"}');
    }
    if (fault?.kind === 'late') await new Promise((resolve) => setTimeout(resolve, fault.ms));
    const answer = await ask(request, fault?.kind === 'half' ? Buffer.from(halved(body)) : body).catch(
      async (error: unknown) => {
        await script.failed?.(passing);
        throw error;
      },
    );
    await script.after?.(passing, answer.status);
    if (fault?.kind === 'unanswered' || fault?.kind === 'half') return void response.destroy();
    const {
      connection: _connection,
      'transfer-encoding': _encoding,
      'keep-alive': _alive,
      ...headers
    } = answer.headers;
    const bodyless = answer.status === 304 || answer.status === 204;
    response.writeHead(answer.status, bodyless ? headers : { ...headers, 'content-length': answer.body.length });
    if (fault?.kind !== 'torn') return void response.end(bodyless ? undefined : answer.body);
    response.write(answer.body.subarray(0, answer.body.length >> 1), () => response.destroy());
  };

  const server = createServer((request, response) => {
    // When the target is gone, the client's connection is cut too; that is not a failure of the harness.
    pass(request, response).catch(() => response.destroy());
  });
  const listen = (port: number) =>
    new Promise<void>((resolve, reject) =>
      server.once('error', reject).listen(port, '127.0.0.1', () => (server.off('error', reject), resolve())),
    );
  const stop = () =>
    new Promise<void>((resolve) => {
      if (!server.listening) return resolve();
      server.close(() => resolve());
      server.closeAllConnections();
    });

  const [port = 0] = await steadyPorts(1);
  await listen(port);
  const proxy: Proxy = {
    url: `http://127.0.0.1:${port}`,
    port,
    target,
    down: stop,
    up: () => listen(port),
    close: async () => {
      await stop();
      agent.destroy();
    },
  };
  return proxy;
};
