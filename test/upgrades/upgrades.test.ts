/**
 * This version on what earlier releases left (make.ts), on either engine: all that was there is there, and the laptops
 * that had synced have nothing to say; and it goes on from there.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isProven } from '../../client/sync/proof/proof-report.ts';
import { prismaOf, type Database } from '../../server/storage/database.ts';
import { migrate, readMigrations } from '../../server/storage/migrate.ts';
import { openDatabase } from '../../server/storage/open.ts';
import { inStep, written, type Laptop } from '../stories/scene.ts';
import { makeProcesses } from '../support/processes.ts';
import { openTestDatabase, testEngine } from '../support/test-database.ts';
import { serverOn, type TestServer } from '../support/test-server.ts';
import { layOut, schemaOf } from './place.ts';
import { holderOf, linesOf, now, ports, readAccount, readLaptops, readTruth, RELEASES, type Truth } from './release.ts';

type Scene = {
  root: string;
  database: Database;
  server: TestServer;
  truth: Truth;
  first: string;
  laptops: Map<string, Laptop>;
  applied: string[];
};

for (const release of RELEASES) {
  const upgrades = suite<Scene>(`a database of ${release}`);
  upgrades.before(async (scene) => {
    scene.root = mkdtempSync(join(tmpdir(), 'kt-upgrade-'));
    scene.truth = readTruth(release);
    scene.first = scene.truth.keys[0]!.key;
    scene.database = await openDatabase(await layOut(release, scene.root));
    scene.applied = await migrate(scene.database);
    scene.server = serverOn(scene.database, now);
    scene.laptops = readLaptops(release, scene.root, scene.server, scene.first);
  });
  upgrades.after(async ({ database, root }) => {
    await database?.close(); // there is none where it could not be laid out
    rmSync(root, { recursive: true });
  });

  const titlesIn = async ({ server, first }: Scene, bucket: string): Promise<string[]> => {
    const events = await (await holderOf(server, first).fetch(`/api/0/buckets/${bucket}/events`)).json();
    return (events as { data: { title: string } }[]).map(({ data }) => data.title).sort();
  };

  upgrades('is brought to this version once, and is as a new one', async ({ database, applied }) => {
    const names = (await readMigrations()).map(({ name }) => name);
    assert.equal(applied, names.slice(names.length - applied.length));
    assert.equal(await migrate(database), []);
    const fresh = await openTestDatabase();
    await migrate(fresh);
    assert.equal(await schemaOf(database), await schemaOf(fresh));
    await fresh.close();
  });

  upgrades('lets its keys in and no others', async ({ server, truth }) => {
    for (const { name, key, status } of truth.keys)
      assert.is((await holderOf(server, key).fetch('/api/0/buckets/')).status, status, name);
    const bound = truth.keys.find(({ name }) => name === 'of the lap alone')!;
    const { viewer } = await holderOf(server, bound.key).graphql<{ viewer: { email: string } }>('{ viewer { email } }');
    assert.is(viewer.email, bound.email);
  });

  /** Changes bucket by bucket, in the order of their names: the pages' is nobody's business. */
  const arranged = (account: unknown): unknown => {
    type Changed = { bucket: { id: string }; instants: { at: string }[] };
    const { changes, ...rest } = account as { changes: Changed[] };
    const byBucket = new Map<string, Changed['instants']>();
    for (const { bucket, instants } of changes)
      byBucket.set(bucket.id, [...(byBucket.get(bucket.id) ?? []), ...instants]);
    const ids = [...byBucket.keys()].sort();
    return { ...rest, changes: ids.map((id) => [id, byBucket.get(id)!.sort((a, b) => (a.at < b.at ? -1 : 1))]) };
  };

  upgrades('tells each account all that it told before, event by event', async ({ server, truth }) => {
    assert.is(Object.keys(truth.accounts).length, 2);
    for (const [email, account] of Object.entries(truth.accounts)) {
      const { key } = truth.keys.find((one) => one.email === email && one.status === 200)!;
      const [tells = [], told = []] = [await readAccount(holderOf(server, key)), account].map((one) =>
        linesOf(arranged(one)),
      );
      const other = told.findIndex((line, index) => line !== tells[index]);
      const around = (lines: readonly string[]) => lines.slice(Math.max(0, other - 8), other + 3).join('\n');
      if (other >= 0) assert.is(around(tells), around(told), `${email}, from line ${other}`);
      assert.is(tells.length, told.length, email);
    }
  });

  upgrades('has nothing to push and nothing to pull for who had synced with it', async ({ database, laptops }) => {
    const versions = () =>
      prismaOf(database).$queryRaw`select xmin::text, id::text from events union all
        select xmin::text, concat_ws(' ', account, bucket, instant) from deleted_events order by 2`;
    const before = await versions();
    for (const [name, laptop] of laptops) {
      if (name === 'old') continue;
      const report = await laptop.sync({}, ports);
      inStep(report);
      assert.is(written(report), 0, name);
      assert.not.ok(report.newDevice, name);
      assert.equal(
        report.pushed.filter(({ renewed }) => renewed !== null),
        [],
        name,
      );
      assert.ok(isProven(await laptop.verify({}, ports)), name);
    }
    assert.equal(await versions(), before);
  });

  upgrades('puts back from its trash', async ({ server, first }) => {
    const { restoreEvents } = await holderOf(server, first).graphql<{ restoreEvents: unknown }>(
      'mutation { restoreEvents(input: { publicBucketId: "aw-watcher-window_lap" }) { restored present } }',
    );
    assert.equal(restoreEvents, { restored: 3, present: 0 });
  });

  upgrades('has its import finished, and the one that was never whole cleared away', async (scene) => {
    const { unfinished } = scene.truth;
    assert.is(await scene.server.resolvers.imports.resume(true), 1);
    assert.equal(await titlesIn(scene, unfinished.bucket), [...unfinished.titles].sort());
    assert.is(await scene.server.resolvers.imports.resume(true), 0);
    assert.equal(await prismaOf(scene.database).$queryRaw`select count(*)::int as left from import_events`, [
      { left: 0 },
    ]);
  });

  upgrades('gives a laptop the import of its history, which none had taken', async (scene) => {
    const old = scene.laptops.get('old')!;
    const listed = async () =>
      (await holderOf(scene.server, scene.first).graphql<{ buckets: { id: string }[] }>('{ buckets { id } }')).buckets;
    const before = await listed();
    inStep(await old.sync({}, ports));
    assert.equal(await listed(), before, 'no bucket more');
    assert.is((await titlesIn(scene, 'aw-watcher-window_old')).length, 30);
    assert.ok(isProven(await old.verify({}, ports)));
  });

  upgrades('goes on: a heartbeat grows its event, and what is recorded reaches the others', async (scene) => {
    const one = holderOf(scene.server, scene.first);
    const beat = { timestamp: new Date(now().getTime() - 120_000).toISOString(), duration: 0, data: { n: 1 } };
    const init = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(beat),
    };
    const response = await one.fetch('/api/0/buckets/by-hand/heartbeat?pulsetime=90', init);
    assert.is(((await response.json()) as { duration: number }).duration, 180);
    const [lap, desk] = [scene.laptops.get('lap')!, scene.laptops.get('desk')!];
    await lap.record('aw-watcher-window_lap', [
      new Date(now().getTime() - 5_000).toISOString(),
      5,
      'since the upgrade',
    ]);
    for (const laptop of [lap, desk]) inStep(await laptop.sync({}, ports));
    assert.equal(desk.events('aw-watcher-window_lap-synced-from-lap').length, 70);
    for (const laptop of [lap, desk]) assert.ok(isProven(await laptop.verify({}, ports)), laptop.hostname);
  });

  upgrades.run();
}

const starts = suite('kt-server on a database of an earlier release');
const processes = makeProcesses();
starts.after(() => processes.close());
for (const release of RELEASES) {
  starts(`of ${release} serves it, finishes what it left, and makes no new first key`, async () => {
    const folder = processes.folder();
    const url = await layOut(release, folder);
    const { keys, unfinished } = readTruth(release);
    const running = processes.server([
      ...['--data-dir', folder, '--port', '0'],
      ...(testEngine() === 'postgres' ? ['--database-url', url] : []),
    ]);
    const [, address] = await running.says(/ready at (http:\/\/\S+)/);
    const headers = { authorization: `Bearer ${keys[0]!.key}` };
    const buckets = (await (await fetch(`${address}/api/0/buckets/`, { headers })).json()) as object;
    assert.ok(unfinished.bucket in buckets);
    const { code, stdout } = await running.kill('SIGTERM');
    assert.is(code, 0);
    assert.not.match(stdout, /API key/);
  });
}
starts.run();
