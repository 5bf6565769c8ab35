import { readFileSync, writeFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { KtError } from '../../domain/errors.ts';
import type { KtContext } from '../context.ts';
import { DAEMON, lockOwner, takeLock } from '../state/lock.ts';
import type { Remote } from '../sync/ports.ts';
import { openCliTrial, type CliTrial, type Ran } from '../testing/cli-context.ts';
import { clock, makeLaptop, NOW_MS, type Laptop } from '../testing/laptop.ts';
import { makeMemoryRemote, type MemoryRemote } from '../testing/memory-remote.ts';

type Trial = { cli: CliTrial; remote: MemoryRemote; laptop: Laptop };

const daemon = suite<Trial>('kt-client daemon');
daemon.before.each(async (trial) => {
  trial.remote = makeMemoryRemote(clock);
  trial.laptop = makeLaptop(trial.remote, 'rust', 'anna');
  await trial.laptop.bucket('window');
  await trial.laptop.record('window', [
    [100, 10, 'one'],
    [50, 10, 'two'],
  ]);
  trial.cli = openCliTrial({ makeLocal: () => trial.laptop.local, makeRemote: () => trial.remote });
  await trial.cli.run('setup --url https://kt.example --api-key kt_secret');
});
daemon.after.each(({ cli }) => cli.close());

/** Runs the daemon without time: in its n-th wait `meanwhile` says what happens, or ends it by `true`. */
const runDaemon = async (
  { cli }: Trial,
  args: string,
  meanwhile: (wait: number) => boolean | Promise<boolean>,
  context: Partial<KtContext> = {},
): Promise<Ran> => {
  const stop = new AbortController();
  let nowMs = NOW_MS;
  let waits = 0;
  return cli.run(args, {
    clock: { nowUs: () => BigInt(nowMs) * 1000n },
    stopSignal: () => stop.signal,
    async wait(ms, signal) {
      // the grace never ends
      if (stop.signal.aborted) return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
      if (await meanwhile(++waits)) stop.abort();
      nowMs += ms;
    },
    async *listen(_config, signal, onChange) {
      onChange({ open: true });
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    },
    ...context,
  });
};
const linesOf = ({ err }: Ran): string[] =>
  err
    .trim()
    .split('\n')
    .map((line) => line.replace(/^[\d-]+ [\d:]+(?=[: ])/, '').replace(/^: /, ' '));

daemon('is what no command means; it syncs, proves, listens, and ends with 0 when it is told to', async (trial) => {
  const ran = await runDaemon(trial, '', () => true);
  assert.is(ran.code, 0);
  assert.is(ran.out, '');
  const lines = linesOf(ran).join('\n');
  for (const line of [
    /keeps http:\/\/127\.0\.0\.1:5600 in step with https:\/\/kt\.example, every 5 minutes/,
    /new to the server/,
    /pushed 2 new events in window/,
    /proven: both sides hold the same/,
    /tells its changes/,
    /told to stop/,
    /stopped$/,
  ])
    assert.match(lines, line);
  assert.not.match(lines, /kt_secret/);
  assert.is((await trial.remote.buckets())[0]!.events, 2);
  assert.is(await lockOwner(trial.cli.stateDir, DAEMON), null);
});

daemon('that is older than its server says so once, and how to renew it', async (trial) => {
  const server = { version: '9.0.0', url: 'https://kt.example', isTold: false };
  const ran = await runDaemon(trial, '', (wait) => wait > 25, { server });
  assert.equal([ran.code, ran.out], [0, '']);
  const said = linesOf(ran).filter((line) => line.includes('older'));
  assert.is(said.length, 1);
  assert.match(said[0]!, 'warn: kt-client 1.2.3 is older than the kt-server at https://kt.example, which is 9.0.0');
});

daemon('behind a proxy that holds the stream back names it once, and pulls at the interval', async (trial) => {
  const other = makeLaptop(trial.remote, 'rust', 'bert');
  await other.bucket('afk');
  const why = new KtError('unavailable', 'the kt-server at https://kt.example does not tell its changes (no byte)', {
    heldBack: true,
  });
  const times: number[] = [];
  let nowMs = NOW_MS;
  const ran = await runDaemon(
    trial,
    '',
    async (wait) => {
      if (wait === 1) {
        await other.record('afk', [[10, 1, 'x']]);
        await other.sync();
      }
      times.push((nowMs += 30_000));
      return trial.laptop.events('afk-synced-from-bert').length > 0 || wait > 20;
    },
    {
      async *listen(_config, signal, onChange) {
        for (let n = 0; n < 3; n++) onChange({ open: false, why });
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      },
    },
  );
  assert.is(trial.laptop.events('afk-synced-from-bert').length, 1);
  assert.is(times.length, 11, 'the interval of five minutes, in slices of half a minute');
  const said = linesOf(ran).filter((line) => line.includes('does not tell its changes'));
  assert.is(said.length, 1);
  assert.match(said[0]!, /warn: changes are pulled at the interval until the server tells them: .*\(no byte\)/);
});

daemon('tells the same in JSON, a line each', async (trial) => {
  const ran = await runDaemon(trial, 'daemon --log-format json', () => true);
  const lines = ran.err
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { level: string; msg: string; time: string; pushed?: unknown[] });
  assert.ok(lines.every(({ level, msg, time }) => level === 'info' && msg && !Number.isNaN(Date.parse(time))));
  assert.equal(lines.find(({ pushed }) => pushed?.length)?.pushed, [
    { bucket: 'window', inserted: 2, updated: 0, deleted: 0 },
  ]);
});

daemon('is one per state folder, and lets a sync pass between its passes', async (trial) => {
  const ran = await runDaemon(trial, 'daemon', async (wait) => {
    if (wait > 1) return true;
    const second = await trial.cli.run('daemon');
    assert.is(second.code, 1);
    assert.match(second.err, /^kt-client: a daemon \(process \d+\) runs with .* already: [^\n]*\n$/);
    assert.is((await trial.cli.run('sync')).code, 0);
    return false;
  });
  assert.is(ran.code, 0);
});

daemon('waits for another kt-client that syncs', async (trial) => {
  const lock = await takeLock(trial.cli.stateDir);
  const ran = await runDaemon(trial, 'daemon', async (wait) => {
    if (wait === 1) await lock.release();
    return wait === 2;
  });
  assert.match(ran.err, /pushed 2 new events/);
});

const failing = (error: () => KtError): Remote => new Proxy({} as Remote, { get: () => () => Promise.reject(error()) });

daemon('says a failure once, goes on, and says when it is over', async (trial) => {
  let down = true;
  const makeRemote = () => (down ? failing(() => new KtError('unavailable', 'it is down: start it')) : trial.remote);
  const ran = await runDaemon(
    trial,
    'daemon',
    (wait) => {
      if (wait === 25) down = false;
      return wait === 45;
    },
    { makeRemote },
  );
  assert.is(ran.code, 0);
  assert.is(ran.err.match(/it is down: start it/g)?.length, 1);
  assert.match(ran.err, /works again, after \d+ failures/);
  assert.match(ran.err, /pushed 2 new events/);
});

daemon('says that its key is refused, and takes up another one when setup wrote it', async (trial) => {
  const makeRemote: KtContext['makeRemote'] = ({ remote: { api_key: key } }) =>
    key === 'kt_secret' ? failing(() => new KtError('unauthenticated', 'the key was refused: make one')) : trial.remote;
  const ran = await runDaemon(
    trial,
    'daemon',
    (wait) => {
      if (wait === 3)
        writeFileSync(trial.cli.configPath, readFileSync(trial.cli.configPath, 'utf8').replace('kt_secret', 'kt_good'));
      return wait === 4;
    },
    { makeRemote },
  );
  assert.is(ran.code, 0);
  assert.is(ran.err.match(/the key was refused/g)?.length, 1);
  assert.match(ran.err, /pushed 2 new events/);
});

daemon('after device_in_use asks nothing of the server until setup decided', async (trial) => {
  await trial.cli.run('sync');
  const { deviceId } = JSON.parse(readFileSync(`${trial.cli.stateDir}/state.json`, 'utf8'));
  await trial.remote.register({ deviceId, hostname: 'clone', awDeviceId: null, pass: 9, nonce: 'of a clone' });
  let asked = 0;
  const ran = await runDaemon(trial, 'daemon', async (wait) => {
    if (wait === 1) asked = trial.remote.calls.length;
    if (wait === 25) {
      assert.is(trial.remote.calls.length, asked);
      assert.is((await trial.cli.run('setup --same-device')).code, 0);
    }
    return wait > 40 && trial.remote.calls.length > asked + 3;
  });
  assert.is(ran.code, 0);
  assert.match(ran.err, /setup --new-device/);
  assert.match(ran.err, /works again/);
});

daemon('minds no configuration that is broken for a while', async (trial) => {
  let text = '';
  const ran = await runDaemon(trial, 'daemon', (wait) => {
    if (wait === 1) {
      text = readFileSync(trial.cli.configPath, 'utf8');
      writeFileSync(trial.cli.configPath, '[remote\n');
    }
    if (wait === 5) writeFileSync(trial.cli.configPath, text);
    return wait === 8;
  });
  assert.is(ran.code, 0);
  assert.is(ran.err.match(/config\.toml is broken/g)?.length, 1);
  assert.match(ran.err, /works again/);
});

daemon('told to stop amid a pass ends after what is in flight, and the next one goes on', async (trial) => {
  const stop = new AbortController();
  trial.remote.before = (call) => {
    if (call === 'push') stop.abort();
  };
  const ran = await trial.cli.run('daemon', {
    stopSignal: () => stop.signal,
    wait: (_, signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
  });
  assert.is(ran.code, 0);
  assert.match(ran.err, /told to stop[^\n]*\n[^\n]*stopped\n$/);
  assert.is((await trial.remote.buckets())[0]!.events, 2, 'the batch in flight is stored');
  trial.remote.before = () => undefined;
  assert.is((await trial.cli.run('sync')).code, 0);
});

daemon('does not start with wrong settings or a wrong format', async ({ cli }) => {
  assert.is((await cli.run('daemon --log-format xml')).code, 2);
  assert.is((await cli.run('', { env: { KT_CLIENT_INTERVAL_MINUTES: '0' } })).code, 2);
  assert.is((await cli.run('', { env: { KT_CLIENT_CONFIG: '', XDG_CONFIG_HOME: cli.home } })).code, 2);
});

daemon('goes after a moved account when the stream tells of it, before its next pass is due', async (trial) => {
  const at = 'https://cell2.example';
  const moved = new KtError('moved', 'the account was moved', { url: at });
  const gone = new Proxy({} as Remote, { get: () => () => Promise.reject(moved) });
  const listened: string[] = [];
  let [isMoved, tellsOfIt] = [false, (): void => undefined];
  const ran = await runDaemon(
    trial,
    'daemon',
    async (wait) => {
      if (wait === 1) {
        isMoved = true;
        tellsOfIt();
        for (let n = 0; n < 10; n++) await null; // as long as an announcement takes to reach the daemon
      }
      return wait === 3;
    },
    {
      makeRemote: ({ remote: { url } }) => (isMoved && url !== at ? gone : trial.remote),
      async *listen({ remote: { url } }, signal, onChange) {
        listened.push(url);
        onChange({ open: true });
        await new Promise<void>((resolve, reject) => {
          signal.addEventListener('abort', () => resolve());
          tellsOfIt = () => reject(new KtError('moved', 'the account was moved'));
        });
      },
    },
  );
  assert.is(ran.code, 0, ran.err);
  assert.match(readFileSync(trial.cli.configPath, 'utf8'), `url = "${at}"`);
  assert.equal(listened.slice(0, 1), ['https://kt.example']);
  assert.is(listened.at(-1), at, 'it listens there');
  assert.match(linesOf(ran).join('\n'), /the account was moved from https:\/\/kt\.example to https:\/\/cell2\.example/);
});

daemon.run();
