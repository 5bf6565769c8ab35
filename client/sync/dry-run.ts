/**
 * The same ports with every write left out: a pass over them tells what it would do, and changes nothing anywhere. A
 * device that the server does not know is not registered; a known one is asked for without a pass.
 */
import type { Local, Ports, Remote, State } from './ports.ts';
import { makeMemoryState } from './book.ts';

const NOTHING = { events: [], full: false, unreadable: [] };

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
  };
};

const dryRemote = (remote: Remote): Remote => ({
  info: () => remote.info(),
  devices: () => remote.devices(),
  buckets: () => remote.buckets(),
  changes: (input) => remote.changes(input),
  facts: () => remote.facts(),
  digest: (bucket) => remote.digest(bucket),
  sources: (bucket, day) => remote.sources(bucket, day),
  instants: (bucket, day) => remote.instants(bucket, day),
  async register({ deviceId }) {
    const known = (await remote.devices()).find((device) => device.deviceId === deviceId);
    if (!known) return { deviceUuid: '', account: '', revision: 0n, pushed: [] };
    return remote.register({ deviceId, hostname: known.hostname, awDeviceId: known.awDeviceId });
  },
  async push({ buckets }) {
    const results = buckets.map(({ bucket, epoch, events, cursor }) => ({
      bucketId: bucket.id,
      error: null,
      epoch,
      count: events.length,
      cursor,
      inserted: 0,
      updated: 0,
      unchanged: 0,
      deleted: 0,
      rejected: [],
    }));
    return { revision: 0n, results };
  },
});

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
