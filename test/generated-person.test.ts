/** The generated person's days (scripts/seed), as a server counts them. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeRemoteServer } from '../client/remote/remote-server.ts';
import { formatDay, parseDay } from '../domain/day.ts';
import { setSettings } from '../scripts/seed/account-settings.ts';
import { fill } from '../scripts/seed/fill.ts';
import { truthOf, type Counting } from '../scripts/seed/truth.ts';
import { lifeOf, type YearOptions } from '../scripts/seed/year.ts';
import { holdsWhatWasMeant } from './support/as-meant.ts';
import { APP_URL, openTestServer, type TestServer, type TestUser } from './support/test-server.ts';

const persons = suite<{ server: TestServer }>('the generated person');
persons.before(async (scene) => {
  scene.server = await openTestServer();
});

const days = (first: string, count: number, zone = 'Europe/Berlin'): YearOptions => ({
  first: parseDay(first)!,
  days: count,
  zone,
  seed: 1,
});

/** An account that has these days, and counts in this zone. */
const filled = async (
  server: TestServer,
  life: YearOptions,
  { zone, startOfDay, audible }: Counting,
): Promise<TestUser> => {
  const user = await server.newUser();
  assert.equal(await setSettings(user.graphql, { zone, startOfDay }, false), []);
  if (audible)
    await user.graphql('mutation { setSetting(input: { key: "include_audible", value: true }) { setting { key } } }');
  const fetch = (request: Request) => Promise.resolve(server.app.fetch(request));
  await fill(makeRemoteServer({ url: APP_URL, apiKey: user.key, fetch }), life);
  return user;
};

const HOME: Counting = { zone: 'Europe/Berlin', startOfDay: 240, audible: false };
const CASES: readonly (readonly [what: string, life: YearOptions, counting: Counting])[] = [
  ['over the night when the clocks go forward, worked through on two computers', days('2025-03-29', 2), HOME],
  ['over the night when they go back, where days begin at midnight', days('2025-10-25', 2), { ...HOME, startOfDay: 0 }],
  [
    'on a day with hostile titles, where time of audible tabs counts',
    days('2025-06-05', 2),
    { ...HOME, audible: true },
  ],
  [
    'in a zone at three quarters of an hour',
    days('2025-02-10', 3, 'Asia/Kathmandu'),
    { ...HOME, zone: 'Asia/Kathmandu' },
  ],
  [
    'by an account that counts in another zone, where midnight in UTC is in the evening',
    days('2025-11-01', 3, 'America/New_York'),
    { ...HOME, zone: 'Asia/Kathmandu' },
  ],
];

for (const [what, life, counting] of CASES)
  persons(`is counted as it was meant ${what}`, async ({ server }) => {
    const user = await filled(server, life, counting);
    const truth = [...truthOf(lifeOf(life), counting)];
    // A day of the account may begin or end beside those of the person.
    const range = { first: formatDay(life.first - 1), last: formatDay(life.first + life.days) };
    await holdsWhatWasMeant(user.graphql, truth, range);
    assert.ok(
      truth.some(({ overlapMs }) => overlapMs > 0),
      'two devices at once',
    );
    for (const { startMs, endMs, union } of truth) assert.ok(union.activeMs <= endMs - startMs);
  });

persons.run();
