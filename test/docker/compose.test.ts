/**
 * That the compose files, the Dockerfile and the server's settings mean the same: ports, folders, names, variables.
 * That each is well formed is the linter's (`npm run check`).
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readConfig } from '../../server/config.ts';
import { readCompose, variablesOf, type Compose } from './compose.ts';

const FILES = ['compose.yaml', 'compose.embedded.yaml'] as const;
const read = (name: string): string => readFileSync(fileURLToPath(new URL(`../../${name}`, import.meta.url)), 'utf8');
const GIVEN = { KT_DOMAIN: 'kt.example.org', POSTGRES_PASSWORD: '0a1b2c' };
const compose = (name: (typeof FILES)[number], given: Record<string, string> = GIVEN): Compose =>
  readCompose(read(name), given);
const dockerfile = read('Dockerfile');
const PORT = Number(/^EXPOSE (\d+)$/m.exec(dockerfile)?.[1]);

/** The settings of kt-server in a container: the image's variables, and the file's. */
const settingsIn = ({ services }: Compose) => {
  const image = /^ENV (.*)$/m.exec(dockerfile)?.[1]?.split(' ') ?? [];
  const env = Object.fromEntries(image.map((entry) => entry.split('=') as [string, string]));
  return readConfig({}, { ...env, ...services['kt-server']!.environment });
};

const files = suite('the compose files');

for (const name of FILES) {
  files(`${name} says what to do where a variable is missing, and .env.example has it`, () => {
    const example = read('.env.example');
    for (const { name: variable, otherwise, words } of variablesOf(read(name))) {
      assert.match(example, new RegExp(`^#?${variable}=`, 'm'));
      if (otherwise !== '-') assert.match(words, '.env', variable);
    }
  });

  files(`${name} waits for health only where there is a check, and names only volumes it has`, () => {
    const { services, volumes, configs = {} } = compose(name);
    for (const [service, { depends_on, volumes: mounts, configs: used, build }] of Object.entries(services)) {
      for (const [other, { condition }] of Object.entries(depends_on ?? {})) {
        assert.is(condition, 'service_healthy');
        const { healthcheck, build: own } = services[other]!;
        assert.ok(healthcheck?.test ?? (own === '.' && /^HEALTHCHECK /m.test(dockerfile)), `${service}: ${other}`);
      }
      for (const mount of mounts ?? []) assert.ok(mount.startsWith('/') || mount.split(':')[0]! in volumes, mount);
      for (const { source } of used ?? []) assert.ok(source in configs, source);
      if (build === '.') assert.ok(mounts?.includes('kt-data:/data') && /^VOLUME \["\/data"\]$/m.test(dockerfile));
    }
  });
}

files('compose.yaml does not start without a name and a password, and says so', () => {
  assert.throws(() => compose('compose.yaml', { KT_DOMAIN: 'kt.example.org' }), /POSTGRES_PASSWORD: put it into \.env/);
  assert.throws(() => compose('compose.yaml', { POSTGRES_PASSWORD: 'x' }), /KT_DOMAIN: put it into \.env/);
});

files('compose.yaml runs kt-server on its PostgreSQL, behind its proxy', () => {
  const file = compose('compose.yaml');
  const { host, port, databaseUrl, publicUrl, trustProxy, auth } = settingsIn(file);
  assert.equal(
    { host, port, publicUrl, trustProxy, auth },
    { host: '0.0.0.0', port: PORT, publicUrl: 'https://kt.example.org', trustProxy: true, auth: 'key' },
  );
  const { POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB } = file.services['postgres']!.environment!;
  assert.is(databaseUrl, `postgres://${POSTGRES_USER}:${POSTGRES_PASSWORD}@postgres:5432/${POSTGRES_DB}`);
  assert.not.ok(file.services['kt-server']!.ports, 'who reaches it directly may write what it believes of a proxy');
  assert.not.ok(file.services['postgres']!.ports);
});

files('compose.embedded.yaml lets only this machine in, until told otherwise', () => {
  const given = { KT_LISTEN: '0.0.0.0', KT_PUBLIC_URL: 'http://nas.example.org:5700' };
  for (const [variables, hostIp, url] of [
    [{}, '127.0.0.1', 'http://localhost:5700'],
    [given, given.KT_LISTEN, given.KT_PUBLIC_URL],
  ] as const) {
    const file = compose('compose.embedded.yaml', variables);
    assert.equal(file.services['kt-server']!.ports, [{ target: PORT, published: '5700', host_ip: hostIp }]);
    const { publicUrl, databaseUrl, trustProxy } = settingsIn(file);
    assert.equal([publicUrl, databaseUrl, trustProxy], [url, 'pglite:/data/database', false]);
  }
});

const hasCaddy = spawnSync('caddy', ['version']).status === 0;
const withCaddy = hasCaddy ? files : files.skip; // it is not installed here, and nothing else reads its language
withCaddy('compose.yaml has a file that Caddy takes, and that leads to kt-server', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kt-test-'));
  try {
    const path = join(folder, 'Caddyfile');
    writeFileSync(path, compose('compose.yaml').configs!['caddyfile']!.content);
    const { status, stdout, stderr } = spawnSync('caddy', ['adapt', '--adapter', 'caddyfile', '--config', path], {
      encoding: 'utf8',
    });
    assert.is(status, 0, stderr);
    assert.match(stdout, '"host":["kt.example.org"]');
    assert.match(stdout, `"upstreams":[{"dial":"kt-server:${PORT}"}]`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

files.run();
