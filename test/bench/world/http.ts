/** A client that keeps its connections: what it asks is measured, so it does little more than Node's own. */
import { Agent, request } from 'node:http';

export type Http = {
  /** The body of a response. Fails at a status of 400 or more, and says which. */
  ask(method: string, path: string, body?: string | Buffer): Promise<Buffer>;
  /** The same, and leaves the body: the number of its bytes. `first` is called when the first of them is here. */
  drain(method: string, path: string, body?: string, first?: () => void): Promise<number>;
  /** The body as JSON. */
  json<T>(path: string, body?: unknown): Promise<T>;
  close(): void;
};

/** A client of the server at `base`, on at most 128 connections. `key`: an API key, if it wants one. */
export const openHttp = (base: string, key?: string): Http => {
  const agent = new Agent({ keepAlive: true, maxSockets: 128, scheduling: 'lifo' });
  const { hostname, port, pathname } = new URL(base);
  const root = pathname.replace(/\/$/, '');
  type Body = string | Buffer | undefined;
  const send = (method: string, path: string, body: Body, take: (chunk: Buffer) => void): Promise<void> =>
    new Promise((resolve, reject) => {
      const headers = {
        ...(key && { authorization: `Bearer ${key}` }),
        ...(body !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
      };
      const asking = request({ agent, hostname, port, method, path: root + path, headers }, (response) => {
        const failed = (response.statusCode ?? 0) >= 400;
        let told = '';
        response.on('data', (chunk: Buffer) => {
          if (failed) told += chunk.toString().slice(0, 500);
          else take(chunk);
        });
        response.on('error', reject);
        response.on('end', () =>
          failed ? reject(new Error(`${method} ${path}: ${response.statusCode} ${told}`)) : resolve(),
        );
      });
      asking.on('error', reject);
      asking.end(body);
    });
  const ask = async (method: string, path: string, body?: Body): Promise<Buffer> => {
    const chunks: Buffer[] = [];
    await send(method, path, body, (chunk) => chunks.push(chunk));
    return Buffer.concat(chunks);
  };
  return {
    ask,
    drain: async (method, path, body, first) => {
      let bytes = 0;
      await send(method, path, body, (chunk) => {
        if (bytes === 0) first?.();
        bytes += chunk.length;
      });
      return bytes;
    },
    json: async <T>(path: string, body?: unknown) =>
      JSON.parse(
        (body === undefined ? await ask('GET', path) : await ask('POST', path, JSON.stringify(body))).toString(),
      ) as T,
    close: () => agent.destroy(),
  };
};
