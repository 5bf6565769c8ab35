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

/** A bucket's row. `id` is its id on its own device; `publicId` its name in the account's flat list. */
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
  /** What a file called it, where imports alone made and filled it (spec/sync 7.2); null for any other. */
  readonly importedId: string | null;
  /** What it was before its device took it over; null where none did, or where another bucket has that place now. */
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

/** Buckets by what follows `from buckets`. */
export const select = async (tx: Tx, rest: Prisma.Sql): Promise<BucketRow[]> =>
  (await tx.$queryRaw<Row[]>(Prisma.sql`select ${columns} from buckets ${rest}`)).map(bucketOf);

/** Which of these buckets, by UUID, a user has. */
export const ownedOf = async (tx: Tx, user: string, uuids: readonly string[]): Promise<string[]> => {
  const condition = Prisma.sql`user_id = ${user}::uuid and id = any(${uuids}::uuid[])`;
  return (await tx.$queryRaw<{ id: string }[]>(Prisma.sql`select id::text from buckets where ${condition}`)).map(
    ({ id }) => id,
  );
};

/** All of a user's buckets in order of creation; narrowed to a device (by UUID) or a type where given. */
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

/** `write`: the row is locked to the commit. Its account's comes before (database.ts). */
type For = 'read' | 'write';
const lockFor = (what: For): Prisma.Sql => (what === 'write' ? Prisma.sql`for update` : Prisma.empty);

/** The bucket under this name in the user's flat list, or null. */
export const findPublic = async (
  tx: Tx,
  user: string,
  publicId: string,
  what: For = 'read',
): Promise<BucketRow | null> =>
  (await select(tx, Prisma.sql`where user_id = ${user}::uuid and public_id = ${publicId} ${lockFor(what)}`))[0] ?? null;

/** A user's bucket by its UUID; null for one that is gone, or another user's. */
export const findOwned = async (tx: Tx, user: string, uuid: string): Promise<BucketRow | null> =>
  (await select(tx, Prisma.sql`where user_id = ${user}::uuid and id = ${uuid}::uuid`))[0] ?? null;

/** The bucket a device knows under this id, or null. */
export const findOnDevice = async (
  tx: Tx,
  deviceUuid: string,
  bucketId: string,
  what: For = 'read',
): Promise<BucketRow | null> =>
  (
    await select(tx, Prisma.sql`where device_uuid = ${deviceUuid}::uuid and bucket_id = ${bucketId} ${lockFor(what)}`)
  )[0] ?? null;

/** The same bucket, read anew under its row lock, which is held to the commit; null when it was deleted meanwhile. */
export const lock = async (tx: Tx, uuid: string): Promise<BucketRow | null> =>
  (await select(tx, Prisma.sql`where id = ${uuid}::uuid for update`))[0] ?? null;

/** An id for a new bucket of a device: this one, or the next that no copy elsewhere is known by (spec/sync 7.3). */
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
 * Makes a bucket under a public name of its own (spec/product 4.2); null when the device has this id already. Where a
 * bucket that a device took over had this id here, it is another here, and the public name is as wanted: copies of what
 * was taken over are known by the id that it had.
 * `importedId` is what a file calls it that nothing but imports made.
 */
export const create = async (
  tx: Tx,
  user: string,
  deviceUuid: string,
  bucket: Bucket,
  importedId: string | null = null,
): Promise<BucketRow | null> => {
  // Names are given one at a time, or two devices could draw the same.
  await lockAccount(tx, user);
  if (await findOnDevice(tx, deviceUuid, bucket.id)) return null;
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
    values (${user}::uuid, ${deviceUuid}::uuid, ${await freshId(tx, user, deviceUuid, bucket)}, ${publicId},
      ${bucket.type}, ${bucket.client}, ${bucket.hostname}, ${created}, ${toJsonb(bucket.data)}::jsonb, ${importedId})
    returning ${columns}`);
  return bucketOf(rows[0]!);
};

/** Does a device push this bucket? Then nothing else writes new events into it (spec/sync 2.8). */
export const isPushed = ({ epoch }: Pick<BucketRow, 'epoch'>): boolean => epoch > 0;

/**
 * Buckets of the account's own device are called in the flat list as they are on it: another one that is called so gets
 * the next free name, before one is made there. The only way in which a name changes.
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
 * Calls a bucket of the own device by its id in the flat list, where two that were made at once left it another name.
 * The caller holds the account's lock.
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

/** Points the heartbeat slot at an event, or empties it. */
export const setSlot = async (tx: Tx, uuid: string, slot: number | null): Promise<void> => {
  await tx.bucket.update({ where: { id: uuid }, data: { heartbeatEventId: slot } });
};

/**
 * What a push leaves on its bucket's row: facts as the device gives them, how far it got, its count of rows.
 * Equal ones write nothing.
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
 * Takes the source ids off a bucket's rows: a new epoch begins, in which the device may adopt them again. No row goes.
 */
export const disown = (tx: Tx, uuid: string): Promise<number> =>
  tx.$executeRaw`update events set source_id = null where bucket_uuid = ${uuid}::uuid and source_id is not null`;
