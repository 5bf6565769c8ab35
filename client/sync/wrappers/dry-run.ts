/**
 * Wraps the ports and leaves out every write: a pass over them tells what it would do, and changes nothing anywhere. A
 * device that the server does not know is not registered; a known one is looked up without taking a pass. The result of
 * a push is worked out event by event (forecast.ts): after a lost state everything is sent again, although none of it
 * is new.
 */
import { makeMemoryState } from '../saved-state.ts';
import { makeForecaster } from './forecast.ts';
import type { Local, Ports, PushResult, Registration, Remote, State } from '../ports.ts';

const NOTHING = { events: [], full: false, unreadable: [] };
/** The registration of a device that would only now be registered. */
const UNKNOWN: Registration = { deviceUuid: '', account: '', revision: 0n, pushed: [], compared: [] };

const dryLocal = (local: Local): Local => {
  const created = new Set<string>();
  return {
    info: () => local.info(),
    buckets: () => local.buckets(),
    events: async (id, query) => (created.has(id) ? NOTHING : local.events(id, query)),
    event: async (id, event) => (created.has(id) ? null : local.event(id, event)),
    count: async (id) => (created.has(id) ? 0 : local.count(id)),
    createBucket: async ({ id }) => Boolean(created.add(id)),
    insert: async () => undefined,
    replace: async () => undefined,
    deleteEvent: async () => undefined,
    deleteBucket: async () => undefined,
  };
};

const dryRemote = (remote: Remote): Remote => {
  let foretell: ReturnType<typeof makeForecaster> | null = null;
  return {
    info: () => remote.info(),
    account: () => remote.account(),
    devices: () => remote.devices(),
    buckets: () => remote.buckets(),
    changes: (input) => remote.changes(input),
    facts: () => remote.facts(),
    digest: (bucket) => remote.digest(bucket),
    trashedLastDay: (bucket) => remote.trashedLastDay(bucket),
    sources: (bucket, day) => remote.sources(bucket, day),
    namesakes: (buckets) => remote.namesakes(buckets),
    histories: (buckets, after) => remote.histories(buckets, after),
    reclaim: (deviceId) => remote.reclaim(deviceId),
    instants: (bucket, day) => remote.instants(bucket, day),
    async register({ deviceId, bucketIds = [] }) {
      const known = (await remote.devices()).find((device) => device.deviceId === deviceId);
      const registration = known
        ? await remote.register({ deviceId, hostname: known.hostname, awDeviceId: known.awDeviceId, bucketIds })
        : UNKNOWN;
      foretell = makeForecaster(remote, deviceId, registration.pushed);
      return registration;
    },
    async push({ buckets }) {
      const results: PushResult[] = [];
      for (const push of buckets) {
        const { bucket, epoch, events, cursor } = push;
        const told = (await foretell?.(push)) ?? { inserted: 0, updated: 0, unchanged: 0 };
        results.push({
          bucketId: bucket.id,
          error: null,
          epoch,
          count: events.length,
          cursor,
          ...told,
          deleted: 0,
          rejected: [],
          compared: null,
        });
      }
      return { revision: 0n, results };
    },
  };
};

const dryState = (state: State): State => {
  const memory = makeMemoryState();
  return { load: async () => (await memory.load()) ?? (await state.load()), save: (next) => memory.save(next) };
};

export const dryRun = (ports: Ports): Ports => ({
  ...ports,
  local: dryLocal(ports.local),
  remote: dryRemote(ports.remote),
  state: dryState(ports.state),
});
