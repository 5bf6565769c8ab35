/** A commit that its synchronous standby never confirmed is not acknowledged, though PostgreSQL says it is done. */
import pg from 'pg';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeProcesses } from '../support/processes.ts';
import { testEngine } from '../support/test-database.ts';
import { startThrowawayPostgres } from '../support/throwaway-postgres.ts';
import { until } from '../support/until.ts';

const standby = suite('a synchronous standby that is gone');

if (testEngine() === 'postgres') {
  standby('a write that an administrator frees from waiting for it is 503, and written once in the end', async () => {
    const processes = makeProcesses();
    // A cluster of its own, whose settings are changed.
    const postgres = (await startThrowawayPostgres())!;
    const [admin, prober] = [new pg.Client(postgres.url), new pg.Client(postgres.url)];
    try {
      await admin.connect();
      await prober.connect();
      /** Frees every session that waits for a standby; returns how many did. */
      const free = async (): Promise<number> =>
        (await admin.query(`select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'SyncRep'`))
          .rowCount ?? 0;
      /** Whether a commit of our own waits for a standby: from when on they do is up to the checkpointer's process. */
      const waitsFor = async (): Promise<boolean> => {
        let [waited, done] = [0, false];
        const trying = prober.query(`select pg_logical_emit_message(true, 'probe', '')`).finally(() => (done = true));
        await until('it is committed', async () => {
          waited += await free();
          return done;
        });
        await trying;
        return waited > 0;
      };
      const set = async (names: string) => {
        await admin.query(`alter system set synchronous_standby_names = '${names}'`);
        await admin.query('select pg_reload_conf()');
        await until('it is set', async () => (await waitsFor()) === (names !== ''));
      };
      const place = ['--data-dir', processes.folder(), '--database-url', postgres.url];
      const server = processes.server(['--port', '0', ...place]);
      const [, url = ''] = await server.says(/ready at (\S+)\n/);
      const [, key = ''] = await server.says(/API key +(kt_\S+)/);
      const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
      const beat = () =>
        fetch(`${url}/api/0/buckets/b/heartbeat?pulsetime=5`, {
          method: 'POST',
          headers,
          body: '{"timestamp":"2024-01-01T00:00:00Z","duration":0,"data":{}}',
        });
      const events = async () => (await fetch(`${url}/api/0/buckets/b/events`, { headers })).json();
      const body = '{"type":"t","client":"c","hostname":"h"}';
      assert.is((await fetch(`${url}/api/0/buckets/b`, { method: 'POST', headers, body })).status, 200);

      await set('nobody');
      let answered = false;
      const beating = beat().finally(() => (answered = true));
      let freed = 0;
      await until('it is answered', async () => {
        freed += await free();
        return answered;
      });
      const response = await beating;
      assert.is(response.status, 503, await response.text());
      assert.ok(freed > 0);
      assert.match(response.headers.get('retry-after') ?? '', /^\d+$/);
      await set('');
      assert.is((await beat()).status, 200);
      assert.is(((await events()) as unknown[]).length, 1);

      // More writers than may hold connections wait for it, of as many accounts, because writes to one go one by one:
      // whoever reads is answered all the same.
      const keys = await Promise.all(
        Array.from({ length: 8 }, async (_, n) => {
          const made = processes.server(['generate-key', '--email', `${n}@example.org`, ...place]);
          return (await made.ended).stdout.trim();
        }),
      );
      await set('nobody');
      const made = keys.flatMap((each) =>
        [0, 1].map(async (n) => {
          const asking = { ...headers, authorization: `Bearer ${each}` };
          return (await fetch(`${url}/api/0/settings/s${n}`, { method: 'POST', headers: asking, body: `${n}` })).status;
        }),
      );
      const waiting = async () =>
        (await admin.query(`select 1 from pg_stat_activity where wait_event = 'SyncRep' or wait_event_type = 'Lock'`))
          .rowCount ?? 0;
      await until('all wait that may', async () => (await waiting()) >= 7);
      // Were there more, they would have come by now.
      await new Promise((resolve) => setTimeout(resolve, 500));
      for (let n = 0; n < 20; n++) assert.is(((await events()) as unknown[]).length, 1);
      assert.ok((await waiting()) >= 7, 'still');
      await set('');
      assert.equal([...new Set(await Promise.all(made))], [201]);
    } finally {
      await processes.close();
      await admin.end();
      await prober.end();
      await postgres.stop();
    }
  });
}

standby.run();
