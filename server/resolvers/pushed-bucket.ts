/** The bucket that a push goes into (spec/sync 1.5, 2.5, 7.2). The caller holds the account's lock. */
import type { Bucket } from '../../domain/bucket.ts';
import { KtError } from '../../domain/errors.ts';
import type { TakeOver } from '../../domain/sync/take-over.ts';
import type { Viewer } from '../auth/viewer.ts';
import * as buckets from '../storage/buckets.ts';
import type { Tx } from '../storage/database.ts';
import { mustHaveRoom } from './buckets.ts';
import { checkTakeOver, hasImport, takeOver } from './take-over.ts';

/**
 * The device's bucket with its row locked, taken over or created if it is new. A repeated push finds it taken over
 * already. If an import lies under this id and the push names none to take over, the push was planned before that
 * import, and is refused: creating the bucket now would leave the imported one beside it for good. The next pass learns
 * of the import and names it.
 */
export const findOrCreate = async (
  tx: Tx,
  viewer: Viewer,
  deviceUuid: string,
  facts: Bucket,
  claim: TakeOver | null,
): Promise<buckets.BucketRow> => {
  if (claim) checkTakeOver(claim);
  const held = await buckets.findOnDevice(tx, viewer.account, deviceUuid, facts.id, 'write');
  if (!held && !claim && (await hasImport(tx, viewer.account, deviceUuid, facts)))
    throw new KtError('conflict', `bucket ${JSON.stringify(facts.id)} was imported at this moment: sync again`);
  const found =
    held ??
    (claim && (await takeOver(tx, viewer.account, deviceUuid, facts, claim))) ??
    (await madeBucket(tx, viewer, deviceUuid, facts));
  if (!found)
    throw new KtError('conflict', `bucket ${JSON.stringify(facts.id)} came or went at this moment: push it again`);
  return found;
};

const madeBucket = async (
  tx: Tx,
  viewer: Viewer,
  deviceUuid: string,
  facts: Bucket,
): Promise<buckets.BucketRow | null> => {
  await mustHaveRoom(tx, viewer.account);
  return buckets.create(tx, viewer.account, deviceUuid, facts);
};

/**
 * The bucket in the epoch that the push names: its current one, or the next, which begins now. Any other is refused.
 */
export const inEpoch = async (tx: Tx, bucket: buckets.BucketRow, epoch: number): Promise<buckets.BucketRow> => {
  if (epoch === bucket.epoch && epoch > 0) return bucket;
  if (epoch !== bucket.epoch + 1) {
    throw new KtError(
      'conflict',
      `bucket ${JSON.stringify(bucket.id)} is in epoch ${bucket.epoch}, and the push says ${epoch}: begin another pass`,
      { epoch: bucket.epoch },
    );
  }
  await buckets.disown(tx, bucket);
  return { ...bucket, epoch, sourceRows: 0, headMs: null, footMs: null };
};
