/** Requests and streams as thousands of devices send them, on Node's own client: what is sent costs little here. */
import { Agent, request, type IncomingMessage } from 'node:http';

export type Asked = {
  readonly method: 'POST';
  readonly path: string;
  readonly key: string;
  readonly body: string;
};

/** Of an answer as much is kept as tells the kind of an error: at its beginning, or at its end. */
const TOLD = 300;
/** GraphQL answers 200 also where a field, or a bucket of a push, has failed. */
const GRAPHQL_ERROR = /"errors":\[|"error":\{/;
/** After so long a request counts as lost, in ms: kt-client waits no longer either. */
const PATIENCE = 30_000;
/** The server sends a keep-alive every 12 s. */
const SILENCE = 45_000;

/** What an error is called, without what differs from request to request. */
const kindOf = (status: number, body: string): string => {
  const code = /"code":"(\w+)"/.exec(body)?.[1];
  return `${status}${code ? ` ${code}` : ''}`;
};
const nameOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? (error as Error).message;

export type Wire = {
  /** Resolves with null where it was answered well, else with the kind of error. */
  ask(asked: Asked): Promise<string | null>;
  /** Holds a subscription to the account's revision until `left`: `told` for each that came, `ended` when it broke. */
  subscribe(key: string, on: { told(): void; ended(why: string): void }): { leave(): void };
  close(): void;
};

/** A client of one server; `sockets`: the most connections for requests, beside those of subscriptions. */
export const openWire = (url: string, sockets: number): Wire => {
  const agent = new Agent({ keepAlive: true, maxSockets: sockets, scheduling: 'lifo' });
  const { hostname, port } = new URL(url);
  const headersOf = (key: string, body: string) => ({
    authorization: `Bearer ${key}`,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  });
  const ask = ({ method, path, key, body }: Asked): Promise<string | null> =>
    new Promise((resolve) => {
      const options = { agent, hostname, port, method, path, headers: headersOf(key, body), timeout: PATIENCE };
      const asking = request(options, (response) => {
        const status = response.statusCode ?? 0;
        let [head, tail] = ['', ''];
        response.on('data', (chunk: Buffer) => {
          if (head.length < TOLD) head += chunk.toString('latin1').slice(0, TOLD);
          else tail = (tail + chunk.toString('latin1')).slice(-TOLD);
        });
        response.on('error', (error) => resolve(nameOf(error)));
        response.on('end', () => {
          const text = head + tail;
          resolve(status === 200 && !GRAPHQL_ERROR.test(text) ? null : kindOf(status, text));
        });
      });
      asking.on('timeout', () => asking.destroy(new Error('no answer in 30 s')));
      asking.on('error', (error) => resolve(nameOf(error)));
      asking.end(body);
    });
  const subscribe: Wire['subscribe'] = (key, { told, ended }) => {
    const body = '{"query":"subscription Revision { revision }"}';
    const headers = { ...headersOf(key, body), accept: 'text/event-stream' };
    let isLeft = false;
    const end = (why: string): void => {
      if (!isLeft) ended(why);
      isLeft = true;
    };
    const read = (response: IncomingMessage): void => {
      if (response.statusCode !== 200) return void asking.destroy(new Error(`a subscription: ${response.statusCode}`));
      response.on('data', (chunk: Buffer) => {
        if (chunk.includes('"revision"')) told();
      });
      response.on('error', (error) => end(nameOf(error)));
      response.on('end', () => end('the server ended a subscription'));
    };
    const options = {
      agent: false as const,
      hostname,
      port,
      method: 'POST',
      path: '/graphql',
      headers,
      timeout: SILENCE,
    };
    const asking = request(options, read);
    asking.on('timeout', () => asking.destroy(new Error('a subscription is silent')));
    asking.on('error', (error) => end(nameOf(error)));
    asking.end(body);
    return {
      leave: () => {
        isLeft = true;
        asking.destroy();
      },
    };
  };
  return { ask, subscribe, close: () => agent.destroy() };
};
