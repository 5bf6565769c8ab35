/** kt-client, and aw-sync, on a computer with an aw-server: what a run of each takes. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { peakMemory, type Processes, type Running } from '../../support/processes.ts';
import { homeOf, type Aw } from './aw.ts';
import { clientOf, type Ours, type Program } from './ours.ts';

/** `cpuMs` and `peakBytes` are null where the program does not tell (aw-sync's CPU; memory other than on Linux). */
export type Ran = {
  readonly ms: number;
  readonly cpuMs: number | null;
  readonly peakBytes: number | null;
  readonly stdout: string;
};

export type Device = {
  /** Runs kt-client; fails if its exit code is not 0. `port`: where kt-server is, if not at its own. */
  run(args: readonly string[], port?: number): Promise<Ran>;
  /** Deletes the state, as a new installation has none. */
  forget(): void;
};

const USAGE = fileURLToPath(new URL('usage-told.cjs', import.meta.url));
/** How a program is started so that `usageIn` knows at its end what it took. */
export const tellsUsage = (file: string): Record<string, string> => ({
  NODE_OPTIONS: `--require ${JSON.stringify(USAGE)}`,
  BENCH_USAGE: file,
});
export const usageIn = (file: string): { cpuMs: number; peakBytes: number } => {
  const { userCPUTime, systemCPUTime, maxRSS } = JSON.parse(readFileSync(file, 'utf8')) as NodeJS.ResourceUsage;
  return { cpuMs: (userCPUTime + systemCPUTime) / 1000, peakBytes: maxRSS * 1024 };
};

export const openDevice = (processes: Processes, program: Program, ours: Ours, aw: Aw): Device => {
  const home = processes.folder();
  const usage = `${home}/usage.json`;
  return {
    run: async (args, port) => {
      const began = performance.now();
      const running = processes.start([clientOf(program), ...args], {
        XDG_CONFIG_HOME: home,
        KT_CLIENT_STATE_DIR: `${home}/state`,
        KT_CLIENT_REMOTE_URL: port === undefined ? ours.url : `http://127.0.0.1:${port}`,
        KT_CLIENT_API_KEY: ours.key,
        KT_CLIENT_LOCAL_PORT: String(aw.port),
        ...tellsUsage(usage),
      });
      const { code, stdout, stderr } = await running.ended;
      const ms = performance.now() - began;
      if (code !== 0) throw new Error(`kt-client ${args.join(' ')} ended with ${code}: ${stderr}${stdout}`);
      return { ms, stdout, ...usageIn(usage) };
    },
    forget: () => rmSync(`${home}/state`, { recursive: true, force: true }),
  };
};

/** What the report of `kt-client sync --json` says was written, on either side. */
export const writtenIn = (stdout: string): number => {
  const { pushed, pulled } = JSON.parse(stdout) as Record<'pushed' | 'pulled', Record<string, number>[]>;
  const sum = (rows: readonly Record<string, number>[], ...names: readonly string[]): number =>
    rows.reduce((total, row) => total + names.reduce((part, name) => part + (row[name] ?? 0), 0), 0);
  return sum(pushed, 'inserted', 'updated', 'deleted') + sum(pulled, 'inserted', 'replaced', 'deleted');
};

/** A process watched to its end: its largest memory is asked for all the time, since it is gone with it. */
const watched = async (running: Running): Promise<number | null> => {
  let peak: number | null = null;
  const watching = setInterval(() => (peak = Math.max(peak ?? 0, peakMemory(running) ?? 0) || null), 20);
  await running.ended;
  clearInterval(watching);
  return peak;
};

/** One run of aw-sync between an aw-server and a folder. */
export const awSync = async (
  processes: Processes,
  program: string,
  { aw, folder, mode }: { aw: Aw; folder: string; mode: 'push' | 'pull' },
): Promise<Ran> => {
  const home = processes.folder();
  const began = performance.now();
  const args = ['--host', '127.0.0.1', '--port', String(aw.port), '--sync-dir', folder, 'sync', '--mode', mode];
  const running = processes.program([program, ...args], { cwd: home, env: { ...process.env, ...homeOf(home) } });
  const peakBytes = await watched(running);
  const ms = performance.now() - began;
  const { code, stdout, stderr } = await running.ended;
  if (code !== 0) throw new Error(`aw-sync ended with ${code}: ${stderr}${stdout}`);
  return { ms, cpuMs: null, peakBytes, stdout };
};

/** What a process holds of memory now, in bytes; null where there is no /proc. */
export const heldMemory = ({ child }: Running): number | null => {
  const file = `/proc/${child.pid}/smaps_rollup`;
  if (!existsSync(file)) return null;
  return Number(/^Rss:\s+(\d+) kB/m.exec(readFileSync(file, 'utf8'))![1]) * 1024;
};
