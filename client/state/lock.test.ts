/** The locks of a state folder: one process's at a time, however it names the folder, and nobody's once it is dead. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { KtError } from '../../domain/errors.ts';
import { DAEMON, lockOwner, PASS, takeLock } from './lock.ts';

const place = realpathSync(mkdtempSync(join(tmpdir(), 'kt-lock-')));
const children: ChildProcess[] = [];
let made = 0;

/** A folder's name, not made yet; a `long` one is longer than a socket's path may be. */
const newFolder = (long = false): string =>
  join(place, String(++made), ...(long ? ['n'.repeat(95), 'm'.repeat(95)] : []));

const failure = async (work: Promise<unknown>): Promise<KtError> => {
  try {
    await work;
  } catch (error) {
    return error as KtError;
  }
  return assert.unreachable('it was given away') as never;
};

const refusal = async (work: Promise<unknown>): Promise<string> => {
  const { code, message } = await failure(work);
  assert.is(code, 'conflict', message);
  return message;
};

/** Runs a line of code, which has `takeLock` and `lockOwner`, in another process. */
const inAnother = (code: string, env: Record<string, string> = {}, cwd = place): ChildProcess => {
  const lock = JSON.stringify(fileURLToPath(new URL('./lock.ts', import.meta.url)));
  const script = `import(${lock}).then(async ({ takeLock, lockOwner, PASS, DAEMON }) => { ${code} })`;
  const tsx = fileURLToPath(import.meta.resolve('tsx'));
  const child = spawn(process.execPath, ['--import', tsx, '-e', script], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  return child;
};

/** Another process that takes the lock by that name of the folder, and stays: "mine", or the process that has it. */
const takeElsewhere = async (
  folder: string,
  env: Record<string, string> = {},
  cwd = place,
): Promise<{ said: string; child: ChildProcess }> => {
  const child = inAnother(
    `const cwd = process.cwd();
    const said = await takeLock(${JSON.stringify(folder)}).then(() => 'mine', (error) => error.message);
    console.log(process.cwd() === cwd ? said : 'moved');
    process.stdin.resume();`, // until this process ends, or kills it
    env,
    cwd,
  );
  const [line] = (await once(child.stdout!, 'data')) as [Buffer];
  const said = String(line).trim();
  return { said: /\(process (\d+)\) is syncing/.exec(said)?.[1] ?? said, child };
};

const kill = async (child: ChildProcess): Promise<void> => {
  child.kill('SIGKILL');
  await once(child, 'exit');
};

const lock = suite('the lock of a state folder');
lock.after(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(place, { recursive: true });
});

for (const long of [false, true]) {
  const path = long ? 'with a path longer than a socket may have' : 'with a short path';

  lock(`${path} is one process’s, by whatever name others come, and the next one’s once it is killed`, async () => {
    const folder = newFolder(long);
    const { said, child } = await takeElsewhere(folder);
    assert.is(said, 'mine');

    const link = join(place, `link-${long}`);
    symlinkSync(folder, link);
    const elsewhere = join(place, `tmp-${long}`);
    mkdirSync(elsewhere);
    const told = await Promise.all([
      takeElsewhere(folder),
      takeElsewhere(link),
      takeElsewhere(folder, { TMPDIR: elsewhere }),
      takeElsewhere(relative(dirname(folder), folder), {}, dirname(folder)),
      takeElsewhere('.', {}, folder),
    ]);
    assert.equal(
      told.map((each) => each.said),
      told.map(() => String(child.pid)),
    );
    assert.equal(
      readdirSync(elsewhere).filter((name) => name.startsWith('kt-')),
      [],
    );
    for (const at of [folder, link]) assert.is(await lockOwner(at, PASS), child.pid);

    await kill(child);
    assert.is(await lockOwner(folder, PASS), null);
    const next = await takeElsewhere(link, { TMPDIR: elsewhere });
    assert.is(next.said, 'mine');
    assert.is(await lockOwner(folder, PASS), next.child.pid);
    assert.is(readdirSync(folder).length, 1, 'one file at most is left behind');
  });

  lock(`${path} goes to one of many who take it at once`, async () => {
    const folder = newFolder(long);
    for (let round = 0; round < 5; round++) {
      const results = await Promise.allSettled(Array.from({ length: 30 }, () => takeLock(folder)));
      const taken = results.filter((result) => result.status === 'fulfilled');
      assert.is(taken.length, 1);
      await taken[0]!.value.release();
      assert.is(readdirSync(folder).length, 1);
    }
  });
}

lock('goes to one of the processes who race for it, again after that one was killed', async () => {
  const folder = newFolder(true);
  for (let round = 0; round < 3; round++) {
    const racers = await Promise.all(Array.from({ length: 4 }, () => takeElsewhere(folder)));
    const winner = racers.filter(({ said }) => said === 'mine');
    assert.is(winner.length, 1, racers.map(({ said }) => said).join());
    for (const { said } of racers) assert.ok(said === 'mine' || said === String(winner[0]!.child.pid), said);
    for (const { child } of racers) await kill(child);
  }
});

lock('of a daemon is another than that of a pass, and tells whose it is', async () => {
  const folder = newFolder(true);
  assert.is(await lockOwner(folder, DAEMON), null);
  const daemon = await takeLock(folder, DAEMON);
  assert.is(await lockOwner(folder, DAEMON), process.pid);
  assert.is(await lockOwner(folder, PASS), null);
  assert.match(await refusal(takeLock(folder, DAEMON)), new RegExp(`daemon \\(process ${process.pid}\\)`));
  const pass = await takeLock(folder);
  assert.match(await refusal(takeLock(folder)), new RegExp(`process ${process.pid}\\) is syncing with ${folder}`));
  await pass.release();
  await daemon.release();
  assert.is(await lockOwner(folder, DAEMON), null);
});

lock('may be an older kt-client’s, in the folder or under its name in the temporary folder', async () => {
  for (const kind of [PASS, DAEMON]) {
    for (const long of [false, true]) {
      const folder = newFolder(long);
      mkdirSync(folder, { recursive: true });
      const name = kind === PASS ? 'lock' : 'daemon';
      const text = `${folder}${kind === PASS ? '' : 'daemon'}`;
      const hash = createHash('sha256').update(text).digest('hex').slice(0, 16);
      const older = createServer((socket) => {
        socket.on('error', () => undefined).write('4711\n');
        socket.destroySoon();
      });
      older.listen(long ? join(tmpdir(), `kt-client-${hash}`) : join(folder, name));
      await once(older, 'listening');
      assert.match(await refusal(takeLock(folder, kind)), /process 4711\)/);
      assert.is(await lockOwner(folder, kind), 4711);
      older.close();
      await once(older, 'close');
      await (await takeLock(folder, kind)).release();
    }
  }
});

lock('that was forgotten keeps no process alive', async () => {
  const folder = JSON.stringify(newFolder());
  const child = inAnother(`await takeLock(${folder}); await takeLock(${folder}, DAEMON);`);
  assert.equal(await once(child, 'exit'), [0, null]);
});

lock('is let go although one who asked hangs on', async () => {
  const folder = newFolder();
  const held = await takeLock(folder);
  const [name] = readdirSync(folder);
  const asker = connect({ path: join(folder, name!), allowHalfOpen: true });
  asker.write('GET /who HTTP/1.1\r\nhost: kt\r\n\r\n');
  await once(asker, 'data');
  await held.release();
  await (await takeLock(folder)).release();
  asker.destroy();
});

lock('can’t be had where the folder can’t be, which is told with what to do', async () => {
  const file = newFolder();
  writeFileSync(file, '');
  const { code, message } = await failure(takeLock(join(file, 'state')));
  assert.is(code, 'invalid');
  assert.match(message, /state folder .* can not be made \(ENOTDIR\): set another `state_dir`/);
});

// Only root can give a file to somebody else.
if (process.getuid?.() === 0) {
  lock('is never believed where the socket is another user’s', async () => {
    const folder = newFolder();
    await (await takeLock(folder)).release();
    const [name] = readdirSync(folder);
    chownSync(join(folder, name!), 65534, 65534);
    const said = await refusal(takeLock(folder));
    assert.match(said, /\.sock belongs to another user \(65534\): stop that user's kt-client; if none runs, remove/);
  });
}

lock.run();
