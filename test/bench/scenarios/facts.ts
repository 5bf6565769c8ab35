import type { Scenario } from '../bench.ts';
import { inTurn, timed, type Side } from '../measure.ts';
import { FACTS } from '../tables.ts';
import type { Http } from '../world/http.ts';
import { DAY_US, FIRST_DAY_US } from '../workloads/activity.ts';
import { fill } from './filled.ts';
import { DAYS, yearOfTwo } from './query.ts';

const CLASSES = [
  { name: ['Work'], rule: { type: 'regex', regex: 'Planner|Mail' } },
  { name: ['Work', 'Programming'], rule: { type: 'regex', regex: 'GitHub|cargo|vim|^code$|kitty' } },
  { name: ['Media', 'Music'], rule: { type: 'regex', regex: 'spotify|radio', ignore_case: true } },
  { name: ['Comms'], rule: { type: 'regex', regex: 'Slack|zoom' } },
];

const dayOf = (after: number): string => new Date((FIRST_DAY_US + after * DAY_US) / 1000).toISOString().slice(0, 10);

type Answer = { readonly complete: boolean; readonly seconds: number };

/** Asks for some days by category. */
const ask = async (http: Http, first: number, last: number, grain: string): Promise<Answer> => {
  const query = `{ activity(range: { first: "${dayOf(first)}", last: "${dayOf(last)}" }, grain: ${grain},
    by: [CATEGORY]) { complete seconds rows { day category seconds } } }`;
  const { data, errors } = await http.json<{ data: { activity: Answer }; errors?: unknown }>('/graphql', { query });
  if (errors) throw new Error(JSON.stringify(errors));
  return data.activity;
};

/** The same until all of it is there. */
const askAll = async (http: Http, first: number, last: number): Promise<void> => {
  for (let tries = 0; tries < 1_000; tries++) if ((await ask(http, first, last, 'NONE')).complete) return;
  throw new Error('the facts are never complete');
};

/** A year of two computers and two browsers, whose facts are made, summed, and made again where a day changes. */
export const facts: Scenario = {
  name: 'facts',
  about: 'a year of two computers summed by category from facts of days, and what it takes to make these',
  async run(bench) {
    // Its own: their databases are looked into at the end, which on the embedded engine needs the server stopped.
    const ours = await Promise.all(bench.sides.map((side) => bench.startOurs(side)));
    const days = bench.size(DAYS);
    const buckets = yearOfTwo(days);
    await fill(ours, buckets);
    for (const { http } of ours)
      await http.ask('POST', '/api/0/settings/classes', JSON.stringify(CLASSES)).then(() => undefined);
    const works = (work: (http: Http, round: number) => Promise<unknown>) =>
      Object.fromEntries(
        ours.map(({ side, http }) => [side, (round: number) => timed(() => work(http, round))]),
      ) as Partial<Record<Side, (round: number) => Promise<number>>>;
    const made = await inTurn(
      works((http) => askAll(http, 0, days)),
      { rounds: 1, warm: 0 },
    );
    bench.row({ what: `facts of ${days} days made from their events`, unit: 'ms', samples: made });
    const whole = await inTurn(
      works((http) => ask(http, 0, days, 'NONE')),
      bench,
    );
    bench.row({ what: `${days} days by category`, unit: 'ms', samples: whole, goal: '≤ 100 / 150 ms' });
    const byDay = await inTurn(
      works((http) => ask(http, 0, days, 'DAY')),
      bench,
    );
    bench.row({ what: `${days} days by day and category`, unit: 'ms', samples: byDay });
    const middle = Math.floor(days / 2);
    const { id } = buckets[0]!;
    const one = await inTurn(
      works(async (http, round) => {
        const timestamp = new Date((FIRST_DAY_US + middle * DAY_US) / 1000 + 1000 * (60 + round)).toISOString();
        await http.ask('POST', `/api/0/buckets/${id}/events`, JSON.stringify([{ timestamp, duration: 0, data: {} }]));
        await askAll(http, middle, middle);
      }),
      bench,
    );
    bench.row({ what: 'an event, and its day made anew', unit: 'ms', samples: one });
    const again = await inTurn(
      works((http) => ask(http, middle, middle, 'NONE')),
      bench,
    );
    bench.row({ what: 'the same day, nothing changed', unit: 'ms', samples: again });
    for (const server of ours) {
      const [sizes] = await server.sql<{ packed: number; whole: number }>(FACTS);
      const { packed, whole: all } = sizes!;
      bench.note(
        `${server.side}: ${(packed / 1e6).toFixed(2)} MB of facts, ${(all / 1e6).toFixed(2)} MB with the table`,
      );
    }
    for (const server of ours) await server.close();
  },
};
