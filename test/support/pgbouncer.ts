/**
 * A pgbouncer in transaction mode in front of a PostgreSQL server, on a socket in a temporary folder, deleted when
 * stopped.
 */
import { spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identity } from './throwaway-postgres.ts';

/** Debian keeps it in a folder that is only on root's PATH. */
const program = ['/usr/sbin', ...(process.env['PATH'] ?? '').split(':')]
  .map((folder) => join(folder, 'pgbouncer'))
  .find(existsSync);

export const hasPgbouncer = program !== undefined;

export type Pgbouncer = {
  /** The same database through the pooler. */
  through(url: string): string;
  stop(): Promise<void>;
};

/** Starts one in front of the server of this URL. `size`: how many connections to the server each database gets. */
export const startPgbouncer = async (server: string, size = 3): Promise<Pgbouncer> => {
  const folder = mkdtempSync(join(tmpdir(), 'kt-pgb-'));
  const as = identity();
  if (as) chownSync(folder, as.uid, as.gid);
  const { hostname, port, username, password, searchParams } = new URL(server);
  const target = {
    host: searchParams.get('host') ?? hostname,
    port: port || '5432',
    user: username,
    ...(password && { password }),
  };
  const file = join(folder, 'pgbouncer.ini');
  // As an administrator may well set it up; `options` is not among the parameters it ignores.
  writeFileSync(
    file,
    `[databases]
* = ${Object.entries(target)
      .map(([key, value]) => `${key}=${value}`)
      .join(' ')}
[pgbouncer]
unix_socket_dir = ${folder}
listen_port = 6432
auth_type = any
pool_mode = transaction
default_pool_size = ${size}
ignore_startup_parameters = extra_float_digits
`,
  );
  const child = spawn(program!, ['-q', file], { cwd: folder, stdio: 'ignore', ...as });
  for (let tries = 0; !existsSync(join(folder, '.s.PGSQL.6432')); tries++) {
    if (tries > 200 || child.exitCode !== null) throw new Error('pgbouncer did not start');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    through: (url) =>
      `postgres://${username}@localhost:6432${new URL(url).pathname}?host=${encodeURIComponent(folder)}`,
    stop: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      if (child.exitCode === null) child.kill('SIGKILL');
      else return;
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
