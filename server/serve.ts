import type http from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { VERSION } from '../cli/version.ts';
import { isJsonObject } from '../domain/data.ts';
import { KtError } from '../domain/errors.ts';
import { makeApp } from './app.ts';
import { giveBackAtRest } from './at-rest.ts';
import { makeAuthenticate, makeNoAuthentication } from './auth/authenticate.ts';
import { makePlaces } from './auth/place.ts';
import { OF_ACCOUNTS } from './auth/scope.ts';
import { makeSessionCheck } from './auth/session.ts';
import type { Config } from './config.ts';
import type { Logger } from './log.ts';
import { makeAddress } from './http/address.ts';
import { connectionLimitsOf, limitConnections, onceAMinute } from './http/connection-limits.ts';
import { guardRules, makeGuards } from './http/guards.ts';
import { makeRequestRates, rateLimitsOf } from './http/request-rates.ts';
import { makeServer, timeoutsOf } from './http/timeouts.ts';
import { makeSite, openSite } from './http/site.ts';
import { scheduleBackups } from './backup/scheduled.ts';
import { daily, every } from './daily.ts';
import { openBackend } from './backend.ts';
import { oneLine } from './one-line.ts';
import { countedResolvers } from './counted-resolvers.ts';
import { makeMetrics } from './metrics.ts';
import type { NewKey } from './resolvers/accounts.ts';
import type { LoginLink } from './resolvers/login-links.ts';
import { trustedHeader } from './sign-in/trusted-header.ts';
import { oidcSettings } from './sign-in/oidc/settings.ts';

/**
 * A running server; `url` is its address, `port` the one it listens on. `stop` finishes the requests it has accepted
 * and closes everything, in reverse order.
 */
export type Serving = {
  readonly url: string;
  readonly port: number;
  readonly where: string;
  readonly firstKey: NewKey | null;
  /** A link by which a browser signs in as the first user; null where the server asks for no key. */
  loginLink(): Promise<LoginLink | null>;
  stop(): Promise<void>;
};

/** How often days that wait for their facts are looked for, in ms. */
const TEND_EVERY = 60_000;

/** How often the days of the view `daily` are brought up to date, in ms. */
const REPORT_EVERY = 300_000;

/** How long running requests may take when the server stops, in ms; then their connections are cut. */
const GRACE = 3000;

/**
 * Builds the server layer by layer and listens. Fails with `conflict` when the data folder or the port is in use, and
 * says by which process; everything opened by then is closed again. `stop` cancels a start between two of its steps.
 */
export const serve = async (config: Config, log: Logger, stop?: AbortSignal): Promise<Serving> => {
  const now = () => new Date();
  const address = makeAddress(config);
  // Before anything is opened: report a folder without a web UI at once.
  const { webui, webuiAtRoot } = config;
  const ui =
    webui === ''
      ? null
      : await openSite(webui, config.auth === 'key' ? log : undefined, address, webuiAtRoot ? '' : '../');
  const site = makeSite({ address, ui, uiAtRoot: webuiAtRoot });
  const onFault = (error: unknown, requestId?: string) => log.error({ requestId, err: error }, 'internal error');
  const backend = await openBackend(config, {
    hostname: hostname(),
    now,
    onFault,
    tell: (line) => log.warn(line),
    stop,
  });
  if ('other' in backend) {
    const { pid, url } = backend.other;
    throw new KtError(
      'conflict',
      `kt-server (process ${pid}${url ? `, ${url}` : ''}) has the data folder ${config.dataDir} already: ` +
        'stop it first, or give another --data-dir',
    );
  }
  let server: http.Server | undefined;
  try {
    const { database, resolvers, owner, runningQueries } = backend;
    const finished = await resolvers.imports.resume(database.engine === 'pglite');
    if (finished > 0) log.warn({ imports: finished }, 'finished what was being imported when kt-server ended');
    const places = makePlaces(config);
    const authenticate =
      config.auth === 'none'
        ? makeNoAuthentication(database)
        : makeAuthenticate(
            database,
            now,
            OF_ACCOUNTS,
            makeSessionCheck(database, now, places, onFault, resolvers.accountLog.refused),
            resolvers.accountLog.refused,
          );
    const byProvider = oidcSettings(config);
    // Loaded only where there is one.
    const provider =
      byProvider &&
      (await import('./sign-in/oidc/provider.ts')).makeProvider(byProvider, Date.now, (line) => log.warn(line));
    const header = trustedHeader(config.proxyAuthHeader, config.proxyAuthFrom);
    const proxy = header && { header, home: config.webuiAtRoot ? '../dashboard/' : '../' };
    // The port is certain only after listening.
    let guards = makeGuards(guardRules(config, config.port));
    const metrics = makeMetrics({ database, version: VERSION, runningQueries, now, process: true });
    const app = makeApp({
      database,
      resolvers: countedResolvers(resolvers, metrics),
      authenticate,
      log,
      site,
      address,
      places,
      ways: { localLogin: config.localLogin, provider, proxy, now: Date.now },
      basicPrompt: config.basicPrompt,
      graphqlCost: config.graphqlCost,
      rates: makeRequestRates(rateLimitsOf(config), () => performance.now()),
      metrics: {
        metrics,
        // Where nobody shows a key, only this machine asks.
        authenticate: config.auth === 'none' ? async () => null : makeAuthenticate(database, now, ['metrics']),
      },
      guards: (...request) => guards(...request),
    });
    const listening = makeServer((request, response) => void app(request, response), timeoutsOf(config));
    server = listening;
    limitConnections(
      listening,
      connectionLimitsOf(config),
      onceAMinute(
        (why) => log.warn(`connections are refused: ${why}`),
        () => performance.now(),
      ),
    );
    const url = await listen(listening, config);
    const port = Number(new URL(url).port || 80);
    guards = makeGuards(guardRules(config, port));
    owner?.announce(url);
    // Only after listening succeeded: a key that nobody was shown would be lost.
    const firstKey = await resolvers.accounts.firstKey();
    backend.feed.begin();
    const sweeping = daily(async (stop) => {
      await resolvers.trash.sweep(stop);
      await resolvers.values.sweep(stop);
      await resolvers.sessions.sweep();
      await resolvers.accountLog.sweep();
      await resolvers.deviceGrants.sweep();
    }, onFault);
    const tending = every(TEND_EVERY, (stop) => resolvers.facts.tend(stop), onFault);
    const reporting = every(REPORT_EVERY, (stop) => resolvers.daily.tend(stop), onFault);
    const endRests = giveBackAtRest();
    const scheduled = config.backupDir === '' ? null : scheduleBackups(config, backend.backups, now, backupsIn(log));
    return {
      url: config.publicUrl || url,
      port,
      where: database.where,
      firstKey,
      loginLink: async () => (config.auth === 'none' ? null : resolvers.loginLinks.firstLoginLink()),
      stop: async () => {
        await close(listening);
        endRests();
        await scheduled?.stop();
        await reporting.stop();
        await tending.stop();
        await sweeping.stop();
        await backend.close();
      },
    };
  } catch (error) {
    server?.close();
    server?.closeAllConnections();
    await backend.close().catch(() => {}); // the first failure is the one to report
    throw error;
  }
};

/** What the log says of scheduled backups. */
const backupsIn = (log: Logger) => ({
  done: (name: string) => log.info({ backup: name }, 'made a backup'),
  failed: (error: unknown) => log.error(`no backup was made: ${oneLine(error)}`),
});

const listen = (server: http.Server, { host, port }: Config): Promise<string> =>
  new Promise((resolve, reject) => {
    server.once('error', (error) => void whyNot(error, host, port).then(reject));
    server.listen(port, host, () => {
      const address = server.address() as AddressInfo;
      resolve(`http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`);
    });
  });

/** What prevents listening. */
const whyNot = async (error: NodeJS.ErrnoException, host: string, port: number): Promise<KtError> =>
  error.code === 'EADDRINUSE'
    ? new KtError(
        'conflict',
        `port ${port} on ${host} is taken by ${await whoListens(host, port)}: stop it, or give another --port`,
      )
    : new KtError(
        'invalid',
        `can not listen on ${host} port ${port} (${error.code}): give another --host or --port`,
        {},
        { cause: error },
      );

/** Asks the server on the port for its name, as any ActivityWatch server gives it. */
const whoListens = async (host: string, port: number): Promise<string> => {
  try {
    const response = await fetch(`http://${host.includes(':') ? `[${host}]` : host}:${port}/api/0/info`, {
      signal: AbortSignal.timeout(1000),
    });
    const info: unknown = await response.json();
    const { version, hostname: name } = isJsonObject(info) ? info : {};
    if (typeof version === 'string')
      return version.includes('kt-server') ? `another kt-server (${String(name)})` : `an aw-server (${version})`;
  } catch {
    // Not an ActivityWatch server, or one that does not answer us.
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
