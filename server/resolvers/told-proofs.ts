import { KtError } from '../../domain/errors.ts';
import { FIRST_DAY, LAST_DAY } from '../../domain/sync/day-digest.ts';
import {
  MOST_DIFFERING,
  MOST_REASON,
  MOST_STRETCHES,
  MOST_TOLD_BUCKETS,
  type DifferingDay,
  type EqualDays,
  type Repaired,
  type ToldBucket,
  type ToldProof,
} from '../../domain/sync/told-proof.ts';
import type { Micros } from '../../domain/time.ts';
import type { Viewer } from '../auth/viewer.ts';
import * as buckets from '../storage/buckets.ts';
import { run, type Tx } from '../storage/database.ts';
import * as devices from '../storage/devices.ts';
import * as rows from '../storage/told-proofs.ts';
import type { makeBuckets } from './buckets.ts';
import type { Deps } from './deps.ts';

/**
 * What is known of a bucket on a device. `unreported`: that device told nothing of it. `held` and `failed`: as the
 * device says, with a reason. `differs`: some of its days do, and no pass can do anything about it. `partial`: not all
 * of it was found equal yet. `equal`: all of it was, as of `wholeUs`.
 */
export type ProofState = 'unreported' | 'held' | 'failed' | 'differs' | 'partial' | 'equal';

/** A bucket, and what a device told of it: of its own, or of its copy of another's. */
export type BucketProof = {
  /** The bucket: its `id` here, its id on its device, and that device by the id it registered under. */
  readonly publicId: string;
  readonly bucketId: string;
  readonly originId: string;
  /** The device that compared, by the same id, and whether what it has is a copy. */
  readonly deviceId: string;
  readonly isCopy: boolean;
  readonly state: ProofState;
  readonly reason: string | null;
  /** When the device told it, by this server's clock; all other times of it are by the device's. Null: never. */
  readonly toldAt: Date | null;
  readonly passUs: Micros | null;
  readonly wholeUs: Micros | null;
  /** Events at the device and here when its pass counted them; null where it did not. Then those here now. */
  readonly atDevice: number | null;
  readonly atServer: number | null;
  readonly now: number;
  /** Whether anything of the bucket changed here since that pass began. */
  readonly isChanged: boolean;
  readonly equal: readonly EqualDays[];
  readonly differing: readonly DifferingDay[];
  readonly repaired: Repaired | null;
  /** Where the bucket's last event ends; null when it has none. */
  readonly lastEndUs: Micros | null;
  /** How long before the last event of the bucket's device that is: a watcher that is silent while others move. */
  readonly quietUs: Micros | null;
};

/** Reports of an account in one answer, as they are stored: some 200 devices with 100 buckets each. */
const MOST_BYTES = 4_000_000;

const invalid = (message: string): KtError => new KtError('invalid', `\`proof\` ${message}`);
const isDay = (day: number): boolean => day >= FIRST_DAY && day <= LAST_DAY;
const isCount = (count: number | null): boolean => count === null || count >= 0;

const checkBucket = ({ bucketId, here, there, equal, differing, repaired, reason }: ToldBucket): void => {
  const of = `of ${JSON.stringify(bucketId.slice(0, 100))}`;
  if (equal.length > MOST_STRETCHES || differing.length > MOST_DIFFERING)
    throw invalid(`${of} tells more than ${MOST_STRETCHES} stretches or ${MOST_DIFFERING} days that differ`);
  if (reason !== null && reason.length > MOST_REASON)
    throw invalid(`${of} has a reason of more than ${MOST_REASON} characters`);
  const counts = [here, there, ...differing.flatMap((day) => [day.here, day.there])];
  if (repaired) counts.push(repaired.inserted, repaired.updated, repaired.deleted);
  if (!counts.every(isCount)) throw invalid(`${of} has a negative number of events`);
  const days = [
    ...equal.flatMap(({ firstDay, lastDay }) => (firstDay === null ? [lastDay] : [firstDay, lastDay])),
    ...differing.map(({ day }) => day),
  ];
  if (!days.every(isDay) || equal.some(({ firstDay, lastDay }) => firstDay !== null && firstDay > lastDay))
    throw invalid(`${of} has a day out of range, or a stretch that ends before it begins`);
};

/** Fails with `invalid`, or with `too_large` for more buckets than a report has. */
export const checkTold = ({ buckets: told, revision }: ToldProof): void => {
  if (told.length > MOST_TOLD_BUCKETS)
    throw new KtError('too_large', `\`proof\` tells of at most ${MOST_TOLD_BUCKETS} buckets`);
  if (revision < 0n || revision >= 2n ** 63n) throw invalid('names a revision that there can not be');
  told.forEach(checkBucket);
};

const placeKey = (device: string, bucket: string): string => JSON.stringify([device, bucket]);

const storedOf = (bucket: number, told: ToldBucket): rows.StoredBucketProof => ({
  bucket,
  outcome: told.outcome,
  reason: told.reason,
  atDevice: told.here,
  atServer: told.there,
  wholeUs: told.wholeUs === null ? null : Number(told.wholeUs),
  equal: told.equal.map(({ firstDay, lastDay, atUs }) => [firstDay, lastDay, Number(atUs)] as const),
  differing: told.differing.map(({ day, here, there }) => [day, here, there] as const),
  repaired: told.repaired && [
    Number(told.repaired.atUs),
    told.repaired.inserted,
    told.repaired.updated,
    told.repaired.deleted,
  ],
});

/**
 * Keeps what a device told in place of what it told before. What it compared with another account is dropped, and so
 * are buckets that this one does not have.
 */
export const noteTold = async (
  tx: Tx,
  viewer: Viewer,
  device: Pick<devices.DeviceRow, 'id' | 'deviceId'>,
  at: Date,
  told: ToldProof,
): Promise<void> => {
  if (told.account !== viewer.userId) return;
  const places = new Map(
    (await rows.places(tx, viewer.account)).map((place) => [placeKey(place.device, place.bucket), place.number]),
  );
  const known = new Map<number, rows.StoredBucketProof>();
  for (const bucket of told.buckets) {
    const number = places.get(placeKey(bucket.deviceId ?? device.deviceId, bucket.bucketId));
    if (number !== undefined) known.set(number, storedOf(number, bucket));
  }
  const report = { passUs: Number(told.passUs), revision: String(told.revision), buckets: [...known.values()] };
  await rows.put(tx, viewer.account, device.id, at, report);
};

const stateOf = ({ outcome, wholeUs, differing }: rows.StoredBucketProof): ProofState => {
  if (outcome !== 'in_step') return outcome;
  if (differing.length > 0) return 'differs';
  return wholeUs === null ? 'partial' : 'equal';
};

const UNTOLD = {
  state: 'unreported',
  reason: null,
  toldAt: null,
  passUs: null,
  wholeUs: null,
  atDevice: null,
  atServer: null,
  isChanged: false,
  equal: [],
  differing: [],
  repaired: null,
} as const;

type Told = { readonly device: string; readonly row: rows.ToldRow; readonly proof: rows.StoredBucketProof };

const toldOf = ({ row, proof }: Told, isChanged: boolean) => ({
  state: stateOf(proof),
  reason: proof.reason,
  toldAt: row.toldAt,
  passUs: BigInt(row.report.passUs),
  wholeUs: proof.wholeUs === null ? null : BigInt(proof.wholeUs),
  atDevice: proof.atDevice,
  atServer: proof.atServer,
  isChanged,
  equal: proof.equal.map(([firstDay, lastDay, atUs]) => ({ firstDay, lastDay, atUs: BigInt(atUs) })),
  differing: proof.differing.map(([day, here, there]) => ({ day, here, there })),
  repaired: proof.repaired && {
    atUs: BigInt(proof.repaired[0]),
    inserted: proof.repaired[1],
    updated: proof.repaired[2],
    deleted: proof.repaired[3],
  },
});

/** What devices told of their proofs, against what is here now (spec/sync 4.10). */
export const makeToldProofs = ({ database }: Deps, { bounds }: Pick<ReturnType<typeof makeBuckets>, 'bounds'>) => ({
  /**
   * Each bucket of the account with what its device told of it, and behind those the copies that other devices
   * told of; with `deviceId` what that device has alone. Fails with `not_found` for a device that is none, and with
   * `too_large` where all of it is too much at once.
   */
  list: async (viewer: Viewer, deviceId: string | null): Promise<BucketProof[]> => {
    const found = await run(database, async (tx) => {
      const all = await devices.list(tx, viewer.account);
      const asked = deviceId === null ? null : all.find((device) => device.deviceId === deviceId);
      if (asked === undefined)
        throw new KtError('not_found', `this account has no device ${JSON.stringify(deviceId!.slice(0, 100))}`);
      const told = await rows.list(tx, viewer.account, asked?.id ?? null, MOST_BYTES);
      if (told === null)
        throw new KtError('too_large', 'the devices have told more than one answer takes: ask for one `deviceId`');
      const flat = told.flatMap((row) => row.report.buckets.map((proof): Told => ({ device: row.device, row, proof })));
      const changed = await rows.changedSince(
        tx,
        viewer.account,
        flat.map(({ row, proof }) => ({ number: proof.bucket, revision: BigInt(row.report.revision) })),
      );
      return { all, asked, flat, changed, buckets: await buckets.list(tx, viewer.account) };
    });
    const { all, asked, flat, changed } = found;
    const ends = await bounds(
      viewer,
      found.buckets.map(({ number }) => number),
    );
    const endOf = (number: number): Micros | null => ends.get(number)?.lastEndUs ?? null;
    const newest = new Map<string, Micros>();
    for (const { number, deviceUuid } of found.buckets) {
      const end = endOf(number);
      if (end !== null && end > (newest.get(deviceUuid) ?? end - 1n)) newest.set(deviceUuid, end);
    }
    const nameOf = new Map(all.map((device) => [device.id, device.deviceId]));
    const byBucket = new Map<number, { readonly told: Told; readonly isChanged: boolean }[]>();
    for (const [place, told] of flat.entries()) {
      const list = byBucket.get(told.proof.bucket) ?? [];
      byBucket.set(told.proof.bucket, list);
      list.push({ told, isChanged: changed.has(place) });
    }
    const own: BucketProof[] = [];
    const copies: BucketProof[] = [];
    for (const bucket of found.buckets) {
      const originId = nameOf.get(bucket.deviceUuid);
      if (originId === undefined) continue;
      const lastEndUs = endOf(bucket.number);
      const facts = {
        publicId: bucket.publicId,
        bucketId: bucket.id,
        originId,
        now: bucket.eventRows,
        lastEndUs,
        quietUs: lastEndUs === null ? null : newest.get(bucket.deviceUuid)! - lastEndUs,
      };
      const told = byBucket.get(bucket.number) ?? [];
      const mine = told.find((one) => one.told.device === bucket.deviceUuid);
      if (!asked || asked.id === bucket.deviceUuid)
        own.push({
          ...facts,
          deviceId: originId,
          isCopy: false,
          ...(mine ? toldOf(mine.told, mine.isChanged) : UNTOLD),
        });
      for (const one of told) {
        const device = nameOf.get(one.told.device);
        if (one === mine || device === undefined) continue;
        copies.push({ ...facts, deviceId: device, isCopy: true, ...toldOf(one.told, one.isChanged) });
      }
    }
    return [...own, ...copies];
  },
});
