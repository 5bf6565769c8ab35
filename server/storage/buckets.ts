import type { FormerPlace } from '../../domain/sync/push.ts';
import type { Bucket } from '../../domain/bucket.ts';
import { flatName } from '../../domain/name.ts';
import { isTimeInRange, type Micros } from '../../domain/time.ts';
import { Prisma } from '../../prisma/generated/client/client.ts';
import { lockAccount } from './changes.ts';
import type { Tx } from './database.ts';
import { noteFirstBucket } from './devices.ts';
import { fromJsonb, toJsonb } from './jsonb.ts';
import { micros, timestamptz } from './sql/time.ts';

/** A bucket's row. `id` is its id on its own device, `publicId` its name in the account's flat list. */
export type BucketRow = Bucket & {
  readonly uuid: string;
  readonly publicId: string;
  readonly deviceUuid: string;
  readonly createdUs: Micros;
  /** The heartbeat slot: an event's id, null when empty. */
  readonly slot: bigint | null;
  readonly epoch: number;
  readonly sourceCreatedUs: Micros | null;
  readonly sourceRows: number;
  readonly headMs: bigint | null;
  readonly footMs: bigint | null;
  /** The bucket's id in an imported file, if only imports have written to it (spec/sync 7.2); null otherwise. */
  readonly importedId: string | null;
  /** What it was before a device took it over; null if none did, or if another bucket has that place now. */
  readonly former: FormerPlace | null;
};

type Row = {
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
  push_head: bigint | null;
  push_foot: bigint | null;
  imported_id: string | null;
  former_device: string | null;
  former_bucket: string | null;
};

const columns = Prisma.sql`id::text as uuid, bucket_id, public_id, device_uuid::text, bucket_type, client, hostname,
  ${micros(Prisma.sql`created_at`)} as created_us, data::text as data, heartbeat_event_id, source_epoch,
  ${micros(Prisma.sql`source_created`)} as source_created_us, source_rows, push_head, push_foot,
  imported_id, former_bucket, case when former_device is null then null when exists (
    select from buckets other join devices device on device.id = other.device_uuid
    where other.user_id = buckets.user_id and device.device_id = buckets.former_device
      and other.bucket_id = buckets.former_bucket
  ) then null else former_device end as former_device`;

const bucketOf = (row: Row): BucketRow => ({
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
  headMs: row.push_head,
  footMs: row.push_foot,
  importedId: row.imported_id,
  former:
    row.former_device === null ? null : { deviceId: row.former_device, bucketId: row.former_bucket ?? row.bucket_id },
});

/** Buckets selected by what follows `from buckets`. */
export const select = async (tx: Tx, rest: Prisma.Sql): Promise<BucketRow[]> =>
  (await tx.$queryRaw<Row[]>(Prisma.sql`select ${columns} from buckets ${rest}`)).map(bucketOf);

/** Which of these buckets (UUIDs) belong to a user. */
export const ownedOf = async (tx: Tx, user: string, uuids: readonly string[]): Promise<string[]> => {
  const condition = Prisma.sql`user_id = ${user}::uuid and id = any(${uuids}::uuid[])`;
  return (await tx.$queryRaw<{ id: string }[]>(Prisma.sql`select id::text from buckets where ${condition}`)).map(
    ({ id }) => id,
  );
};

/** All of a user's buckets in order of creation; only those of a device (by UUID) or a type where given. */
export const list = (tx: Tx, user: string, by: { deviceUuid?: string; type?: string } = {}): Promise<BucketRow[]> =>
  select(
    tx,
    Prisma.sql`where user_id = ${user}::uuid
      ${by.deviceUuid === undefined ? Prisma.empty : Prisma.sql`and device_uuid = ${by.deviceUuid}::uuid`}
      ${by.type === undefined ? Prisma.empty : Prisma.sql`and bucket_type = ${by.type}`}
      order by ordinal`,
  );

/** How many buckets a user has. */
export const countOf = (tx: Tx, userId: string): Promise<number> => tx.bucket.count({ where: { userId } });

/** `write`: the row is locked to the commit. The account's row must be locked before it (database.ts). */
type For = 'read' | 'write';
const lockFor = (what: For): Prisma.Sql => (what === 'write' ? Prisma.sql`for update` : Prisma.empty);

/** The bucket with this name in the user's flat list, or null. */
export const findPublic = async (
  tx: Tx,
  user: string,
  publicId: string,
  what: For = 'read',
): Promise<BucketRow | null> =>
  (await select(tx, Prisma.sql`where user_id = ${user}::uuid and public_id = ${publicId} ${lockFor(what)}`))[0] ?? null;

/** A user's bucket by its UUID; null when it is deleted, or another user's. */
export const findOwned = async (tx: Tx, user: string, uuid: string): Promise<BucketRow | null> =>
  (await select(tx, Prisma.sql`where user_id = ${user}::uuid and id = ${uuid}::uuid`))[0] ?? null;

/** A device's bucket by its id there, or null. */
export const findOnDevice = async (
  tx: Tx,
  deviceUuid: string,
  bucketId: string,
  what: For = 'read',
): Promise<BucketRow | null> =>
  (
    await select(tx, Prisma.sql`where device_uuid = ${deviceUuid}::uuid and bucket_id = ${bucketId} ${lockFor(what)}`)
  )[0] ?? null;

/** The same bucket, read again after locking its row to the commit; null when it was deleted meanwhile. */
export const lock = async (tx: Tx, uuid: string): Promise<BucketRow | null> =>
  (await select(tx, Prisma.sql`where id = ${uuid}::uuid for update`))[0] ?? null;

/**
 * An id for a new bucket of a device: the given one, or the next under which no copy is known elsewhere
 * (spec/sync 7.3).
 */
export const freshId = async (tx: Tx, user: string, deviceUuid: string, { id, hostname }: Bucket): Promise<string> => {
  for (let number = 0; ; number++) {
    const name = flatName(id, hostname, number);
    const [taken] = await tx.$queryRaw<unknown[]>`
      select from buckets join devices device on device.id = ${deviceUuid}::uuid
      where buckets.user_id = ${user}::uuid
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
export const create = async (tx: Tx, user: string, deviceUuid: string, bucket: Bucket): Promise<BucketRow | null> => {
  // Under the account's lock, because two devices could otherwise get the same name.
  await lockAccount(tx, user);
  if (await findOnDevice(tx, deviceUuid, bucket.id)) return null;
  return createAs(tx, user, deviceUuid, await freshId(tx, user, deviceUuid, bucket), bucket);
};

/**
 * The same under an id that is known to be free on the device, as those from `freshId` are; the bucket's own `id` only
 * decides its public name. `importedId` is the id in the file, if only imports write to it. The caller holds the
 * account's lock.
 */
export const createAs = async (
  tx: Tx,
  user: string,
  deviceUuid: string,
  id: string,
  bucket: Bucket,
  importedId: string | null = null,
): Promise<BucketRow> => {
  await noteFirstBucket(tx, deviceUuid);
  await makeWay(tx, user, deviceUuid, bucket.id);
  const publicId = await freePublicId(tx, user, bucket);
  const created =
    bucket.createdUs !== null && isTimeInRange(bucket.createdUs)
      ? timestamptz(Prisma.sql`${bucket.createdUs}::bigint`)
      : Prisma.sql`now()`;
  const rows = await tx.$queryRaw<Row[]>(Prisma.sql`
    insert into buckets (user_id, device_uuid, bucket_id, public_id, bucket_type, client, hostname, created_at, data,
      imported_id)
    values (${user}::uuid, ${deviceUuid}::uuid, ${id}, ${publicId},
      ${bucket.type}, ${bucket.client}, ${bucket.hostname}, ${created}, ${toJsonb(bucket.data)}::jsonb, ${importedId})
    returning ${columns}`);
  return bucketOf(rows[0]!);
};

/** Whether a device pushes this bucket. Then nothing else writes new events into it (spec/sync 2.8). */
export const isPushed = ({ epoch }: Pick<BucketRow, 'epoch'>): boolean => epoch > 0;

/**
 * In the flat list, a bucket of the account's own device always has its id on that device. Another bucket with that
 * name is renamed to the next free one before the own device's is created. Names change in no other case.
 */
const makeWay = async (tx: Tx, user: string, deviceUuid: string, id: string): Promise<void> => {
  const [holder] = await select(
    tx,
    Prisma.sql`where user_id = ${user}::uuid and public_id = ${id} and device_uuid <> ${deviceUuid}::uuid
      and exists (select from devices where id = ${deviceUuid}::uuid and own) for update`,
  );
  if (holder)
    await tx.bucket.update({ where: { id: holder.uuid }, data: { publicId: await freePublicId(tx, user, holder) } });
};

/**
 * Gives a bucket of the own device its id as name in the flat list, in case it got another one because both were
 * created at once. The caller holds the account's lock.
 */
export const takeFlatId = async (tx: Tx, user: string, deviceUuid: string, id: string): Promise<BucketRow> => {
  await makeWay(tx, user, deviceUuid, id);
  await tx.bucket.update({ where: { deviceUuid_bucketId: { deviceUuid, bucketId: id } }, data: { publicId: id } });
  return (await findOnDevice(tx, deviceUuid, id, 'write'))!;
};

const freePublicId = async (tx: Tx, user: string, { id, hostname }: Bucket): Promise<string> => {
  for (let number = 0; ; number++) {
    const name = flatName(id, hostname, number);
    if (!(await findPublic(tx, user, name))) return name;
  }
};

export const remove = async (tx: Tx, uuid: string): Promise<void> => {
  await tx.bucket.deleteMany({ where: { id: uuid } });
};

/** Sets the heartbeat slot to an event, or clears it. */
export const setSlot = async (tx: Tx, uuid: string, slot: number | null): Promise<void> => {
  await tx.bucket.update({ where: { id: uuid }, data: { heartbeatEventId: slot } });
};

/**
 * What a push writes to its bucket's row: the properties, the cursor, and the number of rows with a source id. Writes
 * nothing if all of them are equal.
 */
export const notePush = async (
  tx: Tx,
  uuid: string,
  push: { bucket: Bucket; epoch: number; headMs: bigint | null; footMs: bigint | null; sourceRows: number },
): Promise<void> => {
  const { bucket, epoch, headMs, footMs, sourceRows } = push;
  const created = bucket.createdUs === null ? Prisma.sql`null` : timestamptz(Prisma.sql`${bucket.createdUs}::bigint`);
  const columns = Prisma.sql`(bucket_type, client, hostname, data, source_epoch, source_created, push_head, push_foot,
    source_rows)`;
  const values = Prisma.sql`(${bucket.type}::text, ${bucket.client}::text, ${bucket.hostname}::text,
    ${toJsonb(bucket.data)}::jsonb, ${epoch}::int,
    ${created}::timestamptz, ${headMs}::bigint, ${footMs}::bigint, ${sourceRows}::int)`;
  await tx.$executeRaw`update buckets set ${columns} = ${values} where id = ${uuid}::uuid
    and ${columns} is distinct from ${values}`;
};

/**
 * Clears the source ids of a bucket's rows: a new epoch begins, in which the device may adopt them again. No row is
 * deleted.
 */
export const disown = (tx: Tx, uuid: string): Promise<number> =>
  tx.$executeRaw`update events set source_id = null where bucket_uuid = ${uuid}::uuid and source_id is not null`;
