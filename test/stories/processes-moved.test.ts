/**
 * An account moves from one kt-server to another while a laptop makes its first pass; both laptops go after it by
 * themselves, send nothing again, and prove that nothing is lost. With processes, each server with a PostgreSQL
 * database of its own.
 */
import { readFileSync, statSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openDatabase } from '../../server/storage/open.ts';
import { rowsOf } from '../moving/both-sides.ts';
import { makeProcesses, type Running } from '../support/processes.ts';
import { newPostgresUrl, testEngine } from '../support/test-database.ts';
import { until } from '../support/until.ts';
import { done, ended, makeLaptop, type Laptop } from './laptops.ts';

const EVENTS = 6_000;
const EMAIL = 'anna@example.org';

const stories = suite('moved to another server, through processes');
const processes = makeProcesses();
stories.after(() => processes.close());

type Cell = { readonly place: readonly string[]; readonly database: string; readonly url: string };
const started = async (place: readonly string[]): Promise<{ running: Running; url: string }> => {
  const running = processes.server([...place, '--port', '0']);
  return { running, url: (await running.says(/ready at (\S+)\n/))[1]!.replace(/\/$/, '') };
};
const startCell = async (): Promise<Cell> => {
  const database = await newPostgresUrl();
  const place = ['--data-dir', processes.folder(), '--database-url', database];
  return { place, database, url: (await started(place)).url };
};

type Held = { bucketId: string; eventCount: number; pushedCount: number; device: { deviceId: string } };
const asked = async ({ url }: Cell, key: string, query: string): Promise<{ status: number; json: any }> => {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
  const response = await fetch(`${url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query }) });
  return { status: response.status, json: await response.json() };
};
const bucketsOf = async (cell: Cell, key: string): Promise<Held[]> =>
  (await asked(cell, key, '{ buckets { bucketId eventCount pushedCount device { deviceId } } }')).json.data.buckets;

stories('while a laptop makes its first pass: both follow, and verify is equal on both', async () => {
  if (testEngine() !== 'postgres') return; // the embedded engine belongs to one process
  const [here, there] = await Promise.all([startCell(), startCell()]);
  const newKey = async (email: string) =>
    (await done(processes.server(['generate-key', '--email', email, ...here.place]))).trim();
  const key = await newKey(EMAIL);
  const other = await newKey('ben@example.org');
  await asked(here, other, 'mutation { setSetting(input: { key: "k", value: 1 }) { setting { key } } }');
  const othersId = (await asked(here, other, '{ viewer { id } }')).json.data.viewer.id as string;
  const others = async () => {
    const database = await openDatabase(here.database);
    const rows = await rowsOf(database, othersId);
    await database.close();
    return { ...rows, api_keys: rows['api_keys']!.length };
  };
  const before = await others();
  const at = { url: here.url, key };
  const [lap, desk] = await Promise.all([
    makeLaptop(processes, { hostname: 'lap', kind: 'rust', events: EVENTS }, at),
    makeLaptop(processes, { hostname: 'desk', kind: 'python', events: EVENTS }, at),
  ]);
  assert.ok((await lap.syncOnce()) >= EVENTS);
  const accounts = lap.account();

  const syncing = desk.sync();
  await until('the second laptop has begun', async () => (await bucketsOf(here, key)).length > 1);
  const moving = processes.server([
    ...['accounts', 'move', EMAIL, '--to', there.database, '--url', there.url, '--json'],
    ...here.place,
  ]);
  const { stdout, stderr } = await ended(moving);
  const moved = JSON.parse(stdout) as { url: string; rows: Record<string, number> };
  assert.is(moved.url, there.url);
  assert.match(stderr, /handed over\n.*served there\n.*sent on\n/s);
  assert.is((await asked(here, key, '{ viewer { id } }')).status, 410);
  // It may have been told to come back in a while; its next pass goes on where it was.
  assert.ok([0, 1].includes((await syncing.ended).code!), (await syncing.ended).stderr);

  const laptops: readonly Laptop[] = [lap, desk];
  for (const laptop of [...laptops, lap]) await laptop.syncOnce();
  for (const laptop of laptops) {
    assert.is(await laptop.syncOnce(), 0, 'nothing is sent or fetched again');
    assert.match(await laptop.verify(), /hold the same/);
    assert.match(readFileSync(laptop.configFile, 'utf8'), `url = "${there.url}"`);
    assert.is(statSync(laptop.configFile).mode & 0o777, 0o600);
    assert.is(laptop.account(), accounts);
  }
  const held = await bucketsOf(there, key);
  assert.equal(
    held.map(({ eventCount, pushedCount }) => [eventCount, pushedCount]),
    [
      [EVENTS, EVENTS],
      [EVENTS, EVENTS],
    ],
    'none lost, none doubled, and no new epoch',
  );
  assert.equal(await others(), before, 'another account of the old server');
  assert.is((await asked(here, other, '{ viewer { id } }')).status, 200);
});

stories(
  'out of a data folder: refused while its server runs, done while it is stopped, and sent on from then',
  async () => {
    if (testEngine() !== 'postgres') return; // nothing moves into a data folder
    const place = ['--data-dir', processes.folder()];
    const [there, first] = [await startCell(), await started(place)];
    const newKey = async (email: string) =>
      (await done(processes.server(['generate-key', '--email', email, ...place]))).trim();
    const [key, other] = [await newKey(EMAIL), await newKey('ben@example.org')];
    const set = (url: string, by: string) =>
      fetch(`${url}/api/0/settings/k`, {
        ...{ method: 'POST', body: '"kept"', redirect: 'manual' },
        headers: { 'content-type': 'application/json', authorization: `Bearer ${by}` },
      });
    const move = () =>
      processes.server(['accounts', 'move', EMAIL, '--to', there.database, '--url', there.url, ...place]);

    const refused = await move().ended;
    assert.is(refused.code, 1, refused.stdout);
    assert.match(refused.stderr, new RegExp(`kt-server \\(process ${first.running.child.pid}, .*stop it first`));
    assert.match(refused.stderr, /nothing was changed/);
    assert.is((await set(first.url, key)).status, 201, 'it is served as before');

    assert.is((await first.running.kill('SIGTERM')).code, 0);
    await done(move());
    const again = await started(place);
    const sent = await set(again.url, key);
    assert.equal([sent.status, sent.headers.get('location')], [308, `${there.url}/api/0/settings/k`]);
    assert.is((await set(again.url, other)).status, 201, 'another account of the folder');
    const kept = await fetch(`${there.url}/api/0/settings/k`, { headers: { authorization: `Bearer ${key}` } });
    assert.is(await kept.json(), 'kept');
  },
);

stories.run();
