/**
 * What the pages' commands are run in: one kt-server, and a laptop and a desktop, each with an aw-server. The ports
 * that the pages name stand for those that are free here; `kt_…` stands for the first key. `npx` and `npm` are stood
 * in for, because they would ask a registry; test/packed runs the real ones.
 */
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { extract } from 'tar-stream';
import { listenFakeAw, makeFakeAw, type FakeAw } from '../support/fake-aw/server.ts';
import { makeProcesses, type Ended, type Running } from '../support/processes.ts';
import { steadyPorts } from '../support/steady-ports.ts';
import { root } from './pages.ts';

const DAY = '2026-03-02';
/** Minutes from 09:00, length in seconds, and the data. */
type Told = readonly [minute: number, seconds: number, data: object];

/** A morning of each computer, whose figures the pages show. */
const MORNINGS: Readonly<Record<string, Readonly<Record<string, readonly Told[]>>>> = {
  laptop: {
    window: [
      [0, 1500, { app: 'Code', title: 'main.ts' }],
      [25, 600, { app: 'Firefox', title: 'ActivityWatch documentation' }],
      [50, 1800, { app: 'Code', title: 'main.test.ts' }],
    ],
    afk: [
      [0, 2100, { status: 'not-afk' }],
      [35, 900, { status: 'afk' }],
      [50, 1800, { status: 'not-afk' }],
    ],
  },
  desktop: {
    window: [
      [120, 1200, { app: 'Firefox', title: 'News' }],
      [140, 2400, { app: 'LibreOffice', title: 'budget.ods' }],
    ],
    afk: [[120, 3600, { status: 'not-afk' }]],
  },
};
const TYPES: Readonly<Record<string, string>> = { window: 'currentwindow', afk: 'afkstatus' };

/** What ActivityWatch on a phone exports. */
const PHONE = {
  buckets: {
    'aw-watcher-android-test': {
      id: 'aw-watcher-android-test',
      type: 'currentwindow',
      client: 'aw-watcher-android',
      hostname: 'unknown',
      created: `${DAY}T08:00:00Z`,
      events: [{ timestamp: `${DAY}T08:10:00Z`, duration: 240, data: { app: 'Maps' } }],
    },
  },
};

const record = async (aw: FakeAw): Promise<void> => {
  const post = async (path: string, body: unknown): Promise<void> => {
    const headers = { 'content-type': 'application/json' };
    const url = `http://127.0.0.1/api/0/buckets/${path}`;
    const answer = await aw.fetch(new Request(url, { method: 'POST', headers, body: JSON.stringify(body) }));
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  };
  for (const [kind, told] of Object.entries(MORNINGS[aw.hostname]!)) {
    const id = `aw-watcher-${kind}_${aw.hostname}`;
    await post(id, { type: TYPES[kind], client: `aw-watcher-${kind}`, hostname: aw.hostname });
    const at = (minute: number): string => new Date(Date.parse(`${DAY}T09:00:00Z`) + minute * 60_000).toISOString();
    const events = told.map(([minute, duration, data]) => ({ timestamp: at(minute), duration, data }));
    await post(`${id}/events`, events);
  }
};

/** The client as it is handed out: one file, which starts sooner than the sources. */
const unpackClient = async (to: string): Promise<void> => {
  const run = ['--import', 'tsx', 'scripts/client-tarball.ts'];
  const path = execFileSync(process.execPath, run, { cwd: root, encoding: 'utf8' }).trim();
  const unpack = extract();
  unpack.end(gunzipSync(readFileSync(path)));
  for await (const entry of unpack) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    if (entry.header.name.endsWith('.cjs')) writeFileSync(to, Buffer.concat(chunks));
  }
};

/** What stands on the PATH before all else. `$CLIENT` and `$SERVER` are the programs. */
const PROGRAMS: Record<string, string> = {
  'kt-client': 'exec "$NODE" "$CLIENT" "$@"',
  'kt-server': 'exec "$NODE" "$SERVER" "$@"',
  npx: `case "$1" in
  kt-client|kt-server) exec "$@" ;;
  --yes) curl -sfo /dev/null "$2" && shift 2 && exec kt-client "$@" ;;
esac
echo "npx $*: is not stood in for" >&2; exit 1`,
  npm: `case "$1 $2 $3" in
  "install -g http"*) curl -sf "$3" | gzip -t ; exit ;;
esac
echo "npm $*: is not stood in for" >&2; exit 1`,
};

/** What would change this machine, or reach others: a page that has one without a row of NOT_RUN fails. */
for (const name of ['sudo', 'apt', 'apt-get', 'docker', 'systemctl', 'journalctl', 'launchctl', 'codesign', 'git'])
  PROGRAMS[name] = `echo "${name} is not run by a test: list it in test/docs/not-run.ts" >&2; exit 1`;

/** Commands that go on until they are told to stop. */
const SERVES = /^(?:npm start|(?:npx )?kt-server(?: serve)?)(?: --)?((?: --[\w-]+ \S+)*)$/;
const SYNCS_ON = /^(?:npx )?kt-client(?: daemon)?((?: --[\w-]+ \S+)*)$/;

export type Scene = {
  readonly url: string;
  readonly key: string;
  /** What a page says, as it is here. */
  here(text: string): string;
  /** Runs lines of commands; fails with what they said. Returns what they said. */
  run(lines: readonly string[]): Promise<string>;
  graphql(query: string): Promise<{ data?: unknown; errors?: unknown }>;
  close(): Promise<void>;
};

export const openScene = async (): Promise<Scene> => {
  const processes = makeProcesses();
  const home = processes.folder();
  const [bin, client] = [join(home, 'bin'), join(home, 'kt-client.cjs')];
  mkdirSync(bin);
  for (const [name, text] of Object.entries(PROGRAMS)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  await unpackClient(client);
  symlinkSync(root, join(home, 'kt-server'));
  // As aw-webui is once built: what `--webui` looks for.
  mkdirSync(join(home, 'dist', 'js'), { recursive: true });
  writeFileSync(join(home, 'dist', 'index.html'), '<!doctype html><script src="/js/app.js"></script>');
  writeFileSync(join(home, 'dist', 'js', 'app.js'), "start('aw-api-token')");

  // The pages start it again and again.
  const [port = 0] = await steadyPorts(1);
  const url = `http://127.0.0.1:${port}`;
  const aws = await Promise.all(
    ['laptop', 'desktop'].map(async (hostname) => {
      const aw = makeFakeAw({ kind: 'rust', hostname, deviceId: `aw-${hostname}` });
      await record(aw);
      return listenFakeAw(aw);
    }),
  );
  const envOf = (folder: string, awPort: number): Record<string, string> => ({
    HOME: folder,
    PATH: `${bin}:${process.env['PATH']}`,
    NODE: process.execPath,
    CLIENT: client,
    SERVER: join(root, 'server', 'bin.js'),
    NO_COLOR: '1',
    KT_SERVER_PORT: String(port),
    KT_SERVER_DATA_DIR: join(home, 'data'),
    KT_CLIENT_LOCAL_PORT: String(awPort),
  });
  const env = envOf(join(home, 'laptop'), aws[0]!.port);
  mkdirSync(env['HOME']!);
  writeFileSync(join(home, 'laptop', 'aw-buckets-export.json'), JSON.stringify(PHONE));
  symlinkSync(root, join(home, 'laptop', 'kt-server'));
  symlinkSync(join(home, 'dist'), join(home, 'laptop', 'dist'));

  let server: Running | undefined;
  const serve = async (flags: string): Promise<string> => {
    if (server) await server.kill('SIGTERM');
    server = processes.start([env['SERVER']!, ...flags.split(' ').filter(Boolean)], env, home);
    await server.says(/ready at \S+\n[\s\S]*(?:API key|Another key|Keys).*\n/);
    return server.output.stdout;
  };
  const key = /API key +(\S+)/.exec(await serve(''))![1]!;

  const well = ({ code, stdout, stderr }: Ended, what: string): string => {
    if (code !== 0) throw new Error(`${what}\nended with ${code}:\n${stdout}${stderr}`);
    return stdout + stderr;
  };
  const syncOn = async (flags: string): Promise<string> => {
    const daemon = processes.start([client, 'daemon', ...flags.split(' ').filter(Boolean)], env, home);
    await daemon.says(/in step/, 'stderr');
    return well(await daemon.kill('SIGTERM'), 'kt-client daemon');
  };
  const shell = (script: string, own = env): Promise<string> =>
    new Promise((resolve, reject) => {
      const inherited = Object.entries(process.env).filter(([name]) => !/^(KT_|DATABASE_URL|XDG_)/.test(name));
      const child = spawn('sh', ['-euc', script], {
        cwd: own['HOME'],
        env: { ...Object.fromEntries(inherited), ...own },
        stdio: ['ignore', 'pipe', 'pipe'],
        timeout: 240_000,
      });
      let said = '';
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (text: string) => (said += text));
      child.on('error', reject);
      child.on('close', (code) =>
        code === 0 ? resolve(said) : reject(new Error(`${script}\nended with ${code}:\n${said}`)),
      );
    });

  const here = (text: string): string =>
    text
      .replaceAll('https://kt.example.org', url)
      .replaceAll('127.0.0.1:5700', `127.0.0.1:${port}`)
      .replaceAll('5601', String(aws[1]!.port))
      .replaceAll('kt_…', key)
      .replaceAll('you@example.org', 'owner@localhost')
      .replaceAll('/path/to/aw-webui/dist', join(home, 'dist'));

  const run = async (lines: readonly string[]): Promise<string> => {
    const said: string[] = [];
    let waiting: string[] = [];
    const flush = async (): Promise<void> => {
      if (waiting.length > 0) said.push(await shell(waiting.join('\n')));
      waiting = [];
    };
    for (const line of lines) {
      const plain = here(line).replace(/\s+#\s.*$/, '');
      const [serves, syncs] = [SERVES.exec(plain), SYNCS_ON.exec(plain)];
      if (!serves && !syncs) {
        waiting.push(plain);
        continue;
      }
      await flush();
      said.push(serves ? await serve(serves[1]!) : await syncOn(syncs![1]!));
    }
    await flush();
    return said.join('');
  };

  // The desktop has synced before the pages begin.
  const desktop = envOf(join(home, 'desktop'), aws[1]!.port);
  mkdirSync(desktop['HOME']!);
  await shell(`kt-client setup --url ${url} --api-key ${key}\nkt-client sync`, desktop);

  return {
    url,
    key,
    here,
    run,
    graphql: async (query) => {
      const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
      const answer = await fetch(`${url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query }) });
      return (await answer.json()) as { data?: unknown; errors?: unknown };
    },
    close: async () => {
      await processes.close();
      await Promise.all(aws.map((aw) => aw.close()));
    },
  };
};
