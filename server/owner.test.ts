/**
 * The owner of a data folder among several processes: one at a time, by whatever path they name the folder, and none
 * once the owner has ended.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { KtError } from '../domain/errors.ts';
import type { Owner } from '../cli/folder-owner.ts';
import { claimFolder } from './owner.ts';

const place = mkdtempSync(join(tmpdir(), 'kt-owner-'));
const children: ChildProcess[] = [];
const owned: Owner[] = [];
let made = 0;

const newFolder = (long = false): string =>
  join(place, String(++made), ...(long ? ['n'.repeat(95), 'm'.repeat(95)] : []));

const owners = suite('the owner of a data folder');
owners.after(async () => {
  for (const child of children) child.kill('SIGKILL');
  for (const owner of owned) await owner.release();
  rmSync(place, { recursive: true, force: true });
});

/**
 * Another process that claims the folder by that path, and keeps running. Returns its answer: "mine", or the owner's
 * pid.
 */
const claimElsewhere = async (
  folder: string,
  env: Record<string, string> = {},
  cwd = place,
): Promise<{ said: string; child: ChildProcess }> => {
  const owner = fileURLToPath(new URL('./owner.ts', import.meta.url));
  const script = `import(${JSON.stringify(owner)}).then(async ({ claimFolder }) => {
    const cwd = process.cwd();
    const claimed = await claimFolder(${JSON.stringify(folder)});
    console.log(process.cwd() !== cwd ? 'moved' : claimed.owner ? 'mine' : String(claimed.other.pid));
    claimed.owner?.serve(async (name, args) => ({ name, args }));
    setInterval(() => {}, 1000);
  }).catch((error) => console.log(error.message))`;
  const tsx = fileURLToPath(import.meta.resolve('tsx'));
  const child = spawn(process.execPath, ['--import', tsx, '-e', script], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const [line] = (await once(child.stdout!, 'data')) as [Buffer];
  return { said: String(line).trim(), child };
};

const kill = async (child: ChildProcess): Promise<void> => {
  child.kill('SIGKILL');
  await once(child, 'exit');
};

const refusal = async (folder: string): Promise<string> => {
  try {
    await claimFolder(folder);
  } catch (error) {
    assert.is((error as KtError).code, 'conflict');
    return (error as KtError).message;
  }
  return assert.unreachable('it was given away') as never;
};

for (const long of [false, true]) {
  owners(
    `${long ? 'with a path longer than a socket may have' : 'with a short path'} is one process, ` +
      'by whatever name others come',
    async () => {
      const folder = newFolder(long);
      const { said, child } = await claimElsewhere(folder);
      assert.is(said, 'mine');
      assert.is(statSync(folder).mode & 0o777, 0o700);
      const [socket, ...others] = readdirSync(folder);
      assert.equal(others, []);
      assert.is(lstatSync(join(folder, socket!)).mode & 0o777, 0o600);

      const link = join(place, `link-${long}`);
      symlinkSync(folder, link);
      const elsewhere = join(place, `tmp-${long}`);
      mkdirSync(elsewhere);
      const told = await Promise.all([
        claimElsewhere(folder),
        claimElsewhere(link),
        claimElsewhere(folder, { TMPDIR: elsewhere }),
        claimElsewhere(relative(dirname(folder), folder), {}, dirname(folder)),
        claimElsewhere('.', {}, folder),
      ]);
      assert.equal(
        told.map((each) => each.said),
        told.map(() => String(child.pid)),
      );

      const claimed = await claimFolder(link);
      assert.ok('other' in claimed);
      assert.equal(
        await claimed.other.call('work', [1]),
        { name: 'work', args: [1] },
        'and does the work of the others',
      );
    },
  );
}

owners('is one of those who race for a folder that was never had, or whose owner was killed', async () => {
  const folder = newFolder();
  for (let round = 0; round < 3; round++) {
    const starters = await Promise.all(Array.from({ length: 4 }, () => claimElsewhere(folder)));
    const winner = starters.filter(({ said }) => said === 'mine');
    assert.is(winner.length, 1, starters.map(({ said }) => said).join());
    for (const { said } of starters) assert.ok(said === 'mine' || said === String(winner[0]!.child.pid), said);
    for (const { child } of starters) await kill(child);
  }
});

owners(
  'within one process too: of forty claims at once over a dead one’s lock one wins, ' +
    'and each owner leaves one file at most',
  async () => {
    const folder = newFolder(true);
    for (let round = 0; round < 5; round++) {
      const claims = await Promise.all(Array.from({ length: 40 }, () => claimFolder(folder)));
      const won = claims.flatMap((claim) => ('owner' in claim ? claim.owner : []));
      assert.is(won.length, 1);
      await won[0]!.release();
      assert.is(readdirSync(folder).length, 1);
    }
  },
);

owners('may be an older kt-server, with its lock where that had it', async () => {
  const folder = newFolder();
  mkdirSync(folder, { recursive: true });
  const older = http.createServer((_request, response) =>
    response.end(JSON.stringify({ pid: 4711, url: null, nonce: 'n' })),
  );
  await new Promise<void>((resolve) => older.listen(join(folder, 'owner.sock'), resolve));
  const claimed = await claimFolder(folder);
  assert.ok('other' in claimed);
  assert.is(claimed.other.pid, 4711);
  await new Promise((resolve) => older.close(resolve));
  const free = await claimFolder(folder);
  assert.ok('owner' in free);
  owned.push(free.owner);
});

owners('that was stopped in its tracks has the folder still', async () => {
  const folder = newFolder();
  const { said, child } = await claimElsewhere(folder);
  assert.is(said, 'mine');
  child.kill('SIGSTOP');
  assert.match(await refusal(folder), /does not answer/);
  await kill(child);
});

// Only root can change a file's owner.
if (process.getuid?.() === 0) {
  owners('is never believed where the socket is another user’s', async () => {
    const folder = newFolder();
    mkdirSync(folder, { recursive: true });
    const impostor = http.createServer((_request, response) =>
      response.end(JSON.stringify({ pid: 1, url: 'http://impostor' })),
    );
    const path = join(folder, 'lock.1.sock');
    await new Promise<void>((resolve) => impostor.listen(path, resolve));
    chownSync(path, 65534, 65534);
    assert.match(await refusal(folder), /lock\.1\.sock belongs to another user \(65534\)/);
    await new Promise((resolve) => impostor.close(resolve));
  });

  owners(
    'leaves a socket of the folder’s user behind when root was it, so that one can tell that it is dead',
    async () => {
      const folder = newFolder();
      mkdirSync(folder, { recursive: true });
      chownSync(folder, 65534, 65534);
      const claimed = await claimFolder(folder);
      assert.ok('owner' in claimed);
      await claimed.owner.release();
      assert.ok(existsSync(join(folder, 'lock.1.sock')));
      assert.is(lstatSync(join(folder, 'lock.1.sock')).uid, 65534);
    },
  );
}

owners.run();
