/**
 * The setting of the stories: one account on the in-process server, and laptops, each a scripted aw-server with
 * kt-client's real engine beside it. A story ends by checking whether both sides hold the same multiset of events,
 * which is read without the sync's own means.
 */
import { randomUUID } from 'node:crypto';
import * as assert from 'uvu/assert';
import { makeLocalServer } from '../../client/aw/local-server.ts';
import { makeRemoteServer } from '../../client/remote/remote-server.ts';
import { makeMemoryState } from '../../client/sync/saved-state.ts';
import { sync, type SyncOptions } from '../../client/sync/engine.ts';
import type { Clock, Ports, Random, State } from '../../client/sync/ports.ts';
import { isProven, type ProofReport } from '../../client/sync/proof/proof-report.ts';
import type { Report } from '../../client/sync/report.ts';
import { prove, type ProofOptions } from '../../client/sync/proof/verify.ts';
import { canonicalJson } from '../../domain/data.ts';
import { driverOf, prismaOf } from '../../server/storage/database.ts';
import { makeFakeAw, type FakeAw, type FakeAwOptions } from '../support/fake-aw/server.ts';
import { storedColumns } from '../support/stored-columns.ts';
import { APP_URL, openTestServer, type TestServer, type TestUser } from '../support/test-server.ts';

export const KINDS = ['rust', 'python'] as const;

const clock: Clock = { nowUs: () => BigInt(Date.now()) * 1000n };
const random: Random = { uuid: randomUUID, nonce: randomUUID };

/** An event as a story writes it: start (ISO, or seconds before now), duration in seconds, and title. */
export type Told = readonly [at: string | number, seconds: number, title: string];

export type Laptop = {
  /** May be replaced by another one, with a database of its own and the same hostname. */
  aw: FakeAw;
  readonly hostname: string;
  state: State;
  /** Requests sent to the server since the last pass began. */
  readonly sent: { method: string; path: string }[];
  bucket(id: string, facts?: { type?: string; client?: string; hostname?: string }): Promise<void>;
  record(id: string, ...events: readonly Told[]): Promise<number[]>;
  beat(id: string, at: string | number, title: string, pulsetime?: number): Promise<void>;
  /** Writes an event anew under its id, as the web UI does. */
  edit(bucket: string, event: number, told: Told): Promise<void>;
  delete(bucket: string, event: number): Promise<void>;
  drop(bucket: string): Promise<void>;
  /** Sends a request to the aw-server; returns the JSON of the response. */
  ask(path: string, method: string, body?: unknown): Promise<unknown>;
  sync(options?: SyncOptions, ports?: Partial<Ports>): Promise<Report>;
  /** The proof; with `repair: true` what the daemon does once a day. */
  verify(options?: ProofOptions, ports?: Partial<Ports>): Promise<ProofReport>;
  /** A bucket's events as sorted text: instant in ms, duration in µs, canonical data. */
  events(id: string): string[];
  bucketIds(): string[];
};

export type Story = {
  readonly server: TestServer;
  readonly user: TestUser;
  laptop(hostname: string, options?: Partial<FakeAwOptions>): Laptop;
  /** What the server holds of a laptop's bucket, in the same form. */
  onServer(laptop: Laptop, bucket: string): Promise<string[]>;
  /** How many rows of a laptop's bucket have no source id: those of earlier epochs, which are kept. */
  kept(laptop: Laptop, bucket: string): Promise<number>;
  /** Copies everything the account holds; the returned function restores it, like a backup of the whole server. */
  backup(): Promise<() => Promise<void>>;
  /** The versions of all rows of this account's events, buckets and tombstones, which any write changes. */
  rowVersions(): Promise<string[]>;
};

export const iso = (at: string | number) =>
  typeof at === 'string' ? at : new Date(Date.now() - at * 1000).toISOString();
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
      const { buckets } = await user.graphql<{ buckets: { id: string; bucketId: string }[] }>(
        'query ($device: ID) { buckets(deviceId: $device) { id bucketId } }',
        { device: state?.deviceId ?? '' },
      );
      const found = buckets.find((one) => one.bucketId === bucket);
      if (!found) return [];
      const response = await user.fetch(`/api/0/buckets/${encodeURIComponent(found.id)}/events`);
      const events = (await response.json()) as { timestamp: string; duration: number; data: unknown }[];
      return events
        .map(({ timestamp, duration, data }) => asText(nanosOf(timestamp), BigInt(Math.round(duration * 1e9)), data))
        .sort();
    },
    kept: async (laptop, bucket) => {
      const state = await laptop.state.load();
      const [row] = await prismaOf(server.database).$queryRaw<{ kept: number }[]>`
        select count(*)::int as kept from events event
        join buckets bucket on bucket.account = event.account and bucket.number = event.bucket
        join devices device on device.account = bucket.account and device.id = bucket.device_uuid
        where event.account = ${user.account}::int and device.device_id = ${state?.deviceId ?? ''}
          and bucket.bucket_id = ${bucket} and event.source_id is null`;
      return row!.kept;
    },
    backup: () => backUp(server, user),
    rowVersions: () => versions(server, user),
  };
};

/** Nanoseconds of a printed time, parsed independently of the product. */
const nanosOf = (text: string): bigint => {
  const [, seconds = '', fraction = ''] = /^(.*?:\d\d)(?:\.(\d+))?Z$/.exec(text) ?? [];
  return BigInt(Date.parse(`${seconds}Z`)) * 1_000_000n + BigInt(fraction.padEnd(9, '0').slice(0, 9) || 0);
};

const versions = async ({ database }: TestServer, { account }: TestUser): Promise<string[]> => {
  const rows = await prismaOf(database).$queryRaw<{ version: string }[]>`
    select 'event ' || id || ' ' || xmin::text as version from events where account = ${account}::int
    union all select 'bucket ' || id || ' ' || xmin::text from buckets where account = ${account}::int
    union all select 'value ' || value || ' ' || xmin::text from event_values where account = ${account}::int
    union all select 'gone ' || bucket || ' ' || instant || ' ' || xmin::text
    from deleted_events where account = ${account}::int
    order by 1`;
  return rows.map((row) => row.version);
};

/** Tables that belong to an account, parents first. */
const TABLES = ['devices', 'buckets', 'event_values', 'events', 'deleted_events', 'trashed_events'] as const;

let backups = 0;
const backUp = async ({ database }: TestServer, { account }: TestUser): Promise<() => Promise<void>> => {
  const { script, rows } = driverOf(database);
  const name = (table: string) => `backup_${process.pid}_${++backups}_${table}`;
  const copies = TABLES.map((table) => ({ table, copy: name(table) }));
  for (const { table, copy } of copies)
    await script(`create table ${copy} as select * from ${table} where account = ${account}`);
  const [user] = await rows<{ revision: string }>(`select revision::text from users where account = ${account}`);
  return async () => {
    for (const { table } of [...copies].reverse()) await script(`delete from ${table} where account = ${account}`);
    for (const { table, copy } of copies) {
      const columns = await storedColumns(database, table);
      await script(`insert into ${table} (${columns}) select ${columns} from ${copy}`);
    }
    await script(`update users set revision = ${user!.revision} where account = ${account}`);
  };
};

export const makeLaptop = (
  { app }: TestServer,
  user: TestUser,
  hostname: string,
  options: Partial<FakeAwOptions>,
): Laptop => {
  const sent: Laptop['sent'] = [];
  const local = makeLocalServer({ url: 'http://127.0.0.1:5600', fetch: (request) => laptop.aw.fetch(request) });
  const remote = makeRemoteServer({
    url: APP_URL,
    apiKey: user.key,
    fetch: (async (input: string | URL | Request, init?: RequestInit) => {
      sent.push({
        method: init?.method ?? 'GET',
        path: new URL(String(input instanceof Request ? input.url : input)).pathname,
      });
      return app.fetch(input as never, init as never);
    }) as typeof fetch,
  });
  const ask = async (path: string, method: string, body?: unknown): Promise<unknown> => {
    const response = await laptop.aw.fetch(
      new Request(`http://127.0.0.1:5600/api/0/${path}`, {
        method,
        ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      }),
    );
    assert.ok(response.ok || response.status === 304, `${method} ${path}: ${response.status}`);
    const text = await response.text();
    return text === '' ? null : JSON.parse(text);
  };
  const ids = (id: string) => new Set((laptop.aw.dump()[id]?.events ?? []).map((event) => event.id));
  const laptop: Laptop = {
    aw: makeFakeAw({ kind: 'rust', hostname, deviceId: randomUUID(), ...options }),
    hostname,
    state: makeMemoryState(),
    sent,
    bucket: async (id, facts = {}) =>
      void (await ask(`buckets/${id}`, 'POST', { type: 'currentwindow', client: 'story', hostname, ...facts })),
    record: async (id, ...events) => {
      const before = ids(id);
      await ask(`buckets/${id}/events`, 'POST', events.map(wire));
      return [...ids(id)].filter((event) => !before.has(event));
    },
    beat: async (id, at, title, pulsetime = 60) =>
      void (await ask(`buckets/${id}/heartbeat?pulsetime=${pulsetime}`, 'POST', wire([at, 0, title]))),
    edit: async (bucket, event, told) =>
      void (await ask(`buckets/${bucket}/events`, 'POST', [{ id: event, ...wire(told) }])),
    drop: async (bucket) => void (await ask(`buckets/${bucket}?force=1`, 'DELETE')),
    ask,
    delete: async (bucket, event) => void (await ask(`buckets/${bucket}/events/${event}`, 'DELETE')),
    sync: (given, ports) => {
      sent.length = 0;
      return sync({ local, remote, state: laptop.state, clock, random, ...ports }, given);
    },
    verify: (given, ports) => prove({ local, remote, state: laptop.state, clock, random, ...ports }, given),
    events: (id) =>
      (laptop.aw.dump()[id]?.events ?? [])
        .map(({ startNs, durationNs, data }) => asText(startNs, durationNs, data))
        .sort(),
    bucketIds: () => Object.keys(laptop.aw.dump()).sort(),
  };
  return laptop;
};

/** What a pass wrote, on either side. */
export const written = ({ pushed, pulled }: Report): number =>
  pushed.reduce((sum, bucket) => sum + bucket.inserted + bucket.updated + bucket.deleted, 0) +
  pulled.reduce((sum, bucket) => sum + bucket.inserted + bucket.replaced + bucket.deleted, 0);

/** Every bucket is in step, or skipped as it should be; a failure names the one that is not. */
export const inStep = ({ pushed, pulled }: Report): void => {
  const off = [...pushed, ...pulled].filter(({ outcome }) => outcome !== 'in_step' && outcome !== 'skipped');
  assert.equal(
    off.map(({ bucket, outcome, reason }) => `${bucket}: ${outcome}, ${reason}`),
    [],
  );
};

/** Both sides of a laptop's own bucket hold the same events. */
export const sameOnServer = async (story: Story, laptop: Laptop, bucket: string): Promise<void> => {
  assert.equal(await story.onServer(laptop, bucket), laptop.events(bucket), `${laptop.hostname}'s ${bucket}`);
};

/** A copy holds the same events as its origin. */
export const sameCopy = (
  origin: Laptop,
  bucket: string,
  on: Laptop,
  copy = `${bucket}-synced-from-${origin.hostname}`,
): void => {
  assert.equal(on.events(copy), origin.events(bucket), `${copy} on ${on.hostname}`);
};

/** A clock this many hours later: what is done at most hourly is due again. */
export const later = (hours: number): Partial<Ports> => ({
  clock: { nowUs: () => clock.nowUs() + BigInt(hours) * 3_600_000_000n },
});

/** A proof finds both sides the same, and corrects nothing. */
export const proven = async (laptop: Laptop): Promise<void> => {
  const report = await laptop.verify();
  const off = report.rows.filter(({ outcome }) => outcome !== 'equal' && outcome !== 'apart');
  assert.equal(
    off.map(({ bucket, outcome, reason, days }) => `${bucket}: ${outcome}, ${reason}, ${days.length} days`),
    [],
  );
  assert.ok(isProven(report));
};

/**
 * How a story ends: a proof agrees on every laptop, and a further pass of each finds everything in step and writes no
 * row anywhere.
 */
export const atRest = async (story: Story, ...laptops: readonly Laptop[]): Promise<void> => {
  for (const laptop of laptops) await proven(laptop);
  const before = await story.rowVersions();
  for (const laptop of laptops) {
    const report = await laptop.sync();
    inStep(report);
    assert.is(written(report), 0, `${laptop.hostname} wrote in a further pass`);
  }
  assert.equal(await story.rowVersions(), before);
};

/** A laptop that recorded this, by bucket id, and a desk that has copies. */
export const lapAndDesk = async (
  kind: (typeof KINDS)[number],
  buckets: Readonly<Record<string, readonly Told[]>>,
  hostname = 'lap',
): Promise<{ story: Story; lap: Laptop; desk: Laptop }> => {
  const story = await beginStory();
  const lap = story.laptop(hostname, { kind });
  const desk = story.laptop('desk', { kind });
  for (const [id, events] of Object.entries(buckets)) {
    await lap.bucket(id);
    await lap.record(id, ...events);
  }
  for (const laptop of [lap, desk]) inStep(await laptop.sync());
  return { story, lap, desk };
};
