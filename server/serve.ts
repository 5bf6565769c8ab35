import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { KtError } from '../domain/errors.ts';
import { makeApp } from './app.ts';
import { makeAuthenticate, makeNoAuthentication } from './auth/authenticate.ts';
import type { Config } from './config.ts';
import type { Logger } from './log.ts';
import { openHouse } from './house.ts';
import type { NewKey } from './resolvers/accounts.ts';

/** A server that listens. `stop` finishes what was accepted and closes everything, in reverse. */
export type Serving = { readonly url: string; readonly where: string; readonly firstKey: NewKey | null; stop(): Promise<void> };

/** How long requests under way may take to end once we stop, in ms; then their connections are cut. */
const GRACE = 3000;

/**
 * Builds the server in the order of its layers and listens. Fails with `conflict` where the data folder or the port is
 * taken, and says by whom; what was opened by then is closed again.
 */
export const serve = async (config: Config, log: Logger): Promise<Serving> => {
  const now = () => new Date();
  const house = await openHouse(config, { hostname: hostname(), now });
  if ('other' in house) {
    const { pid, url } = house.other;
    throw new KtError('conflict', `kt-server (process ${pid}${url ? `, ${url}` : ''}) has the data folder ${config.dataDir} already: stop it first, or give another --data-dir`);
  }
  try {
    const { database, resolvers, owner } = house;
    const authenticate = config.auth === 'none' ? makeNoAuthentication(database) : makeAuthenticate(database, now);
    const app = makeApp({ database, resolvers, authenticate, log });
    const server = http.createServer({ keepAliveTimeout: 65_000 }, app);
    const url = await listen(server, config);
    owner?.announce(url);
    // After the port is ours: a key that nobody was shown would be lost.
    const firstKey = await resolvers.accounts.firstKey();
    return {
      url,
      where: database.where,
      firstKey,
      stop: async () => {
        await close(server);
        await house.close();
      },
    };
  } catch (error) {
    await house.close();
    throw error;
  }
};

const listen = (server: http.Server, { host, port }: Config): Promise<string> =>
  new Promise((resolve, reject) => {
    server.once('error', async (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') {
        reject(new KtError('conflict', `port ${port} on ${host} is taken by ${await whoListens(host, port)}: stop it, or give another --port`));
      } else {
        reject(new KtError('invalid', `can not listen on ${host} port ${port} (${error.code}): give another --host or --port`, {}, { cause: error }));
      }
    });
    server.listen(port, host, () => {
      const address = server.address() as AddressInfo;
      resolve(`http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`);
    });
  });

/** Asks whoever has the port for its name, as any ActivityWatch server would tell it. */
const whoListens = async (host: string, port: number): Promise<string> => {
  try {
    const response = await fetch(`http://${host.includes(':') ? `[${host}]` : host}:${port}/api/0/info`, { signal: AbortSignal.timeout(1000) });
    const { version, hostname: name } = (await response.json()) as { version?: string; hostname?: string };
    if (typeof version === 'string') return version.includes('kt-server') ? `another kt-server (${name})` : `an aw-server (${version})`;
  } catch {
    // Not an ActivityWatch server, or one that does not speak to us.
  }
  return 'another program';
};

const close = (server: http.Server): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), GRACE);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
