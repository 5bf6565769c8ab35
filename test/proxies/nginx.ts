/** A real nginx between a client and the server: as people set it up, in a folder of its own. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram, startProxy, type RunningProxy } from './program.ts';

export const findNginx = (): string | null => findProgram('nginx');

/** What surrounds a `server`: all files in the folder, and a worker that may enter it. */
export const nginxConfig = (folder: string, server: string): string => {
  const at = (name: string) => join(folder, name);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${at(name)};`,
  );
  return [
    // Its worker becomes nobody otherwise, and may not enter the folder.
    ...(process.getuid?.() === 0 ? ['user root;'] : []),
    `daemon off; pid ${at('pid')}; error_log ${at('error.log')};`,
    'events {}',
    `http { access_log off; ${temporary.join(' ')}`,
    `${server} }`,
  ].join('\n');
};

export const nginxArgs = (folder: string): string[] => ['-p', folder, '-c', join(folder, 'nginx.conf')];

export type Nginx = RunningProxy & { readonly socketPath: string };

/** Starts it before `upstream`, an origin, with the one `location` that every guide begins with. */
export const startNginx = async (program: string, upstream: string): Promise<Nginx> => {
  const server = (folder: string) =>
    `server { listen unix:${join(folder, 'socket')}; location / { proxy_pass ${upstream}; } }`;
  const running = await startProxy(
    program,
    (folder) => ({ 'nginx.conf': nginxConfig(folder, server(folder)) }),
    nginxArgs,
    async (folder) => existsSync(join(folder, 'socket')) && existsSync(join(folder, 'pid')),
  );
  return { ...running, socketPath: join(running.folder, 'socket') };
};
