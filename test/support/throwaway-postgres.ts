/**
 * A PostgreSQL cluster for one test run: in a temporary folder, on a socket there, without fsync, deleted when stopped.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * The folder of the server's programs, or null where there are none. Debian keeps it off the PATH, one per version;
 * others keep them on it.
 */
export const postgresPrograms = (): string | null => {
  const debian = '/usr/lib/postgresql';
  const folders = existsSync(debian)
    ? readdirSync(debian)
        .sort((a, b) => Number(b) - Number(a))
        .map((version) => join(debian, version, 'bin'))
    : [];
  return (
    [...folders, ...(process.env['PATH'] ?? '').split(':')].find(
      (folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')),
    ) ?? null
  );
};

/** `initdb` and pgbouncer refuse root, so root runs them as the user that Debian's package makes. */
export const identity = (): { uid: number; gid: number } | undefined => {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout);
  return { uid: id('-u'), gid: id('-g') };
};

export type ThrowawayPostgres = {
  readonly url: string;
  readonly version: string;
  /** Stops the server and deletes all of it. */
  stop(): Promise<void>;
  /** Stops the server like an administrator would, at once. Its data stay. */
  halt(): Promise<void>;
  /** Starts it again. */
  resume(): Promise<void>;
  /** Freezes every process of the server, as in a paused container, until `thaw`. */
  freeze(): void;
  thaw(): void;
};

/** These processes and all below them, by `ps`, which every Unix has. */
export const descendants = (roots: readonly number[]): number[] => {
  const rows = spawnSync('ps', ['-A', '-o', 'pid=', '-o', 'ppid='], { encoding: 'utf8' })
    .stdout.trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  const found = new Set(roots);
  for (let size = 0; size < found.size; ) {
    size = found.size;
    for (const [pid, parent] of rows) if (found.has(parent!)) found.add(pid!);
  }
  return [...found];
};

/**
 * Starts a cluster, or returns null where no PostgreSQL server is installed. Takes about a second. `settings` as
 * postgresql.conf has them.
 */
export const startThrowawayPostgres = async (
  settings: Record<string, string> = {},
): Promise<ThrowawayPostgres | null> => {
  const bin = postgresPrograms();
  if (!bin) return null;
  const folder = mkdtempSync(join(tmpdir(), 'kt-pg-'));
  const as = identity();
  if (as) chownSync(folder, as.uid, as.gid);
  const data = join(folder, 'data');
  const run = (program: string, args: string[]) =>
    spawnSync(join(bin, program), args, { encoding: 'utf8', cwd: folder, ...as });
  const made = run('initdb', ['-D', data, '-U', 'kt', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync']);
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`);
  const set = Object.entries({ listen_addresses: '', fsync: 'off', max_connections: '200', ...settings }).flatMap(
    ([name, value]) => ['-c', `${name}=${value}`],
  );
  let server: ChildProcess;
  const isRunning = () => server.exitCode === null && server.signalCode === null;
  const signal = (name: NodeJS.Signals) => {
    for (const pid of descendants([server.pid!])) {
      try {
        process.kill(pid, name);
      } catch {
        // It has ended meanwhile.
      }
    }
  };
  const halt = async () => {
    if (!isRunning()) return;
    const ended = new Promise((resolve) => server.once('exit', resolve));
    signal('SIGCONT');
    server.kill('SIGINT'); // PostgreSQL's fast shutdown: it does not wait for clients
    await ended;
  };
  const stop = async () => {
    await halt();
    rmSync(folder, { recursive: true, force: true });
  };
  const ready = () => run('psql', ['-h', folder, '-U', 'kt', '-d', 'postgres', '-Atc', 'show server_version']);
  const resume = async (): Promise<string> => {
    server = spawn(join(bin, 'postgres'), ['-D', data, '-k', folder, ...set], { cwd: folder, stdio: 'ignore', ...as });
    for (let tries = 0; ; tries++) {
      const answer = ready();
      if (answer.status === 0) return answer.stdout.trim();
      if (tries > 200 || !isRunning()) {
        await stop();
        throw new Error(`PostgreSQL did not start: ${answer.stderr}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const version = await resume();
  const url = `postgres://kt@localhost/postgres?host=${encodeURIComponent(folder)}`;
  return {
    url,
    version,
    stop,
    halt,
    resume: async () => void (await resume()),
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
  };
};
