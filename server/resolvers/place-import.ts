/** Which bucket a bucket of an imported file goes into: spec/rest DEV-21. */
import { copyOrigin, SYNCED_FROM, secondHandReason, type Bucket } from '../../domain/bucket.ts';
import { countHeld, isSameHistory, PROBED, type Mark } from '../../domain/sync/history.ts';
import { isFlatName, isTooLong } from '../../domain/name.ts';
import { isNoHostname } from '../../domain/shown-hostname.ts';
import { floorDiv } from '../../domain/time.ts';
import type { Standpoint } from '../auth/viewer.ts';
import * as buckets from '../storage/buckets.ts';
import type { Tx } from '../storage/database.ts';
import * as devices from '../storage/devices.ts';
import { calledBy, onceAt } from '../storage/imported-buckets.ts';
import { heldOnStage, probeOf, type ImportBucketRow, type ImportKey } from '../storage/imports.ts';
import { heldAt, probesOf } from '../storage/probes.ts';
import { homeOf, isStorable } from './buckets.ts';

/** An existing bucket, or one to create on a device, whose `facts.id` is free there; `note`: a remark for the user. */
export type Place = { readonly note: string | null } & (
  | { readonly found: buckets.BucketRow }
  | {
      readonly found: null;
      readonly device: devices.DeviceRow;
      readonly facts: Bucket;
      readonly importedId: string | null;
    }
);

const UNKNOWN_ORIGIN =
  'it is a copy, and the device it was made from is none of this account: ' +
  'it was put on the account’s own device, and is not synced';

/**
 * Finds it, in this order: the bucket of this id on the device that the request acts for; the origin that an export of
 * kt-server, or the mark of a copy, names; the device whose bucket of this id has its events; the only device with its
 * hostname, unless that has another history under the id; the account's own device. Only the events decide whose a
 * history is, so a bucket that imports made of another history is not touched on the account's own device.
 */
export const findPlace = async (
  tx: Tx,
  viewer: Standpoint,
  key: ImportKey,
  { facts, kt, number }: Pick<ImportBucketRow, 'facts' | 'kt' | 'number'>,
  serverDeviceId: string,
): Promise<Place> => {
  const { account } = viewer;
  const home = await homeOf(tx, viewer, serverDeviceId);
  const named = viewer.deviceId === null ? null : await buckets.findOnDevice(tx, home.account, home.id, facts.id);
  if (named) return { found: named, note: null };

  const told =
    kt && isName(kt.bucketId) && isStorable(kt.deviceId) ? await devices.find(tx, account, kt.deviceId) : null;
  if (told) {
    const place = await placeOn(tx, told, { ...facts, id: kt!.bucketId });
    // A bucket whose id in the file was changed since the export is meant to be another bucket.
    const isSo = place.found?.publicId === facts.id || isFlatName(facts.id, kt!.bucketId, facts.hostname);
    if (isSo) return place;
  }

  const isSecondHand = secondHandReason(facts) !== null;
  if (isSecondHand) {
    const origin = await originOf(tx, account, facts);
    if (origin) return placeOn(tx, origin.device, origin.facts);
  }
  const note = isSecondHand ? UNKNOWN_ORIGIN : null;

  const candidates = await calledBy(tx, account, facts.id);
  const found = await holderOf(tx, account, candidates, { key, number, id: facts.id });
  if (found) return { found, note };

  if (!isSecondHand && !isNoHostname(facts.hostname)) {
    const namesakes = (await devices.list(tx, account)).filter(
      ({ own, hostname }) => !own && hostname === facts.hostname,
    );
    if (namesakes.length === 1 && !(await holdsAnother(tx, namesakes[0]!, facts)))
      return placeOn(tx, namesakes[0]!, facts);
  }
  if (!home.own) return placeOn(tx, home, facts);
  return { ...(await placeAtHome(tx, home, facts, candidates)), note };
};

const isName = (id: string): boolean => id !== '' && isStorable(id) && !isTooLong(id);

/** On a device: its bucket of this id, the bucket that had it before it was taken over, or a new one. */
const placeOn = async (tx: Tx, device: devices.DeviceRow, facts: Bucket): Promise<Place> => {
  const found =
    (await buckets.findOnDevice(tx, device.account, device.id, facts.id)) ??
    (await onceAt(tx, device.account, { deviceId: device.deviceId, bucketId: facts.id }));
  if (found) return { found, note: null };
  return { found: null, device, facts, importedId: device.own ? markFor(facts) : null, note: null };
};

/**
 * Whether a device has events under this id. They are of another history, as no bucket with the file's events was
 * found.
 */
const holdsAnother = async (tx: Tx, device: devices.DeviceRow, { id }: Bucket): Promise<boolean> => {
  const there = await buckets.findOnDevice(tx, device.account, device.id, id);
  return there !== null && there.eventRows > 0;
};

/**
 * The mark of a bucket that an import makes on the account's own device; none for copies, which no device may take
 * over.
 */
const markFor = (facts: Bucket): string | null => (secondHandReason(facts) === null ? facts.id : null);

/** The device that a copy's marks name, if it belongs to this account, and the properties its bucket would have. */
const originOf = async (
  tx: Tx,
  account: number,
  copy: Bucket,
): Promise<{ device: devices.DeviceRow; facts: Bucket } | null> => {
  const mark = copyOrigin(copy);
  const id = mark?.bucket ?? copy.id.slice(0, Math.max(0, copy.id.indexOf(SYNCED_FROM)));
  const device = mark && isName(id) && isStorable(mark.device) ? await devices.find(tx, account, mark.device) : null;
  // The client and data are those of the copy; the device's next push brings the right ones.
  return device && { device, facts: { ...copy, id, client: 'unknown', data: {} } };
};

/** Whether enough marks were found: half of them, but no more than ten are needed. */
const enough = (marks: readonly Mark[], held: readonly Mark[]): boolean =>
  marks.length > 0 && countHeld(marks, held) >= Math.min(PROBED / 2, Math.ceil(marks.length / 2));

/**
 * The bucket that holds the most of the file's probe, if it is enough; else a bucket whose own probe is in the file: it
 * may have been pushed long ago, when it was short. A bucket without events in the file fits any history, and goes into
 * the first bucket of its name.
 */
const holderOf = async (
  tx: Tx,
  account: number,
  candidates: readonly buckets.BucketRow[],
  staged: { key: ImportKey; number: number; id: string },
): Promise<buckets.BucketRow | null> => {
  const { key, number, id } = staged;
  const probe = await probeOf(tx, key, number);
  const marks = [...probe.newest, ...probe.spread];
  if (marks.length === 0) return candidates.find(({ publicId }) => publicId === id) ?? candidates[0] ?? null;
  let best: { bucket: buckets.BucketRow; count: number } | null = null;
  for (const bucket of candidates) {
    const held = await heldAt(tx, bucket, marks);
    const count = countHeld(probe.newest, held) + countHeld(probe.spread, held);
    if ((enough(probe.newest, held) || enough(probe.spread, held)) && count > (best?.count ?? 0))
      best = { bucket, count };
  }
  if (best) return best.bucket;
  for (const [holder, there] of await probesOf(
    tx,
    account,
    candidates.map((bucket) => bucket.number),
  )) {
    const held = await heldOnStage(tx, key, number, [...there.newest, ...there.spread]);
    if (isSameHistory(there, held)) return candidates.find((bucket) => bucket.number === holder)!;
  }
  return null;
};

/**
 * On the account's own device, when no bucket has its events. A bucket that is also written to by hand accepts any
 * import under its id. One that only imports wrote to is another history, unless it has the same creation time: two
 * devices may have buckets of one id.
 */
const placeAtHome = async (
  tx: Tx,
  home: devices.DeviceRow,
  facts: Bucket,
  candidates: readonly buckets.BucketRow[],
): Promise<
  { found: buckets.BucketRow } | { found: null; device: devices.DeviceRow; facts: Bucket; importedId: string | null }
> => {
  const here = candidates.filter(({ deviceUuid }) => deviceUuid === home.id);
  const same = here.find(
    ({ importedId, createdUs }) =>
      importedId === facts.id && facts.createdUs !== null && msOf(createdUs) === msOf(facts.createdUs),
  );
  const namesake = here.find(({ id }) => id === facts.id);
  const found = same ?? (namesake?.importedId === null || facts.createdUs === null ? namesake : undefined);
  if (found) return { found };
  const importedId = markFor(facts);
  const id = await buckets.freshId(tx, home.account, home.id, facts);
  return { found: null, device: home, facts: { ...facts, id }, importedId };
};

const msOf = (us: bigint): bigint => floorDiv(us, 1000n);
