/** `kt-client login` at a terminal: a person reads the code there, approves it in a browser, and the device syncs. */
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { listenFakeAw, makeFakeAw, type FakeAw } from '../support/fake-aw/server.ts';
import { makeProcesses, type Processes, type Running } from '../support/processes.ts';
import { newPostgresUrl, testEngine } from '../support/test-database.ts';
import { until } from '../support/until.ts';

type Scene = { processes: Processes; url: string; key: string; cookie: string };
const login = suite<Scene>('kt-client login at a terminal');

login.before(async (scene) => {
  scene.processes = makeProcesses();
  const database = testEngine() === 'postgres' ? ['--database-url', await newPostgresUrl()] : [];
  const server = scene.processes.server(['--data-dir', scene.processes.folder(), ...database, '--port', '0']);
  scene.url = (await server.says(/ready at (\S+)\n/))[1]!;
  scene.key = (await server.says(/API key\s+(kt_\S+)/))[1]!;
  const entered = await send(scene, '/auth/session', { key: scene.key });
  assert.is(entered.status, 200);
  scene.cookie = entered.headers.getSetCookie()[0]!.split(';', 1)[0]!;
});
login.after(({ processes }) => processes.close());

const send = ({ url, cookie = '' }: Partial<Scene>, path: string, body: object): Promise<Response> =>
  fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin', cookie },
    body: JSON.stringify(body),
  });

/** A computer: its home, with a program that "opens" pages by noting them, and an aw-server that recorded something. */
const computer = async ({ processes }: Scene) => {
  const home = processes.folder();
  const opened = join(home, 'opened');
  // Renamed: a file that is there is there whole.
  writeFileSync(
    join(home, 'xdg-open'),
    `#!/bin/sh\nprintf %s "$1" > '${opened}.part'\nmv '${opened}.part' '${opened}'\n`,
  );
  chmodSync(join(home, 'xdg-open'), 0o755);
  const aw: FakeAw = makeFakeAw({ kind: 'rust', hostname: 'anna-laptop' });
  const listening = await listenFakeAw(aw);
  const config = join(home, 'config.toml');
  const env: Record<string, string> = {
    HOME: home,
    PATH: `${home}:${process.env['PATH']}`,
    DISPLAY: ':0',
    KT_CLIENT_CONFIG: config,
    KT_CLIENT_STATE_DIR: join(home, 'state'),
    KT_CLIENT_LOCAL_PORT: String(listening.port),
  };
  /** Runs kt-client at a terminal of its own. */
  const atTerminal = (...args: readonly string[]): Running => {
    const bundle = process.env['KT_TEST_PROGRAMS'];
    const root = fileURLToPath(new URL('../..', import.meta.url));
    const program = bundle === undefined ? join(root, 'client/bin.js') : join(bundle, 'client.js');
    const line = [process.execPath, program, ...args].map((word) => `'${word}'`).join(' ');
    return processes.program(['script', '-qefc', line, '/dev/null'], { cwd: root, env });
  };
  return { opened, config, env, atTerminal, close: listening.close };
};
/** The code, as soon as it is shown. */
const codeOf = async (running: Running): Promise<string> => (await running.says(/the code (\w{4}-\w{4})/))[1]!;

login('shows a code, opens the page, and writes a key that syncs once a person approved it', async (scene) => {
  const { opened, config, env, atTerminal, close } = await computer(scene);
  const running = atTerminal('login', scene.url);
  const code = await codeOf(running);
  await until('the page opens', () => existsSync(opened));
  assert.is(readFileSync(opened, 'utf8'), `${scene.url}/device?code=${code}`);
  assert.match(running.output.stdout, new RegExp(`Open ${scene.url}/device\r?\n`));
  const looked = await send(scene, '/auth/device/code', { code });
  assert.equal((await looked.json()).hostname, 'anna-laptop');
  assert.not.ok(existsSync(config), 'nothing is written before somebody approved');
  assert.is((await send(scene, '/auth/device/decision', { code, approve: true })).status, 200);
  const { code: ended, stdout } = await running.ended;
  assert.equal([ended, /Wrote .*config\.toml/.test(stdout)], [0, true], stdout);
  assert.is(statSync(config).mode & 0o777, 0o600);
  const [, key = ''] = /api_key = "(kt_[\w-]{43})"/.exec(readFileSync(config, 'utf8')) ?? [];
  assert.not.ok(stdout.includes(key) || key === scene.key || key === '');
  const synced = await scene.processes.client(['sync'], env).ended;
  assert.is(synced.code, 0, synced.stdout + synced.stderr);
  await close();
});

login('ends with Ctrl-C, and changes nothing', async (scene) => {
  const { config, atTerminal, close } = await computer(scene);
  const running = atTerminal('login', scene.url, '--no-browser');
  const code = await codeOf(running);
  running.child.kill('SIGTERM'); // script passes it on to what it runs, as a closed terminal would
  await running.ended;
  assert.not.ok(existsSync(config));
  assert.is((await send(scene, '/auth/device/code', { code })).status, 200, 'the code goes by its time');
  await close();
});

login.run();
