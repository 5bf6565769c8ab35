import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ask, askInVain, DAY } from '../../test/query/ask.ts';
import { makeMemoryDataset } from '../../test/query/memory-dataset.ts';
import type { QueryLimits } from './limits.ts';
import { runQuery } from './run-query.ts';

const event = (id: number, data: Record<string, unknown>) => ({ id, startUs: 1_705_280_400_000_000n + BigInt(id), durationNs: 1_000_000_000n, data });
const dataset = () =>
  makeMemoryDataset([
    { id: 'b', events: Array.from({ length: 1_000 }, (_, i) => event(i, { k: i % 2, t: `${'a'.repeat(40)}${i}!` })) },
    { id: 'long', events: [event(1, { t: `${'é'}${'a'.repeat(200_000)}` })] },
  ]);

/** Each wants to run for ever, or to use all memory or stack. All end in an error that names a cause, within the time below. */
const programs: { name: string; program: string; error: RegExp; limits?: Partial<QueryLimits> }[] = [
  { name: 'lists nested a million deep', program: `RETURN = ${'['.repeat(1e6)}`, error: /^QueryParseException: line 1, column 110: nested deeper than 100 levels/ },
  { name: 'dicts nested deep', program: `RETURN = ${'{"a":'.repeat(1e5)}`, error: /nested deeper/ },
  { name: 'calls nested deep', program: `RETURN = ${'flood('.repeat(1e5)}`, error: /nested deeper/ },
  { name: 'parentheses nested deep', program: `RETURN = ${'('.repeat(1e5)}1${')'.repeat(1e5)};`, error: /nested deeper/ },
  { name: 'blocks nested deep', program: 'if true {'.repeat(1e5), error: /nested deeper/ },
  { name: 'values nested deep, statement by statement', program: `x = []; ${'x = [x];'.repeat(5_000)} RETURN = x;`, error: /nested deeper/ },
  { name: 'a list of a million items', program: `RETURN = [${'1,'.repeat(1e6)}1];`, error: /more than 500000 names, values and calls/ },
  { name: 'a million terms', program: `RETURN = ${'1+'.repeat(1e6)}1;`, error: /more than 500000 names, values and calls/ },
  { name: 'a million statements', program: 'a=1;'.repeat(1e6), error: /more than 10000 statements/ },
  { name: 'a list doubled sixty times', program: `x = [1]; ${'x = x + x;'.repeat(60)} RETURN = x;`, error: /more than 5000000 parts/ },
  { name: 'a list of itself, twice, sixty times', program: `x = [1]; ${'x = [x, x];'.repeat(60)} RETURN = x;`, error: /more than \d+ parts/ },
  { name: 'a string doubled sixty times', program: `x = "x"; ${'x = x + x;'.repeat(60)} RETURN = x;`, error: /string of more than 1000000 characters/ },
  { name: 'events doubled sixty times', program: `x = query_bucket("b"); ${'x = concat(x, x);'.repeat(60)} RETURN = x;`, error: /concat is given more than 5000000 items at once/, limits: { milliseconds: 10_000 } },
  { name: 'chunks of chunks', program: `x = query_bucket("b"); ${'x = chunk_events_by_key(concat(x, x), "k");'.repeat(60)} RETURN = x;`, error: /an event holds more than 1000000 values|took longer than 1 s/ },
  { name: 'a pattern that backtracks for ever elsewhere', program: 'RETURN = filter_keyvals_regex(query_bucket("b"), "t", "(a+)+$|((");', error: /is never closed/ },
  { name: 'a back-reference that must backtrack', program: 'RETURN = filter_keyvals_regex(query_bucket("b"), "t", "^(a|a)*(a|a)*\\1(?!.)");', error: /took longer than 1 s/ },
  { name: 'a pattern that repeats repetitions', program: 'RETURN = filter_keyvals_regex([], "t", "((a{1000}){1000}){1000}");', error: /written out it has \d+ steps, at most 50000/ },
  { name: 'a pattern nested a hundred thousand deep', program: `RETURN = filter_keyvals_regex([], "t", "${'('.repeat(1e5)}");`, error: /nested deeper than 200 groups/ },
  { name: 'a pattern of a megabyte', program: `RETURN = filter_keyvals_regex([], "t", "${'a|'.repeat(5e5)}");`, error: /longer than 100000 characters/ },
  { name: 'a large pattern on a long text', program: 'RETURN = filter_keyvals_regex(query_bucket("long"), "t", "(?=(a|b){900}c)a");', error: /too long for a text of 200001 characters/ },
  { name: 'unknown names', program: 'RETURN = __proto__(hasOwnProperty);', error: /^QueryInterpretException: line 1, column 10: there is no function __proto__/ },
  { name: 'an unknown name of a megabyte', program: `RETURN = ${'x'.repeat(1e6)};`, error: /^QueryInterpretException.{0,200}$/s },
  { name: 'a string that never ends, of megabytes', program: `RETURN = "${'\\"'.repeat(2e6)}`, error: /^QueryParseException: line 1, column 10: this string is never closed/ },
  { name: 'a comment on each of a million lines', program: '# nothing\n'.repeat(1e6), error: /^QueryParseException: line 1000001, column 1: nothing was assigned to RETURN/ },
  { name: 'more events than may be read', program: 'RETURN = query_bucket("b");', error: /reads more than 999 events/, limits: { events: 999 } },
];

const hostile = suite('hostile programs');

for (const { name, program, error, limits } of programs) {
  hostile(`${name}: a clear error`, async () => {
    const started = performance.now();
    assert.match(await askInVain(program, { dataset: dataset(), limits: { milliseconds: 1_000, ...limits } }), error);
    assert.ok(performance.now() - started < 5_000, 'soon');
  });
}

hostile('a million periods: refused before one is read', async () => {
  const never = { dataset: dataset(), now: () => 0 };
  try {
    await runQuery({ query: ['RETURN = 1;'], timeperiods: new Array<string>(1e6).fill(DAY) }, never);
    assert.unreachable();
  } catch (error) {
    assert.match(String(error), '1000000 time periods; at most 1000 may be asked for at once');
  }
});

hostile('patterns that others can’t bear are harmless here', async () => {
  const matches = (pattern: string) => ask(`RETURN = sum_durations(filter_keyvals_regex(query_bucket("b"), "t", "${pattern}"));`, { dataset: dataset() });
  for (const pattern of ['^(a+)+$', '^(a|aa)+$', '(a*)*b', '^(?=(a+)+$)', '(?:a?){500}b', '(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)[^a-z0-9!]', '^(?:(?:a|a)*)*x(?<=x)']) {
    assert.is(await matches(pattern), 0, pattern);
  }
});

hostile('a client that has gone ends the query', async () => {
  let asked = 0;
  const interrupt = () => (++asked > 3 ? 'the client has gone' : null);
  assert.match(await askInVain(`${'a = 1;'.repeat(100)} RETURN = a;`, { interrupt }), 'the query was stopped: the client has gone');
  assert.is(asked, 4);
});

hostile.run();
