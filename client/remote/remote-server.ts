import { parsedUrl } from '../../domain/parsed-url.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import { GraphQLClient } from 'graphql-request';
import { isJsonObject } from '../../domain/data.ts';
import { formatDay } from '../../domain/day.ts';
import { KtError } from '../../domain/errors.ts';
import { isLoopback } from '../../domain/loopback.ts';
import { MOST_CALLED } from '../../domain/sync/history.ts';
import { DAY_PAGE } from '../../domain/sync/day-digest.ts';
import type { Instant } from '../../domain/sync/changes.ts';
import type { SourceHash } from '../../domain/sync/push.ts';
import type { Remote } from '../sync/ports.ts';
import { diagnosed } from './diagnosis.ts';
import { checkAnswer, faultOf, notKtServer } from './faults.ts';
import { getSdk } from './generated.ts';
import { gzipRequest } from './gzip.ts';
import { MAX_RETRIES, withRetries, type RetryOptions } from './retry.ts';
import {
  changePageOf,
  compareInput,
  historyInput,
  historyOf,
  importedBucketOf,
  instantsOfWire,
  microsOrNull,
  millisText,
  partOf,
  proofInput,
  pushBucketInput,
  pushResultOf,
  pushStateOf,
  remoteBucketOf,
  remoteDayOf,
  revisionOf,
  sourceHashOf,
} from './shapes.ts';
import { tellingVersions, type Versions } from './told-version.ts';

/**
 * Node's fetch as it is used here. The signal is passed in the request and separately: if a Request is
 * garbage-collected before its answer arrives, its signal is lost (Node 20.20).
 */
export type Fetch = (request: Request, init: { signal: AbortSignal }) => Promise<Response>;

/**
 * A fetch for GraphQLClient that gives up after so many ms. Redirects are not followed: they would carry the key
 * elsewhere. Fails as `checkAnswer` does; `url` is the server's URL for error messages.
 */
export const within =
  (timeoutMs: number, url: string, fetch: Fetch) =>
  async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const signal = AbortSignal.timeout(timeoutMs);
    return checkAnswer(await fetch(new Request(input, { ...init, redirect: 'manual', signal }), { signal }), url);
  };

export type RemoteServerOptions = {
  /** Where kt-server is, like `https://kt.example`; may include a path before `/graphql`. */
  readonly url: string;
  readonly apiKey: string;
  /** Defaults to Node's own. */
  readonly fetch?: Fetch | undefined;
  /** How long one attempt may take. */
  readonly timeoutMs?: number | undefined;
  readonly retries?: number | undefined;
  readonly sleep?: ((ms: number) => Promise<void>) | undefined;
  /** What both sides tell of their versions; nothing, if not given. */
  readonly versions?: Versions | undefined;
};

const ATTEMPT_MS = 120_000;

/**
 * The base URL of all requests to the kt-server at `url`: a proxy may serve it under a path, and the URL may end in
 * `/graphql`.
 */
export const baseOf = (url: string): string => url.replace(/\/+$/, '').replace(/\/graphql$/, '');

/** The URL of its GraphQL API. */
export const endpointOf = (url: string): string => `${baseOf(url)}/graphql`;

/** A bucket that was asked for by name. */
const found = <T>(bucket: T | null | undefined): T => {
  if (!bucket) throw new KtError('not_found', 'the bucket was deleted on the server meanwhile: sync again');
  return bucket;
};

/** All of a day, page after page, until a page is empty. */
const wholeDay = async <T>(pageBehind: (last: T | undefined) => Promise<T[]>): Promise<T[]> => {
  const all: T[] = [];
  for (let page = await pageBehind(undefined); page.length > 0; page = await pageBehind(all.at(-1))) all.push(...page);
  return all;
};

/**
 * kt-server through its GraphQL API. Every call may be repeated, so a request whose answer was lost is sent again (at
 * most three times). Every failure is a KtError with a line for the user; none contains the key or the request.
 */
export const makeRemoteServer = (options: RemoteServerOptions): Remote => {
  const { url, apiKey, fetch = globalThis.fetch, timeoutMs = ATTEMPT_MS, retries = MAX_RETRIES, versions } = options;
  // Within one machine a byte costs less than to compress it.
  const isNear = isLoopback(parsedUrl(url)?.hostname ?? '');
  const client = new GraphQLClient(endpointOf(url), {
    headers: { authorization: `Bearer ${apiKey}`, ...(isNear ? { 'accept-encoding': 'identity' } : {}) },
    ...(isNear ? {} : { requestMiddleware: gzipRequest }),
    fetch: within(timeoutMs, url, versions ? tellingVersions(versions, baseOf(url), fetch) : fetch),
  });
  const sdk = getSdk(client, async (act) => {
    const data = await act();
    if (!isJsonObject(data)) throw notKtServer('invalid', url, 'something that speaks JSON', 200);
    return data;
  });
  const retrying: RetryOptions = { retries, chance: Math.random, sleep: options.sleep ?? ((ms) => sleep(ms)) };
  const attempt = async <T>(call: () => Promise<T>): Promise<T> => {
    try {
      return await call();
    } catch (error) {
      throw faultOf(error, url, Date.now());
    }
  };
  const ask = async <T>(call: () => Promise<T>): Promise<T> => {
    try {
      return await withRetries(() => attempt(call), retrying);
    } catch (error) {
      throw await diagnosed(error, baseOf(url), fetch);
    }
  };

  return {
    info: () => ask(async () => (await sdk.Info()).info),
    account: () => ask(async () => (await sdk.Account()).viewer.id),
    devices: () =>
      ask(async () =>
        (await sdk.Devices()).devices.map(({ lastSyncAt, ...device }) => ({
          ...device,
          lastSyncUs: microsOrNull(lastSyncAt),
        })),
      ),
    buckets: () =>
      ask(async () =>
        (await sdk.Buckets()).buckets.map((raw) => ({
          ...remoteBucketOf(raw),
          events: raw.eventCount,
          pushed: raw.pushedCount,
          firstEventUs: microsOrNull(raw.firstEventAt),
          lastEventUs: microsOrNull(raw.lastEventAt),
        })),
      ),
    register: ({ compare, proof, bucketIds = [], ...input }) =>
      ask(async () => {
        const wanted = {
          bucketIds: [...bucketIds],
          compare: compare && compareInput(compare),
          proof: proof && proofInput(proof),
        };
        const { registerDevice: raw } = await sdk.RegisterDevice({ input: { ...input, ...wanted } });
        return {
          deviceUuid: raw.device.id,
          account: raw.accountId,
          revision: revisionOf(raw.revision),
          pushed: raw.pushed.map(pushStateOf),
          imported: raw.imported.map(importedBucketOf),
          compared: raw.compared.map(partOf),
        };
      }),
    push: ({ deviceId, pass, buckets }) =>
      ask(async () => {
        const { pushEvents: raw } = await sdk.PushEvents({
          input: { deviceId, pass, buckets: buckets.map(pushBucketInput) },
        });
        return { revision: revisionOf(raw.revision), results: raw.results.map(pushResultOf) };
      }),
    facts: () => ask(async () => (await sdk.Facts()).buckets.map(remoteBucketOf)),
    digest: (bucket) => ask(async () => found((await sdk.Digest({ bucket })).bucket).digest.map(remoteDayOf)),
    trashedLastDay: (bucket) => ask(async () => found((await sdk.TrashedLastDay({ bucket })).bucket).trashedLastDay),
    sources: (bucket, day) =>
      wholeDay(async (last: SourceHash | undefined) => {
        const after = last === undefined ? null : String(last.sourceId);
        return ask(async () =>
          found((await sdk.Sources({ bucket, day: formatDay(day), first: DAY_PAGE, after })).bucket).sources.map(
            sourceHashOf,
          ),
        );
      }),
    instants: (bucket, day) =>
      wholeDay(async (last: Instant | undefined) => {
        const after = last === undefined ? null : millisText(last.atMs);
        return ask(async () =>
          instantsOfWire(
            found((await sdk.Instants({ bucket, day: formatDay(day), first: DAY_PAGE, after })).bucket).instants,
          ),
        );
      }),
    namesakes: async (buckets) => {
      const found = new Set<string>();
      for (let i = 0; i < buckets.length; i += MOST_CALLED) {
        const some = buckets.slice(i, i + MOST_CALLED).map(({ bucketId, type }) => ({ bucketId, type }));
        for (let after: string | null = null; ; ) {
          const { histories } = await ask(() => sdk.Namesakes({ buckets: some, after }));
          for (const { bucketId } of histories) found.add(bucketId);
          after = histories.at(-1)?.id ?? null;
          if (after === null) break;
        }
      }
      return found;
    },
    histories: (buckets, after) =>
      ask(async () => (await sdk.Histories({ buckets: buckets.map(historyInput), after })).histories.map(historyOf)),
    reclaim: (deviceId) => ask(async () => (await sdk.ReclaimDevice({ input: { deviceId } })).reclaimDevice.device),
    changes: ({ after, excludeDevice, first, rest }) =>
      ask(async () =>
        changePageOf(
          (await sdk.Changes({ after: String(after), excludeDeviceId: excludeDevice, first, rest })).changes,
        ),
      ),
  };
};
