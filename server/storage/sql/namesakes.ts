import type { Called } from '../../../domain/sync/history.ts';
import { Prisma } from '../../../prisma/generated/client/client.ts';

/** A bucket of a device, by its number and its name in the account. */
export type Namesake = Called & { readonly number: number; readonly publicId: string; readonly deviceId: string };

/**
 * The first `count` non-empty buckets after a public name that have one of these ids and types, on any device but the
 * account's own, as which no client can register. Reads the account's buckets, at most a few thousand, and no events.
 */
export const namesakesOf = (
  account: number,
  called: readonly Called[],
  after: string,
  count: number,
): Prisma.Sql => Prisma.sql`
  select bucket.number, bucket.public_id as "publicId", bucket.bucket_id as "bucketId",
    bucket.bucket_type as type, device.device_id as "deviceId"
  from buckets bucket join devices device on device.account = bucket.account and device.id = bucket.device_uuid
  where bucket.account = ${account}::int and not device.own and bucket.public_id collate "C" > ${after}
    and (bucket.bucket_id, bucket.bucket_type) in (
      select * from unnest(${called.map(({ bucketId }) => bucketId)}::text[], ${called.map(({ type }) => type)}::text[])
    )
    and bucket.event_rows > 0
  order by bucket.public_id collate "C" limit ${count}`;
