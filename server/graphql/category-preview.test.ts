/** What rules would change, asked before they are stored: once they are, `activity` says the same. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { failing, newDevice, type SentEvent } from '../../test/support/pushing.ts';
import { openTestServer, type TestServer, type TestUser } from '../../test/support/test-server.ts';

const previews = suite<{ server: TestServer; user: TestUser }>('a preview of categories');
previews.before(async (scene) => {
  scene.server = await openTestServer();
});

/** Windows of the same length, one after the other; the longest title is the first. */
const WINDOWS: readonly (readonly [app: string, title: string, minutes: number])[] = [
  ['vim', 'main.ts', 40],
  ['Firefox', 'News <script>', 20],
  ['Firefox', 'Mail', 10],
  ['Files', 'C:\\', 5],
];
previews.before.each(async (scene) => {
  scene.user = await scene.server.newUser();
  const device = await newDevice(scene.user);
  let at = Date.parse('2024-05-31T09:00:00Z');
  const events = WINDOWS.map(([app, title, minutes], i): SentEvent => {
    const event = { sourceId: String(i + 1), timestamp: new Date(at).toISOString(), duration: minutes * 60 };
    at += minutes * 60_000;
    return { ...event, data: { app, title } };
  });
  await device.push({ ...{ bucketId: 'w', epoch: 1, type: 'currentwindow', client: 'c', hostname: 'h' }, events });
});

type Rule = {
  name: string[];
  regex?: string | null;
  ignoreCase?: boolean;
  selectKeys?: readonly string[];
  priority?: number;
};
const RANGE = { first: '2024-05-31', last: '2024-05-31' };
const preview = async (user: TestUser, rules: readonly Rule[], fields: string, range = RANGE): Promise<any> =>
  (
    await user.graphql<any>(
      `query ($rules: [CategoryRuleInput!]!, $range: RangeInput!) {
        previewCategories(rules: $rules, range: $range) { ${fields} } }`,
      { rules, range },
    )
  ).previewCategories;
const store = (user: TestUser, rules: readonly Rule[]) =>
  user.graphql('mutation ($value: JSON) { setSetting(input: { key: "classes", value: $value }) { setting { key } } }', {
    value: rules.map(({ name, regex, ignoreCase, selectKeys, priority }) => ({
      name,
      rule: { type: 'regex', regex, ignore_case: ignoreCase, select_keys: selectKeys, priority },
      data: { color: '#f00', score: 1 },
    })),
  });
const byCategory = async (user: TestUser): Promise<[string, number][]> =>
  (
    await user.graphql<any>(
      `query ($range: RangeInput!) { activity(range: $range, grain: NONE, by: [CATEGORY]) {
        rows { category seconds } } }`,
      { range: RANGE },
    )
  ).activity.rows.map(({ category, seconds }: any) => [category.join(' > '), seconds]);

previews('tells the time that moves, what becomes of each category, and the rule that wins', async ({ user }) => {
  await store(user, [{ name: ['Work'], regex: 'vim|Mail' }]);
  const rules: Rule[] = [
    { name: ['Work'], regex: 'VIM', ignoreCase: true },
    { name: ['Media'], regex: 'Firefox', selectKeys: ['app'] },
    { name: ['Media', 'News'], regex: '^News' },
    { name: ['Empty'] },
  ];
  const found = await preview(
    user,
    rules,
    `complete seconds faults { rule } moves { from to seconds } categories { category secondsBefore secondsAfter }
      titles { app title before after rule seconds }`,
  );
  assert.equal(found, {
    complete: true,
    seconds: 75 * 60,
    faults: [],
    moves: [
      { from: ['Uncategorized'], to: ['Media', 'News'], seconds: 1200 },
      { from: ['Work'], to: ['Media'], seconds: 600 },
    ],
    categories: [
      { category: ['Work'], secondsBefore: 3000, secondsAfter: 2400 },
      { category: ['Uncategorized'], secondsBefore: 1500, secondsAfter: 300 },
      { category: ['Media', 'News'], secondsBefore: 0, secondsAfter: 1200 },
      { category: ['Media'], secondsBefore: 0, secondsAfter: 600 },
    ],
    titles: [
      { app: 'vim', title: 'main.ts', before: ['Work'], after: ['Work'], rule: 0, seconds: 2400 },
      {
        ...{ app: 'Firefox', title: 'News <script>', before: ['Uncategorized'] },
        ...{ after: ['Media', 'News'], rule: 2, seconds: 1200 },
      },
      { app: 'Firefox', title: 'Mail', before: ['Work'], after: ['Media'], rule: 1, seconds: 600 },
      { app: 'Files', title: 'C:\\', before: ['Uncategorized'], after: ['Uncategorized'], rule: null, seconds: 300 },
    ],
  });
  const titled = async (args: string) =>
    (await preview(user, rules, `titles(${args}) { title }`)).titles.map(({ title }: any) => title);
  assert.equal(await titled('first: 1'), ['main.ts']);
  assert.equal(await titled('changed: true'), ['News <script>', 'Mail']);
  assert.equal(await titled('rule: 1'), ['Mail']);
  assert.equal(await titled('category: ["Uncategorized"]'), ['C:\\']);
  assert.equal(await titled('rule: 99'), []);
  assert.equal(await titled('matching: 1'), ['News <script>', 'Mail'], 'also where another rule wins');
  for (const none of [3, 99, -1]) assert.equal(await titled(`matching: ${none}`), []);
  assert.equal(
    await byCategory(user),
    [
      ['Work', 3000],
      ['Uncategorized', 1500],
    ],
    'nothing was stored',
  );
});

previews('says what activity says once the rules are stored, whatever they are', async ({ user }) => {
  const text = fc.constantFrom('vim', 'i', 'Firefox', '^News', '', '(', 'C:\\\\', 'x"y', '\\', '.');
  const rule = fc.record({
    name: fc.array(fc.constantFrom('A', 'B', 'Uncategorized', '0', 'odd"', 'odd\\'), { minLength: 1, maxLength: 3 }),
    regex: fc.option(text),
    ignoreCase: fc.boolean(),
    selectKeys: fc.constantFrom(['app'], ['title'], ['app', 'title']),
    priority: fc.integer({ min: -20, max: 40 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(rule, { maxLength: 6 }), async (rules) => {
      const { categories } = await preview(user, rules, 'categories { category secondsAfter }');
      await store(user, rules);
      const after = categories
        .map(({ category, secondsAfter }: any) => [category.join(' > '), secondsAfter])
        .filter(([, seconds]: [string, number]) => seconds > 0);
      const sorted = (rows: unknown[]) => rows.map((row) => JSON.stringify(row)).sort();
      assert.equal(sorted(after), sorted(await byCategory(user)));
    }),
    { numRuns: 40 },
  );
});

previews('tells each pattern that can not be used with its place, and uses the others', async ({ user }) => {
  const rules: Rule[] = [
    { name: ['Work'], regex: 'vim' },
    { name: ['Odd'], regex: 'fine(' },
    { name: ['Odd\\'], regex: 'x' },
    { name: ['Bad'], regex: 'ab*{' },
    { name: ['None'] },
    { name: ['Media'], regex: '*.mp4' },
  ];
  const { faults, moves } = await preview(user, rules, 'faults { rule message position } moves { to seconds }');
  assert.equal(
    faults.map(({ rule, position }: any) => [rule, position]),
    [
      [1, 5],
      [2, null],
      [5, 1],
    ],
  );
  assert.match(faults[1].message, /backslash/);
  assert.match(faults[0].message, /fine\(/);
  assert.equal(moves, [{ to: ['Work'], seconds: 2400 }]);
  const nowhere = { first: '2020-01-01', last: '2020-01-02' };
  const empty = await preview(
    user,
    [{ name: ['X'], regex: '(' }],
    'seconds faults { rule } moves { seconds }',
    nowhere,
  );
  assert.equal(empty, { seconds: 0, faults: [{ rule: 0 }], moves: [] }, 'also where nothing was recorded');
});

previews('is refused for what can not be tried out', async ({ server, user }) => {
  await failing('INVALID', preview(user, [{ name: [], regex: 'x' }], 'seconds'));
  await failing('INVALID', preview(user, [], 'seconds', { first: '2024-05-31', last: '2024-05-30' }));
  await failing('INVALID', preview(user, [], 'titles(first: -1) { app }'));
  await failing('TOO_LARGE', preview(user, [], 'seconds', { first: '2000-01-01', last: '2024-05-31' }));
  const many = Array.from({ length: 2_001 }, () => ({ name: ['A'], regex: 'x' }));
  await failing('TOO_LARGE', preview(user, many, 'seconds'));
  await failing('TOO_LARGE', preview(user, [{ name: ['A'], regex: 'x'.repeat(1_000_001) }], 'seconds'));
  assert.equal(
    (await preview(await server.newUser(), [], 'seconds moves { to }')).moves,
    [],
    'nor is others’ time told',
  );
});

previews.run();
