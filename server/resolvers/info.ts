import * as instance from '../storage/instance.ts';
import { run } from '../storage/database.ts';
import type { Deps } from './deps.ts';

/**
 * The version that aw-webui reads. It parses the part before the first blank, and shows a notice if that is older than
 * the newest release of aw-server.
 */
const likeAw = (version: string): string => `v0.14.0 (kt-server ${version}, rust-compatible)`;

export type ServerInfo = {
  readonly hostname: string;
  readonly version: string;
  readonly testing: boolean;
  readonly deviceId: string;
};

/** Who this server is. Public: needs no viewer. */
export const makeInfo = ({ database, hostname, version, testing }: Deps) => {
  let deviceId: Promise<string> | undefined;
  return {
    get: async (): Promise<ServerInfo> => {
      // The id never changes; a failed read is tried again.
      deviceId ??= run(database, instance.deviceId).catch((error) => {
        deviceId = undefined;
        throw error;
      });
      return { hostname, version: likeAw(version), testing, deviceId: await deviceId };
    },
  };
};
