/** The load itself, so small that its figures mean nothing: that it does what it says, and tells what it finds. */
import pg from 'pg';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { newPostgresUrl, testEngine } from '../support/test-database.ts';
import { line, remarks, slope } from './lines.ts';
import { bends, runLoad, type StepFigures } from './run.ts';
import { makeTally } from './tally.ts';
import { seriesOf } from './watch.ts';
import { startWorld } from './world.ts';

const load = suite('load');

const figures = (well: number, more: Record<string, unknown> = {}) => ({
  asked: 1_000,
  well,
  errors: {},
  p50: 1,
  p95: 2,
  p99: 3,
  max: 4,
  ...more,
});
const stepWith = (heartbeats: ReturnType<typeof figures>, ended = {}): StepFigures =>
  ({
    rates: { heartbeats: 10, pushes: 10, dashboards: 0 },
    load: {
      heartbeats,
      pushes: figures(1_000),
      dashboards: { ...figures(0), asked: 0 },
      subscriptions: { open: 5, told: 0, errors: ended },
    },
  }) as unknown as StepFigures;

const BENT: [what: string, StepFigures, RegExp | null][] = [
  ['all is well', stepWith(figures(999)), null],
  ['one error in a thousand', stepWith(figures(999, { errors: { '503': 1 } })), null],
  ['errors', stepWith(figures(990, { errors: { '503': 1, ECONNRESET: 2 } })), /^3 of 1000 heartbeats failed$/],
  ['answers that do not come', stepWith(figures(930)), /^930 of 1000 heartbeats were answered$/],
  ['answers that are under way when it ends', stepWith(figures(945)), null],
  ['answers that come late', stepWith(figures(1_000, { p99: 1_500 })), /took more than 1500 ms/],
  ['a subscription that ended', stepWith(figures(1_000), { ended: 1 }), /^1 subscriptions ended$/],
];
for (const [what, step, wanted] of BENT)
  load(`says whether servers can do no more: ${what}`, () => {
    if (wanted === null) assert.is(bends(step), null);
    else assert.match(bends(step) ?? '', wanted);
  });

load('counts what there was since the last time, and no more than some kinds of errors', () => {
  const tally = makeTally();
  for (let n = 1; n <= 100; n++) {
    tally.asked();
    tally.well(n);
  }
  for (let n = 0; n < 1_000; n++) tally.failed(`error ${n}`);
  const { asked, well, errors, p50, max } = tally.take();
  assert.equal([asked, well, Object.keys(errors).length, errors['others']], [100, 100, 21, 980]);
  assert.ok(Math.abs(p50! - 50) < 1 && Math.abs(max! - 100) < 1, `${p50} ${max}`);
  assert.equal(tally.take(), { asked: 0, well: 0, errors: {}, p50: null, p95: null, p99: null, max: null });
});

load('reads metrics, and tells how much a figure grows', () => {
  const page = '# HELP a b\n# TYPE a gauge\na 1.5\nb{state="busy",x="y z"} 2\nc NaN\n';
  assert.equal([...seriesOf(page)].slice(0, 2), [
    ['a', 1.5],
    ['b{state="busy",x="y z"}', 2],
  ]);
  assert.equal([slope([1, 3, 5]), slope([2, 2, 2, 2]), slope([7])], [2, 0, 0]);
});

if (testEngine() === 'postgres')
  load('of a few devices on two servers: each kind is answered and told, and its events are there', async () => {
    const world = await startWorld({
      servers: 2,
      pgbouncer: false,
      program: 'sources',
      postgres: await newPostgresUrl(),
    });
    try {
      const rates = { heartbeats: 20, pushes: 4, dashboards: 2 };
      const [step] = await runLoad({
        ...world,
        steps: [{ devices: 6, rates, seconds: 2, warm: 1 }],
        perAccount: 2,
        pushEvents: 5,
        untilItBends: true,
        say: () => {},
        told: () => {},
      });
      for (const kind of ['heartbeats', 'pushes', 'dashboards'] as const) {
        const { well, errors } = step!.load[kind];
        assert.equal(errors, {}, kind);
        assert.ok(well > 0, kind);
      }
      const { open, told, errors } = step!.load.subscriptions;
      assert.equal([open, errors], [6, {}]);
      assert.ok(told > 0);
      assert.ok(step!.watched.servers.every(({ cpu, rss }) => cpu > 0 && rss > 0));
      assert.ok(step!.watched.postgres.commits > 0 && step!.watched.postgres.walBytes > 0);
      assert.match(line(step!), /^\| 6 \| /);
      assert.match(remarks(step!).join('\n'), /sessions at work/);
      const database = new pg.Client(world.databaseUrl);
      await database.connect();
      const { rows } = await database.query<{ pushed: number; beaten: number }>(
        `select count(*) filter (where source_id is not null)::int as pushed,
          count(*) filter (where source_id is null)::int as beaten from events`,
      );
      await database.end();
      assert.ok(rows[0]!.pushed >= 5 && rows[0]!.beaten >= 6, JSON.stringify(rows));
    } finally {
      await world.close();
    }
  });

load.run();
