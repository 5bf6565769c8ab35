import { shownHostname, shownHostnames } from '../../domain/shown-hostname.ts';
import type { BucketRow } from '../storage/buckets.ts';
import type { Tx } from '../storage/database.ts';
import * as devices from '../storage/devices.ts';

/**
 * The hostnames shown for the account's devices and buckets where only the hostname tells devices apart: in aw-server's
 * API and in its queries (spec/rest DEV-22).
 */
export type Hostnames = {
  readonly ofDevice: (device: Pick<devices.DeviceRow, 'deviceId' | 'hostname'>) => string;
  readonly ofBucket: (bucket: Pick<BucketRow, 'hostname' | 'deviceUuid'>) => string;
};

export const hostnamesOf = async (tx: Tx, account: number): Promise<Hostnames> => {
  const all = await devices.list(tx, account);
  const shown = shownHostnames(all);
  const byUuid = new Map(all.map((device) => [device.id, device]));
  return {
    ofDevice: ({ deviceId, hostname }) => shown.get(deviceId) ?? hostname,
    ofBucket: (bucket) => {
      const device = byUuid.get(bucket.deviceUuid);
      return device ? shownHostname(bucket, device, shown) : bucket.hostname;
    },
  };
};
