/**
 * A computer without state whose history the server has already (spec/sync 7.5): who says so, how it is asked, and what
 * setup does about it.
 */
import { existsSync, readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { KtError } from '../../domain/errors.ts';
import type { Asker } from './prompts.ts';
import { freshState } from '../sync/saved-state.ts';
import type { Local } from '../sync/ports.ts';
import { openCliTrial, type CliTrial, type Ran } from '../testing/cli-context.ts';
import { clock, makeLaptop, type Laptop, type Recorded } from '../testing/laptop.ts';
import { makeMemoryRemote, type MemoryRemote } from '../testing/memory-remote.ts';

/**
 * `old` has synced; `laptop` is the computer at hand: the same history beside another aw-server, under another
 * hostname.
 */
type Trial = { cli: CliTrial; remote: MemoryRemote; old: Laptop; laptop: Laptop };

const SETUP = 'setup --url https://kt.example --api-key kt_secret';
const history = (count: number, whose = 'anna'): Recorded[] =>
  Array.from({ length: count }, (_, i) => [i * 7000, 60, `${whose} ${i}`]);

const record = async (laptop: Laptop, events = history(30)): Promise<void> => {
  await laptop.bucket('window');
  await laptop.record('window', events);
};
const idOf = async ({ state }: Laptop): Promise<string> => (await state.load())!.deviceId;
const stateOf = ({ cli }: Trial) =>
  JSON.parse(readFileSync(`${cli.stateDir}/state.json`, 'utf8')) as { deviceId: string; pass: number };
const isStateless = ({ cli }: Trial) => !existsSync(`${cli.stateDir}/state.json`);

const said = ({ code, out, err }: Ran, expected: number, says: RegExp): void => {
  assert.equal([code, out], [expected, '']);
  assert.match(err, says);
  assert.match(err, /^kt-client: [^\n]+\n$/);
  assert.not.match(err, /kt_secret/);
};

const open = async (trial: Trial): Promise<void> => {
  trial.remote = makeMemoryRemote(clock);
  trial.old = makeLaptop(trial.remote, 'rust', 'anna', 'aw-old');
  trial.laptop = makeLaptop(trial.remote, 'rust', 'anna-new', 'aw-new');
  trial.cli = openCliTrial({ makeLocal: () => trial.laptop.local, makeRemote: () => trial.remote });
  await record(trial.old);
  await trial.old.sync();
  await record(trial.laptop, history(30).slice(1));
};

const reclaiming = suite<Trial>('a computer without state whose history the server has');
reclaiming.before.each(open);
reclaiming.after.each(({ cli }) => cli.close());

reclaiming(
  'is told so by setup, by sync, by a dry run, by verify and by the doctor, and nothing is written',
  async (trial) => {
    const { cli, remote, old } = trial;
    const id = await idOf(old);
    const words = new RegExp(
      `that of anna \\(device ${id}, last synced 2025-10-09 08:53 UTC\\).*setup --reclaim ${id}.*setup --new-device`,
    );
    const ran = await cli.run(SETUP);
    assert.equal([ran.code, ran.err], [0, '']);
    assert.match(ran.out, words);
    assert.not.match(ran.out, /Next:/);
    const { writes } = remote;
    remote.calls.length = 0;
    for (const args of ['sync', 'sync --dry-run', 'sync --mode pull', 'verify', 'verify --repair'])
      said(await cli.run(args), 1, words);
    assert.not.ok(remote.calls.includes('register'));
    const doctor = await cli.run('doctor');
    assert.is(doctor.code, 1);
    assert.match(doctor.out, new RegExp(`^problem +this device .*${words.source}`, 'm'));
    assert.match((await cli.run('status')).out, /setup --reclaim/);
    assert.equal([remote.writes, (await remote.devices()).length, isStateless(trial)], [writes, 1, true]);
  },
);

reclaiming('goes on as the device that is named by its id or its hostname, from its pass', async (trial) => {
  const { cli, remote, old } = trial;
  const id = await idOf(old);
  await cli.run(SETUP);
  for (const name of [id, 'anna']) {
    assert.is((await cli.run(`setup --reclaim ${name}`)).code, 0);
    assert.equal([stateOf(trial).deviceId, stateOf(trial).pass], [id, 1]);
  }
  const { code, out } = await cli.run('sync');
  assert.is(code, 0);
  assert.not.match(out, /new to the server/);
  const [device, ...others] = await remote.devices();
  assert.equal([device!.hostname, device!.awDeviceId, others], ['anna-new', 'aw-new', []]);
  assert.is(
    remote.rows(id, 'window').length + remote.kept(id, 'window').length,
    30,
    'nothing is doubled, and what is only there stays',
  );
  assert.is((await cli.run('verify')).code, 0);
  assert.is((await cli.run('setup --reclaim anna-new')).code, 0, 'said again it is the same');
});

reclaiming('begins as another device where that is said, with no state to say it of', async (trial) => {
  const { cli, remote } = trial;
  await cli.run(SETUP);
  assert.is((await cli.run('setup --new-device')).code, 0);
  assert.is((await cli.run('sync')).code, 0);
  assert.is((await remote.devices()).length, 2);
});

reclaiming('is that device of the name that ever synced: the account’s own may have it too', async (trial) => {
  const { cli, remote, old } = trial;
  await cli.run(SETUP);
  await remote.register({ deviceId: 'server', hostname: 'anna', awDeviceId: null });
  assert.is((await cli.run('setup --reclaim anna')).code, 0);
  assert.is((await cli.run('sync')).code, 0);
  assert.is((await remote.devices()).find(({ pass }) => pass > 1)!.deviceId, await idOf(old));
});

reclaiming('is another device for the wrong name, and none for a name that two have', async (trial) => {
  const { cli, remote, old } = trial;
  await cli.run(SETUP);
  said(await cli.run('setup --reclaim bert'), 1, /no device "bert": there are anna \(device/);
  await remote.register({ deviceId: 'second', hostname: 'anna', awDeviceId: null, pass: 1, nonce: 'n' });
  said(
    await cli.run('setup --reclaim anna'),
    1,
    new RegExp(`2 devices are called anna: give the id of one.*${await idOf(old)}.*second, last synced`),
  );
  for (const args of ['--reclaim x --new-device', '--reclaim x --same-device'])
    said(await cli.run(`setup ${args}`), 2, /exclude each other/);
  said(await cli.run('setup --same-device'), 1, /no state.*--reclaim DEVICE/);
  assert.ok(isStateless(trial));
});

reclaiming('stays the device that it is, once it has synced', async (trial) => {
  const { cli, remote } = trial;
  await cli.run(SETUP);
  await cli.run('setup --new-device');
  await cli.run('sync');
  const before = stateOf(trial);
  said(await cli.run('setup --reclaim anna'), 1, new RegExp(`is device ${before.deviceId} already`));
  assert.equal(stateOf(trial), before);
  assert.not.ok(remote.calls.includes('reclaim'));
});

reclaiming('may reclaim where another device was said before anything was synced', async (trial) => {
  const { cli, old } = trial;
  await cli.run(SETUP);
  await cli.run('setup --new-device');
  assert.is((await cli.run('setup --reclaim anna')).code, 0);
  assert.is(stateOf(trial).deviceId, await idOf(old));
});

reclaiming('hears what the server says of its key', async (trial) => {
  const { cli, remote } = trial;
  await cli.run(SETUP);
  const makeRemote = () => ({
    ...remote,
    reclaim: () => Promise.reject(new KtError('forbidden', 'this API key is the device d’s')),
  });
  said(await cli.run('setup --reclaim anna', { makeRemote }), 1, /this API key is the device d’s/);
  assert.ok(isStateless(trial));
});

reclaiming('is not decided about where its bucket can’t be read', async (trial) => {
  const { cli, remote, laptop } = trial;
  await cli.run(SETUP);
  const local: Local = {
    ...laptop.local,
    events: () => Promise.reject(new KtError('unavailable', 'aw-server answered 500')),
  };
  said(
    await cli.run('sync', { makeLocal: () => local }),
    1,
    /answered 500\. window is to tell.*--reclaim DEVICE, or --new-device/,
  );
  assert.equal([(await remote.devices()).length, isStateless(trial)], [1, true]);
});

/** Takes the first choice that `picks` wants, and the default of everything else. */
const picking = (picks: (name: string) => boolean) => {
  const choices: string[] = [];
  const asker: Asker = {
    text: async (_, { default: byDefault = '' } = {}) => byDefault || 'https://kt.example',
    secret: async () => 'kt_secret',
    yes: async (question) => question.startsWith('Write'),
    choose: async (_, given) => {
      choices.push(...given.map(({ name }) => name));
      return given.find(({ name }) => picks(name))!.value;
    },
  };
  return { asker, choices };
};

for (const args of ['setup', SETUP]) {
  reclaiming(
    `is asked about on a terminal, with each device that it may be (${args.split(' ').length} words)`,
    async (trial) => {
      const { cli, remote } = trial;
      const twin = makeLaptop(remote, 'python', 'twin');
      await record(twin);
      await twin.state.save(freshState('twin'));
      await twin.sync();
      const { asker, choices } = picking((name) => name.includes('twin'));
      const ran = await cli.run(args, { asker });
      assert.equal([ran.code, ran.err], [0, '']);
      assert.is(choices.length, 3);
      assert.match(
        choices.join('\n'),
        /Still anna \(device .*last synced.*\nStill twin \(device twin, last synced.*\nAnother computer/,
      );
      assert.is(stateOf(trial).deviceId, 'twin');
      assert.is((await cli.run('sync')).code, 0);
      assert.is((await remote.devices()).length, 2);
    },
  );
}

reclaiming('is a new device where the person at the terminal says so, and asked no more', async (trial) => {
  const { cli, remote } = trial;
  assert.is((await cli.run('setup', { asker: picking((name) => name.startsWith('Another')).asker })).code, 0);
  const { asker, choices } = picking(() => true);
  assert.is((await cli.run(SETUP, { asker })).code, 0);
  assert.equal(choices, []);
  assert.is((await cli.run('sync')).code, 0);
  assert.is((await remote.devices()).length, 2);
});

reclaiming.run();
