/** Programs that try to run for ever, or to use up memory or stack, and the limits they exceed. */
import type { StoredEvent } from '../../domain/event.ts';
import type { QueryLimits } from '../../domain/query/limits.ts';

const event = (id: number, data: Record<string, unknown>) => ({
  id,
  startUs: 1_705_280_400_000_000n + BigInt(id),
  durationNs: 1_000_000_000n,
  data,
});

/** The buckets that the programs read. */
export const hostileBuckets: readonly { readonly id: string; readonly events: readonly StoredEvent[] }[] = [
  { id: 'b', events: Array.from({ length: 1_000 }, (_, i) => event(i, { k: i % 2, t: `${'a'.repeat(40)}${i}!` })) },
  { id: 'long', events: [event(1, { t: `${'é'}${'a'.repeat(200_000)}` })] },
];

export type HostileProgram = {
  readonly name: string;
  readonly program: string;
  /** The error of the limit that ends it, as `Type: message`. */
  readonly error: RegExp;
  /** Only the time limit ends it. */
  readonly endless?: true;
  readonly limits?: Partial<QueryLimits>;
};

/** All end in an error that names the cause. The time limit is a second, unless a program has another. */
export const hostilePrograms: readonly HostileProgram[] = [
  {
    name: 'lists nested a million deep',
    program: `RETURN = ${'['.repeat(1e6)}`,
    error: /^QueryParseException: line 1, column 110: nested deeper than 100 levels/,
  },
  { name: 'dicts nested deep', program: `RETURN = ${'{"a":'.repeat(1e5)}`, error: /nested deeper/ },
  { name: 'calls nested deep', program: `RETURN = ${'flood('.repeat(1e5)}`, error: /nested deeper/ },
  {
    name: 'parentheses nested deep',
    program: `RETURN = ${'('.repeat(1e5)}1${')'.repeat(1e5)};`,
    error: /nested deeper/,
  },
  { name: 'blocks nested deep', program: 'if true {'.repeat(1e5), error: /nested deeper/ },
  {
    name: 'values nested deep, statement by statement',
    program: `x = []; ${'x = [x];'.repeat(5_000)} RETURN = x;`,
    error: /nested deeper/,
  },
  {
    name: 'a list of a million items',
    program: `RETURN = [${'1,'.repeat(1e6)}1];`,
    error: /more than 500000 names, values and calls/,
  },
  {
    name: 'a million terms',
    program: `RETURN = ${'1+'.repeat(1e6)}1;`,
    error: /more than 500000 names, values and calls/,
  },
  { name: 'a million statements', program: 'a=1;'.repeat(1e6), error: /more than 10000 statements/ },
  {
    name: 'a list doubled sixty times',
    program: `x = [1]; ${'x = x + x;'.repeat(60)} RETURN = x;`,
    error: /more than 5000000 parts/,
  },
  {
    name: 'a list of itself, twice, sixty times',
    program: `x = [1]; ${'x = [x, x];'.repeat(60)} RETURN = x;`,
    error: /more than \d+ parts/,
  },
  {
    name: 'a string doubled sixty times',
    program: `x = "x"; ${'x = x + x;'.repeat(60)} RETURN = x;`,
    error: /string of more than 1000000 characters/,
  },
  {
    name: 'events doubled sixty times',
    program: `x = query_bucket("b"); ${'x = concat(x, x);'.repeat(60)} RETURN = x;`,
    error: /concat is given more than 5000000 items at once/,
    limits: { milliseconds: 10_000 },
  },
  {
    name: 'chunks of chunks',
    program: `x = query_bucket("b"); ${'x = chunk_events_by_key(concat(x, x), "k");'.repeat(60)} RETURN = x;`,
    error: /an event holds more than 1000000 values|took longer than 1 s/,
  },
  {
    name: 'a pattern that backtracks for ever elsewhere',
    program: 'RETURN = filter_keyvals_regex(query_bucket("b"), "t", "(a+)+$|((");',
    error: /is never closed/,
  },
  {
    name: 'a back-reference that must backtrack',
    program: 'RETURN = filter_keyvals_regex(query_bucket("b"), "t", "^(a|a)*(a|a)*\\1(?!.)");',
    error: /took longer than 1 s; the pattern ".*" may be the cause, as patterns with back-references can run away/,
    endless: true,
  },
  {
    name: 'a condition that must backtrack',
    program: 'RETURN = filter_keyvals_regex(query_bucket("b"), "t", "^(x)?(?:a|a)*(?:a|a)*(?(1)\\d|z)");',
    error: /took longer than 1 s; the pattern ".*" may be the cause, as patterns with conditions can run away/,
    endless: true,
  },
  {
    name: 'as many events as there are, cut by as many others',
    program:
      'x = query_bucket("b"); ' +
      `${'x = merge_subwatcher_fields(concat(x, x, x), query_bucket("b"), ["t"], "sub_wins");'.repeat(40)} ` +
      'RETURN = x;',
    error: /handles more than 50000000 items|given more than 5000000 items|took longer than 1 s/,
  },
  {
    name: 'an answer of gigabytes from a few lines',
    program: `x = "${'x'.repeat(1e6)}"; y = [x]; ${'y = y + y;'.repeat(12)} RETURN = y;`,
    error: /the answer is larger than 100 MB; ask for shorter periods, or fewer/,
  },
  {
    name: 'an answer of gigabytes in one event',
    program:
      'x = query_bucket("b"); ' +
      `${'x = chunk_events_by_key(concat(x, x), "k");'.repeat(2)} RETURN = ${'x + '.repeat(500)}x;`,
    error: /the answer is larger than 100 MB|an event holds more than|handles more than|took longer/,
  },
  {
    name: 'ten thousand statements of work',
    program:
      'x = query_bucket("b"); y = x; ' +
      `${'y = split_url_events(chunk_events_by_key(sort_by_duration(x), "k"));'.repeat(9_000)} RETURN = y;`,
    error: /took longer than 1 s/,
    endless: true,
  },
  {
    name: 'four back-references, for each of a thousand titles',
    program:
      'RETURN = categorize(query_bucket("b"), [[["A"], {"type": "regex", "regex": ' +
      '"^(a+)(a+)(a+)(a+)\\1\\2\\3\\4a\\d*!$"}]]);',
    error: /took longer than 1 s/,
    endless: true,
  },
  {
    name: 'a pattern that repeats repetitions',
    program: 'RETURN = filter_keyvals_regex([], "t", "((a{1000}){1000}){1000}");',
    error: /written out it has \d+ steps, at most 50000/,
  },
  {
    name: 'a pattern nested a hundred thousand deep',
    program: `RETURN = filter_keyvals_regex([], "t", "${'('.repeat(1e5)}");`,
    error: /nested deeper than 200 groups/,
  },
  {
    name: 'a pattern of a megabyte',
    program: `RETURN = filter_keyvals_regex([], "t", "${'a|'.repeat(5e5)}");`,
    error: /longer than 100000 characters/,
  },
  {
    name: 'a large pattern on a long text',
    program: 'RETURN = filter_keyvals_regex(query_bucket("long"), "t", "(?=(a|b){900}c)a");',
    error: /too long for a text of 200001 characters/,
  },
  {
    name: 'unknown names',
    program: 'RETURN = __proto__(hasOwnProperty);',
    error: /^QueryInterpretException: line 1, column 10: there is no function __proto__/,
  },
  {
    name: 'an unknown name of a megabyte',
    program: `RETURN = ${'x'.repeat(1e6)};`,
    error: /^QueryInterpretException.{0,200}$/s,
  },
  {
    name: 'a string that never ends, of megabytes',
    program: `RETURN = "${'\\"'.repeat(2e6)}`,
    error: /^QueryParseException: line 1, column 10: this string is never closed/,
  },
  {
    name: 'a comment on each of a million lines',
    program: '# nothing\n'.repeat(1e6),
    error: /^QueryParseException: line 1000001, column 1: nothing was assigned to RETURN/,
  },
  {
    name: 'more events than may be read',
    program: 'RETURN = query_bucket("b");',
    error: /reads more than 999 events/,
    limits: { events: 999 },
  },
];
