/** Activity as the REST API takes it, in batches, and as the scripted aw-server's database holds it. */
import type { JsonObject } from '../../support/fake-aw/json.ts';
import type { FakeAwSnapshot } from '../../support/fake-aw/server.ts';
import type { Activity } from './activity.ts';
import type { WorkloadBucket } from './workloads.ts';

/** µs since 1970 as aw-server writes them. */
export const timestamp = (us: number): string => {
  const [seconds, micros] = [Math.floor(us / 1e6), us % 1e6];
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${String(micros).padStart(6, '0')}Z`;
};

/** An event as `POST …/events` and `POST …/heartbeat` take it. */
export const toWire = ({ startUs, durationUs, data }: Activity) => ({
  timestamp: timestamp(startUs),
  duration: durationUs / 1e6,
  data,
});

/** Bodies of `POST …/events` with this many events each; the last may have fewer. */
export function* batches(events: Iterable<Activity>, size = 5_000): Generator<{ body: string; count: number }> {
  let batch: string[] = [];
  for (const event of events) {
    if (batch.push(JSON.stringify(toWire(event))) < size) continue;
    yield { body: `[${batch.join(',')}]`, count: batch.length };
    batch = [];
  }
  if (batch.length > 0) yield { body: `[${batch.join(',')}]`, count: batch.length };
}

/** A workload as the database of a scripted aw-server of either kind; this one is held whole. */
export const snapshotOf = (kind: 'rust' | 'python', buckets: readonly WorkloadBucket[]): FakeAwSnapshot => {
  const grain = kind === 'python' ? 1_000_000n : 1n;
  const cut = (us: number): bigint => ((BigInt(us) * 1000n) / grain) * grain;
  const made = buckets.map(({ id, type, client, hostname, events }, place) => {
    const rows = [...events()].map(({ startUs, durationUs, data }, n) => {
      const start = cut(startUs);
      return {
        id: n * buckets.length + place + 1,
        bucket: place + 1,
        start,
        end: start + BigInt(durationUs) * 1000n,
        data: data as JsonObject,
      };
    });
    rows.sort((a, b) => (a.start !== b.start ? (a.start > b.start ? -1 : 1) : b.id - a.id));
    return {
      key: place + 1,
      id,
      type,
      client,
      hostname,
      created: rows.at(-1)?.start ?? 0n,
      data: {},
      longest: rows.reduce((most, { start, end }) => (end - start > most ? end - start : most), 0n),
      events: rows,
    };
  });
  const most = made.reduce((all, { events }) => Math.max(all, events.length), 0);
  return { sequence: (most + 1) * buckets.length, bucketSequence: buckets.length, buckets: made, settings: [] };
};
