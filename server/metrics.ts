import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Database } from './storage/database.ts';
import { run } from './storage/database.ts';
import { latest, type DevicePass } from './storage/devices.ts';

/** How events came to be stored. */
type StoredBy = 'push' | 'heartbeat' | 'insert' | 'import' | 'restore';

/** What is counted, by app.ts and counted-resolvers.ts. The rules themselves know nothing of it. */
export type Metrics = {
  /**
   * A request was answered. `route` is a template and never a path, because there is no limit to the number of paths.
   * `seconds` run until the response began: a subscription goes on for days.
   */
  answered(request: { readonly method: string; readonly route: string; status: number; seconds: number }): void;
  stored(by: StoredBy, events: number): void;
  revisionTold(): void;
  /** A query was asked for (1), or answered (-1). */
  queries(change: 1 | -1): void;
  /** All metrics in Prometheus's text format. Does not wait long for a database that does not answer. */
  page(): Promise<{ readonly type: string; readonly text: string }>;
};

export type MetricsDeps = {
  readonly database: Database;
  readonly version: string;
  /** How many queries run now; the others that were asked for are waiting. */
  readonly runningQueries: () => number;
  readonly now: () => Date;
  /** Whether to measure this process too: memory, CPU time, event-loop delay. */
  readonly process?: boolean;
};

/**
 * Only so many devices have series of their own, those whose last pass began most recently; the others are counted in
 * `kt_devices`. Otherwise a server with thousands of devices would produce thousands of series.
 */
export const MOST_DEVICES = 100;
/** How long what was read about devices is reused, in ms: frequent scrapes cost the database nothing. */
const FRESH = 10_000;
/** How long a scrape waits for the database, in ms. Prometheus itself gives up after ten seconds, with no metrics. */
const PATIENCE = 2_000;

const METHODS = ['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS'];
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** The server's metrics. Every name is in this file; `nodejs_…` and `process_…` are prom-client's own. */
export const makeMetrics = ({ database, version, runningQueries, now, process = false }: MetricsDeps): Metrics => {
  const registry = new Registry();
  const registers = [registry];
  if (process) collectDefaultMetrics({ register: registry });

  const requests = new Counter({
    name: 'kt_http_requests_total',
    help: 'Requests answered, by the template of their route.',
    labelNames: ['method', 'route', 'status'],
    registers,
  });
  const durations = new Histogram({
    name: 'kt_http_request_duration_seconds',
    help: 'Seconds from a request to the beginning of its answer.',
    labelNames: ['route'],
    buckets: SECONDS,
    registers,
  });
  const stored = new Counter({
    name: 'kt_events_stored_total',
    help: 'Events stored or changed, by the way they came. A heartbeat that prolonged an event counts as one.',
    labelNames: ['by'],
    registers,
  });
  const told = new Counter({
    name: 'kt_revisions_told_total',
    help: 'Revisions told to subscribers of GraphQL.',
    registers,
  });
  let asked = 0;
  new Gauge({
    name: 'kt_queries',
    help: 'Queries under way: those that run in a thread, and those that wait for one.',
    labelNames: ['state'],
    registers,
    collect() {
      const running = Math.min(runningQueries(), asked);
      this.set({ state: 'running' }, running);
      this.set({ state: 'waiting' }, asked - running);
    },
  });
  const { connections } = database;
  if (connections)
    new Gauge({
      name: 'kt_database_connections',
      help: 'Connections of the pool (busy, idle), and requests that wait for one.',
      labelNames: ['state'],
      registers,
      collect() {
        const { open, idle, waiting } = connections();
        this.set({ state: 'busy' }, open - idle);
        this.set({ state: 'idle' }, idle);
        this.set({ state: 'waiting' }, waiting);
      },
    });
  new Gauge({
    name: 'kt_info',
    help: 'Always 1; the version of kt-server, and the engine of its database.',
    labelNames: ['version', 'engine'],
    registers,
  }).set({ version, engine: database.engine }, 1);
  const up = new Gauge({
    name: 'kt_database_up',
    help: `Whether the database answered this scrape within ${PATIENCE / 1000} s, or in the last ${FRESH / 1000} s.`,
    registers,
  });
  const devices = new Gauge({ name: 'kt_devices', help: 'Devices that ever began a pass.', registers });
  const ofDevice = ['account', 'device', 'hostname'];
  const most = `Of the ${MOST_DEVICES} devices that synced last.`;
  const lastPass = new Gauge({
    name: 'kt_device_last_pass_timestamp_seconds',
    help: `When the device began its last pass, in seconds since 1970. ${most}`,
    labelNames: ofDevice,
    registers,
  });
  const lag = new Gauge({
    name: 'kt_device_sync_lag_seconds',
    help: `How long ago the newest event began that the device pushed; it grows while the device is off. ${most}`,
    labelNames: ofDevice,
    registers,
  });

  const reading = readSometimes(database);
  const tellDevices = (passes: readonly DevicePass[], count: number): void => {
    devices.set(count);
    for (const { account, device, hostname, lastPass: at, pushedMs } of passes) {
      const labels = { account, device, hostname };
      lastPass.set(labels, at.getTime() / 1000);
      if (pushedMs !== null) lag.set(labels, (now().getTime() - pushedMs) / 1000);
    }
  };

  return {
    answered: ({ method, route, status, seconds }) => {
      requests.inc({ method: METHODS.includes(method) ? method : 'other', route, status: String(status) });
      durations.observe({ route }, seconds);
    },
    stored: (by, events) => stored.inc({ by }, events),
    revisionTold: () => told.inc(),
    queries: (change) => void (asked += change),
    page: async () => {
      const found = await reading();
      // Devices that are gone or no longer among the most recent must disappear, and all while the database is away.
      for (const gauge of [lastPass, lag]) gauge.reset();
      if (found) tellDevices(found.passes, found.devices);
      up.set(found ? 1 : 0);
      return { type: registry.contentType, text: await registry.metrics() };
    },
  };
};

/** Reads the devices from the database, one statement at a time; null if it does not answer in time. */
const readSometimes = (database: Database) => {
  let kept: { readonly at: number; readonly found: Awaited<ReturnType<typeof latest>> } | undefined;
  let underWay: Promise<void> | undefined;
  const read = async (): Promise<void> => {
    try {
      const found = await run(database, (tx) => latest(tx, MOST_DEVICES));
      kept = { at: performance.now(), found };
    } catch {
      // The log has one line about the outage already.
    } finally {
      underWay = undefined;
    }
  };
  const fresh = () => (kept && performance.now() - kept.at < FRESH ? kept.found : null);
  return async () => {
    if (fresh() === null) {
      underWay ??= read();
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, PATIENCE).unref()));
      await Promise.race([underWay, late]);
      clearTimeout(timer);
    }
    return fresh();
  };
};
