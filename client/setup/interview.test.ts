import { existsSync, readFileSync, statSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeFakeAw } from '../../test/support/fake-aw/server.ts';
import { KtError } from '../../domain/errors.ts';
import { makeLocalServer } from '../aw/local-server.ts';
import type { KtContext } from '../context.ts';
import { Cancelled, type Asker } from './prompts.ts';
import type { Local, Remote } from '../sync/ports.ts';
import type { Run } from '../service/manager.ts';
import { openCliTrial, type CliTrial, type Ran } from '../testing/cli-context.ts';
import { clock, makeLaptop, type Laptop } from '../testing/laptop.ts';
import { makeMemoryRemote, type MemoryRemote } from '../testing/memory-remote.ts';

type Trial = { cli: CliTrial; remote: MemoryRemote; laptop: Laptop };

const failing = <Port extends object>(error: KtError): Port =>
  new Proxy({} as Port, { get: () => () => Promise.reject(error) });

const setup = suite<Trial>('kt-client setup, as a conversation');
setup.before.each((trial) => {
  trial.remote = makeMemoryRemote(clock);
  trial.laptop = makeLaptop(trial.remote, 'rust', 'anna');
  const makeLocal: KtContext['makeLocal'] = ({ local: { port } }) =>
    port === 5600 ? trial.laptop.local : failing<Local>(new KtError('unavailable', `nothing answers at ${port}`));
  const makeRemote: KtContext['makeRemote'] = ({ remote: { url, api_key: key } }) => {
    if (url !== 'https://kt.example') return failing<Remote>(new KtError('unavailable', `nothing answers at ${url}`));
    return key === 'kt_good'
      ? trial.remote
      : { ...trial.remote, devices: () => Promise.reject(new KtError('unauthenticated', 'that key is refused')) };
  };
  trial.cli = openCliTrial({ makeLocal, makeRemote });
});
setup.after.each(({ cli }) => cli.close());

/** Answers in the order of the questions; a default is taken by `undefined`. What was asked is noted. */
const answering = (...answers: (string | boolean | undefined)[]) => {
  const asked: string[] = [];
  const take = (question: string) => {
    asked.push(question);
    assert.ok(answers.length > 0, `no answer is left for: ${question}`);
    return answers.shift();
  };
  const asker: Asker = {
    async text(question, { default: byDefault = '', check } = {}) {
      for (;;) {
        const text = String(take(question) ?? byDefault);
        const verdict = check?.(text) ?? true;
        if (verdict === true) return text;
        asked.push(verdict);
      }
    },
    secret: async (question) => String(take(question) ?? ''),
    yes: async (question, byDefault) => Boolean(take(question) ?? byDefault),
    async choose(question, choices) {
      const answer = take(question);
      return choices.find(({ value }) => value === answer)!.value;
    },
  };
  return { asker, asked, isDone: () => assert.equal(answers, []) };
};

/** A service manager that does what it is told. */
const run: Run = async () => ({ ok: true, output: '' });

const talk = async (
  { cli }: Trial,
  args: string,
  ...answers: (string | boolean | undefined)[]
): Promise<Ran & { asked: string[] }> => {
  const { asker, asked, isDone } = answering(...answers);
  const ran = await cli.run(args, { asker, run });
  assert.is(ran.err, '');
  isDone();
  return { ...ran, asked };
};

setup(
  'finds aw-server, asks where kt-server is and for the key, shows the buckets, and writes the file',
  async (trial) => {
    const other = makeLaptop(trial.remote, 'rust', 'bert');
    await other.bucket('afk');
    await other.record('afk', [[10, 1, 'x']]);
    await other.sync();
    await trial.laptop.bucket('window');
    await trial.laptop.bucket('old-synced-from-carl');
    const { code, out, err, asked } = await talk(trial, 'setup', 'https://kt.example', 'kt_good', true, false);
    assert.equal([code, err], [0, '']);
    assert.match(out, /Found aw-server .* at http:\/\/127\.0\.0\.1:5600, host anna/);
    assert.match(out, /will be pushed:\n {2}window\n/);
    assert.match(out, /left alone:\n {2}old-synced-from-carl/);
    assert.match(out, /will be pulled:\n {2}afk of bert\n/);
    assert.match(out, /Next: `kt-client sync`/);
    assert.not.match(out + asked.join(), /kt_good/);
    assert.match(asked.at(-1)!, /at login, by systemd/);
    assert.match(readFileSync(trial.cli.configPath, 'utf8'), /api_key = "kt_good"/);
    assert.is(statSync(trial.cli.configPath).mode & 0o777, 0o600);
  },
);

setup('says why an answer does not do, and asks again', async (trial) => {
  const { code, out, asked } = await talk(
    trial,
    'setup',
    'no url',
    'https://other.example',
    'https://kt.example',
    'kt_bad',
    'kt_good',
    true,
    false,
  );
  assert.is(code, 0);
  assert.match(asked.join('\n'), /--url must be a URL/);
  assert.match(out, /nothing answers at https:\/\/other\.example/);
  assert.match(out, /that key is refused/);
  assert.not.match(asked.join('\n'), /keep the current one/);
});

setup(
  'asks for the port where nothing answers at the usual one; a testing server only when it is named',
  async (trial) => {
    const aw = makeFakeAw({ kind: 'python', hostname: 'anna', testing: true });
    const testing = makeLocalServer({ url: 'http://aw', fetch: (request) => aw.fetch(request) });
    const asked: number[] = [];
    const makeLocal: KtContext['makeLocal'] = ({ local: { port } }) => {
      asked.push(port);
      return port === 5666 ? testing : failing<Local>(new KtError('unavailable', 'nothing answers there'));
    };
    const { asker, isDone } = answering('99999', '5666', 'https://kt.example', 'kt_good', true, false);
    const { code, out } = await trial.cli.run('setup', { asker, makeLocal, run });
    isDone();
    assert.is(code, 0);
    assert.is(asked[0], 5600);
    assert.not.ok(asked.slice(0, asked.indexOf(5666)).includes(5666));
    assert.match(out, /nothing answers there\n.*a testing server/s);
    assert.match(readFileSync(trial.cli.configPath, 'utf8'), /port = 5666/);
  },
);

setup('asks for the key of an aw-server that wants one', async (trial) => {
  const aw = makeFakeAw({ kind: 'rust', apiKey: 'local-secret' });
  const makeLocal: KtContext['makeLocal'] = ({ local: { api_key: apiKey } }) =>
    makeLocalServer({ url: 'http://aw', apiKey, fetch: (request) => aw.fetch(request) });
  const { asker, isDone } = answering('wrong', 'local-secret', 'https://kt.example', 'kt_good', true, false);
  const { code, out } = await trial.cli.run('setup', { asker, makeLocal, run });
  isDone();
  assert.is(code, 0);
  assert.not.match(out, /local-secret/);
  assert.match(readFileSync(trial.cli.configPath, 'utf8'), /api_key = "local-secret"/);
});

setup('offers what was set up before, and keeps the key where none is typed', async (trial) => {
  await talk(trial, 'setup', 'https://kt.example', 'kt_good', true, false);
  const { code } = await talk(trial, 'setup', undefined, '', true, false);
  assert.is(code, 0);
  assert.match(readFileSync(trial.cli.configPath, 'utf8'), /api_key = "kt_good"/);
});

setup('asks for the key again where another server is named, and does not send it the one there is', async (trial) => {
  await talk(trial, 'setup', 'https://kt.example', 'kt_good', true, false);
  const sent: string[] = [];
  const makeRemote: KtContext['makeRemote'] = ({ remote: { url, api_key: key } }) => (
    sent.push(`${url} ${key}`), trial.remote
  );
  for (const args of ['setup', 'setup --url https://other.example']) {
    const { asker, asked, isDone } = answering('https://other.example', 'kt_other', false);
    const { out } = await trial.cli.run(args, { asker, makeRemote, run });
    isDone();
    assert.match(
      out,
      /Note that the API key in .* is for https:\/\/kt\.example, and is not sent to https:\/\/other\.example\./,
    );
    assert.not.match(asked.join('\n'), /keep the current one/);
  }
  assert.equal([...new Set(sent)], ['https://other.example ', 'https://other.example kt_other']);
});

setup('asks only for what the flags leave out, and nothing where they are complete', async (trial) => {
  const complete = answering();
  assert.is(
    (await trial.cli.run('setup --url https://kt.example --api-key kt_good', { asker: complete.asker })).code,
    0,
  );
  assert.equal(complete.asked, []);
});

setup('changes nothing when it is cancelled', async (trial) => {
  const { code, out } = await talk(trial, 'setup', 'https://kt.example', 'kt_good', false);
  assert.is(code, 1);
  assert.match(out, /Nothing was changed/);
  assert.not.ok(existsSync(trial.cli.configPath));

  const leaves = { ...answering().asker, text: () => Promise.reject(new Cancelled()) };
  const left = await trial.cli.run('setup', { asker: leaves });
  assert.is(left.code, 1);
  assert.match(left.err, /^kt-client: cancelled, and nothing was changed[^\n]*\n$/);
  assert.not.ok(existsSync(trial.cli.configPath));
});

setup('asks which device this is after device_in_use, and after another aw-server', async (trial) => {
  await trial.laptop.bucket('window');
  await talk(trial, 'setup', 'https://kt.example', 'kt_good', true, false);
  await trial.cli.run('sync');
  const state = () =>
    JSON.parse(readFileSync(`${trial.cli.stateDir}/state.json`, 'utf8')) as { deviceId: string; refused: boolean };
  const { deviceId } = state();
  await trial.remote.register({ deviceId, hostname: 'anna', awDeviceId: null, pass: 99, nonce: 'of a clone' });
  await trial.cli.run('sync');
  assert.ok(state().refused);
  assert.match((await talk(trial, 'setup', undefined, '', 'same', true, false)).out, /copied, or restored/);
  assert.equal([state().refused, state().deviceId], [false, deviceId]);

  await trial.remote.register({ deviceId, hostname: 'anna', awDeviceId: 'another aw-server', pass: 100, nonce: 'n' });
  assert.match((await talk(trial, 'setup', undefined, '', 'new', true, false)).out, /with another aw-server/);
  assert.is.not(state().deviceId, deviceId);
});

setup('says that a changed hostname makes no other device', async (trial) => {
  await talk(trial, 'setup', 'https://kt.example', 'kt_good', true, false);
  await trial.cli.run('sync');
  const [device] = await trial.remote.devices();
  await trial.remote.register({ ...device!, hostname: 'anna-before' });
  assert.match(
    (await talk(trial, 'setup', undefined, '', true, false)).out,
    /knows this device as anna-before: it stays the same/,
  );
});

setup(
  'installs the service when that is wanted; that it fails undoes nothing, and where there is none it is not offered',
  async (trial) => {
    const worked = await talk(trial, 'setup', 'https://kt.example', 'kt_good', true, true);
    assert.match(worked.out, /runs now, and will at each login/);
    const failing = answering(undefined, '', true, true);
    const failed = await trial.cli.run('setup', {
      asker: failing.asker,
      run: async (_, args) => ({ ok: !args.includes('enable'), output: 'denied' }),
    });
    assert.is(failed.code, 0);
    assert.match(failed.err, /^kt-client: `systemctl --user enable kt-client\.service` failed \(denied\)\n$/);
    assert.ok(existsSync(trial.cli.configPath));
    const without = answering(undefined, '', true);
    const none = await trial.cli.run('setup', { asker: without.asker });
    assert.match(none.out, /let ActivityWatch do so/);
  },
);

setup.run();
