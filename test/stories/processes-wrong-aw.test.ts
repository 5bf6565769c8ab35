/**
 * Another server in place of the local aw-server, and changes that only look like that, through processes
 * (spec/sync 7.4). Its cases are in wrong-aw.test.ts.
 */
import * as assert from 'uvu/assert';
import { makeFakeAw, type FakeAw, type FakeAwOptions } from '../support/fake-aw/server.ts';
import {
  IN_STEP,
  PROVEN,
  sameOnServer,
  says,
  tellAtOnce,
  type Account,
  type Computer,
  type Served,
  type Told,
} from './process-scene.ts';

const HOUR = 3600;
const past = (count: number): Told[] =>
  Array.from({ length: count }, (_, i): Told => [(count + 10 - i) * HOUR, 60, `ours ${i}`]);

type Begun = { account: Account; lap: Computer; before: string[] };

const begin = async (served: Served, kind: FakeAw['kind']): Promise<Begun> => {
  const account = await served.newAccount();
  const lap = await account.computer('lap', { kind, deviceId: 'ours' });
  await lap.bucket('window');
  await lap.record('window', ...past(30));
  says(await lap.client(0, 'sync'), IN_STEP);
  return { account, lap, before: await account.texts('window') };
};

/** The address of a kt-server in place of the aw-server's, with a key that makes it answer. */
const localAt = ({ url, key }: Account): string[] => ['--local-port', new URL(url).port, '--local-api-key', key];

/** What a computer's owner may do to its aw-server without regard to kt-client. */
const ALARMS: [what: string, kind: FakeAw['kind'], become: (lap: Computer) => Promise<void>, lost: number][] = [
  [
    'its data folder was wiped',
    'rust',
    async (lap) => {
      await lap.put(makeFakeAw({ kind: 'rust', hostname: 'lap', deviceId: 'drawn anew' }));
      await lap.bucket('window');
      await lap.record('window', [60, 5, 'anew']);
    },
    30,
  ],
  [
    'Rust was swapped for Python, and its export imported there',
    'rust',
    async (lap) => {
      const file = await lap.ask('GET', 'export');
      await lap.put(makeFakeAw({ kind: 'python', hostname: 'lap', deviceId: 'drawn anew' }));
      await lap.ask('POST', 'import', file);
      await lap.record('window', [60, 5, 'anew']);
    },
    0,
  ],
  [
    'an old backup was restored',
    'python',
    async (lap) => {
      const whole = lap.aw.snapshot();
      const buckets = whole.buckets.map((bucket) => ({ ...bucket, events: bucket.events.slice(18) }));
      await lap.put(makeFakeAw({ kind: 'python', hostname: 'lap', deviceId: 'ours' }));
      lap.aw.restore({ ...whole, buckets });
      await lap.record('window', [60, 5, 'anew']);
    },
    18,
  ],
];
tellAtOnce('another server in place of the local aw-server', {
  'is refused by what it says of itself, nothing goes there, and the right one goes on': async (served) => {
    const { account, lap, before } = await begin(served, 'rust');
    const right = lap.aw;
    const strangers: [options: FakeAwOptions, words: RegExp][] = [
      [{ kind: 'python', hostname: 'desk', deviceId: 'theirs' }, /its id is another, and it holds 0 of the 20 events/],
      [{ kind: 'rust', hostname: 'lap', deviceId: 'ours', testing: true }, /it is a testing server, and that was none/],
    ];
    for (const [options, words] of strangers) {
      await lap.put(makeFakeAw(options));
      for (const bucket of ['window', 'afk']) {
        await lap.bucket(bucket);
        await lap.record(bucket, [72 * HOUR, 60, 'theirs'], [60, 5, 'now']);
      }
      const told = await lap.client(1, 'sync');
      says(told, words);
      says(told, /--local-port PORT.*setup --same-device.*setup --new-device/);
      says(await lap.client(1, 'status'), words);
    }
    says(await lap.client(1, 'verify', '--repair'), /it is a testing server/);
    says(await lap.client(1, 'setup', '--url', account.url, ...localAt(account)), /is a kt-server/);

    assert.equal([await account.texts('window'), (await account.stored()).length], [before, 1]);
    await lap.put(right);
    await lap.record('window', [30, 1, 'and on']);
    says(await lap.client(0, 'sync'), IN_STEP);
    await sameOnServer(account, lap, 'window');
    says(await lap.client(0, 'status'), /All is well/);
  },
  ...Object.fromEntries(
    ALARMS.map(([what, kind, become, lost]) => [
      `is none where ${what}: it goes on, nothing is doubled, and what only the server has is kept`,
      async (served: Served) => {
        const { account, lap, before } = await begin(served, kind);
        await become(lap);
        says(await lap.client(0, 'sync'), IN_STEP);
        const [anew, ...others] = (await account.texts('window')).filter((text) => !before.includes(text));
        says(anew!, /anew/);
        assert.equal(others, []);
        assert.is((await account.texts('window')).length, before.length + 1);
        assert.is((await lap.texts('window')).length, before.length + 1 - lost);
        says(await lap.client(0, 'verify'), PROVEN);
        assert.equal(await account.devices(), [lap.deviceId()]);
      },
    ]),
  ),
}).run();
