import { tmpdir } from 'node:os';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DEFAULT_LIMITS } from '../domain/query/limits.ts';
import { readConfig } from './config.ts';
import { poolLimits } from './pool-limits.ts';

const read = (env: Record<string, string> = {}) => readConfig({ dataDir: `${tmpdir()}/kt-no-such-folder` }, env);

const limits = suite('the limits of queries');

limits('are the interpreter’s own where nothing is set', () => {
  const config = read();
  assert.equal(poolLimits(config), { threads: 3, spareThreads: 2, megabytes: 1024, query: DEFAULT_LIMITS });
  assert.ok(config.queriesPerAccount < config.queryThreads, 'one account does not keep all threads');
});

limits('are each set by a variable of their own', () => {
  const config = read({
    KT_SERVER_QUERY_THREADS: '5',
    KT_SERVER_QUERY_SPARE_THREADS: '1',
    KT_SERVER_QUERY_ANSWER_MEGABYTES: '3',
    KT_SERVER_QUERIES_PER_ACCOUNT: '4',
    KT_SERVER_QUERY_SECONDS: '7',
    KT_SERVER_QUERY_MEGABYTES: '99',
    KT_SERVER_QUERY_PERIODS: '11',
    KT_SERVER_QUERY_STATEMENTS: '12',
    KT_SERVER_QUERY_DEPTH: '13',
    KT_SERVER_QUERY_EVENTS: '14',
  });
  const { threads, spareThreads, megabytes, query } = poolLimits(config);
  assert.equal([threads, spareThreads, config.queriesPerAccount, megabytes], [5, 1, 4, 99]);
  assert.is(query.answer, 3_000_000);
  assert.equal(
    [query.milliseconds, query.periods, query.statements, query.depth, query.events],
    [7_000, 11, 12, 13, 14],
  );
});

limits('let a query hold and handle more where it may read more', () => {
  const { query } = poolLimits(read({ KT_SERVER_QUERY_EVENTS: '20000000' }));
  assert.equal([query.items, query.work], [10 * DEFAULT_LIMITS.items, 10 * DEFAULT_LIMITS.work]);
});

limits('are whole numbers, and the refusal of anything else names the variable', () => {
  for (const value of ['0', '-1', '1.5', 'many', '1e400']) {
    assert.throws(
      () => read({ KT_SERVER_QUERY_EVENTS: value }),
      /^KT_SERVER_QUERY_EVENTS must be a whole number, at least 1\. Events a query may read/,
      value,
    );
  }
});

limits.run();
