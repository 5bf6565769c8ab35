/** The configurations of docs/proxies.md, brought up with ports, names and certificates of a test. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KEY, SELF_SIGNED } from '../support/tls.ts';
import { nginxArgs, nginxConfig } from './nginx.ts';

const PAGE = readFileSync(new URL('../../docs/proxies.md', import.meta.url), 'utf8');

/** The code blocks of a language below a heading of the page. */
export const blocksOf = (heading: string, language: string): string[] => {
  const section = PAGE.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? '';
  return [...section.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].filter(([, of]) => of === language).map((m) => m[2]!);
};

/** The name that the configuration listens for, the port in place of 443, and kt-server's in place of 5700. */
type Ports = { readonly port: number; readonly upstream: number };

/** Replaces what stands in the text; fails if it does not, so that nothing of the page runs by another name. */
const put = (text: string, replacements: readonly (readonly [string | RegExp, string])[]): string =>
  replacements.reduce((now, [from, to]) => {
    const next = now.replaceAll(from, to);
    if (next === now) throw new Error(`${String(from)} is not in ${text}`);
    return next;
  }, text);

const NAME = /\b(kt\.)?example\.org\b/g;
const UPSTREAM = '127.0.0.1:5700';
const CERTIFICATE = '/etc/ssl/kt-server/certificate.pem';
const CERTIFICATE_KEY = '/etc/ssl/kt-server/key.pem';

export type Documented = {
  /** Files by their names, and the arguments to start with. `config` is a block of the page. */
  files(folder: string, config: string, ports: Ports): Record<string, string>;
  args(folder: string): string[];
};

const certificates = { 'certificate.pem': SELF_SIGNED, 'key.pem': KEY };
const inFolder = (folder: string) =>
  [
    [CERTIFICATE, join(folder, 'certificate.pem')],
    [CERTIFICATE_KEY, join(folder, 'key.pem')],
  ] as const;

export const nginx: Documented = {
  files: (folder, config, { port, upstream }) => ({
    ...certificates,
    'nginx.conf': nginxConfig(
      folder,
      put(config, [
        ['listen 443 ssl;', `listen 127.0.0.1:${port} ssl;`],
        [NAME, 'localhost'],
        [UPSTREAM, `127.0.0.1:${upstream}`],
        ...inFolder(folder),
      ]),
    ),
  }),
  args: nginxArgs,
};

export const caddy: Documented = {
  files: (_folder, config, { port, upstream }) => ({
    ...certificates,
    // Certificates from a file: there is nobody here to ask for one.
    Caddyfile: `{\n\tadmin off\n\tauto_https disable_redirects\n}\n${put(config, [
      [/^\S*example\.org \{$/gm, `https://localhost:${port} {\n\tbind 127.0.0.1\n\ttls certificate.pem key.pem`],
      [UPSTREAM, `127.0.0.1:${upstream}`],
    ])}`,
  }),
  args: (folder) => ['run', '--config', join(folder, 'Caddyfile'), '--adapter', 'caddyfile'],
};

export const traefik: Documented = {
  files: (folder, config, { port, upstream }) => ({
    ...certificates,
    // It must not ask its makers for a newer version.
    'traefik.yml': `${put(blocksOf('Traefik', 'yaml')[0]!, [
      ['":443"', `"127.0.0.1:${port}"`],
      ['/etc/traefik/kt-server.yml', join(folder, 'kt-server.yml')],
    ])}global:\n  checkNewVersion: false\n  sendAnonymousUsage: false\n`,
    'kt-server.yml': put(config, [[NAME, 'localhost'], [UPSTREAM, `127.0.0.1:${upstream}`], ...inFolder(folder)]),
  }),
  args: (folder) => [`--configFile=${join(folder, 'traefik.yml')}`],
};
