import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { KtError } from '../../domain/errors.ts';
import type { PageColumns } from '../../domain/query/dataset.ts';
import { QueryError } from '../../domain/query/query-error.ts';
import { DEFAULT_LIMITS } from '../../domain/query/limits.ts';
import type { QuerySource } from '../../domain/query/query-runner.ts';
import { makeQueryPool, type PoolLimits } from './pool.ts';

const DAY = '2024-01-15T00:00:00Z/2024-01-16T00:00:00Z';
const START_US = 1_705_276_800_000_000n;

/** The numbers of the values, each data once. */
const numbers = new Map<string, number>();

/** A page: see storage/sql/event-page.ts. */
const page = (data: object, events: readonly (readonly [id: number, startUs: bigint, ns: bigint])[]): PageColumns => {
  const text = JSON.stringify(data);
  const value = numbers.get(text) ?? numbers.size + 1;
  numbers.set(text, value);
  const column = (of: (event: (typeof events)[number]) => bigint): Uint8Array => {
    const bytes = Buffer.alloc(8 * events.length);
    for (const [i, event] of events.entries()) bytes.writeBigInt64BE(of(event), 8 * i);
    return bytes;
  };
  const values = Buffer.alloc(4 * events.length);
  for (let i = 0; i < events.length; i++) values.writeInt32BE(value, 4 * i);
  return {
    ids: column(([id]) => BigInt(id)),
    starts: column(([, startUs]) => startUs - 946_684_800_000_000n),
    durations: column(([, , ns]) => ns),
    values,
    data: `${value}\t${text.length}\t${text}`,
  };
};

const together = (...pages: readonly PageColumns[]): PageColumns => {
  const column = (name: 'ids' | 'starts' | 'durations' | 'values') => Buffer.concat(pages.map((each) => each[name]));
  return {
    ids: column('ids'),
    starts: column('starts'),
    durations: column('durations'),
    values: column('values'),
    data: pages.map(({ data }) => data).join('\n'),
  };
};

const source = (more: Partial<QuerySource> = {}): QuerySource => ({
  buckets: async () => [{ id: 'b', type: 't', client: 'c', hostname: 'h', ordinal: 0 }],
  pages: async function* () {
    yield page({ n: 1 }, [[1, START_US, 1_000_000_000n]]);
  },
  count: async () => 42,
  ...more,
});

const pools: { close(): Promise<void> }[] = [];
const open = (more: Partial<PoolLimits> = {}) => {
  const pool = makeQueryPool({ query: DEFAULT_LIMITS, megabytes: 256, threads: 1, spareThreads: 0, ...more });
  pools.push(pool);
  const ask = async (
    program: string,
    given: QuerySource = source(),
    signal = new AbortController().signal,
    account = 'a',
  ): Promise<unknown> => {
    const request = { query: [program], timeperiods: [DAY] };
    const { json } = await pool.runQuery({ request, source: given, account, signal });
    return JSON.parse(new TextDecoder().decode(json));
  };
  const failure = async (...args: Parameters<typeof ask>): Promise<unknown> =>
    ask(...args).then(
      () => assert.unreachable('must fail'),
      (error: unknown) => error,
    );
  return { ...pool, ask, failure };
};

const threads = suite('threads for queries');
threads.after(async () => {
  for (const pool of pools) await pool.close();
});

threads('run a query over what its source gives', async () => {
  const { ask } = open();
  assert.equal(await ask('RETURN = query_bucket("b");'), [
    [{ id: 1, timestamp: '2024-01-15T00:00:00Z', duration: 1, data: { n: 1 } }],
  ]);
  assert.equal(await ask('RETURN = query_bucket_eventcount("b");'), [42]);
  assert.equal(await ask('RETURN = query_bucket_names();'), [['b']]);
});

threads('put pages together, and read none past what they need', async () => {
  const asked: number[] = [];
  const paged = source({
    pages: async function* (_id, _period, most) {
      asked.push(most);
      yield page({ n: 1 }, [
        [2, START_US + 2_000_000n, 0n],
        [1, START_US + 1_000_000n, 0n],
      ]);
      yield together(page({ n: 1 }, [[3, START_US, -1n]]), page({ n: 2 }, [[4, START_US - 1n, 5_000n]]));
    },
  });
  const { ask } = open({ query: { ...DEFAULT_LIMITS, events: 4 } });
  const [events] = (await ask('RETURN = query_bucket("b");', paged)) as [{ id: number; timestamp: string }[]];
  assert.equal(
    events.map(({ id }) => id),
    [2, 1, 3, 4],
  );
  assert.is(events[3]!.timestamp, '2024-01-15T00:00:00Z', 'cut to the period');
  assert.equal(asked, [5], 'one more than allowed, to notice');
});

threads('bring errors across as what they are', async () => {
  const { failure } = open();
  const query = (await failure('x = 1;\nRETURN = nope;')) as QueryError;
  assert.instance(query, QueryError);
  assert.equal([query.code, query.type, query.place], ['invalid', 'QueryInterpretException', { line: 2, column: 10 }]);
  const broken = new KtError('unavailable', 'the database is away');
  assert.is(await failure('RETURN = query_bucket("b");', source({ buckets: () => Promise.reject(broken) })), broken);
  const half = async function* () {
    yield page({}, [[1, START_US, 0n]]);
    throw broken;
  };
  assert.is(await failure('RETURN = query_bucket("b");', source({ pages: half })), broken);
  const garbage = async function* () {
    const column = Buffer.from('no column');
    yield { ids: column, starts: column, durations: column, values: column, data: '1\t2\t{}' };
  };
  assert.not.instance(await failure('RETURN = query_bucket("b");', source({ pages: garbage })), KtError);
});

threads('end a query when its time is up, though its source never answers', async () => {
  const { ask, failure } = open({ query: { ...DEFAULT_LIMITS, milliseconds: 200 } });
  const never = new Promise<never>(() => {});
  const hanging: Partial<QuerySource>[] = [
    { count: () => never },
    { pages: () => ({ [Symbol.asyncIterator]: () => ({ next: () => never }) }) },
  ];
  for (const part of hanging) {
    const error = await failure('RETURN = [query_bucket_eventcount("b"), query_bucket("b")];', source(part));
    assert.match(String(error), 'took longer than 0.2 s');
    assert.equal(await ask('RETURN = 1;'), [1], 'and take the next');
  }
});

threads('end a query that takes too much memory, and take the next', async () => {
  const { ask, failure } = open({ megabytes: 64, query: { ...DEFAULT_LIMITS, items: 1e9, work: 1e12, events: 1e9 } });
  const greedy = `x = query_bucket("b"); ${'x = concat(x, x);'.repeat(40)} RETURN = x;`;
  assert.match(String(await failure(greedy)), 'needs more than 64 MB');
  assert.equal(await ask('RETURN = 1;'), [1]);
});

threads('end one whose client has gone, waiting or running', async () => {
  const { ask, failure } = open();
  const client = new AbortController();
  const endless = `x = "${'a'.repeat(50)}"; ${'y = x == x;'.repeat(9_000)} RETURN = query_bucket("b");`;
  const hangs = source({
    pages: () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) }),
  });
  const all = [failure(endless, hangs, client.signal), failure('RETURN = 1;', source(), client.signal)];
  setTimeout(() => client.abort(), 100);
  for (const error of await Promise.all(all)) assert.match(String(error), 'the client has gone');
  assert.match(String(await failure('RETURN = 1;', source(), client.signal)), 'the client has gone');
  assert.equal(await ask('RETURN = 1;'), [1]);
});

/** Queries that run until they are ended by the test, by name, and a record of which started, in order. */
const held = (ask: ReturnType<typeof open>['ask']) => {
  const begun: string[] = [];
  let tell = (): void => {};
  const begin = async (many: number): Promise<string[]> => {
    while (begun.length < many) await new Promise<void>((resolve) => (tell = resolve));
    return begun;
  };
  const run = (name: string, account: string) => {
    let end = (): void => {};
    const ended = new Promise<void>((resolve) => (end = resolve));
    const count = async () => {
      begun.push(name);
      tell();
      await ended;
      return 0;
    };
    return {
      end,
      answer: ask('RETURN = query_bucket_eventcount("b");', source({ count }), new AbortController().signal, account),
    };
  };
  return { run, begin };
};

threads('run as many at once as they may, the others in order', async () => {
  const { ask } = open({ threads: 2 });
  const { run, begin } = held(ask);
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => run(name, 'one')) as [Held, Held, Held, Held];
  assert.equal([...(await begin(2))].sort(), ['a', 'b']);
  b.end();
  await b.answer;
  assert.equal((await begin(3))[2], 'c', 'when one of them is done');
  a.end();
  await a.answer;
  assert.equal((await begin(4))[3], 'd');
  c.end();
  d.end();
  await Promise.all([c.answer, d.answer]);
});
type Held = ReturnType<ReturnType<typeof held>['run']>;

threads('run a third account’s query though two others’ keep all of them', async () => {
  const { ask } = open({ threads: 2, spareThreads: 1 });
  const { run, begin } = held(ask);
  const busy = [run('a1', 'a'), run('b1', 'b')];
  await begin(2);
  busy.push(run('a2', 'a'), run('b2', 'b'));
  const third = run('c1', 'c');
  assert.is((await begin(3))[2], 'c1');
  third.end();
  await third.answer;
  assert.is((await begin(3)).length, 3, 'the thread that was its own is nobody’s');
  for (const { end } of busy) end();
  await Promise.all(busy.map(({ answer }) => answer));
});

threads('when closed end what runs, and take nothing more', async () => {
  const { failure, close } = open();
  const running = failure(
    'RETURN = query_bucket_eventcount("b");',
    source({ count: () => new Promise<never>(() => {}) }),
  );
  await new Promise((resolve) => setTimeout(resolve, 600));
  await close();
  for (const error of [await running, await failure('RETURN = 1;')]) {
    assert.instance(error, KtError);
    assert.is((error as KtError).code, 'unavailable');
  }
});

threads.run();
