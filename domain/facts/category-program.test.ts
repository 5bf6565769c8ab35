import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeMemoryDataset } from '../../test/query/memory-dataset.ts';
import type { JsonObject } from '../data.ts';
import { runQuery } from '../query/run-query.ts';
import { categoryProgram, VALUES_BUCKET } from './category-program.ts';

const programs = suite('the program that categorizes values');

/** The categories of these data, as a query's thread decides them. */
const decided = async (classes: unknown, data: readonly JsonObject[]): Promise<unknown[]> => {
  const events = data.map((each, id) => ({ id, startUs: 0n, durationNs: 0n, data: each }));
  const dataset = makeMemoryDataset([{ id: VALUES_BUCKET, events }]);
  const request = { query: [categoryProgram(classes)], timeperiods: ['1970-01-01T00:00:00Z/1970-01-02T00:00:00Z'] };
  const { json } = await runQuery(request, { dataset, now: () => 0 });
  const [all] = JSON.parse(new TextDecoder().decode(json)) as { id: number; data: { $category: unknown } }[][];
  return data.map((_, id) => all!.find((event) => event.id === id)!.data.$category);
};
const rule = (name: unknown, regex: unknown, more: object = {}) => ({ name, rule: { type: 'regex', regex, ...more } });

programs('has the rules of aw-webui’s setting, ranks and all', async () => {
  const classes = [
    rule(['Work'], 'vim', { ignore_case: true }),
    rule(['Work', 'Web'], 'example\\.org', { select_keys: ['$domain'] }),
    rule(['Quote'], '"\\d+"'),
    rule(['Path'], 'C:\\\\'),
    rule(['First'], 'both', { priority: 50 }),
    rule(['Second', 'Deep'], 'both'),
    { name: ['None'], rule: { type: 'none', regex: 'x' } },
  ];
  const data = [
    { app: 'VIM' },
    { url: 'https://www.example.org/vim' },
    { title: 'said "42"' },
    { title: 'C:\\' },
    { title: 'both' },
    { title: 'x' },
  ];
  assert.equal(await decided(classes, data), [
    ['Work'],
    ['Work', 'Web'],
    ['Quote'],
    ['Path'],
    ['First'],
    ['Uncategorized'],
  ]);
});

programs('leaves out what is no rule, and works whatever the setting holds', async () => {
  const good = rule(['Good'], '^good$');
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\\', '"', '\\"', '*.mp4', '(', ''));
  const some = fc.oneof(
    fc.json().map((json): unknown => JSON.parse(json)),
    fc
      .tuple(fc.oneof(fc.array(text), text), fc.oneof(text, fc.constant(null)))
      .map(([name, regex]) => rule(name, regex)),
    fc
      .tuple(text, fc.anything({ maxDepth: 1 }))
      .map(([regex, odd]) => rule(['Odd'], regex, { priority: odd, weight: odd, ignore_case: odd, select_keys: odd })),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(some, { maxLength: 5 }), async (classes) => {
      const last = rule(['Good'], '^good$', { priority: 2 ** 53 - 1 });
      assert.equal(await decided([...classes, last], [{ title: 'good' }]), [['Good']]);
    }),
    { numRuns: 100 },
  );
  assert.equal(await decided({ not: 'a list' }, [{ title: 'good' }]), [['Uncategorized']]);
  assert.equal(await decided([good], [{ title: 'bad' }, { title: 'good' }]), [['Uncategorized'], ['Good']]);
});

programs.run();
