/** Both sides next to each other, as `list` shows them. Pure. */
import type { Bucket } from '../../domain/bucket.ts';
import type { Micros } from '../../domain/time.ts';
import { notOursReason, notTheirsReason, placeOf } from '../sync/pull/ownership.ts';
import type { Copy, RemoteBucket } from '../sync/ports.ts';
import type { Selection } from '../sync/plan.ts';

/** What one side holds of a bucket. */
export type Holding = { readonly events: number; readonly lastUs: Micros | null };
/**
 * `known`: how many of its events are known to exist only here, and are no difference; `fault`: why it can't be read.
 */
export type LocalHolding = Holding & {
  readonly bucket: Bucket;
  readonly known?: number;
  readonly fault?: string | null;
};
/**
 * `pushed`: how many of the events have a source id; the other ones in an own bucket are kept on the server, and there
 * is nothing here to compare them with.
 */
export type RemoteHolding = Holding & { readonly bucket: RemoteBucket; readonly pushed: number };

export type Standing =
  | { readonly kind: 'in_step' }
  /** The receiving side lacks so many events, or its last event ends so much earlier. */
  | { readonly kind: 'behind'; readonly events: number; readonly us: Micros }
  /** The receiving side has more: events of its own, or ones that were deleted at the origin. */
  | { readonly kind: 'ahead'; readonly events: number }
  /** Not synced, and why. */
  | { readonly kind: 'apart'; readonly reason: string };

export type Row = {
  /** The bucket's id on its own device, and that device's hostname; for a local bucket of unknown origin its own. */
  readonly bucket: string;
  readonly hostname: string;
  readonly own: boolean;
  readonly localId: string | null;
  readonly here: Holding | null;
  /** For an own bucket what this device pushed. */
  readonly there: Holding | null;
  /** What else the server holds of an own bucket: imported, restored, or from an earlier epoch. */
  readonly kept: number;
  readonly standing: Standing;
};

const NOTHING: Holding = { events: 0, lastUs: null };

/** The Python aw-server floors starts to the millisecond, and with them the ends. */
const PRECISION_US: Micros = 1000n;

/** How far `receiver` is behind `origin`. The last event may still grow, so equal counts are not enough. */
export const standingOf = (origin: Holding | null, receiver: Holding | null): Standing => {
  const { events, lastUs } = origin ?? NOTHING;
  const { events: got, lastUs: gotLast } = receiver ?? NOTHING;
  const lag = lastUs === null || gotLast === null ? 0n : lastUs - gotLast;
  const us = lag > PRECISION_US ? lag : 0n;
  if (got > events) return { kind: 'ahead', events: got - events };
  return events > got || us > 0n ? { kind: 'behind', events: events - got, us } : { kind: 'in_step' };
};

/** A holding without the events that are no difference. */
const without = (holding: Holding | null, events: number): Holding | null =>
  holding && { ...holding, events: holding.events - events };

const readable = (here: LocalHolding | null): LocalHolding | null => (here?.fault == null ? here : null);
const unreadable = (here: LocalHolding | null): Standing | null =>
  here?.fault == null ? null : { kind: 'apart', reason: `it can't be read: ${here.fault}` };

export type CompareFacts = {
  readonly local: readonly LocalHolding[];
  readonly remote: readonly RemoteHolding[];
  /** This device on the server; null if it has not synced yet. */
  readonly deviceId: string | null;
  readonly hostname: string;
  readonly copies: readonly Copy[];
  /** How many events of a copy's origin are known to exist only on the server. */
  readonly knownThere?: ((localId: string) => number) | undefined;
  readonly selection: Selection;
};

/** One row per bucket, this device's own first, then by device and id. */
export const compare = ({
  local,
  remote,
  deviceId,
  hostname,
  copies,
  knownThere = () => 0,
  selection,
}: CompareFacts): Row[] => {
  const buckets = new Map(local.map(({ bucket }) => [bucket.id, bucket]));
  const unseen = new Map(local.map((holding) => [holding.bucket.id, holding]));
  const take = (id: string): LocalHolding | null => {
    const holding = unseen.get(id) ?? null;
    unseen.delete(id);
    return holding;
  };
  const notSelected = (id: string): Standing | null =>
    selection.has(id) ? null : { kind: 'apart', reason: 'not selected' };

  const rows: Row[] = [];
  for (const { bucket, pushed, ...held } of remote) {
    const own = bucket.deviceId === deviceId;
    const there: Holding = own ? { ...held, events: pushed } : held;
    const here = take(own ? bucket.bucketId : placeOf(bucket, buckets, copies));
    const secondHand = notTheirsReason(bucket);
    const apart: Standing | null = secondHand
      ? { kind: 'apart', reason: secondHand }
      : (notSelected(bucket.bucketId) ?? unreadable(here));
    const counted = without(here, here?.known ?? 0);
    const wanted = without(there, here ? knownThere(here.bucket.id) : 0);
    const standing =
      apart ??
      (own && !here
        ? { kind: 'apart', reason: 'not here any more' }
        : own
          ? standingOf(counted, wanted)
          : standingOf(wanted, counted));
    const kept = held.events - there.events;
    rows.push({
      bucket: bucket.bucketId,
      hostname: bucket.deviceHostname,
      own,
      localId: here?.bucket.id ?? null,
      here: readable(here),
      there,
      kept,
      standing,
    });
  }
  for (const here of unseen.values()) {
    const { bucket } = here;
    const reason = notOursReason(bucket, copies);
    const standing = reason
      ? ({ kind: 'apart', reason } as const)
      : (notSelected(bucket.id) ?? unreadable(here) ?? standingOf(without(here, here.known ?? 0), null));
    const own = reason === null;
    rows.push({
      bucket: bucket.id,
      hostname: own ? hostname : bucket.hostname,
      own,
      localId: bucket.id,
      here: readable(here),
      there: null,
      kept: 0,
      standing,
    });
  }
  const key = ({ own, hostname: host, bucket }: Row) => `${own ? 0 : 1} ${host} ${bucket}`;
  return rows.sort((a, b) => (key(a) < key(b) ? -1 : 1));
};
