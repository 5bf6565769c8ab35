/** What a kt-server in memory stores for its one account, and how it is looked up. */
import type { Bucket } from '../../../domain/bucket.ts';
import { KtError } from '../../../domain/errors.ts';
import { instantOf, type SourcedEvent } from '../../../domain/event.ts';
import { dataHash } from '../../../domain/sync/content-hash.ts';
import { WITNESSES, type PushCursor, type PushState } from '../../../domain/sync/push.ts';
import type { Micros } from '../../../domain/time.ts';
import type { Clock, RemoteBucket } from '../../sync/ports.ts';

export type Row = SourcedEvent & { revision: bigint };

/** A bucket. `kept`: the rows of earlier epochs, which no device owns; `gone`: tombstones, by instant. */
export type Held = {
  facts: Bucket;
  epoch: number;
  cursor: PushCursor | null;
  rows: Map<number, Row>;
  kept: Row[];
  gone: Map<bigint, bigint>;
  trash: { row: Row; atUs: Micros }[];
};

export type Device = {
  deviceId: string;
  hostname: string;
  awDeviceId: string | null;
  pass: number;
  nonce: string | null;
  lastSyncUs: Micros | null;
  buckets: Map<string, Held>;
};

/** `writes`: how many rows were ever written. */
export type Account = { readonly clock: Clock; devices: Map<string, Device>; revision: bigint; writes: number };

/** A bucket, and the device it belongs to. */
export type Place = { readonly device: Device; readonly held: Held };

export const placesIn = ({ devices }: Pick<Account, 'devices'>): Place[] =>
  [...devices.values()].flatMap((device) => [...device.buckets.values()].map((held) => ({ device, held })));

export const remoteBucket = ({ device, held: { facts } }: Place): RemoteBucket => ({
  id: `${device.deviceId}/${facts.id}`,
  bucketId: facts.id,
  type: facts.type,
  client: facts.client,
  hostname: facts.hostname,
  createdUs: facts.createdUs,
  data: facts.data,
  deviceId: device.deviceId,
  deviceHostname: device.hostname,
});

/** A bucket by the id that `remoteBucket` gives it. */
export const heldAs = (account: Account, id: string): Held => {
  const place = placesIn(account).find((one) => remoteBucket(one).id === id);
  if (!place) throw new KtError('not_found', `no bucket ${id}`);
  return place.held;
};

export const newestFirst = <R extends SourcedEvent>(rows: Iterable<R>): R[] =>
  [...rows].sort((a, b) => Number(b.startUs - a.startUs));

/** What the server tells a device about a bucket it pushed. */
export const stateOf = (bucketId: string, held: Held): PushState => ({
  bucketId,
  epoch: held.epoch,
  cursor: held.cursor,
  count: held.rows.size,
  createdUs: held.facts.createdUs,
  witnesses: newestFirst(held.rows.values())
    .slice(0, WITNESSES)
    .map((row) => ({ sourceId: row.sourceId, atMs: instantOf(row), data: dataHash(row.data) })),
  former: null,
});
