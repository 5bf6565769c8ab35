/** The questions of docs/sql.md, and its panel, are asked of the views with something in them. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { driverOf } from '../../server/storage/database.ts';
import { bucketWith, newDevice, type SentEvent } from '../support/pushing.ts';
import { openTestServer, type TestServer } from '../support/test-server.ts';
import { withViews } from '../support/with-views.ts';
import { blocksOf, pages } from './pages.ts';

const asked = suite<{ server: TestServer }>('the questions in SQL');
asked.before(async (scene) => {
  scene.server = await openTestServer();
});

/** What Grafana makes of its macro, about the last month. */
const filled = (sql: string): string =>
  sql.replaceAll(/\$__timeFilter\((\w+)\)/g, `$1 between now() - interval '30 days' and now() + interval '1 day'`);

const questions = (): { where: string; sql: string }[] =>
  pages().flatMap((page) =>
    blocksOf(page).flatMap(({ language, line, text }) => {
      const where = `${page}:${line}`;
      if (language === 'sql') return [{ where, sql: text }];
      const panels = language === 'json' ? [...text.matchAll(/"rawSql": ("(?:[^"\\]|\\.)*")/g)] : [];
      return panels.map(([, raw]) => ({ where, sql: filled(JSON.parse(raw!)) }));
    }),
  );

asked('of the pages find what was recorded', (scene) =>
  withViews(scene.server.database, async () => {
    const { database, resolvers } = scene.server;
    const { rows, script } = driverOf(database);
    const user = await scene.server.newUser();
    const device = await newDevice(user);
    const hours = (ago: number, duration: number, data: object): SentEvent => ({
      sourceId: String(ago),
      timestamp: new Date(Date.now() - ago * 3_600_000).toISOString(),
      duration,
      data,
    });
    await device.push(bucketWith([2, 26, 50].map((ago) => hours(ago, 600, { app: 'Code', title: `${ago}.ts` }))));
    await script(`insert into sql_roles (role, account) values ('asks ${user.account}', ${user.account});
      update devices set last_sync_at = now() - interval '2 days' where account = ${user.account}`);
    await resolvers.daily.tend(new AbortController().signal);
    const all = questions();
    assert.is(all.length, 6);
    for (const { where, sql } of all) {
      const found = await rows(sql.replaceAll('you@example.org', user.email).replace(/;\s*$/, ''));
      // The month may be some hours old.
      assert.ok(found.length > 0 || sql.includes(`'month'`), `${where} finds nothing`);
    }
    await script(`delete from sql_roles where account = ${user.account}`);
  }),
);

asked.run();
