/**
 * Another aw-server under the same state: nothing of it is synced, and syncing continues once the right one is back
 * (spec/sync 7.4).
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { KtError } from '../../domain/errors.ts';
import { notedAw } from '../../client/sync/identity/local-aw.ts';
import { makeFakeAw, type FakeAw } from '../support/fake-aw/server.ts';
import { atRest, beginStory, inStep, iso, KINDS, written, type Laptop, type Story, type Told } from './scene.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;
const OURS = Array.from({ length: 30 }, (_, i): Told => [(40 - i) * HOUR, 60, `ours ${i}`]);

const begin = async (
  kind: FakeAw['kind'] = 'rust',
  events: readonly Told[] = OURS,
): Promise<{ story: Story; lap: Laptop; before: string[] }> => {
  const story = await beginStory();
  const lap = story.laptop('lap', { kind, deviceId: 'ours' });
  await lap.bucket('window');
  await lap.record('window', ...events);
  for (const report of [await lap.sync(), await lap.sync()]) inStep(report);
  return { story, lap, before: await story.onServer(lap, 'window') };
};
/** Puts another aw-server behind the laptop's port. */
const put = (lap: Laptop, aw: FakeAw): void => void Object.assign(lap, { aw });
const devices = async (story: Story) =>
  (
    await story.user.graphql<{ devices: { hostname: string; awDeviceId: string }[] }>(
      '{ devices { hostname awDeviceId } }',
    )
  ).devices;

const refused = async (lap: Laptop): Promise<void> => {
  for (const work of [
    () => lap.sync(),
    () => lap.sync({ mode: 'pull' }),
    () => lap.sync({ dryRun: true }),
    () => lap.verify({ repair: true }),
  ]) {
    try {
      await work();
      assert.unreachable('it went on');
    } catch (error) {
      assert.instance(error, KtError);
      assert.match(
        (error as KtError).message,
        /another one.*--local-port PORT.*setup --same-device.*setup --new-device/,
      );
    }
  }
};

const wrong = suite('another aw-server under the same state');

const STRANGERS: [
  what: string,
  options: { hostname: string; deviceId: string; testing?: boolean },
  told: readonly Told[],
][] = [
  [
    'of another computer',
    { hostname: 'desk', deviceId: 'theirs' },
    [
      [3 * DAY, 60, 'theirs'],
      [60, 5, 'now'],
    ],
  ],
  [
    'of another user of this computer',
    { hostname: 'lap', deviceId: 'theirs' },
    [
      [3 * DAY, 60, 'theirs'],
      [60, 5, 'now'],
    ],
  ],
  ['of another computer, that is new', { hostname: 'desk', deviceId: 'theirs' }, [[60, 5, 'now']]],
  ['for testing', { hostname: 'lap', deviceId: 'ours', testing: true }, [[60, 5, 'a test']]],
];
for (const kind of KINDS) {
  for (const [what, options, told] of STRANGERS) {
    wrong(`${what} is refused before anything is sent, and the right one goes on (${kind})`, async () => {
      const { story, lap, before } = await begin(kind);
      const right = lap.aw;
      put(lap, makeFakeAw({ kind, ...options }));
      for (const bucket of ['window', 'afk']) {
        await lap.bucket(bucket);
        await lap.record(bucket, ...told);
      }
      await refused(lap);
      assert.equal(await story.onServer(lap, 'window'), before);
      assert.equal(await story.onServer(lap, 'afk'), []);
      assert.equal(
        await devices(story),
        [{ hostname: 'lap', awDeviceId: 'ours' }],
        'the server is told what was noted',
      );
      put(lap, right);
      await lap.record('window', [30, 1, 'and on']);
      inStep(await lap.sync());
      await atRest(story, lap);
    });
  }
}

wrong('goes on where the person said that it is the same device, and is the noted one then', async () => {
  const told = OURS.map(([at, seconds, title]): Told => [iso(at), seconds, title]);
  const { story, lap } = await begin('rust', told);
  put(lap, makeFakeAw({ kind: 'rust', hostname: 'new-name', deviceId: 'reinstalled' }));
  await lap.bucket('window');
  await lap.record('window', ...told.slice(0, 12), [60, 5, 'after an old backup']);
  await refused(lap);
  await lap.state.save({
    ...(await lap.state.load())!,
    aw: notedAw({ hostname: 'new-name', deviceId: 'reinstalled', testing: false, version: 'v' }),
  });
  for (const _ of [1, 2]) inStep(await lap.sync());
  assert.is(
    (await story.onServer(lap, 'window')).length,
    OURS.length + 1,
    'nothing is doubled, and what the backup lacks stays',
  );
  assert.equal(await devices(story), [{ hostname: 'new-name', awDeviceId: 'reinstalled' }]);
});
wrong.run();

const alarms = suite('an aw-server that is none other, though it may look so');
for (const kind of KINDS) {
  const other = kind === 'rust' ? 'python' : 'rust';
  const same = { hostname: 'lap', deviceId: 'another id' };
  const cases: [what: string, (lap: Laptop, told: readonly Told[]) => Promise<void>][] = [
    [
      'a wiped data folder',
      async (lap) => {
        put(lap, makeFakeAw({ kind, ...same }));
        await lap.bucket('window');
        await lap.record('window', [60, 5, 'anew']);
      },
    ],
    ['a wiped data folder, nothing recorded yet', async (lap) => put(lap, makeFakeAw({ kind, ...same }))],
    [
      `${kind} swapped for ${other}, the history imported under other ids`,
      async (lap, told) => {
        put(lap, makeFakeAw({ kind: other, ...same }));
        await lap.bucket('afk');
        await lap.record('afk', [50 * DAY, 1, 'takes an id']);
        await lap.bucket('window');
        await lap.record('window', ...[...told].reverse());
      },
    ],
    [
      'an old backup restored, under its old id',
      async (lap, told) => {
        put(lap, makeFakeAw({ kind, hostname: 'lap', deviceId: 'ours' }));
        await lap.bucket('window');
        await lap.record('window', ...told.slice(0, 12));
      },
    ],
    [
      'a backup that lacks the newest hours, under another id and name',
      async (lap, told) => {
        put(lap, makeFakeAw({ kind, hostname: 'renamed', deviceId: 'another id' }));
        await lap.bucket('window');
        await lap.record('window', ...told.slice(0, 25), [60, 5, 'anew']);
      },
    ],
  ];
  for (const [what, become] of cases) {
    alarms(`goes on: ${what} (${kind})`, async () => {
      const told = OURS.map(([at, seconds, title]): Told => [iso(at), seconds, title]);
      const { story, lap, before } = await begin(kind, told);
      await become(lap, told);
      for (const _ of [1, 2]) inStep(await lap.sync());
      const after = await story.onServer(lap, 'window');
      for (const text of before) assert.is(after.filter((one) => one === text).length, 1, text);
      assert.is(written(await lap.sync()), 0);
      assert.is((await lap.state.load())!.aw?.deviceId, lap.aw.deviceId);
      const { hostname, deviceId } = lap.aw;
      assert.equal(
        (await devices(story)).map(({ hostname: name, awDeviceId }) => [name, awDeviceId]),
        [[hostname, deviceId]],
        'the server is told by the pass after',
      );
    });
  }
}

alarms('goes on under a state from before this was noted, and is noted', async () => {
  const { lap } = await begin();
  await lap.state.save({ ...(await lap.state.load())!, aw: null });
  const history = lap.aw.snapshot();
  const next = makeFakeAw({ kind: 'rust', hostname: 'lap', deviceId: 'later' });
  next.restore(history);
  put(lap, next);
  inStep(await lap.sync());
  assert.is((await lap.state.load())!.aw?.deviceId, 'later');
});
alarms.run();
