/**
 * What the stories are told with: one account on the in-process server, and laptops, each a scripted aw-server with
 * kt-client's real engine beside it. A story ends by asking whether both sides hold the same multiset of events, which is
 * read here by other means than the sync's own.
 */
import { randomUUID } from 'node:crypto';
import * as assert from 'uvu/assert';
import { makeLocalServer } from '../../client/aw/local-server.ts';
import { makeRemoteServer } from '../../client/remote/remote-server.ts';
import { makeMemoryState } from '../../client/sync/book.ts';
import { sync, type SyncOptions } from '../../client/sync/engine.ts';
import type { Clock, Ports, Random, State } from '../../client/sync/ports.ts';
import type { Report } from '../../client/sync/report.ts';
import { canonicalJson } from '../../domain/data.ts';
import { prismaOf } from '../../server/storage/database.ts';
import { makeFakeAw, type FakeAw, type FakeAwOptions } from '../support/fake-aw/server.ts';
import { APP_URL, openTestServer, type TestServer, type TestUser } from '../support/test-server.ts';

export const KINDS = ['rust', 'python'] as const;

const clock: Clock = { nowUs: () => BigInt(Date.now()) * 1000n };
const random: Random = { uuid: randomUUID, nonce: randomUUID };

/** An event as a story writes it: when (ISO, or seconds before now), how long in seconds, and its title. */
export type Told = readonly [at: string | number, seconds: number, title: string];

export type Laptop = {
  readonly aw: FakeAw;
  readonly hostname: string;
  state: State;
  /** Requests sent to the server since the last pass began. */
  readonly sent: { method: string; path: string }[];
  bucket(id: string, facts?: { type?: string; client?: string }): Promise<void>;
  record(id: string, ...events: readonly Told[]): Promise<number[]>;
  beat(id: string, at: string | number, title: string, pulsetime?: number): Promise<void>;
  delete(bucket: string, event: number): Promise<void>;
  sync(options?: SyncOptions, ports?: Partial<Ports>): Promise<Report>;
  /** A bucket's events as sorted text: instant in ms, duration in µs, canonical data. */
  events(id: string): string[];
  bucketIds(): string[];
};

export type Story = {
  readonly server: TestServer;
  readonly user: TestUser;
  laptop(hostname: string, options?: Partial<FakeAwOptions>): Laptop;
  /** What the server holds of a laptop's bucket, in the same text. */
  onServer(laptop: Laptop, bucket: string): Promise<string[]>;
  /** The versions of all rows of this account's events, buckets and tombstones: a write moves them. */
  rowVersions(): Promise<string[]>;
};

const iso = (at: string | number) => (typeof at === 'string' ? at : new Date(Date.now() - at * 1000).toISOString());
const wire = ([at, duration, title]: Told) => ({ timestamp: iso(at), duration, data: { app: 'story', title } });
const asText = (startNs: bigint, durationNs: bigint, data: unknown) => {
  const ms = startNs >= 0n ? startNs / 1_000_000n : (startNs - 999_999n) / 1_000_000n;
  return `${ms} ${(durationNs + 500n) / 1000n} ${canonicalJson(data)}`;
};

/** A fresh account. */
export const beginStory = async (): Promise<Story> => {
  const server = await openTestServer();
  const user = await server.newUser();
  return {
    server,
    user,
    laptop: (hostname, options = {}) => makeLaptop(server, user, hostname, options),
    onServer: async (laptop, bucket) => {
      const state = await laptop.state.load();
      const { buckets } = await user.graphql<{ buckets: { id: string; bucketId: string }[] }>('query ($device: ID) { buckets(deviceId: $device) { id bucketId } }', { device: state?.deviceId ?? '' });
      const found = buckets.find((one) => one.bucketId === bucket);
      if (!found) return [];
      const response = await user.fetch(`/api/0/buckets/${encodeURIComponent(found.id)}/events`);
      const events = (await response.json()) as { timestamp: string; duration: number; data: unknown }[];
      return events.map(({ timestamp, duration, data }) => asText(nanosOf(timestamp), BigInt(Math.round(duration * 1e9)), data)).sort();
    },
    rowVersions: () => versions(server, user.userId),
  };
};

/** Nanoseconds of a printed time; the story's own reading of it. */
const nanosOf = (text: string): bigint => {
  const [, seconds = '', fraction = ''] = /^(.*?:\d\d)(?:\.(\d+))?Z$/.exec(text) ?? [];
  return BigInt(Date.parse(`${seconds}Z`)) * 1_000_000n + BigInt(fraction.padEnd(9, '0').slice(0, 9) || 0);
};

const versions = async ({ database }: TestServer, userId: string): Promise<string[]> => {
  const rows = await prismaOf(database).$queryRaw<{ version: string }[]>`
    select 'event ' || event.id || ' ' || event.xmin::text as version
    from events event join buckets bucket on bucket.id = event.bucket_uuid where bucket.user_id = ${userId}::uuid
    union all select 'bucket ' || id || ' ' || xmin::text from buckets where user_id = ${userId}::uuid
    union all select 'gone ' || gone.bucket_uuid || ' ' || gone.instant || ' ' || gone.xmin::text
    from deleted_events gone join buckets bucket on bucket.id = gone.bucket_uuid where bucket.user_id = ${userId}::uuid
    order by 1`;
  return rows.map((row) => row.version);
};

const makeLaptop = ({ app }: TestServer, user: TestUser, hostname: string, options: Partial<FakeAwOptions>): Laptop => {
  const aw = makeFakeAw({ kind: 'rust', hostname, deviceId: randomUUID(), ...options });
  const sent: Laptop['sent'] = [];
  const local = makeLocalServer({ url: 'http://127.0.0.1:5600', fetch: (request) => aw.fetch(request) });
  const remote = makeRemoteServer({
    url: APP_URL,
    apiKey: user.key,
    fetch: (async (input: string | URL | Request, init?: RequestInit) => {
      sent.push({ method: init?.method ?? 'GET', path: new URL(String(input instanceof Request ? input.url : input)).pathname });
      return app.fetch(input as never, init as never);
    }) as typeof fetch,
  });
  const ask = async (path: string, method: string, body?: unknown): Promise<unknown> => {
    const response = await aw.fetch(
      new Request(`http://127.0.0.1:5600/api/0/${path}`, { method, ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }) }),
    );
    assert.ok(response.ok || response.status === 304, `${method} ${path}: ${response.status}`);
    const text = await response.text();
    return text === '' ? null : JSON.parse(text);
  };
  const ids = (id: string) => new Set((aw.dump()[id]?.events ?? []).map((event) => event.id));
  const laptop: Laptop = {
    aw,
    hostname,
    state: makeMemoryState(),
    sent,
    bucket: async (id, facts = {}) => void (await ask(`buckets/${id}`, 'POST', { type: 'currentwindow', client: 'story', hostname, ...facts })),
    record: async (id, ...events) => {
      const before = ids(id);
      await ask(`buckets/${id}/events`, 'POST', events.map(wire));
      return [...ids(id)].filter((event) => !before.has(event));
    },
    beat: async (id, at, title, pulsetime = 60) => void (await ask(`buckets/${id}/heartbeat?pulsetime=${pulsetime}`, 'POST', wire([at, 0, title]))),
    delete: async (bucket, event) => void (await ask(`buckets/${bucket}/events/${event}`, 'DELETE')),
    sync: (given, ports) => {
      sent.length = 0;
      return sync({ local, remote, state: laptop.state, clock, random, ...ports }, given);
    },
    events: (id) => (aw.dump()[id]?.events ?? []).map(({ startNs, durationNs, data }) => asText(startNs, durationNs, data)).sort(),
    bucketIds: () => Object.keys(aw.dump()).sort(),
  };
  return laptop;
};

/** What a pass wrote, on either side. */
export const written = ({ pushed, pulled }: Report): number =>
  pushed.reduce((sum, bucket) => sum + bucket.inserted + bucket.updated, 0) + pulled.reduce((sum, bucket) => sum + bucket.inserted + bucket.replaced + bucket.deleted, 0);

/** Every bucket is in step, or skipped as it should be; says which is not. */
export const inStep = ({ pushed, pulled }: Report): void => {
  const off = [...pushed, ...pulled].filter(({ outcome }) => outcome !== 'in_step' && outcome !== 'skipped');
  assert.equal(off.map(({ bucket, outcome, reason }) => `${bucket}: ${outcome}, ${reason}`), []);
};

/** Both sides of a laptop's own bucket hold the same. */
export const sameOnServer = async (story: Story, laptop: Laptop, bucket: string): Promise<void> => {
  assert.equal(await story.onServer(laptop, bucket), laptop.events(bucket), `${laptop.hostname}'s ${bucket}`);
};

/** A copy holds what its origin does. */
export const sameCopy = (origin: Laptop, bucket: string, on: Laptop, copy = `${bucket}-synced-from-${origin.hostname}`): void => {
  assert.equal(on.events(copy), origin.events(bucket), `${copy} on ${on.hostname}`);
};
