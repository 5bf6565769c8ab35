/** Counts the bytes of a connection: a TCP relay in front of a server, which passes everything on unread. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export type Relay = {
  readonly port: number;
  /** Bytes to the server and from it since the last call, including HTTP's headers. */
  taken(): { up: number; down: number };
  close(): Promise<void>;
};

/** Listens on a free port of 127.0.0.1 in front of the server at `port`. */
export const openRelay = async (port: number): Promise<Relay> => {
  let [up, down] = [0, 0];
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    near.on('data', (bytes) => void (up += bytes.length));
    far.on('data', (bytes) => void (down += bytes.length));
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
    taken: () => {
      const taken = { up, down };
      [up, down] = [0, 0];
      return taken;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
};
