/** Small queries whose answers were wrong once, over what a server stores. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openTestServer, type TestServer } from '../support/test-server.ts';
import { fillAccount } from './account.ts';

/** Seconds from the start of the day, a duration, and the app. */
type Row = readonly [start: number, duration: number, app: string];
type Case = {
  readonly name: string;
  readonly events: readonly Row[];
  readonly query: string;
  readonly right: readonly (readonly unknown[])[];
};

const DAY = '2024-05-01T00:00:00+00:00/2024-05-02T00:00:00+00:00';
const START = Date.UTC(2024, 4, 1);
const GAPS: readonly Row[] = [
  [0, 10, 'a'],
  [13, 100, 'b'],
  [200, 5, 'vim'],
];

const cases: readonly Case[] = [
  {
    name: 'flood lets unlike neighbours meet in the middle of a gap (aw-core#146)',
    events: GAPS,
    query: 'RETURN = flood(query_bucket("w"));',
    right: [
      [0, 11.5, 'a'],
      [11.5, 101.5, 'b'],
      [200, 5, 'vim'],
    ],
  },
  {
    name: 'flood takes how long a gap may be (aw-core#142)',
    events: GAPS,
    query: 'w = query_bucket("w"); RETURN = flood(w, 120);',
    right: [
      [0, 11.5, 'a'],
      [11.5, 145, 'b'],
      [156.5, 48.5, 'vim'],
    ],
  },
  {
    name: 'flood leaves no overlap, and the later event wins (aw-core#143)',
    events: [
      [0, 100, 'a'],
      [50, 100, 'b'],
      [60, 10, 'a'],
    ],
    query: 'RETURN = flood(query_bucket("w"));',
    right: [
      [0, 50, 'a'],
      [50, 10, 'b'],
      [60, 10, 'a'],
    ],
  },
  {
    name: 'a priority ranks above a deeper category (aw-core#153)',
    events: [[200, 5, 'vim']],
    query:
      'RETURN = categorize(query_bucket("w"), [[["Work"], {"type": "regex", "regex": "vim", "priority": 25}], ' +
      '[["Media", "Video"], {"type": "regex", "regex": "vim"}]]);',
    right: [[200, 5, 'vim', ['Work']]],
  },
];

const answers = suite<{ server: TestServer }>('queries that were answered wrongly once');
answers.before(async (scene) => {
  scene.server = await openTestServer();
});

for (const { name, events, query, right } of cases) {
  answers(name, async ({ server }) => {
    const user = await server.newUser();
    const stored = events.map(([start, duration, app], i) => ({
      id: i,
      startUs: BigInt(START + start * 1000) * 1000n,
      durationNs: BigInt(duration) * 1_000_000_000n,
      data: { app },
    }));
    await fillAccount(server.resolvers, user, [{ id: 'w', events: stored }]);
    const init = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: [query], timeperiods: [DAY] }),
    };
    const response = await user.fetch('/api/0/query/', init);
    assert.is(response.status, 200, await response.clone().text());
    type Got = { timestamp: string; duration: number; data: { app: string; $category?: string[] } };
    const [got] = (await response.json()) as [Got[]];
    const rows = got.map(({ timestamp, duration, data: { app, $category } }) => {
      const row = [(Date.parse(timestamp) - START) / 1000, duration, app];
      return $category ? [...row, $category] : row;
    });
    assert.equal(rows, right);
  });
}

answers.run();
