import { parsedUrl } from '../../domain/parsed-url.ts';
import { setTimeout as sleep } from 'node:timers/promises';
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
import { send as sendByHttp, sendBy, type Fetch, type Send } from '../http/send.ts';
import { faultOf, notKtServer } from './faults.ts';
import * as documents from './generated.ts';
import type { TypedDocumentString } from './generated.ts';
import { makeGraphql } from './graphql.ts';
import { gzipped } from './gzip.ts';
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

export type RemoteServerOptions = {
  /** Where kt-server is, like `https://kt.example`; may include a path before `/graphql`. */
  readonly url: string;
  readonly apiKey: string;
  /** How it is asked: by Node's `http`, unless a way is given, or a fetch in its place. */
  readonly send?: Send | undefined;
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
  const { url, apiKey, fetch, timeoutMs = ATTEMPT_MS, retries = MAX_RETRIES, versions } = options;
  const send = options.send ?? (fetch ? sendBy(fetch) : sendByHttp);
  const told = versions ? tellingVersions(versions, baseOf(url), send) : send;
  // Within one machine a byte costs less than to compress it.
  const isNear = isLoopback(parsedUrl(url)?.hostname ?? '');
  const graphql = makeGraphql({
    endpoint: endpointOf(url),
    url,
    apiKey,
    send: isNear ? told : gzipped(told),
    timeoutMs,
  });
  const asked = async <Result, Variables>(
    document: TypedDocumentString<Result, Variables>,
    variables?: Variables,
  ): Promise<Result> => {
    const { data } = await graphql(document, variables);
    if (!isJsonObject(data)) throw notKtServer('invalid', url, 'something that speaks JSON', 200);
    return data;
  };
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
      throw await diagnosed(error, baseOf(url), fetch ?? globalThis.fetch);
    }
  };

  return {
    info: () => ask(async () => (await asked(documents.InfoDocument)).info),
    account: () => ask(async () => (await asked(documents.AccountDocument)).viewer.id),
    devices: () =>
      ask(async () =>
        (await asked(documents.DevicesDocument)).devices.map(({ lastSyncAt, ...device }) => ({
          ...device,
          lastSyncUs: microsOrNull(lastSyncAt),
        })),
      ),
    buckets: () =>
      ask(async () =>
        (await asked(documents.BucketsDocument)).buckets.map((raw) => ({
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
        const { registerDevice: raw } = await asked(documents.RegisterDeviceDocument, {
          input: { ...input, ...wanted },
        });
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
        const { pushEvents: raw } = await asked(documents.PushEventsDocument, {
          input: { deviceId, pass, buckets: buckets.map(pushBucketInput) },
        });
        return { revision: revisionOf(raw.revision), results: raw.results.map(pushResultOf) };
      }),
    facts: () => ask(async () => (await asked(documents.FactsDocument)).buckets.map(remoteBucketOf)),
    digest: (bucket) =>
      ask(async () => found((await asked(documents.DigestDocument, { bucket })).bucket).digest.map(remoteDayOf)),
    trashedLastDay: (bucket) =>
      ask(async () => found((await asked(documents.TrashedLastDayDocument, { bucket })).bucket).trashedLastDay),
    sources: (bucket, day) =>
      wholeDay(async (last: SourceHash | undefined) => {
        const after = last === undefined ? null : String(last.sourceId);
        return ask(async () =>
          found(
            (await asked(documents.SourcesDocument, { bucket, day: formatDay(day), first: DAY_PAGE, after })).bucket,
          ).sources.map(sourceHashOf),
        );
      }),
    instants: (bucket, day) =>
      wholeDay(async (last: Instant | undefined) => {
        const after = last === undefined ? null : millisText(last.atMs);
        return ask(async () =>
          instantsOfWire(
            found(
              (await asked(documents.InstantsDocument, { bucket, day: formatDay(day), first: DAY_PAGE, after })).bucket,
            ).instants,
          ),
        );
      }),
    namesakes: async (buckets) => {
      const found = new Set<string>();
      for (let i = 0; i < buckets.length; i += MOST_CALLED) {
        const some = buckets.slice(i, i + MOST_CALLED).map(({ bucketId, type }) => ({ bucketId, type }));
        for (let after: string | null = null; ; ) {
          const { histories } = await ask(() => asked(documents.NamesakesDocument, { buckets: some, after }));
          for (const { bucketId } of histories) found.add(bucketId);
          after = histories.at(-1)?.id ?? null;
          if (after === null) break;
        }
      }
      return found;
    },
    histories: (buckets, after) =>
      ask(async () =>
        (await asked(documents.HistoriesDocument, { buckets: buckets.map(historyInput), after })).histories.map(
          historyOf,
        ),
      ),
    reclaim: (deviceId) =>
      ask(async () => (await asked(documents.ReclaimDeviceDocument, { input: { deviceId } })).reclaimDevice.device),
    changes: ({ after, excludeDevice, first, rest }) =>
      ask(async () =>
        changePageOf(
          (
            await asked(documents.ChangesDocument, {
              after: String(after),
              excludeDeviceId: excludeDevice,
              first,
              rest,
            })
          ).changes,
        ),
      ),
  };
};
