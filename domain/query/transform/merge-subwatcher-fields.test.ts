import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { someSpans, span } from '../../../test/query/some-spans.ts';
import { equalJson } from '../../data.ts';
import { mergeSubwatcherFields, type Conflict } from './merge-subwatcher-fields.ts';
import type { Span } from './span.ts';

const free = () => {};
const shown = (spans: readonly Span[]) => spans.map(({ id, start, end, data }) => [id, start / 1e6, end / 1e6, data]);

/** spec/query 3.19 as it stands there: each event cut at each border within it, each piece asked of all. */
const asWritten = (
  base: readonly Span[],
  sub: readonly Span[],
  keys: readonly string[],
  conflict: Conflict,
): Span[] => {
  if (keys.length === 0) return [...base];
  const others = sub.filter(({ start, end }) => end > start);
  return base.flatMap((event) => {
    const { id, start, end } = event;
    if (start === end) return [event];
    const borders = others.flatMap((other) => [other.start, other.end]).filter((place) => place > start && place < end);
    const places = [...new Set([start, ...borders, end])].sort((a, b) => a - b);
    const pieces: Span[] = [];
    for (let i = 1; i < places.length; i++) {
      const [from, to] = [places[i - 1]!, places[i]!];
      const [owner] = others
        .filter((other) => other.start <= from && other.end >= to)
        .sort((a, b) => b.start - a.start || b.end - a.end);
      const data = { ...event.data };
      for (const key of keys) {
        if (!owner || !(key in owner.data) || (conflict === 'base_wins' && key in event.data)) continue;
        data[key] = owner.data[key];
      }
      const last = pieces.at(-1);
      if (last && equalJson(last.data, data)) pieces[pieces.length - 1] = { ...last, end: to };
      else pieces.push({ id, start: from, end: to, data });
    }
    return pieces;
  });
};

const fields = suite('merge_subwatcher_fields');

fields('cuts an event where what another watcher saw changes', () => {
  const base = [span(1, 0, 25, { app: 'firefox' }), span(2, 25, 34, { app: 'vim' })];
  const sub = [span(8, 3, 12, { url: 'a', tab: 1 }), span(9, 16, 31, { url: 'b', app: 'tab' })];
  const [firefox, vim] = [{ app: 'firefox' }, { app: 'vim' }];
  assert.equal(shown(mergeSubwatcherFields(base, sub, ['url', 'app'], 'base_wins', free)), [
    [1, 0, 3, firefox],
    [1, 3, 12, { app: 'firefox', url: 'a' }],
    [1, 12, 16, firefox],
    [1, 16, 25, { app: 'firefox', url: 'b' }],
    [2, 25, 31, { app: 'vim', url: 'b' }],
    [2, 31, 34, vim],
  ]);
  assert.equal(mergeSubwatcherFields(base, sub, ['app'], 'sub_wins', free)[1]!.data, { app: 'tab' });
});

fields('passes over what has no length, and changes none that has none', () => {
  const base = [span(1, 5, 5, { app: 'a' }), span(2, 0, 10, { app: 'b' })];
  assert.equal(mergeSubwatcherFields(base, [span(9, 5, 5, { url: 'x' })], ['url'], 'base_wins', free), base);
  assert.equal(mergeSubwatcherFields(base, [span(9, 0, 10, { url: 'x' })], ['url'], 'base_wins', free)[0], base[0]);
  assert.equal(mergeSubwatcherFields(base, [], ['url'], 'base_wins', free), base);
  assert.equal(mergeSubwatcherFields(base, [span(9, 0, 10, { url: 'x' })], [], 'base_wins', free), base);
});

fields('takes "__proto__" for a key like any', () => {
  const sub = [span(9, 0, 10, JSON.parse('{"__proto__":{"x":1}}') as Span['data'])];
  const [{ data }] = mergeSubwatcherFields([span(1, 0, 10, { app: 'a' })], sub, ['__proto__'], 'base_wins', free) as [
    Span,
  ];
  assert.is(JSON.stringify(data), '{"app":"a","__proto__":{"x":1}}');
});

fields('does to any lists what the specification says', () => {
  const lists = someSpans({ unit: 1, places: 30, longest: 12 });
  const named = (list: Span[], key: string): Span[] =>
    list.map((each) => ({ ...each, data: { [key]: each.data['app'] } }));
  const keys = fc.subarray(['app', 'url', 'none']);
  fc.assert(
    fc.property(
      lists,
      lists,
      lists,
      keys,
      fc.constantFrom<Conflict>('base_wins', 'sub_wins'),
      (base, first, second, some, conflict) => {
        const sub = [...named(first, 'url'), ...second];
        assert.equal(mergeSubwatcherFields(base, sub, some, conflict, free), asWritten(base, sub, some, conflict));
      },
    ),
    { numRuns: 1_000 },
  );
});

fields('tells of each piece it cuts: many long events over many short ones are more than there are events', () => {
  const base = Array.from({ length: 100 }, (_, i) => span(i, 0, 1_000, { app: i }));
  const sub = Array.from({ length: 500 }, (_, i) => span(i, 2 * i, 2 * i + 1, { url: `${i}` }));
  let pieces = 0;
  mergeSubwatcherFields(base, sub, ['url'], 'base_wins', (count) => (pieces += count));
  assert.ok(pieces >= 100_000, `${pieces}`);
});

fields.run();
