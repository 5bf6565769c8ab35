/**
 * A scripted aw-server: ActivityWatch's own server, Rust or Python, simulated in memory after docs/spec/rest.md. It
 * stands in for real ones, so it does what they do, including their faults, and imports nothing of ours. Use it by
 * `fetch`, or let it listen (`listen.ts`).
 */
import { randomUUID } from 'node:crypto';

import type { Behaviour, Call, Reply } from './http.ts';
import type { JsonObject } from './json.ts';
import { pythonBehaviour } from './python.ts';
import { rustBehaviour } from './rust.ts';
import { makeStore, type StoreSnapshot } from './store.ts';
import { MILLI } from './time.ts';

export { listenFakeAw } from './listen.ts';
export { seedWindowEvents } from './seed.ts';

export type FakeAwOptions = {
  kind: 'rust' | 'python';
  hostname?: string;
  deviceId?: string;
  /** [R] only; empty or absent means no authentication */
  apiKey?: string;
  testing?: boolean;
  /** nanoseconds since 1970; the real clock unless given */
  now?: () => bigint;
  /** called after each request that may have written */
  onWrite?: () => void;
};

type ServedRequest = { method: string; path: string; query: string; status: number; bytesIn: number };

export type DumpedEvent = { id: number; startNs: bigint; durationNs: bigint; data: unknown };
type DumpedBucket = {
  type: string;
  client: string;
  hostname: string;
  created: string;
  data: object;
  events: DumpedEvent[];
};

/** An exact copy of a database; rows are shared, they never change */
export type FakeAwSnapshot = StoreSnapshot;

export type FakeAw = {
  readonly kind: 'rust' | 'python';
  readonly hostname: string;
  readonly deviceId: string;
  /** a plain web-fetch handler; the host of the URL is ignored */
  fetch(request: Request): Promise<Response>;
  /** `fetch` below URLs, which would resolve dot segments */
  serve(call: Call): Promise<Reply>;
  /** every request served so far, oldest first */
  readonly requests: readonly ServedRequest[];
  /** what the store holds, unclipped, in listing order; for assertions only */
  dump(): Record<string, DumpedBucket>;
  /** forgets the memory of the process: heartbeat slots, and for [R] widened metadata and a dead storage thread */
  restart(): void;
  /** the database as it is now */
  snapshot(): FakeAwSnapshot;
  /**
   * puts a database back, ids and counters too, and restarts: a restored backup, or a crash that takes
   * back acknowledged writes
   */
  restore(snapshot: FakeAwSnapshot): void;
};

export function makeFakeAw(options: FakeAwOptions): FakeAw {
  const {
    kind,
    hostname = 'fake-host',
    deviceId = randomUUID(),
    apiKey = '',
    testing = false,
    onWrite = () => {},
  } = options;
  const now = options.now ?? (() => BigInt(Date.now()) * MILLI);
  const store = makeStore(kind === 'rust' ? 'end-then-id' : 'newest-id');
  const behaviour: Behaviour =
    kind === 'rust'
      ? rustBehaviour({ store, hostname, deviceId, apiKey, testing, now })
      : pythonBehaviour({ store, hostname, deviceId, testing, now });
  const requests: ServedRequest[] = [];

  const serve = async (call: Call): Promise<Reply> => {
    const reply = await behaviour.handle(call);
    requests.push({
      method: call.method,
      path: call.path,
      query: call.query,
      status: reply.status,
      bytesIn: call.body.byteLength,
    });
    if (call.method === 'POST' || call.method === 'DELETE') onWrite();
    return call.method === 'HEAD' ? { ...reply, body: null } : reply;
  };

  return {
    kind,
    hostname,
    deviceId,
    requests,
    serve,

    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      const body = new Uint8Array(await request.arrayBuffer());
      const reply = await serve({
        method: request.method,
        path: pathname,
        query: search.slice(1),
        headers: request.headers,
        body,
      });
      // as bytes: a text would be given a content type that the server did not send
      return new Response(reply.body === null ? null : new TextEncoder().encode(reply.body), {
        status: reply.status,
        headers: reply.headers,
      });
    },

    dump: () =>
      Object.fromEntries(
        store.snapshot().buckets.map(({ id, type, client, hostname: host, created, data, events }) => [
          id,
          {
            type,
            client,
            hostname: host,
            created: new Date(Number(created / MILLI)).toISOString(),
            data: data as JsonObject,
            events: events.map((row) => ({
              id: row.id,
              startNs: row.start,
              durationNs: row.end - row.start,
              data: row.data,
            })),
          },
        ]),
      ),

    restart: behaviour.restart,
    snapshot: store.snapshot,
    restore(snapshot) {
      store.restore(snapshot);
      behaviour.restart();
    },
  };
}
