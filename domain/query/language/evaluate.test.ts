import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ask, askInVain } from '../../../test/query/ask.ts';
import { makeMemoryDataset } from '../../../test/query/memory-dataset.ts';

const at = (time: string, seconds: number, id: number, data = {}) => ({
  id,
  startUs: BigInt(Date.parse(`2024-01-15T${time}Z`)) * 1000n,
  durationNs: BigInt(seconds) * 1_000_000_000n,
  data,
});

const dataset = () =>
  makeMemoryDataset([
    { id: 'b', events: [at('01:00:00', 10, 1, { app: 'A' }), at('02:00:00', 5, 2, { app: 'B' })] },
    { id: 'other', hostname: 'beta', events: [] },
  ]);

const faults: [string, string][] = [
  ['RETURN = nope;', 'QueryInterpretException: line 1, column 10: the variable nope was never assigned'],
  [
    'RETURN = flood;',
    'QueryInterpretException: line 1, column 10: the variable flood was never assigned; ' +
      'there is a function of this name: expected "(" behind it',
  ],
  ['x = 1;\nRETURN = [x,\n  nope(1)];', 'QueryInterpretException: line 3, column 3: there is no function nope'],
  ['RETURN = constructor();', 'QueryInterpretException: line 1, column 10: there is no function constructor'],
  ['RETURN = toString;', 'QueryInterpretException: line 1, column 10: the variable toString was never assigned'],
  [
    'RETURN = flood([], 5, 5);',
    'QueryInterpretException: line 1, column 10: flood(events, [pulsetime]) takes 1 to 2 arguments, not 3',
  ],
  [
    'RETURN = flood([], true);',
    'QueryFunctionException: line 1, column 10: flood(events, [pulsetime]): pulsetime must be a number, not a boolean',
  ],
  [
    'RETURN = merge_subwatcher_fields([], [], ["a"], "both");',
    'QueryFunctionException: line 1, column 10: conflict must be "base_wins" or "sub_wins", not "both"',
  ],
  [
    'RETURN = find_bucket();',
    'QueryInterpretException: line 1, column 10: find_bucket(text, [host]) takes 1 to 2 arguments, not 0',
  ],
  [
    'RETURN = 1 + "1";',
    'QueryInterpretException: line 1, column 12: "+" takes two numbers, two strings or two lists, ' +
      'not a number and a string',
  ],
  [
    'RETURN = 1 + 2 - true;',
    'QueryInterpretException: line 1, column 16: "-" takes two numbers, not a number and a boolean',
  ],
  [
    'RETURN = 1 == "1";',
    'QueryInterpretException: line 1, column 12: "==" compares two values of one type, not a number and a string',
  ],
  ['RETURN = 1 / 0;', 'QueryInterpretException: line 1, column 12: division by zero'],
  [
    'if 1 { } RETURN = 1;',
    'QueryInterpretException: line 1, column 4: the condition of "if" must be true or false, not a number',
  ],
  [
    'RETURN = flood("b");',
    'QueryFunctionException: line 1, column 10: flood(events, [pulsetime]): events must be a list of events, ' +
      'not a string',
  ],
  [
    'RETURN = flood([1]);',
    'QueryFunctionException: line 1, column 10: flood(events, [pulsetime]): events must be a list of events, ' +
      'not a list whose item 1 is a number',
  ],
  [
    'RETURN = limit_events([], true);',
    'QueryFunctionException: line 1, column 10: limit_events(events, count): count must be a number, not a boolean',
  ],
  [
    'RETURN = merge_events_by_keys([], ["a", 1]);',
    'QueryFunctionException: line 1, column 10: merge_events_by_keys(events, keys): ' +
      'keys must be a list of strings, not a list whose item 2 is a number',
  ],
  ['RETURN = query_bucket("c");', 'QueryFunctionException: line 1, column 10: there is no bucket "c"'],
  ['RETURN = query_bucket_eventcount("c");', 'QueryFunctionException: line 1, column 10: there is no bucket "c"'],
  [
    'RETURN = find_bucket("b", "beta");',
    'QueryFunctionException: line 1, column 10: there is no bucket like "b" of host "beta"',
  ],
  [
    'STARTTIME = "soon"; RETURN = query_bucket("b");',
    'QueryFunctionException: line 1, column 30: STARTTIME, or TIMEINTERVAL, was assigned what is no time; ' +
      'write it like "2024-05-31T09:30:00Z"',
  ],
  [
    'RETURN = filter_keyvals_regex([], "a", "(");',
    'QueryFunctionException: line 1, column 10: the pattern "(" can\'t be used: ' +
      'a "(" is never closed at its character 1',
  ],
  [
    'RETURN = categorize([], [[["W"], {"regex": "a", "priority": "9"}]]);',
    'QueryFunctionException: line 1, column 10: rule 1: its priority must be an integer, not a string',
  ],
  [
    'RETURN = categorize([], [[["W"], {"regex": "a", "priority": 9, "weight": 2.5}]]);',
    'QueryFunctionException: line 1, column 10: rule 1: its weight must be an integer, not 2.5',
  ],
  [
    'RETURN = tag([], [["w", {"type": "none", "priority": true}]]);',
    'QueryFunctionException: line 1, column 10: rule 1: its priority must be an integer, not a boolean',
  ],
  [
    'RETURN = categorize([], [[["W"], {"regex": 1}]]);',
    'QueryFunctionException: line 1, column 10: rule 1: its regex must be a string, not a number',
  ],
  [
    'RETURN = categorize([], [[["W"], {}], ["W", {}]]);',
    'QueryFunctionException: line 1, column 10: rule 2: its category must be a list of strings, not a string',
  ],
  [
    'RETURN = categorize([], [[["W"]]]);',
    'QueryFunctionException: line 1, column 10: rule 1: it must be a pair [category, rule]',
  ],
  [
    'RETURN = tag([], [["W", []]]);',
    'QueryFunctionException: line 1, column 10: rule 1: its rule must be a dict, not a list',
  ],
  [
    'RETURN = contains(1, 1);',
    'QueryFunctionException: line 1, column 10: contains(container, value): ' +
      'container must be a list or a dict, not a number',
  ],
];

const evaluating = suite('the evaluator');

for (const [program, error] of faults) {
  evaluating(`refuses ${program}`, async () => assert.is(await askInVain(program, { dataset: dataset() }), error));
}

evaluating('reads each bucket once per period, however often it is asked', async () => {
  const given = dataset();
  await ask(
    'a = query_bucket("b"); b = query_bucket("b"); STARTTIME = "2024-01-15T01:00:00Z"; c = query_bucket("b"); ' +
      'd = query_bucket("b"); RETURN = 1;',
    { dataset: given },
  );
  assert.equal(given.reads, ['b', 'b']);
});

evaluating('lets the period of later reads be moved, by any of its forms', async () => {
  const count = (assignments: string) =>
    ask(`${assignments} RETURN = [query_bucket_eventcount("b"), STARTTIME, TIMEINTERVAL];`, { dataset: dataset() });
  assert.equal(await count('STARTTIME = "2024-01-15 01:30";'), [
    1,
    '2024-01-15 01:30',
    '2024-01-15T01:30:00+00:00/2024-01-16T00:00:00+00:00',
  ]);
  assert.equal(await count('ENDTIME = "2024-01-15";'), [
    0,
    '2024-01-15T00:00:00+00:00',
    '2024-01-15T00:00:00+00:00/2024-01-15T00:00:00+00:00',
  ]);
  assert.equal(await count('TIMEINTERVAL = "2024-01-15T02:00:00+01:00/2024-01-15T01:00:00Z";'), [
    1,
    '2024-01-15T01:00:00+00:00',
    '2024-01-15T02:00:00+01:00/2024-01-15T01:00:00Z',
  ]);
  assert.equal(await count('STARTTIME = "2025-01-01";'), [
    0,
    '2025-01-01',
    '2025-01-01T00:00:00+00:00/2024-01-16T00:00:00+00:00',
  ]);
});

evaluating('takes `return` for an assignment to RETURN, and `return x = …` for one to both', async () => {
  assert.equal(await ask('return x = [1, -2]; y = x; RETURN = [RETURN, y];'), [
    [1, -2],
    [1, -2],
  ]);
  assert.equal(await ask('return 1; x = 2;'), 1);
});

evaluating('takes a minus for a sign where a value begins, and for subtraction between two', async () => {
  assert.equal(await ask('a = 7; RETURN = [-1, [3 -2], a -1, 2 * -3, -1 - -1, {"k": - 5}];'), [
    -1,
    [1],
    6,
    -6,
    0,
    { k: -5 },
  ]);
});

evaluating('takes the time that a gap may be from flood’s second argument, with its fraction', async () => {
  const gaps = makeMemoryDataset([
    { id: 'b', events: [at('01:00:00', 10, 1, { app: 'A' }), at('01:00:14', 5, 2, { app: 'B' })] },
  ]);
  const length = (argument: string) =>
    ask(`RETURN = sum_durations(flood(query_bucket("b")${argument}));`, { dataset: gaps });
  assert.equal(
    [await length(''), await length(', 4'), await length(', 3.999999'), await length(', -1')],
    [19, 19, 15, 15],
  );
});

evaluating('takes a rule of type null as none', async () => {
  const program = 'RETURN = categorize(query_bucket("b"), [[["W"], {"type": null, "regex": "A"}]]);';
  const events = (await ask(program, { dataset: dataset() })) as { data: object }[];
  assert.equal(
    events.map(({ data }) => data),
    [
      { app: 'B', $category: ['Uncategorized'] },
      { app: 'A', $category: ['Uncategorized'] },
    ],
  );
});

evaluating('compares events by time and data, and dicts in any order', async () => {
  assert.is(
    await ask('e = query_bucket("b"); RETURN = e == sort_by_timestamp(sort_by_duration(e));', { dataset: dataset() }),
    false,
  );
  assert.is(
    await ask('e = query_bucket("b"); RETURN = sort_by_timestamp(e) == flood(e);', { dataset: dataset() }),
    true,
  );
  assert.is(await ask('RETURN = {"a": 1, "b": [true]} == {"b": [true], "a": 1};'), true);
});

evaluating('cuts a float where it needs a whole number', async () => {
  assert.equal(await ask('RETURN = limit_events(query_bucket("b"), 0.9);', { dataset: dataset() }), []);
  assert.is(
    ((await ask('RETURN = limit_events(query_bucket("b"), 7 / 4);', { dataset: dataset() })) as unknown[]).length,
    1,
  );
  assert.equal(await ask('RETURN = limit_events(query_bucket("b"), 0 - 1);', { dataset: dataset() }), []);
});

evaluating('gives each event exactly four keys, times in UTC', async () => {
  assert.equal(await ask('RETURN = limit_events(query_bucket("b"), 1);', { dataset: dataset() }), [
    { id: 2, timestamp: '2024-01-15T02:00:00Z', duration: 5, data: { app: 'B' } },
  ]);
});

evaluating.run();
