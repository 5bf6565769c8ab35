import { Prisma } from '../../../prisma/generated/client/client.ts';

/** `pushed_ms`: to where the fullest of its buckets was pushed, in ms since 1970; null where none was. */
export type LatestPassRow = {
  device: string;
  account: string;
  hostname: string;
  last_pass: Date;
  pushed_ms: bigint | null;
  devices: bigint;
};

/**
 * The devices whose last pass began latest, at most `most`, and how many ever began one (`devices`, the same in each
 * row). Reads the table of devices, which has a row for each computer, and for those it tells the device's buckets by
 * buckets_device_uuid_bucket_id_key; no event is read.
 */
export const latestPasses = (most: number): Prisma.Sql => Prisma.sql`
  select device.device_id as device, device.user_id::text as account, device.hostname, device.last_sync_at as last_pass,
         (select max(push_head) from buckets where device_uuid = device.id) as pushed_ms, device.devices
  from (select id, user_id, device_id, hostname, last_sync_at, count(*) over () as devices from devices where last_sync_at is not null
    order by last_sync_at desc limit ${most}::int) device
  order by device.last_sync_at desc`;
