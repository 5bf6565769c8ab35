/**
 * What a sync needs from outside: the local aw-server, kt-server, the state, the clock and randomness. The engine knows
 * neither HTTP nor files.
 */
import type { Bucket } from '../../domain/bucket.ts';
import type { JsonObject } from '../../domain/data.ts';
import type { ErrorCode } from '../../domain/errors.ts';
import type { Event, StoredEvent } from '../../domain/event.ts';
import type { Listed } from '../../domain/sync/listed.ts';
import type { Instant } from '../../domain/sync/changes.ts';
import type { DayDigest } from '../../domain/sync/day-digest.ts';
import type { Called, HistoryProbe } from '../../domain/sync/history.ts';
import type { Part, PushedDays, WantedParts } from '../../domain/sync/parts.ts';
import type { FormerPlace, PushCursor, PushState, SourceHash } from '../../domain/sync/push.ts';
import type { ImportedBucket, TakeOver } from '../../domain/sync/take-over.ts';
import type { ToldProof } from '../../domain/sync/told-proof.ts';
import type { Micros } from '../../domain/time.ts';
import type { TailMinutes } from './push/minutes.ts';
import type { Round, Walked } from './proof/round.ts';
import type { NotedBucket, NotedPass, NotedRepair } from './proof/told-proof.ts';

/** Parts of the state, re-exported for whoever stores it. */
export type { NotedBucket, NotedPass, NotedRepair, Round, TailMinutes, Walked };

/** Which events of a bucket to read. */
export type EventQuery = {
  /** Inclusive, as in aw-server: everything that *ends* here or later. Events that reach across it are clipped. */
  readonly startUs?: Micros;
  /** Inclusive: everything that *starts* here or earlier. */
  readonly endUs?: Micros;
  readonly limit?: number;
};

/** The answer to a read of events: newest start first, clipped to the query. */
export type EventPage = Listed & {
  /** The limit was reached: there may be more. */
  readonly full: boolean;
  /** Rows that can't be read (an invalid number, a time outside 1677–2262, broken JSON), left out of `events`. */
  readonly unreadable: readonly Refusal[];
};

/** An event that was refused, and why. Identified by its id, or by its start if the id can't be read. */
export type Refusal = { readonly sourceId: number | null; readonly startUs?: Micros | null; readonly reason: string };

/**
 * The local aw-server, Rust or Python. Every call fails with `unavailable` (no answer, or a 5xx), `unauthenticated`
 * (key missing or wrong), or as documented on the call.
 */
export interface Local {
  /** A testing server gets a `deviceId` of its own here; aw-server reports the same id for both. */
  info(): Promise<{ hostname: string; deviceId: string; version: string; testing: boolean }>;
  buckets(): Promise<Bucket[]>;
  /**
   * Newest start first, at most `limit`, clipped to the query. Empty for an empty bucket; `not_found` for a missing
   * one.
   */
  events(bucketId: string, query: EventQuery): Promise<EventPage>;
  /** One event, unclipped, or null if the bucket has none with this id. */
  event(bucketId: string, id: number): Promise<StoredEvent | null>;
  count(bucketId: string): Promise<number>;
  /** Creates a bucket; false if it already exists. */
  createBucket(bucket: Bucket): Promise<boolean>;
  /**
   * Inserts events without ids (an id from elsewhere would overwrite a row of another bucket). `invalid` if the server
   * refuses the batch.
   */
  insert(bucketId: string, events: readonly Event[]): Promise<void>;
  /** Replaces events by their local ids. */
  replace(bucketId: string, events: readonly StoredEvent[]): Promise<void>;
  /** Deletes one event; succeeds if it is already gone. */
  deleteEvent(bucketId: string, id: number): Promise<void>;
  /** Deletes a bucket with all its events; succeeds if it is already gone. */
  deleteBucket(bucketId: string): Promise<void>;
}

/** Sums compared per day, by days since 1970. A day that is not listed is empty. */
export type DaySums = ReadonlyMap<number, { readonly events: number; readonly hash: bigint }>;

/** What the server holds for the part of a bucket being compared. */
export type RemotePart = Part<DaySums>;

export type Registration = {
  readonly compared: readonly RemotePart[];
  readonly deviceUuid: string;
  readonly account: string;
  readonly revision: bigint;
  readonly pushed: readonly PushState[];
  /** For the buckets that were asked about. */
  readonly imported?: readonly ImportedBucket[];
};

export type PushBucket = {
  readonly bucket: Bucket;
  /**
   * The bucket's current epoch as the server reported it, or the next one to begin it; 1 for a bucket it does not know.
   */
  readonly epoch: number;
  /** By their ids on the device. */
  readonly events: readonly StoredEvent[];
  /** Rows that the device no longer has. Each is deleted only if it is still the same on the server. */
  readonly deletes?: readonly SourceHash[];
  /** For a bucket that the server does not know. */
  readonly takeOver?: TakeOver | undefined;
  readonly cursor: PushCursor | null;
  /** Days to compare once these events are stored. */
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
  /** The requested days as they are after the push; a missing one would have made the answer too large. */
  readonly compared: DaySums | null;
};

/** Another device's bucket, as the server names it. */
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
  /** Where it was before its device took it over; missing if it was not taken over. Copies may still use this place. */
  readonly former?: FormerPlace | null;
};

/** What changed in a bucket: instants, ascending. */
export type ChangedBucket = { readonly bucket: RemoteBucket; readonly instants: readonly Instant[] };
/** Each bucket appears once. */
export type ChangePage = {
  readonly revision: bigint;
  readonly more: boolean;
  readonly account: string;
  readonly buckets: readonly ChangedBucket[];
  /** Set if the server cut the page for its size: ask for the rest with the same `after`. */
  readonly rest?: string | null;
};

/** A device of the account. `lastSyncUs`: when its last pass began, by the server's clock; null if it never synced. */
export type RemoteDevice = {
  readonly deviceId: string;
  readonly hostname: string;
  readonly awDeviceId: string | null;
  readonly pass: number;
  readonly lastSyncUs: Micros | null;
};

/** A device's bucket of the given id and type, and whether it holds enough of the probe (spec/sync 7.5). */
export type RemoteHistory = Called & {
  readonly id: string;
  readonly deviceId: string;
  readonly probe: HistoryProbe;
  readonly isSame: boolean;
};

/**
 * kt-server. Fails with `unauthenticated`/`forbidden` (the key), `unavailable` (unreachable, or busy for longer than
 * the retries), `device_in_use`, `resync_required`, `too_large`/`invalid` (halve the batch), each with a message for
 * the user.
 */
export interface Remote {
  info(): Promise<{ hostname: string; version: string; deviceId: string }>;
  /** The id of the account that the key belongs to. */
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
    /** Ids of own buckets, to learn what imports created for them. */
    bucketIds?: readonly string[];
    compare?: WantedParts | undefined;
    /** What this device knows of its buckets so far. */
    proof?: ToldProof | undefined;
  }): Promise<Registration>;
  push(input: {
    deviceId: string;
    pass: number;
    buckets: readonly PushBucket[];
  }): Promise<{ revision: bigint; results: readonly PushResult[] }>;
  /** The same as `buckets`, without the counts, which are expensive. */
  facts(): Promise<readonly RemoteBucket[]>;
  /**
   * A bucket's days, by days since 1970 and the server's name for the bucket; `not_found` if it was deleted. The same
   * holds for the next two.
   */
  digest(bucket: string): Promise<readonly DayDigest[]>;
  /**
   * How many events of a bucket a sync deleted in the last 24 hours, by the server's clock and rows; capped at 1,000.
   */
  trashedLastDay(bucket: string): Promise<number>;
  /** What this device pushed for one day. */
  sources(bucket: string, day: number): Promise<readonly SourceHash[]>;
  /** One day's instants as they are now. */
  instants(bucket: string, day: number): Promise<readonly Instant[]>;
  /** Those of these ids under which a device, other than the account's own, has events in a bucket of the same type. */
  namesakes(buckets: readonly Called[]): Promise<ReadonlySet<string>>;
  /** A page of about 20 such buckets with their probes, after the bucket `after`. Empty at the end. */
  histories(
    buckets: readonly (Called & { readonly probe: HistoryProbe })[],
    after: string | null,
  ): Promise<readonly RemoteHistory[]>;
  /**
   * Lets a client without state continue as this device; returns its pass. `forbidden` for another's key; `not_found`.
   */
  reclaim(deviceId: string): Promise<{ deviceId: string; pass: number }>;
  changes(input: { after: bigint; excludeDevice: string; first?: number; rest?: string | null }): Promise<ChangePage>;
}

/** A copy this client made: which device's bucket is stored under which local id. */
export type Copy = { readonly device: string; readonly bucket: string; readonly localId: string };

/**
 * A row that can't be the same on both sides, and is known as such (spec/sync 4.8), by its id in a local bucket, else
 * by its start. It exists only here unless `on` says otherwise. `there`: the server has it and this aw-server can't
 * store it. `both`: it was pushed once and can't be read any more.
 */
export type KnownRow = {
  readonly id: number | null;
  readonly startUs: Micros | null;
  readonly reason: string;
  readonly on?: 'there' | 'both';
};

/** The local aw-server that this state belongs to, as it was last seen (spec/sync 7.4). */
export type NotedAw = { readonly deviceId: string; readonly hostname: string; readonly testing: boolean };

/**
 * How many events a copy held here after its last apply or proof. `torn`: an apply was interrupted since, and no proof
 * has followed.
 */
export type CopyCount = { readonly events: number; readonly torn: boolean };

/** What a device remembers between passes. Everything but the identity can be lost: it is found again, only slower. */
export type SyncState = {
  readonly deviceId: string;
  /** The number of the last pass requested, and its nonce until the answer arrived. */
  readonly pass: number;
  readonly nonce: string | null;
  /** The server said `device_in_use`: it is not asked again until `kt-client setup` decides (spec/sync 6.2). */
  readonly refused: boolean;
  /** The account that the pull cursor and the tails belong to. */
  readonly account: string | null;
  readonly pulled: bigint;
  /** The `buckets` globs in effect when the cursor moved: different ones may select buckets that it skipped. */
  readonly globs: readonly string[];
  readonly copies: readonly Copy[];
  /** Digest of each bucket's last acknowledged tail: an unchanged tail is not sent again. */
  readonly tails: Readonly<Record<string, string>>;
  /**
   * When each own bucket was last proven, in ms by this device's clock: a suspicion is checked at most once an hour.
   */
  readonly proofs: Readonly<Record<string, number>>;
  /** When everything was last proven and repaired, in ms by this device's clock. */
  readonly repairedMs: number | null;
  /**
   * The epoch of each pushed bucket, present here or not, when the device's witnesses last said that all ids had
   * changed. A bucket that is still in that epoch begins a new one, however many passes are killed in between.
   */
  readonly over: Readonly<Record<string, number>>;
  /** What each copy holds, by local id: spec/sync 4.5. */
  readonly counts: Readonly<Record<string, CopyCount>>;
  /** What was acknowledged of own buckets' tails that are too long for memory. */
  readonly minutes: Readonly<Record<string, TailMinutes>>;
  /** The walk through everything that is compared; null before the first. */
  readonly round: Round | null;
  /** The last pass that compared, and the last repair of each bucket by local id: told to the server. */
  readonly lastCompared: NotedPass | null;
  readonly repairs: Readonly<Record<string, NotedRepair>>;
  /** Local ids of copies that may lack what the cursor has passed: proven before the next pull. */
  readonly unproven: readonly string[];
  /**
   * Why deletions of own buckets are held, by bucket: reported by every pass until a proof finds otherwise. If lost,
   * the next proof finds it again.
   */
  readonly held: Readonly<Record<string, string>>;
  /** Why a bucket or copy is to be proven whole, by local id: told by every pass until it was. */
  readonly doubts: Readonly<Record<string, string>>;
  /** Known rows, reported but no difference, by local bucket id: at most 1,000 per bucket. */
  readonly known: Readonly<Record<string, readonly KnownRow[]>>;
  /** The local aw-server of the previous passes; null if none was noted yet. */
  readonly aw: NotedAw | null;
};

/**
 * The state folder. `save` returns once the state is on disk (new file, fsync, rename); an interrupted write leaves the
 * previous state.
 */
export interface State {
  /** Null if there is none yet. Fails with `invalid` if the file can't be understood. */
  load(): Promise<SyncState | null>;
  save(state: SyncState): Promise<void>;
}

export interface Clock {
  nowUs(): Micros;
}

export interface Random {
  /** A new UUID, for a new device. */
  uuid(): string;
  /** A short random text, unique to a pass. */
  nonce(): string;
}

/** Everything a pass needs from outside. */
export type Ports = {
  readonly local: Local;
  readonly remote: Remote;
  readonly state: State;
  readonly clock: Clock;
  readonly random: Random;
};
