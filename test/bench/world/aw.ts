/**
 * aw-servers: the peer, and those that are synced. BENCH_AW_SERVER is the path of aw-server-rust's program; without it
 * the scripted one stands in where an aw-server is only read or filled. BENCH_PEER is the URL of a server that runs
 * already, of any kind that speaks `/api/0` (BENCH_PEER_KEY: its key, if it wants one). BENCH_AW_SYNC is the path of
 * aw-sync's program.
 */
import type { Processes, Running } from '../../support/processes.ts';
import { steadyPorts } from '../../support/steady-ports.ts';
import { until } from '../../support/until.ts';
import { openHttp, type Http } from './http.ts';

export type Aw = {
  readonly side: 'peer';
  readonly name: string;
  readonly port: number;
  readonly http: Http;
  readonly running: Running | null;
  close(): Promise<void>;
};

export type Programs = {
  readonly peer: string | null;
  readonly peerKey: string | null;
  readonly awServer: string | null;
  readonly awSync: string | null;
};

export const programsOf = (env: NodeJS.ProcessEnv): Programs => ({
  peer: env['BENCH_PEER'] || null,
  peerKey: env['BENCH_PEER_KEY'] || null,
  awServer: env['BENCH_AW_SERVER'] || null,
  awSync: env['BENCH_AW_SYNC'] || null,
});

/** What ours is compared with, in words; null with nothing. A path would tell of a machine, a URL of a network. */
export const peerOf = ({ peer, awServer }: Programs): string | null =>
  peer !== null ? 'the server at BENCH_PEER' : awServer !== null ? 'aw-server-rust' : null;

/** Everything that ActivityWatch's programs write goes into this folder. */
export const homeOf = (folder: string): Record<string, string> => ({
  HOME: folder,
  XDG_CONFIG_HOME: folder,
  XDG_DATA_HOME: folder,
  XDG_CACHE_HOME: folder,
});

/** aw-server-rust with an empty database, in a home of its own. */
const startReal = async (processes: Processes, program: string, device: string): Promise<Aw> => {
  const home = processes.folder();
  const [port = 0] = await steadyPorts(1);
  const where = ['--host', '127.0.0.1', '--port', String(port), '--dbpath', `${home}/aw.db`, '--device-id', device];
  const running = processes.program([program, ...where, '--no-legacy-import'], {
    cwd: home,
    env: { ...process.env, ...homeOf(home) },
  });
  const http = openHttp(`http://127.0.0.1:${port}`);
  await until('aw-server-rust answers', () =>
    http.json('/api/0/info').then(
      () => true,
      () => false,
    ),
  );
  const { version } = await http.json<{ version: string }>('/api/0/info');
  return {
    side: 'peer',
    name: `aw-server-rust ${version.split(' ')[0]}`,
    port,
    http,
    running,
    close: async () => {
      http.close();
      await running.kill('SIGTERM');
    },
  };
};

const startScripted = async (processes: Processes, device: string, file?: string): Promise<Aw> => {
  const held = file === undefined ? [] : ['--file', file];
  const running = processes.aw(['--kind', 'rust', '--port', '0', '--hostname', device, '--device-id', device, ...held]);
  const { port } = JSON.parse((await running.says(/\{.*\}\n/))[0]) as { port: number };
  const http = openHttp(`http://127.0.0.1:${port}`);
  return {
    side: 'peer',
    name: 'the scripted aw-server',
    port,
    http,
    running,
    close: async () => {
      http.close();
      await running.kill('SIGTERM');
    },
  };
};

/** An empty aw-server to sync with: the real one where its program is given, else the scripted one. */
export const startAw = (processes: Processes, { awServer }: Programs, device: string): Promise<Aw> =>
  awServer === null ? startScripted(processes, device) : startReal(processes, awServer, device);

/**
 * The server that ours is compared with, which has to be empty: it is filled, and emptied again. Null where none is
 * given. Fails when it has buckets, because somebody may need them.
 */
export const openPeer = async (processes: Processes, programs: Programs): Promise<Aw | null> => {
  if (programs.peer === null) return programs.awServer ? startReal(processes, programs.awServer, 'peer') : null;
  const http = openHttp(programs.peer, programs.peerKey ?? undefined);
  const { version } = await http.json<{ version: string }>('/api/0/info');
  const buckets = () => http.json<Record<string, unknown>>('/api/0/buckets/').then(Object.keys);
  if ((await buckets()).length > 0)
    throw new Error(`the server at BENCH_PEER has buckets: give one that is empty, for it is filled and emptied here`);
  return {
    side: 'peer',
    name: `the server at BENCH_PEER, ${version}`,
    port: Number(new URL(programs.peer).port),
    http,
    running: null,
    close: async () => {
      for (const id of await buckets()) await http.ask('DELETE', `/api/0/buckets/${encodeURIComponent(id)}?force=1`);
      http.close();
    },
  };
};
