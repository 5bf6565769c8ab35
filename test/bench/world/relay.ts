/** Counts what goes to a server and from it: a TCP relay, which passes everything on unread but for requests' heads. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export type Relay = {
  readonly port: number;
  /** So far: requests, and bytes to the server and from it, heads included. */
  readonly counted: { readonly requests: number; readonly up: number; readonly down: number };
  close(): Promise<void>;
};

/** A client that waits for each answer begins a request with a piece of its own. */
const REQUEST = /^(GET|POST|PUT|DELETE|HEAD|OPTIONS) \S+ HTTP\/1\.1\r\n/;

/** Listens on a free port of 127.0.0.1 before the server at `port`. */
export const openRelay = async (port: number): Promise<Relay> => {
  const counted = { requests: 0, up: 0, down: 0 };
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    near.on('data', (bytes) => {
      counted.up += bytes.length;
      if (REQUEST.test(bytes.subarray(0, 2_000).toString('latin1'))) counted.requests++;
    });
    far.on('data', (bytes) => void (counted.down += bytes.length));
    near.pipe(far).pipe(near);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy()).on('close', () => sockets.delete(socket));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    counted,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
};
