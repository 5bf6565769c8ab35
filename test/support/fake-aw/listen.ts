import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

import { jsonReply, type Call, type Reply } from './http.ts';
import type { FakeAw } from './server.ts';

export type ListeningFakeAw = { url: string; port: number; close(): Promise<void> };

/** Listens on 127.0.0.1; port 0 is any free one. Fails as `listen` does, when the port is taken. */
export async function listenFakeAw(aw: FakeAw, port = 0): Promise<ListeningFakeAw> {
  const server = createServer((request, response) => {
    void answer(aw, request).then(
      ({ status, headers, body }) => {
        response.writeHead(
          status,
          status === 304 ? headers : { ...headers, 'content-length': Buffer.byteLength(body ?? '') },
        );
        response.end(body ?? undefined);
      },
      (error: unknown) => response.destroy(error as Error),
    );
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `http://127.0.0.1:${bound}`,
    port: bound,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

async function answer(aw: FakeAw, request: IncomingMessage): Promise<Reply> {
  // the host check of a loopback bind (spec/rest 1.6); in [R] it comes before all else, [P] allows its own name too
  const host = (request.headers.host ?? '').split(':', 1)[0] ?? '';
  if (!['127.0.0.1', 'localhost', ...(aw.kind === 'python' ? [aw.hostname] : [])].includes(host))
    return jsonReply(400, JSON.stringify({ message: `Host header is invalid: ${host}` }));
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const [path = '', query = ''] = splitOnce(request.url ?? '', '?');
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers))
    headers.set(name, Array.isArray(value) ? value.join(', ') : (value ?? ''));
  const call: Call = {
    method: request.method ?? 'GET',
    path,
    query,
    headers,
    body: new Uint8Array(Buffer.concat(chunks)),
  };
  return aw.serve(call);
}

function splitOnce(text: string, mark: string): string[] {
  const at = text.indexOf(mark);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
