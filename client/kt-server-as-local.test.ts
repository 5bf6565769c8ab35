/**
 * `[local]` leads to a kt-server: it speaks aw-server's REST API as well, and what it holds is no
 * recording of this computer.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { APP_URL, openTestServer, type TestServer } from '../test/support/test-server.ts';
import { makeLocalServer } from './aw/local-server.ts';
import { openCliTrial, type CliTrial } from './testing/cli-context.ts';
import { clock, NOW_MS } from './testing/laptop.ts';
import { makeMemoryRemote, type MemoryRemote } from './testing/memory-remote.ts';

type Trial = { server: TestServer; remote: MemoryRemote; cli: CliTrial; asked: string[] };

const wrong = suite<Trial>('a kt-server in place of the aw-server');
wrong.before(async (trial) => {
  trial.server = await openTestServer();
});
wrong.before.each((trial) => {
  trial.remote = makeMemoryRemote(clock);
  trial.asked = [];
  const fetch = async (request: Request) => {
    trial.asked.push(new URL(request.url).pathname);
    return trial.server.app.fetch(request);
  };
  trial.cli = openCliTrial({
    makeLocal: (config) => makeLocalServer({ url: APP_URL, apiKey: config.local.api_key, fetch }),
    makeRemote: () => trial.remote,
  });
  mkdirSync(dirname(trial.cli.configPath), { recursive: true });
  writeFileSync(trial.cli.configPath, '[remote]\nurl = "https://kt.example"\napi_key = "kt_secret"\n', { mode: 0o600 });
});
wrong.after.each(({ cli }) => cli.close());

const SETTINGS = '--url https://kt.example --api-key kt_secret';
for (const command of [
  'sync',
  'sync --dry-run',
  'sync --mode pull',
  'verify',
  'verify --repair',
  'list',
  `setup ${SETTINGS}`,
]) {
  wrong(
    `is refused by \`${command}\`, by what it says of itself, and its key is not asked for`,
    async ({ cli, remote, asked }) => {
      const { code, out, err } = await cli.run(command);
      assert.equal([code, out], [1, '']);
      assert.match(
        err,
        /is a kt-server \(.*: name the port of this computer's aw-server by `kt-client setup --local-port PORT`/,
      );
      assert.not.match(err, /api_key/);
      assert.equal(asked, ['/api/0/info']);
      assert.not.ok(remote.calls.includes('register') || remote.calls.includes('push'));
    },
  );
}

wrong('is refused by the daemon, which says so once and tries again', async ({ cli, remote }) => {
  const stop = new AbortController();
  let waits = 0;
  let nowMs = NOW_MS;
  const { code, err } = await cli.run('daemon', {
    clock: { nowUs: () => BigInt(nowMs) * 1000n },
    stopSignal: () => stop.signal,
    async wait(ms, signal) {
      // the grace never ends
      if (stop.signal.aborted) return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
      if (++waits >= 40) stop.abort();
      nowMs += ms;
    },
    async *listen(_config, signal) {
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    },
  });
  assert.is(code, 0);
  assert.is(err.match(/is a kt-server/g)?.length, 1);
  assert.not.match(err, /api_key/);
  assert.equal(remote.calls, []);
});

wrong('is told by the doctor as that alone: its key is none of aw-server’s', async ({ cli }) => {
  const { code, out } = await cli.run('doctor');
  assert.is(code, 1);
  assert.match(out, /it is a kt-server, not the aw-server of this computer\n.*--local-port PORT/);
  assert.not.match(out, /under \[local\]/);
});

wrong.run();
