/**
 * The three things a sync needs of the world, the clock and chance. The engine knows nothing else: neither HTTP nor
 * files.
 */
import type { Bucket } from '../../domain/bucket.ts';
import type { JsonObject } from '../../domain/data.ts';
import type { ErrorCode } from '../../domain/errors.ts';
import type { Event, SourcedEvent, StoredEvent } from '../../domain/event.ts';
import type { Instant } from '../../domain/sync/changes.ts';
import type { DayDigest } from '../../domain/sync/day.ts';
import type { Called, HistoryProbe } from '../../domain/sync/history.ts';
import type { Part, PushedDays, WantedParts } from '../../domain/sync/parts.ts';
import type { FormerPlace, PushCursor, PushState, SourceHash } from '../../domain/sync/push.ts';
import type { ImportedBucket, TakeOver } from '../../domain/sync/take-over.ts';
import type { Micros } from '../../domain/time.ts';
import type { TailMinutes } from './push/minutes.ts';
import type { Round, Walked } from './proof/round.ts';

/** Parts of the state, for who keeps it. */
export type { Round, TailMinutes, Walked };

/** Which events of a bucket to read. */
export type EventQuery = {
  /** Inclusive, as aw-server takes it: everything that *ends* here or later. It clips what it cuts through. */
  readonly startUs?: Micros;
  /** Inclusive: everything that *starts* here or earlier. */
  readonly endUs?: Micros;
  readonly limit?: number;
};

/** What a read of events answered: newest start first, clipped to the query. */
export type EventPage = {
  readonly events: readonly StoredEvent[];
  /** The limit cut it off: there may be more. */
  readonly full: boolean;
  /** Rows that can't be read (a number that is none, a time outside 1677–2262, broken JSON), left out of `events`. */
  readonly unreadable: readonly Refusal[];
};

/** An event that was not taken, and why: by its id, or where it has none that can be read by its start. */
export type Refusal = { readonly sourceId: number | null; readonly startUs?: Micros | null; readonly reason: string };

/**
 * The local aw-server, of either kind. Every call fails with `unavailable` (it did not answer, or answered 5xx),
 * `unauthenticated` (its key is missing or wrong), or as it says.
 */
export interface Local {
  /** `deviceId` tells a testing server from the real one, though both say the same. */
  info(): Promise<{ hostname: string; deviceId: string; version: string; testing: boolean }>;
  buckets(): Promise<Bucket[]>;
  /**
   * Newest start first, at most `limit`; clipped to the query. Empty when the bucket is; `not_found` when it is
   * missing.
   */
  events(bucketId: string, query: EventQuery): Promise<EventPage>;
  /** One event, unclipped, or null when the bucket has none of this id. */
  event(bucketId: string, id: number): Promise<StoredEvent | null>;
  count(bucketId: string): Promise<number>;
  /** Creates a bucket; false when it was there. */
  createBucket(bucket: Bucket): Promise<boolean>;
  /**
   * Inserts events without ids (a foreign id would overwrite a row of another bucket). `invalid` when the
   * server refuses the batch.
   */
  insert(bucketId: string, events: readonly Event[]): Promise<void>;
  /** Replaces events by their local ids. */
  replace(bucketId: string, events: readonly StoredEvent[]): Promise<void>;
  /** Deletes one event; no error when it is gone already. */
  deleteEvent(bucketId: string, id: number): Promise<void>;
  /** Deletes a bucket with all its events; no error when it is gone already. */
  deleteBucket(bucketId: string): Promise<void>;
}

/** Days by their number since 1970, each with what is compared of it. A day that is not named has nothing. */
export type DaySums = ReadonlyMap<number, { readonly events: number; readonly hash: bigint }>;

/** What the server holds of a bucket's part. */
export type RemotePart = Part<DaySums>;

export type Registration = {
  readonly compared: readonly RemotePart[];
  readonly deviceUuid: string;
  readonly account: string;
  readonly revision: bigint;
  readonly pushed: readonly PushState[];
  /** Of the buckets that were asked for. */
  readonly imported?: readonly ImportedBucket[];
};

export type PushBucket = {
  readonly bucket: Bucket;
  /** The bucket's epoch as the server told it, or the next, which begins it; 1 for a bucket that it does not know. */
  readonly epoch: number;
  readonly events: readonly SourcedEvent[];
  /** Rows that the device no longer has: each goes only if it still is so. */
  readonly deletes?: readonly SourceHash[];
  /** For a bucket that the server does not know. */
  readonly takeOver?: TakeOver | undefined;
  readonly cursor: PushCursor | null;
  /** Days to compare once these are stored. */
  readonly compare?: PushedDays | null;
};

export type PushResult = {
  readonly bucketId: string;
  readonly error: { readonly code: ErrorCode; readonly message: string } | null;
  readonly epoch: number;
  readonly count: number;
  readonly cursor: PushCursor | null;
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly deleted: number;
  readonly rejected: readonly Refusal[];
  /** The days that were to be compared, as they are now; one that is missing was too much. */
  readonly compared: DaySums | null;
};

/** A bucket of another device, as the server names it. */
export type RemoteBucket = {
  /** The server's name for it, unique in the account. */
  readonly id: string;
  readonly bucketId: string;
  readonly type: string;
  readonly client: string;
  readonly hostname: string;
  readonly createdUs: Micros | null;
  readonly data: JsonObject;
  readonly deviceId: string;
  readonly deviceHostname: string;
  /** What it was before its device took it over; missing where none did. Copies may be known by it. */
  readonly former?: FormerPlace | null;
};

/** What changed in a bucket: instants, ascending. */
export type ChangedBucket = { readonly bucket: RemoteBucket; readonly instants: readonly Instant[] };
/** Each bucket once. */
export type ChangePage = {
  readonly revision: bigint;
  readonly more: boolean;
  readonly account: string;
  readonly buckets: readonly ChangedBucket[];
  /** Where the server cut the page for its size: to be asked for with the same `after`. */
  readonly rest?: string | null;
};

/**
 * A device of the account. `lastSyncUs`: when its last pass began, by the server's clock; null for one that never made
 * any.
 */
export type RemoteDevice = {
  readonly deviceId: string;
  readonly hostname: string;
  readonly awDeviceId: string | null;
  readonly pass: number;
  readonly lastSyncUs: Micros | null;
};

/**
 * A device's bucket of that id and type, and whether it holds enough of the probe that it was asked with
 * (spec/sync 7.5).
 */
export type RemoteHistory = Called & {
  readonly id: string;
  readonly deviceId: string;
  readonly probe: HistoryProbe;
  readonly isSame: boolean;
};

/**
 * kt-server. Fails with `unauthenticated`/`forbidden` (the key), `unavailable` (not reached, or busy for
 * longer than the retries), `device_in_use`, `resync_required`, `too_large`/`invalid` (halve the batch), each
 * with a message for the user.
 */
export interface Remote {
  info(): Promise<{ hostname: string; version: string; deviceId: string }>;
  /** The id of the account that the key opens. */
  account(): Promise<string>;
  devices(): Promise<readonly RemoteDevice[]>;
  /** `pushed`: how many of the events have a source id. */
  buckets(): Promise<
    readonly (RemoteBucket & {
      events: number;
      pushed: number;
      firstEventUs: Micros | null;
      lastEventUs: Micros | null;
    })[]
  >;
  register(input: {
    deviceId: string;
    hostname: string;
    awDeviceId: string | null;
    pass?: number;
    nonce?: string;
    /** Ids of own buckets, to be told what imports made of them. */
    bucketIds?: readonly string[];
    compare?: WantedParts | undefined;
  }): Promise<Registration>;
  push(input: {
    deviceId: string;
    pass: number;
    buckets: readonly PushBucket[];
  }): Promise<{ revision: bigint; results: readonly PushResult[] }>;
  /** What `buckets` tells but for the counts, which are dear. */
  facts(): Promise<readonly RemoteBucket[]>;
  /**
   * A bucket's days by their number since 1970, by the server's name for it; `not_found` when it is gone. So the next
   * two.
   */
  digest(bucket: string): Promise<readonly DayDigest[]>;
  /**
   * How many events of a bucket a sync deleted in the last 24 hours, by the server's clock and rows; 1,000 stands for
   * more.
   */
  trashedLastDay(bucket: string): Promise<number>;
  /** What this device pushed of one day. */
  sources(bucket: string, day: number): Promise<readonly SourceHash[]>;
  /** One day's instants as they are now. */
  instants(bucket: string, day: number): Promise<readonly Instant[]>;
  /** Those of these ids under which a device, other than the account's own, has events in a bucket of that type. */
  namesakes(buckets: readonly Called[]): Promise<ReadonlySet<string>>;
  /** A page of those buckets with their probes: some 20 behind the bucket `after`. None where there are no more. */
  histories(
    buckets: readonly (Called & { readonly probe: HistoryProbe })[],
    after: string | null,
  ): Promise<readonly RemoteHistory[]>;
  /** Lets a client without state go on as this device; answers its pass. `forbidden` for another's key; `not_found`. */
  reclaim(deviceId: string): Promise<{ deviceId: string; pass: number }>;
  changes(input: { after: bigint; excludeDevice: string; first?: number; rest?: string | null }): Promise<ChangePage>;
}

/** A copy this client made: which bucket of which device lies under which local name. */
export type Copy = { readonly device: string; readonly bucket: string; readonly localId: string };

/**
 * A row that can't be the same on both sides, and is known to be so (spec/sync 4.8): of a local bucket by its id, else
 * by its start. It is here alone unless `on` says otherwise: `there`, what the server has and this aw-server can't
 * keep; `both`, what was pushed once and can't be read any more.
 */
export type KnownRow = {
  readonly id: number | null;
  readonly startUs: Micros | null;
  readonly reason: string;
  readonly on?: 'there' | 'both';
};

/** The local aw-server that this state is of, as it was last (spec/sync 7.4). */
export type NotedAw = { readonly deviceId: string; readonly hostname: string; readonly testing: boolean };

/**
 * How many events a copy held here after its last apply or proof. `torn`: an apply came to no end
 * since, and nobody proved it.
 */
export type CopyCount = { readonly events: number; readonly torn: boolean };

/** What a device remembers between passes. Everything but the identity can be lost and is found again, only slower. */
export type SyncState = {
  readonly deviceId: string;
  /** The pass asked for last, and its nonce until the answer came. */
  readonly pass: number;
  readonly nonce: string | null;
  /** The server said `device_in_use`: nothing is asked any more until `kt-client setup` decides (spec/sync 6.2). */
  readonly refused: boolean;
  /** The account the pull cursor and the tails belong to. */
  readonly account: string | null;
  readonly pulled: bigint;
  /** The `buckets` globs under which the cursor moved: others may name buckets that it passed by. */
  readonly globs: readonly string[];
  readonly copies: readonly Copy[];
  /** Digest of each bucket's tail as it was last acknowledged: an equal one is not sent again. */
  readonly tails: Readonly<Record<string, string>>;
  /** When each own bucket was proven last, in ms by this device's clock: a suspicion is looked into hourly at most. */
  readonly proofs: Readonly<Record<string, number>>;
  /** When everything was proven and repaired last, in ms by this device's clock. */
  readonly repairedMs: number | null;
  /**
   * The epoch of each pushed bucket, whether it is here now or not, when the device's witnesses last said that
   * every bucket's ids are others. A bucket that is still in that epoch begins a new one, however often the
   * passes in between are killed.
   */
  readonly over: Readonly<Record<string, number>>;
  /** What each copy holds, by local id: spec/sync 4.5. */
  readonly counts: Readonly<Record<string, CopyCount>>;
  /** What was acknowledged of own buckets' tails that are too long for memory. */
  readonly minutes: Readonly<Record<string, TailMinutes>>;
  /** The walk through all that is compared; null before the first. */
  readonly round: Round | null;
  /** Local ids of copies that may lack what the cursor has passed: proven before the next pull. */
  readonly unproven: readonly string[];
  /**
   * Why deletions of own buckets are held, by bucket: told by every pass until a proof finds otherwise. Lost, the
   * next proof finds it again.
   */
  readonly held: Readonly<Record<string, string>>;
  /** Rows that are told and are no difference, by local bucket id: of each bucket at most 1,000. */
  readonly known: Readonly<Record<string, readonly KnownRow[]>>;
  /** The local aw-server of the passes before; null where none was noted yet. */
  readonly aw: NotedAw | null;
};

/**
 * The state folder. `save` returns once the state is on disk (new file, fsync, rename); a torn write leaves the old
 * one.
 */
export interface State {
  /** Null when there is none yet. Fails with `invalid` when the file is not ours to read. */
  load(): Promise<SyncState | null>;
  save(state: SyncState): Promise<void>;
}

export interface Clock {
  nowUs(): Micros;
}

export interface Random {
  /** A new UUID, for a new device. */
  uuid(): string;
  /** A short random text that nobody draws twice, for a pass. */
  nonce(): string;
}

/** All that a pass needs of the world. */
export type Ports = {
  readonly local: Local;
  readonly remote: Remote;
  readonly state: State;
  readonly clock: Clock;
  readonly random: Random;
};
