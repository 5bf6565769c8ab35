/** kt-client goes where the server says that the account was moved to, if that can't be anybody's word. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { KtError } from '../domain/errors.ts';
import type { Remote } from './sync/ports.ts';
import { openCliTrial, type CliTrial } from './testing/cli-context.ts';
import { clock, makeLaptop, type Laptop } from './testing/laptop.ts';
import { makeMemoryRemote, type MemoryRemote } from './testing/memory-remote.ts';

const OLD = 'https://kt.example';
const NEW = 'https://cell2.example';

type Trial = { cli: CliTrial; remote: MemoryRemote; laptop: Laptop; at: Map<string, Remote>; asked: string[] };
const follow = suite<Trial>('an account that was moved');
follow.before.each(async (trial) => {
  trial.remote = makeMemoryRemote(clock);
  trial.laptop = makeLaptop(trial.remote, 'rust', 'anna');
  await trial.laptop.bucket('window');
  await trial.laptop.record('window', [[100, 10, 'one']]);
  trial.at = new Map([[OLD, trial.remote]]);
  trial.asked = [];
  trial.cli = openCliTrial({
    makeLocal: () => trial.laptop.local,
    makeRemote: ({ remote: { url } }) => {
      trial.asked.push(url);
      return trial.at.get(url)!;
    },
  });
  await trial.cli.run(`setup --url ${OLD} --api-key kt_secret`);
  assert.is((await trial.cli.run('sync')).code, 0);
});
follow.after.each(({ cli }) => cli.close());

/** A server whose every call fails. */
const failing = (error: KtError): Remote => new Proxy({} as Remote, { get: () => () => Promise.reject(error) });
const sendsTo = (url: unknown): Remote => failing(new KtError('moved', `it was moved to ${String(url)}`, { url }));
/** The same server with another answer to some calls. */
const but = (remote: Remote, calls: Partial<Remote>): Remote => ({ ...remote, ...calls });

follow('is followed in the same pass, told in a line, and written into the settings', async (trial) => {
  const { cli, at, remote, laptop } = trial;
  writeFileSync(cli.configPath, `# mine\n${readFileSync(cli.configPath, 'utf8')}`, { mode: 0o600 });
  const before = readFileSync(cli.configPath, 'utf8');
  await laptop.record('window', [[50, 10, 'two']]);
  at.set(OLD, sendsTo(`${NEW}/`));
  at.set(NEW, remote);
  const { code, err, out } = await cli.run('sync');
  assert.is(code, 0, err + out);
  assert.is(
    err,
    `kt-client: the account was moved from ${OLD} to ${NEW}, which has it and this device: wrote ${cli.configPath}\n`,
  );
  assert.is(readFileSync(cli.configPath, 'utf8'), before.replace(OLD, NEW), 'comments stay');
  if (process.platform !== 'win32') assert.is(statSync(cli.configPath).mode & 0o777, 0o600);
  assert.is((await remote.buckets())[0]!.events, 2);
  const writes = remote.writes;
  trial.asked.length = 0;
  const again = await cli.run('sync');
  assert.equal([again.code, again.err], [0, '']);
  assert.equal([...new Set(trial.asked)], [NEW], 'the old one is not asked any more');
  assert.is(remote.writes, writes, 'nothing is sent again');
  assert.is((await cli.run('status')).code, 0);
});

follow('is followed by verify as well, and by a dry run that writes nothing', async ({ cli, at, remote }) => {
  const before = readFileSync(cli.configPath, 'utf8');
  at.set(OLD, sendsTo(NEW));
  at.set(NEW, remote);
  const dry = await cli.run('sync --dry-run');
  assert.equal([dry.code, readFileSync(cli.configPath, 'utf8')], [0, before], dry.err);
  assert.is((await cli.run('verify')).code, 0);
  assert.match(readFileSync(cli.configPath, 'utf8'), NEW);
});

follow('from server to server is followed three times, and not for ever', async ({ cli, at, remote }) => {
  const urls = [OLD, ...[1, 2, 3, 4].map((n) => `https://cell${n}.example`)];
  for (const [i, url] of urls.slice(0, 3).entries()) at.set(url, sendsTo(urls[i + 1]));
  at.set(urls[3]!, sendsTo(urls[4]));
  at.set(urls[4]!, remote);
  const far = await cli.run('sync');
  assert.is(far.code, 1);
  assert.match(far.err, /after 3 servers that sent it on/);
  assert.match(readFileSync(cli.configPath, 'utf8'), OLD);
  at.set(urls[3]!, remote);
  assert.is((await cli.run('sync')).code, 0);
  assert.match(readFileSync(cli.configPath, 'utf8'), urls[3]!);
});

type Refusal = {
  readonly what: string;
  readonly from?: string;
  readonly to: unknown;
  readonly there?: (remote: Remote) => Remote;
  readonly says: RegExp;
  readonly code?: number;
  readonly env?: Record<string, string>;
};
const REFUSALS: readonly Refusal[] = [
  {
    what: 'said by a server that is not encrypted',
    from: 'http://kt.example',
    to: NEW,
    says: /anybody on the way can have said so.*kt-client setup --url https:\/\/cell2\.example --api-key KEY/,
  },
  {
    what: 'to an address that is not encrypted',
    to: 'http://cell2.example',
    says: /an address that no key is sent to/,
  },
  { what: 'to an address with a password in it', to: 'https://a:b@cell2.example', says: /an address that no key/ },
  { what: 'to no address', to: 'file:///etc/passwd', says: /an address that no key is sent to/ },
  { what: 'to nothing', to: 7, says: /it was moved to 7/ },
  {
    what: 'to a server that refuses the key',
    to: NEW,
    there: () => failing(new KtError('unauthenticated', 'no')),
    says: /the key is not accepted there/,
  },
  {
    what: 'to a server where the key is of another account',
    to: NEW,
    there: (remote) => but(remote, { account: async () => 'another' }),
    says: /the key is of another account there/,
  },
  {
    what: 'to a server that does not have this device',
    to: NEW,
    there: (remote) => but(remote, { devices: async () => [] }),
    says: /does not have this device/,
  },
  {
    what: 'to a server that does not answer yet',
    to: NEW,
    there: () => failing(new KtError('unavailable', 'it is down')),
    says: /was moved from https:\/\/kt\.example to https:\/\/cell2\.example: it is down/,
  },
  {
    what: 'where the address is given by the environment',
    to: NEW,
    env: { KT_CLIENT_REMOTE_URL: OLD, KT_CLIENT_API_KEY: 'kt_secret' },
    says: /the address is given by KT_CLIENT_REMOTE_URL: give the new one there/,
  },
];
for (const { what, from = OLD, to, there = (remote: Remote) => remote, says, env } of REFUSALS)
  follow(`${what} is not followed, and nothing is written`, async ({ cli, at, remote, asked }) => {
    if (from !== OLD) {
      at.set(from, remote);
      await cli.run(`setup --url ${from} --api-key kt_secret`);
    }
    const [before, writes] = [readFileSync(cli.configPath, 'utf8'), remote.writes];
    at.set(from, sendsTo(to));
    at.set(NEW, there(remote));
    asked.length = 0;
    const { code, err, out } = await cli.run('sync', env ? { env } : {});
    assert.equal([code, out], [1, ''], err);
    assert.match(err, says);
    assert.match(err, /^kt-client: [^\n]+\n$/);
    assert.not.match(err, /kt_secret|a:b@/);
    assert.is(readFileSync(cli.configPath, 'utf8'), before);
    assert.is(remote.writes, writes);
    if (/anybody|no key/.test(String(says))) assert.equal([...new Set(asked)], [from], 'no key is sent there');
  });

follow.run();
