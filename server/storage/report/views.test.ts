/** The columns of the views are a promise to whoever wrote a query on them: they stay, and so do their types. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openTestServer, type TestServer } from '../../../test/support/test-server.ts';
import { withViews } from '../../../test/support/with-views.ts';
import { driverOf } from '../database.ts';

const COLUMNS = `
  buckets client text
  buckets created timestamptz
  buckets bucket text
  buckets device text
  buckets email text
  buckets events int8
  buckets hostname text
  buckets type text
  daily category text
  daily complete bool
  daily day date
  daily device text
  daily email text
  daily seconds float8
  daily value jsonb
  devices device text
  devices device_id text
  devices email text
  devices last_sync timestamptz
  devices since timestamptz
  events bucket text
  events data jsonb
  events device text
  events email text
  events end timestamptz
  events seconds float8
  events start timestamptz
  events type text`;

const views = suite<{ server: TestServer }>('the views of schema report');
views.before(async (scene) => {
  scene.server = await openTestServer();
});

views('have the columns that were promised, and ask as whoever reads them', ({ server: { database } }) =>
  withViews(database, async () => {
    const { rows } = driverOf(database);
    const columns = await rows<{ line: string }>(
      `select table_name || ' ' || column_name || ' ' || udt_name as line from information_schema.columns
        where table_schema = 'report'`,
    );
    const inOrder = (lines: string[]): string[] => lines.map((line) => line.trim()).sort();
    assert.equal(inOrder(columns.map(({ line }) => line)), inOrder(COLUMNS.trim().split('\n')));
    const options = await rows<{ name: string; options: string }>(
      `select relname::text as name, reloptions::text as options from pg_class
        where relnamespace = 'report'::regnamespace order by 1`,
    );
    assert.equal(
      options.map(({ name, options: given }) => [name, given]),
      ['buckets', 'daily', 'devices', 'events'].map((name) => [name, '{security_invoker=true}']),
    );
  }),
);

views.run();
