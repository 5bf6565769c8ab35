/** How a bucket that imports made becomes the device's whose history it is (spec/sync 7.2). */
import type { Bucket } from '../../domain/bucket.ts';
import { KtError } from '../../domain/errors.ts';
import { isSameHistory, PROBED, type HistoryProbe, type Mark } from '../../domain/sync/history.ts';
import * as buckets from '../storage/buckets.ts';
import type { Tx } from '../storage/database.ts';
import { markedFor, moveTo } from '../storage/imported-buckets.ts';
import { heldAt, probesOf } from '../storage/probes.ts';
import { isStorable } from './buckets.ts';

/**
 * Which bucket a push takes over, by its public id, and why: a probe of the device's own bucket, and what that holds of
 * the marks that the registration told of the imported one.
 */
export type TakeOver = { readonly publicId: string; readonly probe: HistoryProbe; readonly held: readonly Mark[] };

/** Fails with `malformed` where there are more marks than two probes have. */
export const checkTakeOver = ({ probe, held }: TakeOver): void => {
  if (probe.newest.length <= PROBED && probe.spread.length <= PROBED && held.length <= 4 * PROBED) return;
  throw new KtError('malformed', `\`takeOver\` has at most ${PROBED} marks of either kind, and ${4 * PROBED} held`);
};

/**
 * Makes the named bucket the device's, under the id and type that the push says, if it still is what the registration
 * told: made by imports alone, and of the same history; null where it is not. It keeps its public name and its rows;
 * what of them the device does not adopt stays as kept. The caller holds the account's lock, and has looked that the
 * device has no bucket of this id.
 */
export const takeOver = async (
  tx: Tx,
  userId: string,
  deviceUuid: string,
  facts: Bucket,
  claim: TakeOver,
): Promise<buckets.BucketRow | null> => {
  const found = isStorable(claim.publicId) ? await buckets.findPublic(tx, userId, claim.publicId, 'write') : null;
  if (!found || found.importedId !== facts.id || found.type !== facts.type) return null;
  const home = await tx.device.findUniqueOrThrow({
    where: { id: found.deviceUuid },
    select: { deviceId: true, own: true },
  });
  if (!home.own || !(await isOneHistory(tx, found.uuid, claim))) return null;
  await moveTo(tx, found.uuid, { deviceUuid, id: facts.id }, { deviceId: home.deviceId, bucketId: found.id });
  return buckets.lock(tx, found.uuid);
};

/** Is there a bucket that imports alone made under this id and type, and that the device may take over? */
export const hasImport = async (
  tx: Tx,
  userId: string,
  deviceUuid: string,
  { id, type }: Pick<Bucket, 'id' | 'type'>,
): Promise<boolean> => (await markedFor(tx, userId, deviceUuid, [id])).some((marked) => marked.type === type);

/** One without events holds no other history: nothing of anybody's comes into the device's bucket with it. */
const isOneHistory = async (tx: Tx, uuid: string, { probe, held }: TakeOver): Promise<boolean> => {
  const there = (await probesOf(tx, [uuid])).get(uuid)!;
  if (there.newest.length === 0)
    return (await tx.event.findFirst({ where: { bucketUuid: uuid }, select: { id: true } })) === null;
  return isSameHistory(there, held) || isSameHistory(probe, await heldAt(tx, uuid, [...probe.newest, ...probe.spread]));
};
