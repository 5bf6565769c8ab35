/** A large file, on a server of its own: how long others wait is clearest when nothing else is running. */
import * as assert from 'uvu/assert';
import { attackSuite, type Attack } from './attacked-server.ts';

const at = (n: number) => new Date(1.6e12 + n * 1000).toISOString();
const B = { type: 't', client: 'c', hostname: 'h' };

const ATTACKS: readonly Attack[] = [
  {
    name: 'a file of 20 MB, while others send heartbeats',
    run: async (server) => {
      const events = Array.from({ length: 60_000 }, (_, n) => ({
        timestamp: at(n),
        duration: 1,
        data: { app: `app ${n % 30}`, title: `${n % 900} ${'x'.repeat(240)}` },
      }));
      const body = JSON.stringify({ buckets: { file: { id: 'file', ...B, events } } });
      let done = false;
      // Waiting for a minute would end the response, but not the import.
      const importing = server.send('/api/0/import', { body }).finally(() => (done = true));
      let slowest = 0;
      let beats = 0;
      while (!done) {
        const began = performance.now();
        const beat = { timestamp: at(1e7 + beats++), data: { app: 'vim' } };
        assert.is(
          (await server.send('/api/0/buckets/attacked/heartbeat?pulsetime=60', { body: JSON.stringify(beat) })).status,
          200,
        );
        slowest = Math.max(slowest, performance.now() - began);
      }
      const { status, code } = await importing;
      assert.ok(status === 200 || code === 'ABORT_ERR', `${status} ${code}`);
      assert.ok(
        beats >= 20,
        `${beats} heartbeats were answered meanwhile, the slowest after ${Math.round(slowest)} ms`,
      );
    },
  },
];

attackSuite('a large file', ATTACKS).run();
