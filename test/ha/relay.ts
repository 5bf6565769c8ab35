/** A TCP relay between two processes, which can be cut as a network is: without a word to either side. */
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';

export type Relay = {
  readonly port: number;
  /** From now on what the target says waits, until `deliver`. What it is told passes. */
  hold(): void;
  deliver(): void;
  /** From now on nothing passes, in connections that are open and in new ones. Nobody is told. */
  cut(): void;
  /** Ends what was cut, as a reset does once packets pass again, and passes what comes. */
  mend(): void;
  close(): Promise<void>;
};

/** Listens on a free port of 127.0.0.1, and passes everything to `target` there. */
export const openRelay = async (target: number): Promise<Relay> => {
  const sockets = new Set<Socket>();
  /** Each side that asks, and the target's side of it. */
  const answered = new Map<Socket, Socket>();
  let [isCut, isHeld] = [false, false];

  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
  };
  const server = createServer((near) => {
    keep(near);
    if (isCut) return void near.pause(); // it is connected to the relay, and reaches nobody
    const far = connect(target, '127.0.0.1');
    keep(far);
    near.pipe(far);
    if (!isHeld) far.pipe(near);
    answered.set(near, far);
    near.on('close', () => {
      answered.delete(near);
      far.destroy();
    });
    far.on('close', () => near.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const reset = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    hold: () => {
      isHeld = true;
      for (const [near, far] of answered) far.unpipe(near);
    },
    deliver: () => {
      isHeld = false;
      for (const [near, far] of answered) far.pipe(near);
    },
    cut: () => {
      isCut = true;
      for (const socket of sockets) socket.unpipe().pause();
    },
    mend: () => {
      isCut = false;
      reset();
    },
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      reset();
      await closed;
    },
  };
};
