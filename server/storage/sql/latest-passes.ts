import { Prisma } from '../../../prisma/generated/client/client.ts';

/**
 * `account` is the account's UUID. `pushed_ms`: where the newest event that was pushed starts, in ms
 * since 1970; null if none was.
 */
export type LatestPassRow = {
  device: string;
  account: string;
  hostname: string;
  last_pass: Date;
  pushed_ms: bigint | null;
  devices: bigint;
};

/**
 * The devices whose last pass began most recently, at most `most`, and how many ever began one (`devices`, the same in
 * every row). Scans the devices of all accounts, one row per computer, and for those it returns their buckets by
 * buckets_account_device_uuid_bucket_id_key; reads no events.
 */
export const latestPasses = (most: number): Prisma.Sql => Prisma.sql`
  select device.device_id as device, users.id::text as account, device.hostname, device.last_sync_at as last_pass,
         (select max(push_head) from buckets where account = device.account and device_uuid = device.id) as pushed_ms,
         device.devices
  from (select account, id, device_id, hostname, last_sync_at, count(*) over () as devices
    from devices where last_sync_at is not null order by last_sync_at desc limit ${most}::int) device
  join users on users.account = device.account
  order by device.last_sync_at desc`;
