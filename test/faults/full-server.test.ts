/**
 * No space for the embedded database: reads work, writes are 503, signals are handled, a start says what is wrong, and
 * no acknowledged write is lost. Simulated by faking the disk's free space (disk-space.cjs), and tested on a real disk
 * of 120 MB where one can be mounted.
 */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeProcesses, type Running } from '../support/processes.ts';
import { testEngine } from '../support/test-database.ts';

const MB = 1024 * 1024;
const full = suite('disk full under kt-server');
const processes = makeProcesses();
full.after(async () => {
  await processes.close();
});

type Server = {
  running: Running;
  url: string;
  ask(method: string, path: string, body?: unknown): Promise<{ status: number; body: any }>;
};
let key = '';

const begin = async (folder: string, env: Record<string, string> = {}): Promise<Server> => {
  const running = processes.server(['--data-dir', folder, '--port', '0'], env);
  const url = (await running.says(/ready at (\S+)/))[1]!;
  const found = await running.says(/API key +(kt_\S+)|Another key/);
  key = found[1] ?? key;
  const ask = async (method: string, path: string, body?: unknown) => {
    const headers = { 'content-type': 'application/json', 'x-api-key': key };
    const response = await fetch(`${url}${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? null : JSON.parse(text) };
  };
  return { running, url, ask };
};

/** `size` characters that do not compress. */
const event = (n: number, size = 10) => ({
  timestamp: new Date(Date.UTC(2024, 4, 31) + n * 1000).toISOString(),
  duration: 1,
  data: { n, text: randomBytes(size).toString('base64').slice(0, size) },
});
const write = async ({ ask }: Server, n: number): Promise<number> =>
  (await ask('POST', '/api/0/buckets/b/events', [event(n)])).status;
const stored = async ({ ask }: Server): Promise<number[]> => {
  const { status, body } = await ask('GET', '/api/0/buckets/b/events');
  assert.is(status, 200, JSON.stringify(body));
  return body.map(({ data }: { data: { n: number } }) => data.n).sort((a: number, b: number) => a - b);
};

/** A disk of its own, to be filled; null where none can be mounted. */
const mountDisk = (megabytes: number): string | null => {
  const folder = processes.folder();
  if (process.getuid?.() !== 0 || process.platform !== 'linux') return null;
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'none', folder]).status !== 0) return null;
  return folder;
};
const unmount = (folder: string) => spawnSync('umount', ['-l', folder]);

/** Another program that uses up the rest of a disk. */
const fill = (folder: string): void => {
  const file = openSync(join(folder, 'other'), 'w');
  try {
    for (;;) writeSync(file, Buffer.alloc(65_536, 1));
  } catch (error) {
    assert.is((error as NodeJS.ErrnoException).code, 'ENOSPC');
  } finally {
    closeSync(file);
  }
};

if (testEngine() === 'pglite') {
  full(
    'goes read-only while there is less than the reserve, and writes again when there is more, without a restart',
    async () => {
      const room = join(processes.folder(), 'room');
      const preload = fileURLToPath(new URL('disk-space.cjs', import.meta.url));
      const has = (bytes: number) => writeFileSync(room, String(bytes));
      has(1000 * MB);
      const folder = processes.folder();
      const env = {
        NODE_OPTIONS: `--require ${preload}`,
        KT_TEST_DISK_SPACE: room,
        KT_SERVER_DISK_RESERVE_MEGABYTES: '200',
      };
      const server = await begin(folder, env);
      assert.is((await server.ask('POST', '/api/0/buckets/b', { client: 'c', type: 't', hostname: 'h' })).status, 200);
      assert.is(await write(server, 0), 200);

      has(199 * MB);
      for (let n = 1; n < 4; n++) assert.is(await write(server, n), 503);
      for (const [method, path, body] of [
        ['POST', '/api/0/buckets/b/heartbeat?pulsetime=5', event(9)],
        ['POST', '/api/0/buckets/c', { client: 'c', type: 't', hostname: 'h' }],
        ['POST', '/api/0/settings/theme', 'dark'],
        ['DELETE', '/api/0/buckets/b?force=1', undefined],
      ] as const) {
        assert.is((await server.ask(method, path, body)).status, 503, path);
      }
      assert.equal(await stored(server), [0]);
      assert.is(
        (await server.ask('POST', '/graphql', { query: '{ devices { buckets { id } } }' })).body.data.devices.length,
        1,
      );
      for (const path of ['/health', '/ready']) assert.is((await server.ask('GET', path)).status, 200);
      const lines = server.running.output.stderr.split('\n').filter((line) => /writes are refused/.test(line));
      assert.is(lines.length, 1, 'one line an outage');
      assert.match(lines[0]!, /199 MB left, less than the 200 MB/);

      has(200 * MB);
      assert.is(await write(server, 4), 200);
      assert.match(server.running.output.stderr, 'has room again');

      // A start that needs no writes works with less space, and one that needs some says so.
      has(100 * MB);
      assert.equal(await stored(server), [0, 4]);
      assert.is((await server.running.kill('SIGTERM')).code, 0);
      const again = await begin(folder, env);
      assert.is(await write(again, 5), 503);
      assert.equal(await stored(again), [0, 4]);
      has(0);
      const ended = await again.running.kill('SIGTERM');
      assert.is(ended.code, 0, ended.stderr);
      const refused = await processes.server(['--data-dir', folder, '--port', '0'], env).ended;
      assert.is(refused.code, 1);
      assert.match(
        refused.stderr,
        /^kt-server: the disk of [^\n]* is full \(0 MB left, a start needs 48 MB\): make room[^\n]*\n$/,
      );
      has(1000 * MB);
      const back = await begin(folder, env);
      assert.equal(await stored(back), [0, 4]);
      assert.is((await back.running.kill('SIGTERM')).code, 0);
    },
  );

  full('and on a real disk, filled by another program at once', async () => {
    const disk = mountDisk(120);
    if (!disk) return; // mounting one takes root, and Linux
    try {
      const folder = join(disk, 'data');
      const env = { KT_SERVER_DISK_RESERVE_MEGABYTES: '20' };
      const server = await begin(folder, env);
      assert.is((await server.ask('POST', '/api/0/buckets/b', { client: 'c', type: 't', hostname: 'h' })).status, 200);
      for (let n = 0; n < 3; n++) assert.is(await write(server, n), 200);
      fill(disk);
      for (let n = 3; n < 6; n++) assert.is(await write(server, n), 503);
      assert.equal(await stored(server), [0, 1, 2]);
      assert.is((await server.ask('GET', '/health')).status, 200);
      const ended = await server.running.kill('SIGTERM');
      assert.is(ended.code, 0, ended.stderr);
      const refused = await processes.server(['--data-dir', folder, '--port', '0'], env).ended;
      assert.is(refused.code, 1);
      assert.match(refused.stderr, /^kt-server: the disk of [^\n]* is full [^\n]*\n$/);
      rmSync(join(disk, 'other'));
      const back = await begin(folder, env);
      assert.equal(await stored(back), [0, 1, 2]);
      assert.is(await write(back, 3), 200);
      assert.is((await back.running.kill('SIGTERM')).code, 0);
    } finally {
      unmount(disk);
    }
  });

  full(
    'where even the reserve is gone the process ends and says so, and does not spin; ' +
      'every acknowledged event is there again',
    async () => {
      const disk = mountDisk(120);
      if (!disk) return; // mounting one takes root, and Linux
      try {
        const folder = join(disk, 'data');
        const env = { KT_SERVER_DISK_RESERVE_MEGABYTES: '1' };
        const server = await begin(folder, env);
        assert.is(
          (await server.ask('POST', '/api/0/buckets/b', { client: 'c', type: 't', hostname: 'h' })).status,
          200,
        );
        const acknowledged: number[] = [];
        let ended = false;
        let refused = 0;
        void server.running.ended.then(() => (ended = true));
        // Large events fill the disk by themselves; in the end either a server answers, or none does.
        for (let n = 0; n < 400 && !ended; n++) {
          const status = await server.ask('POST', '/api/0/buckets/b/events', [event(n, 500_000)]).then(
            (answer) => answer.status,
            () => 0,
          );
          if (status === 200) acknowledged.push(n);
          else if (status === 503 && ++refused > 20) break;
        }
        assert.ok(acknowledged.length > 10);
        if (!ended) assert.is((await server.ask('GET', '/health')).status, 200);
        const { code, stderr } = await server.running.kill('SIGTERM');
        assert.ok(code === 0 || /ended in the middle of its work/.test(stderr), `${code} ${stderr}`);
        assert.is(spawnSync('mount', ['-o', 'remount,size=400m', disk]).status, 0);
        const back = await begin(folder, env);
        for (const n of acknowledged) {
          const { timestamp } = event(n);
          const { status, body } = await back.ask(
            'GET',
            `/api/0/buckets/b/events/count?start=${timestamp}&end=${timestamp}`,
          );
          assert.ok(status === 200 && body >= 1, String(n)); // adjacent events touch this moment, so they count too
        }
        assert.is((await back.running.kill('SIGTERM')).code, 0);
      } finally {
        unmount(disk);
      }
    },
  );
}

full.run();
