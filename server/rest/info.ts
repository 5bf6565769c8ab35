import { ok } from './answer.ts';
import type { OpenHandler } from './route.ts';

export const get: OpenHandler = async ({ resolvers }) => {
  const { hostname, version, testing, deviceId } = await resolvers.info.get();
  return ok({ hostname, version, testing, device_id: deviceId });
};
