/** Backups by a schedule, over a folder: when one is due, which ones stay, and what is never touched. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { KtError } from '../../domain/errors.ts';
import { until } from '../../test/support/until.ts';
import type { Backups } from './backup.ts';
import { linesOf } from './format.ts';
import { backUpIfDue, nameOf, scheduleBackups } from './scheduled.ts';

const HOUR = 3_600_000;
const at = (hours: number) => new Date(Date.UTC(2026, 10, 26, 12) + hours * HOUR);

type Scene = { folder: string; schedule: { backupDir: string; backupEvery: string; backupKeep: number } };
const scheduled = suite<Scene>('scheduled backups');
scheduled.before.each((scene) => {
  scene.folder = mkdtempSync(join(tmpdir(), 'kt-scheduled-'));
  scene.schedule = { backupDir: join(scene.folder, 'backups'), backupEvery: '6h', backupKeep: 2 };
});
scheduled.after.each(({ folder }) => rmSync(folder, { recursive: true, force: true }));

/** Empty backups, unless `how` says otherwise. */
const making = (how: () => Promise<Buffer> = whole): Backups => ({
  begin: () =>
    Readable.from(
      (async function* () {
        yield await how();
      })(),
    ),
  close: async () => {},
});
const whole = async (): Promise<Buffer> => {
  const lines: string[] = [];
  for await (const line of linesOf({ made: at(0).toISOString(), by: '1' }, (async function* () {})())) lines.push(line);
  return gzipSync(lines.map((line) => `${line}\n`).join(''));
};
const files = ({ schedule }: Scene) => readdirSync(schedule.backupDir).sort();

scheduled('are made when none of the last interval is there, by the clock of their names', async (scene) => {
  const { schedule } = scene;
  assert.is(await backUpIfDue(schedule, making(), at(0)), 'kt-server-20261126T120000Z.backup');
  for (const hours of [0, 1, 5.9]) assert.is(await backUpIfDue(schedule, making(), at(hours)), null, `${hours} h`);
  assert.is(await backUpIfDue(schedule, making(), at(6)), nameOf(at(6)));
  assert.equal(files(scene), [nameOf(at(0)), nameOf(at(6))]);
});

scheduled('are made also where the clock was ahead once', async (scene) => {
  await backUpIfDue(scene.schedule, making(), at(10_000));
  assert.is(await backUpIfDue(scene.schedule, making(), at(0)), nameOf(at(0)));
});

scheduled('make way only for a newer one that is whole; what is not ours stays', async (scene) => {
  const { schedule } = scene;
  for (const hours of [0, 6]) await backUpIfDue(schedule, making(), at(hours));
  const others = [
    'kt-server-20261126T120000Z.backup.gz',
    'kt-server-2026.backup',
    'my.backup',
    'letter.0123456789ab.partial',
  ];
  for (const name of others) writeFileSync(join(schedule.backupDir, name), 'x');
  const [abandoned, fresh] = [1, 2].map((n) => `${nameOf(at(n))}.0123456789a${n}.partial`);
  for (const name of [abandoned!, fresh!]) writeFileSync(join(schedule.backupDir, name), 'x');
  utimesSync(join(schedule.backupDir, abandoned!), at(-20), at(-20));
  utimesSync(join(schedule.backupDir, fresh!), at(11), at(11));

  for (const how of [
    async () => (await whole()).subarray(0, 60),
    async () => Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' })),
  ]) {
    const failed = await backUpIfDue(schedule, making(how), at(12)).then(
      () => null,
      (error: KtError) => error.code,
    );
    assert.ok(failed === 'invalid' || failed === 'unavailable', String(failed));
    assert.equal(files(scene), [nameOf(at(0)), nameOf(at(6)), ...others, abandoned!, fresh!].sort());
  }
  await backUpIfDue(schedule, making(), at(12));
  assert.equal(files(scene), [nameOf(at(6)), nameOf(at(12)), ...others, fresh!].sort());
});

scheduled('are left to another process that makes one', async ({ schedule }) => {
  mkdirSync(schedule.backupDir);
  const partial = join(schedule.backupDir, `${nameOf(at(0))}.0123456789ab.partial`);
  writeFileSync(partial, 'x');
  utimesSync(partial, at(0), at(0));
  for (const hours of [0, 0.1]) assert.is(await backUpIfDue(schedule, making(), at(hours)), null, 'of the same folder');
  rmSync(partial);
  const busy = async () => Promise.reject(new KtError('conflict', 'a backup is being made already'));
  assert.is(await backUpIfDue(schedule, making(busy), at(0)), null);
});

scheduled('are made once by processes that look at the same moment', async (scene) => {
  const { schedule } = scene;
  const place = (name: string): string => join(schedule.backupDir, name);
  const other = nameOf(new Date(at(0).getTime() + 1_000));
  // What another process does between our look and the lock: it makes a whole one, or reads its own back still.
  const doings: [what: string, doing: () => void, left: string[]][] = [
    ['has made one', () => writeFileSync(place(other), 'x'), [other]],
    [
      'reads its own back',
      () => {
        writeFileSync(place(`${other}.0123456789ab.partial`), 'x');
        utimesSync(place(`${other}.0123456789ab.partial`), at(0), at(0));
      },
      [`${other}.0123456789ab.partial`],
    ],
  ];
  for (const [what, doing, left] of doings) {
    const found = await backUpIfDue(
      schedule,
      making(async () => {
        doing();
        return whole();
      }),
      at(0),
    );
    assert.is(found, null, what);
    assert.equal(files(scene), left, what);
    for (const name of left) rmSync(place(name));
  }
  // One that waits for the lock has written nothing yet: it will be told that we were faster.
  const waits = `${other}.ba9876543210.partial`;
  const waiting = making(async () => {
    writeFileSync(place(waits), '');
    utimesSync(place(waits), at(0), at(0));
    return whole();
  });
  assert.is(await backUpIfDue(schedule, waiting, at(0)), nameOf(at(0)));
});

scheduled('that fail are told, with words, and nothing else ends', async ({ folder }) => {
  writeFileSync(join(folder, 'file'), '');
  const schedule = { backupDir: join(folder, 'file', 'below'), backupEvery: '6h', backupKeep: 2 };
  const failed: unknown[] = [];
  const running = scheduleBackups(schedule, making(), () => at(0), {
    done: () => assert.unreachable(),
    failed: (error) => failed.push(error),
  });
  await until('it failed', () => failed.length === 1);
  await running.stop();
  assert.match(String((failed[0] as Error).message), /ENOTDIR|EEXIST/);
});

scheduled.run();
