import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { KtError } from '../../domain/errors.ts';
import { DAEMON, lockOwner, lockPath, PASS, takeLock } from './lock.ts';

const folder = mkdtempSync(join(tmpdir(), 'kt-lock-'));
let made = 0;
const newFolder = () => join(folder, String(++made));

const refusal = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
  } catch (error) {
    assert.is((error as KtError).code, 'conflict');
    return (error as KtError).message;
  }
  return assert.unreachable() as never;
};

/** Another process that takes the lock, says so, and stays. */
const otherProcess = async (where: string): Promise<ChildProcess> => {
  const lock = fileURLToPath(new URL('./lock.ts', import.meta.url));
  const script = `import(${JSON.stringify(lock)}).then(async ({ takeLock }) => { await takeLock(${JSON.stringify(where)}); console.log('taken'); setInterval(() => {}, 1000); })`;
  const child = spawn(process.execPath, ['--import', 'tsx', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout!, 'data')) as [Buffer];
  assert.is(String(line).trim(), 'taken');
  return child;
};

const lock = suite('the lock of a state folder');

lock('is one’s at a time, and leaves nothing behind', async () => {
  const where = newFolder();
  const first = await takeLock(where);
  assert.match(await refusal(takeLock(where)), new RegExp(`process ${process.pid}\\) is syncing`));
  await first.release();
  assert.equal(readdirSync(where), []);
  await (await takeLock(where)).release();
});

lock('goes to one of many who take it at once', async () => {
  const where = newFolder();
  const results = await Promise.allSettled(Array.from({ length: 8 }, () => takeLock(where)));
  const taken = results.filter((result) => result.status === 'fulfilled');
  assert.is(taken.length, 1);
  await taken[0]!.value.release();
  assert.equal(readdirSync(where), []);
});

lock('of a daemon is another than that of a pass, and tells whose it is', async () => {
  const where = newFolder();
  assert.is(await lockOwner(where, DAEMON), null);
  const daemon = await takeLock(where, DAEMON);
  assert.is(await lockOwner(where, DAEMON), process.pid);
  assert.match(await refusal(takeLock(where, DAEMON)), new RegExp(`daemon \\(process ${process.pid}\\)`));
  await (await takeLock(where)).release();
  await daemon.release();
  assert.is(await lockOwner(where, DAEMON), null);
});

lock('is another process’s until that is killed, and then anyone’s at once', async () => {
  const where = newFolder();
  const child = await otherProcess(where);
  assert.match(await refusal(takeLock(where)), new RegExp(`process ${child.pid}\\)`));
  child.kill('SIGKILL');
  await once(child, 'exit');
  const begun = Date.now();
  const results = await Promise.allSettled(Array.from({ length: 5 }, () => takeLock(where)));
  assert.is(results.filter(({ status }) => status === 'fulfilled').length, 1, 'one of those who race for it');
  assert.ok(Date.now() - begun < 2000);
  for (const result of results) if (result.status === 'fulfilled') await result.value.release();
  assert.equal(readdirSync(where), []);
});

lock('lies elsewhere where the folder’s path is too long for a socket', async () => {
  const where = join(newFolder(), 'x'.repeat(120));
  assert.ok(Buffer.byteLength(lockPath(where)) < 100);
  const first = await takeLock(where);
  assert.match(await refusal(takeLock(where)), /is syncing/);
  await first.release();
  assert.not.ok(existsSync(lockPath(where)));
  assert.match(lockPath('C:\\state', PASS, 'win32'), /^\\\\\.\\pipe\\kt-client-/);
});

lock.after(() => rmSync(folder, { recursive: true }));
lock.run();
