/** Converts between GraphQL's answers and the ports' values: ISO text ⇄ integers, as in every API. */
import { isJsonObject } from '../../domain/data.ts';
import { formatDay, parseDay } from '../../domain/day.ts';
import { isKtError, KtError } from '../../domain/errors.ts';
import type { StoredEvent } from '../../domain/event.ts';
import { instantsOf, readColumn, sourcedColumnsOf } from '../../domain/sync/columns.ts';
import { markKey, parseMark, type HistoryProbe, type Mark, type Called } from '../../domain/sync/history.ts';
import { floorDiv, formatTime, parseLenientTime, type Micros } from '../../domain/time.ts';
import type { Instant } from '../../domain/sync/changes.ts';
import type { PushCursor, PushState, SourceHash } from '../../domain/sync/push.ts';
import type { DayDigest } from '../../domain/sync/day-digest.ts';
import type { WantedParts } from '../../domain/sync/parts.ts';
import type { ImportedBucket } from '../../domain/sync/take-over.ts';
import type { ToldProof } from '../../domain/sync/told-proof.ts';
import type {
  ChangePage,
  DaySums,
  PushBucket,
  PushResult,
  RemoteBucket,
  RemoteHistory,
  RemotePart,
} from '../sync/ports.ts';
import { codeOfWire } from './faults.ts';
import type {
  BucketFactsFragment,
  ChangesQuery,
  CompareInput,
  DigestQuery,
  HistoriesQuery,
  HistoryInput,
  InstantsNowFragment,
  ProofOutcome,
  ProofReportInput,
  PushBucketInput,
  PushEventsMutation,
  RegisterDeviceMutation,
  SourcesQuery,
  SumsFragment,
} from './generated.ts';

const odd = (what: string): KtError =>
  new KtError('internal', `kt-server sent ${what} that this kt-client can't read: bring both to the same version`);

const microsOf = (text: string): Micros => {
  const us = parseLenientTime(text);
  if (us === null) throw odd('a time');
  return us;
};

/** As `microsOf`, for values that may be missing. */
export const microsOrNull = (text: string | null): Micros | null => (text === null ? null : microsOf(text));

const millisOf = (text: string): bigint => floorDiv(microsOf(text), 1000n);
export const millisText = (ms: bigint): string => formatTime(ms * 1000n);

export const revisionOf = (text: string): bigint => {
  if (!/^\d+$/.test(text)) throw odd('a revision');
  return BigInt(text);
};

const dayOf = (text: string): number => {
  const day = parseDay(text);
  if (day === null) throw odd('a day');
  return day;
};

const cursorOf = (cursor: { head: string; foot: string | null } | null): PushCursor | null =>
  cursor && { headMs: millisOf(cursor.head), footMs: cursor.foot === null ? null : millisOf(cursor.foot) };

export const remoteBucketOf = (raw: BucketFactsFragment): RemoteBucket => ({
  id: raw.id,
  bucketId: raw.bucketId,
  type: raw.type,
  client: raw.client,
  hostname: raw.hostname,
  createdUs: microsOrNull(raw.created),
  data: isJsonObject(raw.data) ? raw.data : {},
  deviceId: raw.device.deviceId,
  deviceHostname: raw.device.hostname,
  former: raw.former,
});

export const pushStateOf = (raw: RegisterDeviceMutation['registerDevice']['pushed'][number]): PushState => ({
  bucketId: raw.bucketId,
  epoch: raw.epoch,
  cursor: cursorOf(raw.pushCursor),
  count: raw.count,
  createdUs: microsOrNull(raw.created),
  witnesses: raw.witnesses.map(({ sourceId, at, dataHash }) => ({
    sourceId: Number(sourceId),
    atMs: millisOf(at),
    data: dataHash === null ? null : hashOf(dataHash),
  })),
  former: raw.former,
});

const markOf = (text: string): Mark => {
  const mark = parseMark(text);
  if (!mark) throw odd('a mark of an event');
  return mark;
};

export const importedBucketOf = ({
  newest,
  spread,
  ...raw
}: RegisterDeviceMutation['registerDevice']['imported'][number]): ImportedBucket => ({
  ...raw,
  probe: { newest: newest.map(markOf), spread: spread.map(markOf) },
});

export const historyInput = ({ bucketId, type, probe }: Called & { readonly probe: HistoryProbe }): HistoryInput => ({
  bucketId,
  type,
  newest: probe.newest.map(markKey),
  spread: probe.spread.map(markKey),
});

export const historyOf = ({ newest, spread, ...raw }: HistoriesQuery['histories'][number]): RemoteHistory => ({
  ...raw,
  probe: { newest: newest.map(markOf), spread: spread.map(markOf) },
});

const hashOf = (text: string): bigint => {
  if (!/^-?\d+$/.test(text)) throw odd('a content hash');
  return BigInt(text);
};

/** Columns of equal length, one entry per day. */
const sumsOf = ({ days, eventCounts, hashes }: SumsFragment): DaySums => {
  if (eventCounts.length !== days.length || hashes.length !== days.length) throw odd('digests');
  return new Map(days.map((day, i) => [dayOf(day), { events: eventCounts[i]!, hash: hashOf(hashes[i]!) }]));
};

export const partOf = ({
  id,
  bucketId,
  deviceId,
  firstDay,
  recent,
  span,
}: RegisterDeviceMutation['registerDevice']['compared'][number]): RemotePart => ({
  ...{ id, bucketId, deviceId },
  firstDay: firstDay === null ? null : dayOf(firstDay),
  recent: recent && sumsOf(recent),
  span: span && { from: span.fromDay === null ? null : dayOf(span.fromDay), sums: sumsOf(span.sums) },
});

const movingInput = ({ fromUs, toUs }: WantedParts['moving']) => ({
  movingFrom: formatTime(fromUs),
  movingTo: formatTime(toUs),
});

export const compareInput = ({ moving, since, events, buckets }: WantedParts): CompareInput => ({
  ...movingInput(moving),
  sinceDay: formatDay(since),
  maxEvents: events,
  buckets: buckets.map(({ before, ...bucket }) => ({
    ...bucket,
    beforeDay: before === null ? null : formatDay(before),
  })),
});

const textOf = (us: Micros | null): string | null => (us === null ? null : formatTime(us));

export const proofInput = ({ account, passUs, revision, buckets }: ToldProof): ProofReportInput => ({
  accountId: account,
  passAt: formatTime(passUs),
  revision: String(revision),
  buckets: buckets.map(({ bucketId, deviceId, outcome, reason, here, there, ...bucket }) => ({
    bucketId,
    deviceId,
    outcome: outcome.toUpperCase() as ProofOutcome,
    reason,
    deviceEventCount: here,
    serverEventCount: there,
    provenAt: textOf(bucket.wholeUs),
    stretches: bucket.equal.map(({ firstDay, lastDay, atUs }) => ({
      firstDay: firstDay === null ? null : formatDay(firstDay),
      lastDay: formatDay(lastDay),
      provenAt: formatTime(atUs),
    })),
    differing: bucket.differing.map((one) => ({
      day: formatDay(one.day),
      deviceEventCount: one.here,
      serverEventCount: one.there,
    })),
    repair: bucket.repaired && {
      at: formatTime(bucket.repaired.atUs),
      inserted: bucket.repaired.inserted,
      updated: bucket.repaired.updated,
      deleted: bucket.repaired.deleted,
    },
  })),
});

export const pushResultOf = (raw: PushEventsMutation['pushEvents']['results'][number]): PushResult => ({
  bucketId: raw.bucketId,
  error: raw.error && { code: codeOfWire(raw.error.code) ?? 'internal', message: raw.error.message },
  epoch: raw.epoch,
  count: raw.count,
  cursor: cursorOf(raw.pushCursor),
  inserted: raw.inserted,
  updated: raw.updated,
  unchanged: raw.unchanged,
  deleted: raw.deleted,
  compared: raw.comparedDays && sumsOf(raw.comparedDays),
  rejected: raw.rejections.map(({ sourceId, reason }) => ({ sourceId: Number(sourceId), reason })),
});

const columnsInput = (events: readonly StoredEvent[]) => {
  const { data, ...columns } = sourcedColumnsOf(events);
  return { ...columns, data: [...data] };
};

export const pushBucketInput = ({
  bucket,
  epoch,
  events,
  deletes = [],
  cursor,
  takeOver,
  compare,
}: PushBucket): PushBucketInput => ({
  bucketId: bucket.id,
  epoch,
  type: bucket.type,
  client: bucket.client,
  hostname: bucket.hostname,
  created: bucket.createdUs === null ? null : formatTime(bucket.createdUs),
  data: bucket.data,
  events: columnsInput(events),
  deletes: deletes.map(({ sourceId, hash }) => ({ sourceId: String(sourceId), hash: String(hash) })),
  pushCursor: cursor && {
    head: millisText(cursor.headMs),
    foot: cursor.footMs === null ? null : millisText(cursor.footMs),
  },
  ...(takeOver
    ? {
        takeOver: {
          publicBucketId: takeOver.id,
          newest: takeOver.probe.newest.map(markKey),
          spread: takeOver.probe.spread.map(markKey),
          held: takeOver.held.map(markKey),
        },
      }
    : {}),
  ...(compare ? { compare: { days: compare.days.map(formatDay), ...movingInput(compare.moving) } } : {}),
});

/** The instants of an answer, ascending. */
export const instantsOfWire = (raw: InstantsNowFragment): Instant[] => {
  const data = raw.data as readonly unknown[];
  if (!data.every(isJsonObject)) throw odd('an event');
  try {
    return instantsOf({ ...columnsOfWire(raw), data }, 'instants');
  } catch (error) {
    throw isKtError(error) ? odd(`events (${error.message})`) : error;
  }
};

const columnsOfWire = ({ starts, durations, dataIndex, gone }: InstantsNowFragment) => ({
  starts: readColumn(starts),
  durations: readColumn(durations),
  dataIndex: readColumn(dataIndex),
  gone: readColumn(gone),
});

type Digest = NonNullable<DigestQuery['bucket']>['digest'][number];
export const remoteDayOf = ({ day, eventCount, hash, pushedCount, pushedHash }: Digest): DayDigest => ({
  day: dayOf(day),
  events: eventCount,
  hash: hashOf(hash),
  pushed: pushedCount,
  pushedHash: hashOf(pushedHash),
});

type Source = NonNullable<SourcesQuery['bucket']>['sources'][number];
export const sourceHashOf = ({ sourceId, hash }: Source): SourceHash => ({
  sourceId: Number(sourceId),
  hash: hashOf(hash),
});

/** A page of changes, by bucket. */
export const changePageOf = (raw: ChangesQuery['changes']): ChangePage => ({
  revision: revisionOf(raw.revision),
  more: raw.more,
  account: raw.accountId,
  rest: raw.rest,
  buckets: raw.changedBuckets.map(({ bucket, instants }) => ({
    bucket: remoteBucketOf(bucket),
    instants: instantsOfWire(instants),
  })),
});
