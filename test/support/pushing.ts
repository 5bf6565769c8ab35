/** A device as tests simulate it: registers, begins passes, pushes events, all through the GraphQL API. */
import { randomUUID } from 'node:crypto';
import * as assert from 'uvu/assert';
import { isJsonObject } from '../../domain/data.ts';
import { instantsOf, sourcedColumnsOf, type InstantColumns, type SourcedColumns } from '../../domain/sync/columns.ts';
import { formatTime, nanosToSeconds, parseLenientTime, secondsToNanos } from '../../domain/time.ts';
import type { TestUser } from './test-server.ts';

/** Seconds after a fixed morning, as RFC 3339. */
export const at = (seconds: number): string =>
  new Date(Date.UTC(2024, 4, 31, 9) + seconds * 1000).toISOString().replace('.000Z', 'Z');

export type SentEvent = { sourceId: string; timestamp: string; duration: number; data: unknown };
export const sent = (sourceId: number, start: number, duration = 1, data: unknown = { app: 'vim' }): SentEvent => ({
  sourceId: String(sourceId),
  timestamp: at(start),
  duration,
  data,
});

/** Such events as the columns of a push. */
export const columnsOfSent = (events: readonly SentEvent[]): SourcedColumns =>
  sourcedColumnsOf(
    events.map(({ sourceId, timestamp, duration, data }) => ({
      id: Number(sourceId),
      startUs: parseLenientTime(timestamp)!,
      durationNs: secondsToNanos(duration)!,
      data: isJsonObject(data) ? data : assert.unreachable('send odd data as columns'),
    })) as Parameters<typeof sourcedColumnsOf>[0],
  );

/** Events of a bucket, or what a test wants to send in their place. */
export type SentBucket = Record<string, unknown> & {
  bucketId: string;
  events: readonly SentEvent[] | Record<keyof SourcedColumns, unknown>;
};
const isEvents = (events: SentBucket['events']): events is readonly SentEvent[] => Array.isArray(events);
/** A bucket as it is sent. */
export const wireBucket = ({ events, ...bucket }: SentBucket): Record<string, unknown> => ({
  ...bucket,
  events: isEvents(events) ? columnsOfSent(events) : events,
});

/** What to ask of `Instants`, and what it says: as text and seconds, as the other types have it. */
export const INSTANTS = '{ starts durations dataIndex data gone }';
export type ShownInstant = {
  at: string;
  gone: boolean;
  events: { timestamp: string; duration: number; data: unknown }[];
};
export const shownInstants = (columns: InstantColumns): ShownInstant[] =>
  instantsOf(columns, 'instants').map(({ atMs, gone, events }) => ({
    at: formatTime(atMs * 1000n),
    gone,
    events: events.map(({ startUs, durationNs, data }) => ({
      timestamp: formatTime(startUs),
      duration: nanosToSeconds(durationNs),
      data,
    })),
  }));

/** A push of one bucket: `window` in its first epoch, unless `more` says otherwise. */
export const bucketWith = (events: SentBucket['events'], more: Record<string, unknown> = {}): SentBucket => ({
  bucketId: 'window',
  epoch: 1,
  type: 'currentwindow',
  client: 'aw-watcher-window',
  hostname: 'laptop',
  events,
  ...more,
});

type Rejection = { sourceId: string; reason: string };
type PushResult = {
  bucketId: string;
  error: { code: string; message: string } | null;
  epoch: number;
  count: number;
  pushCursor: { head: string; foot: string | null } | null;
  inserted: number;
  updated: number;
  unchanged: number;
  deleted: number;
  rejections: Rejection[];
};
export type Pushed = { revision: string; results: PushResult[] };

export const PUSH = `mutation ($input: PushEventsInput!) { pushEvents(input: $input) { revision results {
  bucketId epoch count inserted updated unchanged deleted error { code message } pushCursor { head foot }
  rejections { sourceId reason } } } }`;
const REGISTER = `mutation ($input: RegisterDeviceInput!) { registerDevice(input: $input) { accountId revision
  device { id deviceId hostname awDeviceId pass lastSyncAt }
  pushed { bucketId epoch count created pushCursor { head foot } witnesses { sourceId at dataHash } } } }`;

export type Registered = {
  accountId: string;
  revision: string;
  device: {
    id: string;
    deviceId: string;
    hostname: string;
    awDeviceId: string | null;
    pass: number;
    lastSyncAt: string | null;
  };
  pushed: {
    bucketId: string;
    epoch: number;
    count: number;
    created: string | null;
    pushCursor: PushResult['pushCursor'];
    witnesses: { sourceId: string; at: string; dataHash: string | null }[];
  }[];
};

export const register = async (user: TestUser, input: Record<string, unknown>): Promise<Registered> =>
  (await user.graphql<{ registerDevice: Registered }>(REGISTER, { input })).registerDevice;

export const push = async (
  user: TestUser,
  deviceId: string,
  pass: number,
  buckets: readonly SentBucket[],
): Promise<Pushed> =>
  (await user.graphql<{ pushEvents: Pushed }>(PUSH, { input: { deviceId, pass, buckets: buckets.map(wireBucket) } }))
    .pushEvents;

export type TestDevice = { readonly id: string; push(...buckets: SentBucket[]): Promise<PushResult[]> };

/** A device of this user in its first pass. */
export const newDevice = async (user: TestUser, hostname = 'laptop'): Promise<TestDevice> => {
  const id = randomUUID();
  await register(user, { deviceId: id, hostname, pass: 1, nonce: 'first' });
  return { id, push: async (...buckets) => (await push(user, id, 1, buckets)).results };
};

/** The error of the GraphQL response `asked`, which must have this code. */
export const failing = async (
  code: string,
  asked: Promise<unknown>,
): Promise<Error & { code?: string; status?: number }> => {
  let error: (Error & { code?: string; status?: number }) | undefined;
  try {
    await asked;
  } catch (caught) {
    error = caught as Error;
  }
  assert.ok(error, `expected ${code}, and it succeeded`);
  assert.is(error.code, code, error.message);
  return error;
};
