/** A bare HTTP server in a process of its own: the floor of what is small. */
import type { Processes } from '../../support/processes.ts';
import { openHttp, type Http } from './http.ts';

export const startFloorServer = async (processes: Processes): Promise<{ http: Http; close(): Promise<void> }> => {
  const running = processes.start(['test/bench/world/floor-server.cjs']);
  const [, port] = await running.says(/port (\d+)\n/);
  const http = openHttp(`http://127.0.0.1:${port}`);
  return {
    http,
    close: async () => {
      http.close();
      await running.kill('SIGTERM');
    },
  };
};
