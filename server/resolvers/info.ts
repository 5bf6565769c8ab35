import * as instance from '../storage/instance.ts';
import { run } from '../storage/database.ts';
import type { Deps } from './deps.ts';

/** Read by aw-webui, which parses what stands before the first blank and nags below the newest release of aw-server. */
const VERSION = 'v0.14.0 (kt-server 0.1.0, rust-compatible)';

export type ServerInfo = {
  readonly hostname: string;
  readonly version: string;
  readonly testing: boolean;
  readonly deviceId: string;
};

/** Who this server is. Public: it needs no viewer. */
export const makeInfo = ({ database, hostname, testing }: Deps) => {
  let deviceId: Promise<string> | undefined;
  return {
    get: async (): Promise<ServerInfo> => {
      // It never changes; a failed read is tried again.
      deviceId ??= run(database, instance.deviceId).catch((error) => {
        deviceId = undefined;
        throw error;
      });
      return { hostname, version: VERSION, testing, deviceId: await deviceId };
    },
  };
};
