/** How an imported bucket becomes that of the device whose history it holds (spec/sync 7.2). */
import type { Bucket } from '../../domain/bucket.ts';
import { KtError } from '../../domain/errors.ts';
import { isSameHistory, PROBED } from '../../domain/sync/history.ts';
import type { TakeOver } from '../../domain/sync/take-over.ts';
import * as buckets from '../storage/buckets.ts';
import type { Tx } from '../storage/database.ts';
import * as devices from '../storage/devices.ts';
import { markedFor, moveTo } from '../storage/imported-buckets.ts';
import { heldAt, probesOf } from '../storage/probes.ts';
import { isStorable } from './buckets.ts';

/** Fails with `malformed` for more marks than two probes have. */
export const checkTakeOver = ({ probe, held }: TakeOver): void => {
  if (probe.newest.length <= PROBED && probe.spread.length <= PROBED && held.length <= 4 * PROBED) return;
  throw new KtError('malformed', `\`takeOver\` has at most ${PROBED} marks of either kind, and ${4 * PROBED} held`);
};

/**
 * Makes the named bucket the device's, under the id and type of the push, if it is still as the registration said: made
 * by imports alone, and of the same history; else null. It keeps its public name and its rows; rows that the device
 * does not adopt stay as kept. The caller holds the account's lock, and has checked that the device has no bucket of
 * this id.
 */
export const takeOver = async (
  tx: Tx,
  account: number,
  deviceUuid: string,
  facts: Bucket,
  claim: TakeOver,
): Promise<buckets.BucketRow | null> => {
  const found = isStorable(claim.id) ? await buckets.findPublic(tx, account, claim.id, 'write') : null;
  if (!found || found.importedId !== facts.id || found.type !== facts.type) return null;
  const home = await devices.ofBucket(tx, found);
  if (!home.own || !(await isOneHistory(tx, found, claim))) return null;
  await moveTo(tx, found, { deviceUuid, id: facts.id }, { deviceId: home.deviceId, bucketId: found.id });
  return buckets.lock(tx, found);
};

/** Whether there is an imported bucket of this id and type that the device may take over. */
export const hasImport = async (
  tx: Tx,
  account: number,
  deviceUuid: string,
  { id, type }: Pick<Bucket, 'id' | 'type'>,
): Promise<boolean> => (await markedFor(tx, account, deviceUuid, [id])).some((marked) => marked.type === type);

/** An empty bucket fits any history: taking it over adds no foreign rows to the device's bucket. */
const isOneHistory = async (tx: Tx, bucket: buckets.BucketRow, { probe, held }: TakeOver): Promise<boolean> => {
  const there = (await probesOf(tx, bucket.account, [bucket.number])).get(bucket.number)!;
  if (there.newest.length === 0) return bucket.eventRows === 0;
  return (
    isSameHistory(there, held) || isSameHistory(probe, await heldAt(tx, bucket, [...probe.newest, ...probe.spread]))
  );
};
