/** A laptop in memory for tests of the engine: a scripted aw-server and a kt-client's state. */
import * as assert from 'uvu/assert';
import { makeFakeAw, type FakeAw } from '../../test/support/fake-aw/server.ts';
import { makeLocalServer } from '../aw/local-server.ts';
import { makeMemoryState } from '../sync/saved-state.ts';
import { sync, type SyncOptions } from '../sync/engine.ts';
import type { MemoryRemote } from './memory-remote.ts';
import type { Clock, Local, Ports, Random, State } from '../sync/ports.ts';
import type { Report } from '../sync/report.ts';

/** The time at which all tests take place. */
export const NOW_MS = 1_760_000_000_000;
export const clock: Clock = { nowUs: () => BigInt(NOW_MS) * 1000n };

let drawn = 0;
export const random: Random = {
  uuid: () => `00000000-0000-4000-8000-${String(++drawn).padStart(12, '0')}`,
  nonce: () => `nonce-${++drawn}`,
};

/** An event as tests write it: seconds before now, duration in seconds, title. */
export type Recorded = readonly [ago: number, seconds: number, title: string];

export type Laptop = {
  readonly aw: FakeAw;
  readonly local: Local;
  readonly state: State;
  bucket(id: string): Promise<void>;
  record(id: string, events: readonly Recorded[]): Promise<void>;
  /** One heartbeat, so many seconds before now. */
  beat(id: string, ago: number, title: string): Promise<void>;
  /** One pass; `ports` replace the laptop's own. */
  sync(options?: SyncOptions, ports?: Partial<Ports>): Promise<Report>;
  /** What the aw-server holds of a bucket, as sorted text without ids. */
  events(id: string): string[];
};

export const makeLaptop = (remote: MemoryRemote, kind: FakeAw['kind'], hostname: string, deviceId?: string): Laptop => {
  const aw = makeFakeAw({ kind, hostname, ...(deviceId === undefined ? {} : { deviceId }) });
  const local = makeLocalServer({ url: 'http://aw', fetch: (request) => aw.fetch(request) });
  const state = makeMemoryState();
  const headers = { 'content-type': 'application/json' };
  const post = async (path: string, body: unknown) => {
    const response = await aw.fetch(
      new Request(`http://aw/api/0/${path}`, { method: 'POST', headers, body: JSON.stringify(body) }),
    );
    assert.ok(response.ok || response.status === 304, `${path}: ${response.status}`);
  };
  const wire = ([ago, duration, title]: Recorded) => ({
    timestamp: new Date(NOW_MS - ago * 1000).toISOString(),
    duration,
    data: { title },
  });
  return {
    aw,
    local,
    state,
    bucket: (id) => post(`buckets/${id}`, { client: 'watcher', type: 'currentwindow', hostname }),
    record: (id, events) => post(`buckets/${id}/events`, events.map(wire)),
    beat: (id, ago, title) => post(`buckets/${id}/heartbeat?pulsetime=60`, wire([ago, 0, title])),
    sync: (options, ports) => sync({ local, remote, state, clock, random, ...ports }, options),
    events: (id) =>
      (aw.dump()[id]?.events ?? [])
        .map(({ startNs, durationNs, data }) => `${startNs / 1_000_000n} ${durationNs / 1000n} ${JSON.stringify(data)}`)
        .sort(),
  };
};
