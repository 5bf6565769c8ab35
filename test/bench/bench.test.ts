/** The bench itself, at sizes so small that its figures mean nothing: that it runs, and what it counts. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { newPostgresUrl, testEngine } from '../support/test-database.ts';
import { chosen, runBench } from './bench.ts';
import { inTurn, meanwhile, quantile, ratio } from './measure.ts';
import { line } from './report.ts';

const bench = suite('bench');

const side = testEngine() === 'postgres' ? 'postgres' : 'embedded';

// One scenario an engine, since starting a server takes the time; the floor of the embedded one would start it twice.
bench('runs a scenario on this engine: a row has a figure of each round, beside those of its floor', async () => {
  const [pattern, what, sides] =
    side === 'postgres'
      ? (['post', 'POST 200 events', ['postgres', 'floorPostgres']] as const)
      : (['edits', 'edits and deletions among 200 events (W7)', ['embedded']] as const);
  const told: string[] = [];
  const { rows, engines, notes, failed } = await runBench({
    patterns: [pattern],
    scale: 0.002,
    rounds: 2,
    large: false,
    detail: false,
    program: 'sources',
    programs: { peer: null, peerKey: null, awServer: null, awSync: null },
    engines: [side],
    ...(side === 'postgres' && { postgres: await newPostgresUrl() }),
    say: (text) => told.push(text),
  });
  assert.equal([engines.length, failed, notes], [1, [], []]);
  assert.equal(
    rows.map((row) => [row.scenario, row.what]),
    [[pattern, what]],
  );
  assert.equal(
    Object.entries(rows[0]!.samples).map(([of, list]) => [of, list.length]),
    sides.map((of) => [of, 2]),
  );
  assert.ok(Object.values(rows[0]!.samples).every((list) => list.every((one) => one > 0)));
  assert.is(told.length, 2, told.join('\n')); // the head of the table, and the row
});

bench('finds scenarios by their names and by other words', () => {
  assert.ok(chosen([]).length > 10);
  assert.equal(
    chosen(['idle', 'push']).map(({ name }) => name),
    ['push', 'year'],
  );
  assert.equal(chosen(['nothing']), []);
});

bench('lets sides work by turns, in the opposite order every other round, and counts no warm-up', async () => {
  const order: string[] = [];
  const work = (name: string) => async (round: number) => (order.push(`${name}${round}`), round);
  const samples = await inTurn({ postgres: work('p'), peer: work('a') }, { rounds: 2, warm: 1 });
  assert.equal(order, ['a-1', 'p-1', 'p0', 'a0', 'a1', 'p1']);
  assert.equal(samples, { postgres: [0, 1], peer: [0, 1] });
});

bench('does one thing over and over beside another, and fails when either does', async () => {
  let times = 0;
  const turn = () => new Promise<void>((later) => setImmediate(later));
  const beside = async (): Promise<void> => (times++, turn());
  const twice = async (): Promise<string> => (await turn(), await turn(), 'done');
  assert.is(await meanwhile(beside, twice), 'done');
  assert.ok(times > 0);
  const fails = (why: string) => () => Promise.reject(new Error(why));
  assert.is(await meanwhile(fails('beside'), twice).catch(({ message }: Error) => message), 'beside');
  assert.is(await meanwhile(beside, fails('work')).catch(({ message }: Error) => message), 'work');
});

bench('compares the figures of a round with each other, so that a busy round is busy for both', () => {
  assert.is(ratio([10, 1, 30], [20, 2, 60]), 0.5);
  assert.is(ratio([1, 2, 3], [4]), 0.5);
  assert.equal([quantile([3, 1, 2], 0.5), quantile([1, 2, 3, 4], 0.99)], [2, 4]);
});

bench('prints medians of both engines beside the peer and the floor', () => {
  const samples = {
    postgres: [36_100, 36_200, 36_300],
    embedded: [9_000],
    peer: [72_400, 72_400, 72_400],
    floor: [90_500],
  };
  assert.is(
    line({ what: 'POST', unit: 'events/s', samples, floor: 'COPY', goal: '≥ 0.6' }),
    '| POST, events/s | 36.2 k / 9000 | 72.4 k | 0.50 / 0.12 | 90.5 k (COPY) | 0.40 / 0.10 | ≥ 0.6 |',
  );
  assert.is(
    line({ what: 'rows', unit: 'rows', samples: { embedded: [0] } }),
    '| rows, rows | – / 0 | – | – | – | – |  |',
  );
});

bench.run();
