/** A real nginx between a client and the server, configured as people do, in a folder of its own, on a socket there. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** nginx's program, or null if it is not installed. Debian keeps it in a folder that is only on root's PATH. */
export const findNginx = (): string | null =>
  [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/usr/local/sbin']
    .map((folder) => join(folder, 'nginx'))
    .find((file) => existsSync(file)) ?? null;

export type Nginx = { readonly socketPath: string; stop(): Promise<void> };

/** Starts it in front of `upstream`, an origin, with the single `location` that every guide begins with. */
export const startNginx = async (program: string, upstream: string): Promise<Nginx> => {
  const folder = mkdtempSync(join(tmpdir(), 'kt-nginx-'));
  const at = (name: string) => join(folder, name);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${at(name)};`,
  );
  const config = [
    // Otherwise its worker runs as nobody, and may not enter the folder.
    ...(process.getuid?.() === 0 ? ['user root;'] : []),
    `daemon off; pid ${at('pid')}; error_log ${at('error.log')};`,
    'events {}',
    `http { access_log off; ${temporary.join(' ')}`,
    `  server { listen unix:${at('socket')}; location / { proxy_pass ${upstream}; } } }`,
  ];
  writeFileSync(at('nginx.conf'), config.join('\n'));
  const args = ['-p', folder, '-c', at('nginx.conf')];
  const checked = spawnSync(program, ['-t', ...args], { encoding: 'utf8' });
  if (checked.status !== 0) throw new Error(`nginx refuses its configuration: ${checked.stderr}`);
  const child = spawn(program, args, { stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  for (let tries = 0; !existsSync(at('socket')) || !existsSync(at('pid')); tries++) {
    if (child.exitCode !== null || tries > 400) {
      const said = existsSync(at('error.log')) ? readFileSync(at('error.log'), 'utf8') : '';
      await stop();
      throw new Error(`nginx did not start: ${said}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return { socketPath: at('socket'), stop };
};
