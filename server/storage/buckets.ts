import type { FormerPlace } from '../../domain/sync/push.ts';
import type { Bucket } from '../../domain/bucket.ts';
import { flatName } from '../../domain/name.ts';
import { isTimeInRange, type Micros } from '../../domain/time.ts';
import { Prisma } from '../../prisma/generated/client/client.ts';
import { lockAccount } from './changes.ts';
import type { BucketKey } from './bucket-key.ts';
import type { Tx } from './database.ts';
import { dropFacts } from './day-facts.ts';
import { noteFirstBucket } from './devices.ts';
import { fromJsonb, toJsonb } from './jsonb.ts';
import { noteEvents } from './sql/event-rows.ts';
import { NEXT_REVISION } from './sql/next-revision.ts';
import { micros, timestamptz } from './sql/time.ts';

/** A bucket's row. `id` is its id on its own device, `publicId` its name in the account's flat list. */
export type BucketRow = Bucket &
  BucketKey & {
    readonly uuid: string;
    readonly publicId: string;
    readonly deviceUuid: string;
    readonly createdUs: Micros;
    /** The heartbeat slot: an event's id, null when empty. */
    readonly slot: bigint | null;
    readonly epoch: number;
    readonly sourceCreatedUs: Micros | null;
    readonly sourceRows: number;
    /** How many events it has. */
    readonly eventRows: number;
    readonly headMs: bigint | null;
    readonly footMs: bigint | null;
    /** The bucket's id in an imported file, if only imports have written to it (spec/sync 7.2); null otherwise. */
    readonly importedId: string | null;
    /** What it was before a device took it over; null if none did, or if another bucket has that place now. */
    readonly former: FormerPlace | null;
  };

type Row = {
  account: number;
  number: number;
  uuid: string;
  bucket_id: string;
  public_id: string;
  device_uuid: string;
  bucket_type: string;
  client: string;
  hostname: string;
  created_us: bigint;
  data: string;
  heartbeat_event_id: bigint | null;
  source_epoch: number;
  source_created_us: bigint | null;
  source_rows: number;
  event_rows: bigint;
  push_head: bigint | null;
  push_foot: bigint | null;
  imported_id: string | null;
  former_device: string | null;
  former_bucket: string | null;
};

const columns = Prisma.sql`account, number, id::text as uuid, bucket_id, public_id, device_uuid::text, bucket_type,
  client, hostname,
  ${micros(Prisma.sql`created_at`)} as created_us, data::text as data, heartbeat_event_id, source_epoch,
  ${micros(Prisma.sql`source_created`)} as source_created_us, source_rows, event_rows, push_head,
  push_foot, imported_id, former_bucket, case when former_device is null then null when exists (
    select from buckets other
    join devices device on device.account = other.account and device.id = other.device_uuid
    where other.account = buckets.account and device.device_id = buckets.former_device
      and other.bucket_id = buckets.former_bucket
  ) then null else former_device end as former_device`;

const bucketOf = (row: Row): BucketRow => ({
  account: row.account,
  number: row.number,
  uuid: row.uuid,
  id: row.bucket_id,
  publicId: row.public_id,
  deviceUuid: row.device_uuid,
  type: row.bucket_type,
  client: row.client,
  hostname: row.hostname,
  createdUs: row.created_us,
  data: fromJsonb(row.data),
  slot: row.heartbeat_event_id,
  epoch: row.source_epoch,
  sourceCreatedUs: row.source_created_us,
  sourceRows: row.source_rows,
  eventRows: Number(row.event_rows),
  headMs: row.push_head,
  footMs: row.push_foot,
  importedId: row.imported_id,
  former:
    row.former_device === null ? null : { deviceId: row.former_device, bucketId: row.former_bucket ?? row.bucket_id },
});

/** Buckets selected by what follows `from buckets`. */
export const select = async (tx: Tx, rest: Prisma.Sql): Promise<BucketRow[]> =>
  (await tx.$queryRaw<Row[]>(Prisma.sql`select ${columns} from buckets ${rest}`)).map(bucketOf);

/** Which of these numbers are those of buckets that are there. */
export const existing = async (tx: Tx, account: number, numbers: readonly number[]): Promise<number[]> =>
  (
    await tx.$queryRaw<{ number: number }[]>`
      select number from buckets where account = ${account}::int and number = any(${numbers}::int[])`
  ).map(({ number }) => number);

/** A bucket's condition. */
export const isBucket = ({ account, number }: BucketKey): Prisma.Sql =>
  Prisma.sql`account = ${account}::int and number = ${number}::int`;

/** All of a user's buckets in order of creation; only those of a device (by UUID) or a type where given. */
export const list = (tx: Tx, account: number, by: { deviceUuid?: string; type?: string } = {}): Promise<BucketRow[]> =>
  select(
    tx,
    Prisma.sql`where account = ${account}::int
      ${by.deviceUuid === undefined ? Prisma.empty : Prisma.sql`and device_uuid = ${by.deviceUuid}::uuid`}
      ${by.type === undefined ? Prisma.empty : Prisma.sql`and bucket_type = ${by.type}`}
      order by number`,
  );

/** How many buckets a user has. */
export const countOf = async (tx: Tx, account: number): Promise<number> =>
  (
    await tx.$queryRaw<[{ count: number }]>`select count(*)::int as count from buckets where account = ${account}::int`
  )[0].count;

/** `write`: the row is locked to the commit. The account's row must be locked before it (database.ts). */
type For = 'read' | 'write';
const lockFor = (what: For): Prisma.Sql => (what === 'write' ? Prisma.sql`for update` : Prisma.empty);

/** The bucket with this name in the user's flat list, or null. */
export const findPublic = async (
  tx: Tx,
  account: number,
  publicId: string,
  what: For = 'read',
): Promise<BucketRow | null> =>
  (await select(tx, Prisma.sql`where account = ${account}::int and public_id = ${publicId} ${lockFor(what)}`))[0] ??
  null;

/** A bucket by its number; null when it is deleted. */
export const findNumbered = async (tx: Tx, key: BucketKey): Promise<BucketRow | null> =>
  (await select(tx, Prisma.sql`where ${isBucket(key)}`))[0] ?? null;

/** A device's bucket by its id there, or null. */
export const findOnDevice = async (
  tx: Tx,
  account: number,
  deviceUuid: string,
  bucketId: string,
  what: For = 'read',
): Promise<BucketRow | null> =>
  (
    await select(
      tx,
      Prisma.sql`where account = ${account}::int and device_uuid = ${deviceUuid}::uuid and bucket_id = ${bucketId}
        ${lockFor(what)}`,
    )
  )[0] ?? null;

/** The same bucket, read again after locking its row to the commit; null when it was deleted meanwhile. */
export const lock = async (tx: Tx, key: BucketKey): Promise<BucketRow | null> =>
  (await select(tx, Prisma.sql`where ${isBucket(key)} for update`))[0] ?? null;

/**
 * An id for a new bucket of a device: the given one, or the next under which no copy is known elsewhere
 * (spec/sync 7.3).
 */
export const freshId = async (
  tx: Tx,
  account: number,
  deviceUuid: string,
  { id, hostname }: Bucket,
): Promise<string> => {
  for (let number = 0; ; number++) {
    const name = flatName(id, hostname, number);
    const [taken] = await tx.$queryRaw<unknown[]>`
      select from buckets join devices device on device.account = buckets.account and device.id = ${deviceUuid}::uuid
      where buckets.account = ${account}::int
        and (buckets.former_device = device.device_id and buckets.former_bucket = ${name}
          or buckets.device_uuid = device.id and buckets.bucket_id = ${name}) limit 1`;
    if (!taken) return name;
  }
};

/**
 * Creates a bucket with its own public name (spec/product 4.2); null when the device has a bucket of this id. If
 * another bucket had this id here before a device took it over, the new one gets a different id, because copies of the
 * old one are known by it; the public name does not change for that.
 */
export const create = async (
  tx: Tx,
  account: number,
  deviceUuid: string,
  bucket: Bucket,
): Promise<BucketRow | null> => {
  // Under the account's lock, because two devices could otherwise get the same name.
  await lockAccount(tx, account);
  if (await findOnDevice(tx, account, deviceUuid, bucket.id)) return null;
  return createAs(tx, account, deviceUuid, await freshId(tx, account, deviceUuid, bucket), bucket);
};

/**
 * The same under an id that is known to be free on the device, as those from `freshId` are; the bucket's own `id` only
 * decides its public name. `importedId` is the id in the file, if only imports write to it. Raises the account's
 * revision, of which the holder of the account's lock, the caller, tells.
 */
export const createAs = async (
  tx: Tx,
  account: number,
  deviceUuid: string,
  id: string,
  bucket: Bucket,
  importedId: string | null = null,
): Promise<BucketRow> => {
  await noteFirstBucket(tx, account, deviceUuid);
  await makeWay(tx, account, deviceUuid, bucket.id);
  const publicId = await freePublicId(tx, account, bucket);
  const created =
    bucket.createdUs !== null && isTimeInRange(bucket.createdUs)
      ? timestamptz(Prisma.sql`${bucket.createdUs}::bigint`)
      : Prisma.sql`now()`;
  const [next] = await tx.$queryRaw<{ number: number }[]>`
    update users set last_bucket = last_bucket + 1, revision = ${NEXT_REVISION}
    where account = ${account}::int returning last_bucket as number`;
  const rows = await tx.$queryRaw<Row[]>(Prisma.sql`
    insert into buckets (account, number, device_uuid, bucket_id, public_id, bucket_type, client, hostname, created_at,
      data,
      imported_id)
    values (${account}::int, ${next!.number}::int, ${deviceUuid}::uuid, ${id}, ${publicId},
      ${bucket.type}, ${bucket.client}, ${bucket.hostname}, ${created}, ${toJsonb(bucket.data)}::jsonb, ${importedId})
    returning ${columns}`);
  // Whether a device has a bucket of AFK decides what its windows mean.
  await dropFacts(tx, account, deviceUuid);
  return bucketOf(rows[0]!);
};

/** Whether a device pushes this bucket. Then nothing else writes new events into it (spec/sync 2.8). */
export const isPushed = ({ epoch }: Pick<BucketRow, 'epoch'>): boolean => epoch > 0;

/**
 * In the flat list, a bucket of the account's own device always has its id on that device. Another bucket with that
 * name is renamed to the next free one before the own device's is created. Names change in no other case.
 */
const makeWay = async (tx: Tx, account: number, deviceUuid: string, id: string): Promise<void> => {
  const [holder] = await select(
    tx,
    Prisma.sql`where account = ${account}::int and public_id = ${id} and device_uuid <> ${deviceUuid}::uuid
      and exists (select from devices where account = ${account}::int and id = ${deviceUuid}::uuid and own) for update`,
  );
  if (holder) await rename(tx, holder, await freePublicId(tx, account, holder));
};

/**
 * Gives a bucket of the own device its id as name in the flat list, in case it got another one because both were
 * created at once. The caller holds the account's lock.
 */
export const takeFlatId = async (tx: Tx, account: number, deviceUuid: string, id: string): Promise<BucketRow> => {
  await makeWay(tx, account, deviceUuid, id);
  const bucket = (await findOnDevice(tx, account, deviceUuid, id, 'write'))!;
  await rename(tx, bucket, id);
  return { ...bucket, publicId: id };
};

const rename = async (tx: Tx, key: BucketKey, publicId: string): Promise<void> =>
  void (await tx.$executeRaw`update buckets set public_id = ${publicId} where ${isBucket(key)}`);

const freePublicId = async (tx: Tx, account: number, { id, hostname }: Bucket): Promise<string> => {
  for (let number = 0; ; number++) {
    const name = flatName(id, hostname, number);
    if (!(await findPublic(tx, account, name))) return name;
  }
};

/** Deletes a bucket with all it holds. The caller holds the account's lock. */
export const remove = async (tx: Tx, { account, number, deviceUuid }: BucketRow): Promise<void> => {
  await dropFacts(tx, account, deviceUuid);
  await tx.$executeRaw`delete from events where account = ${account}::int and bucket = ${number}::int`;
  await tx.$executeRaw`delete from buckets where account = ${account}::int and number = ${number}::int`;
};

/** Sets the heartbeat slot to an event, or clears it. */
export const setSlot = async (tx: Tx, key: BucketKey, slot: number | null): Promise<void> => {
  await tx.$executeRaw`update buckets set heartbeat_event_id = ${slot}::bigint where ${isBucket(key)}`;
};

/** Raises the bound of the durations of the bucket's events where it is lower: see sql/event-rows.ts. */
export const noteLongest = async (tx: Tx, key: BucketKey, longestNs: bigint): Promise<void> => {
  if (longestNs > 0n) await tx.$executeRaw(noteEvents(key, Prisma.sql`0`, longestNs));
};

/**
 * What a push writes to its bucket's row: the properties, the cursor, and the number of rows with a source id. Writes
 * nothing if all of them are equal.
 */
export const notePush = async (
  tx: Tx,
  key: BucketKey,
  push: { bucket: Bucket; epoch: number; headMs: bigint | null; footMs: bigint | null; sourceRows: number },
): Promise<void> => {
  const { bucket, epoch, headMs, footMs, sourceRows } = push;
  const created = bucket.createdUs === null ? Prisma.sql`null` : timestamptz(Prisma.sql`${bucket.createdUs}::bigint`);
  const columns = Prisma.sql`(bucket_type, client, hostname, data, source_epoch, source_created, push_head, push_foot,
    source_rows)`;
  const values = Prisma.sql`(${bucket.type}::text, ${bucket.client}::text, ${bucket.hostname}::text,
    ${toJsonb(bucket.data)}::jsonb, ${epoch}::int,
    ${created}::timestamptz, ${headMs}::bigint, ${footMs}::bigint, ${sourceRows}::int)`;
  await tx.$executeRaw`update buckets set ${columns} = ${values} where ${isBucket(key)}
    and ${columns} is distinct from ${values}`;
};

/**
 * Clears the source ids of a bucket's rows: a new epoch begins, in which the device may adopt them again. No row is
 * deleted.
 */
export const disown = (tx: Tx, { account, number }: BucketKey): Promise<number> =>
  tx.$executeRaw`update events set source_id = null
    where account = ${account}::int and bucket = ${number}::int and source_id is not null`;
