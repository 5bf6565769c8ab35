import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';

/**
 * Free ports of 127.0.0.1 below those that the kernel hands out by itself: who gives one up for a while finds it again,
 * and no connection or server of somebody else's has it meanwhile. No two are the same.
 */
export const steadyPorts = async (count: number): Promise<readonly number[]> => {
  const held = new Map<number, Server>();
  while (held.size < count) {
    const port = randomInt(10_000, 32_000);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
    });
    if (isFree) held.set(port, server);
  }
  await Promise.all([...held.values()].map((server) => new Promise((resolve) => server.close(resolve))));
  return [...held.keys()];
};
