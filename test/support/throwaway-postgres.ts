/** A PostgreSQL cluster for one test run: in a temporary folder, on a socket there, without fsync, gone when stopped. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Debian keeps the server's programs off the PATH, a folder per version; others keep them on it. */
const programs = (): string | null => {
  const debian = '/usr/lib/postgresql';
  const folders = existsSync(debian)
    ? readdirSync(debian)
        .sort((a, b) => Number(b) - Number(a))
        .map((version) => join(debian, version, 'bin'))
    : [];
  return [...folders, ...(process.env['PATH'] ?? '').split(':')].find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres'))) ?? null;
};

/** `initdb` refuses root, so root runs it as the user that Debian's package makes. */
const identity = (): { uid: number; gid: number } | undefined => {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout);
  return { uid: id('-u'), gid: id('-g') };
};

export type ThrowawayPostgres = { readonly url: string; readonly version: string; stop(): Promise<void> };

/** Starts a cluster, or returns null where no PostgreSQL server is installed. Takes about a second. */
export const startThrowawayPostgres = async (): Promise<ThrowawayPostgres | null> => {
  const bin = programs();
  if (!bin) return null;
  const folder = mkdtempSync(join(tmpdir(), 'kt-pg-'));
  const as = identity();
  if (as) chownSync(folder, as.uid, as.gid);
  const data = join(folder, 'data');
  const run = (program: string, args: string[]) => spawnSync(join(bin, program), args, { encoding: 'utf8', cwd: folder, ...as });
  const made = run('initdb', ['-D', data, '-U', 'kt', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync']);
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`);
  const args = ['-D', data, '-k', folder, '-c', 'listen_addresses=', '-c', 'fsync=off', '-c', 'max_connections=200'];
  const server: ChildProcess = spawn(join(bin, 'postgres'), args, { cwd: folder, stdio: 'ignore', ...as });
  const stop = async () => {
    if (server.exitCode === null && server.signalCode === null) {
      const ended = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGINT'); // PostgreSQL's fast shutdown: it does not wait for clients
      await ended;
    }
    rmSync(folder, { recursive: true, force: true });
  };
  const ready = () => run('psql', ['-h', folder, '-U', 'kt', '-d', 'postgres', '-Atc', 'show server_version']);
  for (let tries = 0; ; tries++) {
    const answer = ready();
    if (answer.status === 0) {
      const url = `postgres://kt@localhost/postgres?host=${encodeURIComponent(folder)}`;
      return { url, version: answer.stdout.trim(), stop };
    }
    if (tries > 200 || server.exitCode !== null) {
      await stop();
      throw new Error(`PostgreSQL did not start: ${answer.stderr}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};
