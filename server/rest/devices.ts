/** Devices, which aw-server does not have: spec/rest 3.16. */
import { isJsonObject } from '../../domain/data.ts';
import { KtError } from '../../domain/errors.ts';
import { formatTime } from '../../domain/time.ts';
import type { DeviceRow } from '../resolvers/devices.ts';
import type { Hostnames } from '../resolvers/hostnames.ts';
import { ok } from './answer.ts';
import type { Handler } from './route.ts';

const time = (at: Date): string => formatTime(BigInt(at.getTime()) * 1000n);

const toWire = (device: DeviceRow, { ofDevice }: Hostnames) => ({
  id: device.id,
  device_id: device.deviceId,
  hostname: ofDevice(device),
  created_at: time(device.createdAt),
  last_sync_at: device.lastSyncAt && time(device.lastSyncAt),
});

const fromWire = (body: unknown): { deviceId: string; hostname: string } => {
  const { device_id: deviceId, hostname } = isJsonObject(body) ? body : {};
  if (typeof deviceId !== 'string' || typeof hostname !== 'string') {
    throw new KtError('malformed', 'the body must be {"device_id": "…", "hostname": "…"}');
  }
  return { deviceId, hostname };
};

export const list: Handler = async ({ viewer, resolvers }) => {
  const hostnames = await resolvers.devices.hostnames(viewer);
  return ok((await resolvers.devices.list(viewer)).map((device) => toWire(device, hostnames)));
};

/** Only registers: a pass (spec/sync 6.2) begins in GraphQL. */
export const register: Handler = async ({ viewer, body, resolvers }) => {
  const { device } = await resolvers.devices.register(viewer, { ...fromWire(body), awDeviceId: null, pass: null });
  return ok(toWire(device, await resolvers.devices.hostnames(viewer)));
};
