import type { Called } from '../../../domain/sync/history.ts';
import { Prisma } from '../../../prisma/generated/client/client.ts';

/** A bucket of a device, by its UUID and its name in the account. */
export type Namesake = Called & { readonly uuid: string; readonly publicId: string; readonly deviceId: string };

/**
 * The first `count` buckets behind a public name that have one of these ids and types, on whichever device but the
 * account's own, which nobody can be. Those without events are left out. Reads the account's buckets, of which there
 * are thousands at most, and looks for one event of each that is called so.
 */
export const namesakesOf = (
  user: string,
  called: readonly Called[],
  after: string,
  count: number,
): Prisma.Sql => Prisma.sql`
  select bucket.id::text as uuid, bucket.public_id as "publicId", bucket.bucket_id as "bucketId",
    bucket.bucket_type as type, device.device_id as "deviceId"
  from buckets bucket join devices device on device.id = bucket.device_uuid
  where bucket.user_id = ${user}::uuid and not device.own and bucket.public_id collate "C" > ${after}
    and (bucket.bucket_id, bucket.bucket_type) in (
      select * from unnest(${called.map(({ bucketId }) => bucketId)}::text[], ${called.map(({ type }) => type)}::text[])
    )
    and exists (select from events where bucket_uuid = bucket.id)
  order by bucket.public_id collate "C" limit ${count}`;
