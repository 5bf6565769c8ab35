/** A device as tests simulate it: registers, begins passes, pushes events, all through the GraphQL API. */
import { randomUUID } from 'node:crypto';
import * as assert from 'uvu/assert';
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

export type SentBucket = Record<string, unknown> & { bucketId: string; events: readonly SentEvent[] };
/** A push of one bucket: `window` in its first epoch, unless `more` says otherwise. */
export const bucketWith = (events: readonly SentEvent[], more: Record<string, unknown> = {}): SentBucket => ({
  bucketId: 'window',
  epoch: 1,
  type: 'currentwindow',
  client: 'aw-watcher-window',
  hostname: 'laptop',
  events,
  ...more,
});

type Verdict = { sourceId: string; verdict: string; reason: string | null };
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
  verdicts: Verdict[];
  rejected: Verdict[];
};
export type Pushed = { revision: string; results: PushResult[] };

export const PUSH = `mutation ($input: PushEventsInput!) { pushEvents(input: $input) { revision results {
  bucketId epoch count inserted updated unchanged deleted error { code message } pushCursor { head foot }
  verdicts { sourceId verdict reason } rejected { sourceId verdict reason } } } }`;
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
  (await user.graphql<{ pushEvents: Pushed }>(PUSH, { input: { deviceId, pass, buckets } })).pushEvents;

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
