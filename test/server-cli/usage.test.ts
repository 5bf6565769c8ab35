import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { Cli } from 'clipanion';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runServerCli } from '../../server/cli.ts';
import { makeProcesses, type Processes } from '../support/processes.ts';
import { testEngine } from '../support/test-database.ts';

const usage = suite<{ processes: Processes; folder: string }>('kt-server used wrongly');
usage.before((scene) => {
  scene.processes = makeProcesses();
  scene.folder = scene.processes.folder();
});
usage.after(({ processes }) => processes.close());

type Case = { args?: string[]; env?: Record<string, string>; file?: string; says: RegExp };
const CASES: Record<string, Case> = {
  'an unknown command': { args: ['sevre'], says: /there is no command "sevre": did you mean `kt-server serve`\?/ },
  'half a command': {
    args: ['keys'],
    says: /mean `kt-server keys list`, `kt-server keys revoke <key>` or `kt-server keys rotate <key>`\?/,
  },
  'an unknown flag': { args: ['serve', '--prot', '1'], says: /--prot/ },
  'an unknown flag without a command': { args: ['--prot', '1'], says: /--prot/ },
  'a missing flag': { args: ['generate-key'], says: /kt-server generate-key --email …/ },
  'a missing argument': { args: ['keys', 'revoke'], says: /argument/ },
  'a port that is none': { args: ['serve', '--port', '65536'], says: /--port must be a port, 0 to 65535/ },
  'a port in letters': { args: ['serve', '--port', 'http'], says: /--port must be a port/ },
  'a variable that is none': { env: { KT_SERVER_PORT: 'http' }, says: /KT_SERVER_PORT must be a port/ },
  'a variable with letters behind its number': {
    env: { KT_SERVER_PORT: '80x' },
    says: /KT_SERVER_PORT must be a port/,
  },
  'a list where yes or no is meant': {
    file: 'trust_proxy = ["no"]',
    says: /trust_proxy in .*broken\.toml must be yes or no/,
  },
  'a span of time that is none': {
    env: { KT_SERVER_BACKUP_EVERY: 'soon' },
    says: /KT_SERVER_BACKUP_EVERY must be a number of minutes, hours or days, like 30m, 24h or 7d/,
  },
  'a way of authentication that is none': {
    env: { KT_SERVER_AUTH: 'maybe' },
    says: /KT_SERVER_AUTH must be one of key, none/,
  },
  'a broken settings file': { file: 'port = = 5', says: /broken\.toml is broken at line 1, column \d+/ },
  'an unknown setting': { file: 'prot = 5', says: /broken\.toml: there is no setting "prot": did you mean "port"\?/ },
  'a setting of the wrong kind': { file: 'port = "five"', says: /port in .*broken\.toml must be a port/ },
  'a settings file that is not there': {
    args: ['serve', '--config', '/nowhere/kt.toml'],
    says: /\/nowhere\/kt\.toml cannot be read \(ENOENT\)/,
  },
  'a database URL that is none': { args: ['serve', '--database-url', 'mysql://x'], says: /postgres:\/\// },
  'a role of the embedded database': {
    args: ['sql-role', 'grafana', '--all'],
    says: /embedded database has no roles.*kt-server move/,
  },
  'a role for nobody': { args: ['sql-role', 'grafana'], says: /one of --email ADDRESS, --all and --drop/ },
  'an embedded database elsewhere': {
    args: ['serve', '--database-url', 'pglite:/tmp/x'],
    says: /--database-url must be a URL that begins with postgres:\/\//,
  },
  'a password that ends a URL early': {
    env: { DATABASE_URL: 'postgres://kt:1/hunter2@host/kt' },
    says: /^(?!.*hunter2).*%2F.*DATABASE_URL/,
  },
  'a public address without its scheme': {
    env: { KT_SERVER_PUBLIC_URL: 'localhost:6211/kt' },
    says: /KT_SERVER_PUBLIC_URL must be http:\/\/ or https:\/\/ and a host/,
  },
  'a public address with the name of another setting in it': {
    env: { KT_SERVER_PUBLIC_URL: 'auth.port.example' },
    says: /^kt-server: KT_SERVER_PUBLIC_URL must be/,
  },
  'a public address at a path of the server’s own': {
    env: { KT_SERVER_PUBLIC_URL: 'https://host.example/graphql' },
    says: /KT_SERVER_PUBLIC_URL must be .* no path of its own \(\/api, .*\/graphql/,
  },
  'a name of a setting in a value of the file': {
    file: 'log_level = "host"',
    says: /log_level in .*broken\.toml must be one of silent/,
  },
  'no keys on an address that others reach': {
    args: ['serve', '--host', '0.0.0.0'],
    env: { KT_SERVER_AUTH: 'none' },
    says: /KT_SERVER_AUTH=none .*0\.0\.0\.0.*127\.0\.0\.1/,
  },
  'no keys at a public address': {
    env: { KT_SERVER_AUTH: 'none', KT_SERVER_PUBLIC_URL: 'https://kt.example.org' },
    says: /KT_SERVER_AUTH=none .*https:\/\/kt\.example\.org.*KT_SERVER_PUBLIC_URL/,
  },
  'no keys behind a proxy': {
    env: { KT_SERVER_AUTH: 'none', KT_SERVER_TRUST_PROXY: 'yes' },
    says: /KT_SERVER_AUTH=none .*proxy.*KT_SERVER_TRUST_PROXY/,
  },
  'no keys under another name': {
    env: { KT_SERVER_AUTH: 'none', KT_SERVER_ALLOWED_HOSTS: 'localhost,*' },
    says: /KT_SERVER_AUTH=none .*KT_SERVER_ALLOWED_HOSTS/,
  },
  'no keys for every page': {
    env: { KT_SERVER_AUTH: 'none', KT_SERVER_CORS_ORIGINS: 'https://*' },
    says: /KT_SERVER_AUTH=none .*KT_SERVER_CORS_ORIGINS/,
  },
  'a page that is no origin': {
    env: { KT_SERVER_CORS_ORIGINS: 'https://a.example, b.example' },
    says: /KT_SERVER_CORS_ORIGINS must be origins like https:\/\/app\.example\.org/,
  },
};

// No database is used, so one engine is enough.
if (testEngine() === 'pglite') {
  for (const [name, { args = ['serve'], env = {}, file, says }] of Object.entries(CASES)) {
    usage(`with ${name} ends with 2 and one line on stderr`, async ({ processes, folder }) => {
      const config = join(folder, 'broken.toml');
      if (file !== undefined) writeFileSync(config, file);
      const given = [...args, ...(file === undefined ? [] : ['--config', config])];
      const { code, stdout, stderr } = await processes.server(given, { KT_SERVER_DATA_DIR: folder, ...env }).ended;
      assert.equal([code, stdout], [2, ''], stderr);
      assert.match(stderr, /^kt-server: [^\n]+\n$/, stderr);
      assert.match(stderr, says);
    });
  }

  usage(
    'cannot reach its PostgreSQL server: exit 1 and one line without the password',
    async ({ processes, folder }) => {
      const url = 'postgres://kt:hunter2@127.0.0.1:1/kt';
      const { code, stdout, stderr } = await processes.server(['serve', '--data-dir', folder, '--database-url', url])
        .ended;
      assert.equal([code, stdout], [1, ''], stderr);
      assert.match(stderr, /^kt-server: [^\n]*check DATABASE_URL[^\n]*\n$/);
      assert.not.match(stderr, /hunter2/);
    },
  );
}

/** Runs a command in this process; returns its output and its exit code. */
const inProcess = async (...args: string[]) => {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const code = await runServerCli(args, { ...Cli.defaultContext, env: {}, stdout, stderr });
  // Colours depend on where the tests run.
  // Newer Nodes hand out what was written chunk by chunk.
  const text = (stream: PassThrough) => {
    let all = '';
    for (let chunk: unknown; (chunk = stream.read()) !== null; ) all += String(chunk);
    return all;
  };
  return { code, stdout: text(stdout), stderr: text(stderr) };
};

usage('teaches itself: the help of every command has an example', async () => {
  const all = await inProcess('--help');
  assert.is(all.code, 0);
  const commands = [...all.stdout.matchAll(/^ {2}kt-server ([a-z-]+(?: [a-z-]+)?)/gm)].map((match) =>
    match[1]!.split(' '),
  );
  for (const name of ['serve', 'generate-key', 'keys list', 'keys revoke', 'users list', 'config print'])
    assert.ok(
      commands.some((words) => words.join(' ') === name),
      name,
    );
  for (const words of commands) {
    const { code, stdout, stderr } = await inProcess(...words, '--help');
    assert.equal([code, stderr], [0, '']);
    assert.match(stdout, /^Examples\n\n[\s\S]*kt-server/m, words.join(' '));
    assert.not.match(stdout, /#0/);
  }
});

usage('prints its settings with secrets left out', async () => {
  const { code, stdout, stderr } = await inProcess(
    'config',
    'print',
    '--port',
    '0',
    '--database-url',
    'postgres://kt:hunter2@localhost/kt',
  );
  assert.equal([code, stderr], [0, '']);
  assert.match(stdout, /^port = 0$/m);
  assert.match(stdout, /^database_url = "\[Sensitive\]"$/m);
  assert.not.match(stdout, /hunter2/);
});

usage.run();
