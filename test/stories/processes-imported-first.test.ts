/**
 * Imports and syncs of one history in any order, through processes (spec/sync 7.2). Its cases are in
 * imported-first.test.ts.
 */
import * as assert from 'uvu/assert';
import {
  copiesOn,
  IN_STEP,
  PROVEN,
  sameOnServer,
  says,
  tellAtOnce,
  type Computer,
  type Served,
  type Told,
} from './process-scene.ts';

const WINDOW = 'aw-watcher-window_lap';
const WEB = 'aw-watcher-web-firefox';
const told = (whose: string, count = 40): Told[] =>
  Array.from({ length: count }, (_, i): Told => [(count + 3 - i) * 7 * 3600, 60, `${whose} ${i}`]);

const furnish = async (computer: Computer, ...buckets: readonly string[]): Promise<void> => {
  for (const id of buckets) {
    await computer.bucket(id, { hostname: id === WINDOW ? 'lap' : 'unknown' });
    await computer.record(id, ...told(`${computer.aw.deviceId} ${id}`));
  }
};
const exported = (computer: Computer) => computer.ask('GET', 'export');

const ORDERS = [
  ['first', 'rust'],
  ['second', 'python'],
] as const;

tellAtOnce('an import and a sync of one history', {
  'before the first sync, between two and after: no bucket more, no copy here, and one elsewhere': async (served) => {
    const account = await served.newAccount();
    const lap = await account.computer('lap', { kind: 'rust' });
    await furnish(lap, WINDOW, WEB);
    await account.import(await exported(lap));
    const before = (await account.stored()).map(({ id }) => id).sort();
    assert.equal(before, [WEB, WINDOW]);

    const desk = await account.computer('desk', { kind: 'python' });
    await desk.setup();
    says(await desk.client(0, 'sync'), IN_STEP);
    const copies = copiesOn(desk);
    assert.is(copies.length, 2, 'the import is on another device already');

    await lap.setup();
    says(await lap.client(0, 'sync'), IN_STEP);
    const taken = await account.stored();
    assert.equal(taken.map(({ id }) => id).sort(), before, 'no bucket more');
    assert.equal([...new Set(taken.map(({ device }) => device.deviceId))], [lap.deviceId()]);
    assert.equal(lap.bucketIds(), [WEB, WINDOW], 'and no copy of its own here');

    await lap.record(WINDOW, [600, 30, 'not yet sent']);
    const between = await account.import(await exported(lap));
    assert.equal([between[WINDOW]?.imported, between[WEB]?.imported], [1, 0]);
    says(await lap.client(0, 'sync'), IN_STEP);
    const after = await account.import(await exported(lap));
    assert.equal([after[WINDOW]?.imported, after[WEB]?.imported], [0, 0]);

    says(await lap.client(0, 'verify'), PROVEN);
    says(await lap.client(0, 'status'), /^All is well\.$/m);
    says(await desk.client(0, 'sync'), IN_STEP);
    says(await desk.client(0, 'verify'), PROVEN);
    assert.equal([(await account.stored()).length, lap.bucketIds(), desk.bucketIds()], [2, [WEB, WINDOW], copies]);
    for (const id of [WINDOW, WEB]) {
      await sameOnServer(account, lap, id);
      const copy = copies.find((name) => name.startsWith(`${id}-`))!;
      assert.equal(await desk.texts(copy), await lap.texts(id), copy);
    }
  },
  ...Object.fromEntries(
    ORDERS.map(([order, kind]) => [
      `of two devices with equal ids and hostnames, the ${order} one synced first: each gets its own (${kind})`,
      async (served: Served) => {
        const account = await served.newAccount();
        const one = await account.computer('unknown', { kind, deviceId: 'one' });
        const two = await account.computer('unknown', { kind, deviceId: 'two' });
        for (const computer of [one, two]) {
          await furnish(computer, WEB);
          await account.import(await exported(computer));
        }
        const before = (await account.stored()).map(({ id }) => id).sort();
        assert.is(before.length, 2, 'two histories, two buckets');
        const [a, b] = order === 'first' ? [one, two] : [two, one];
        for (const computer of [a, b]) says(await computer.client(0, 'sync'), IN_STEP);
        says(await a.client(0, 'verify', '--repair'), PROVEN);
        assert.equal((await account.stored()).map(({ id }) => id).sort(), before);
        for (const [computer, other] of [
          [a, b],
          [b, a],
        ] as const) {
          await sameOnServer(account, computer, WEB);
          const [copy, ...more] = copiesOn(computer);
          assert.equal([await computer.texts(copy!), more], [await other.texts(WEB), []]);
        }
      },
    ]),
  ),
}).run();
