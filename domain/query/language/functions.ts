import { categorize } from '../transform/categorize.ts';
import { chunkByKey } from '../transform/chunk-by-key.ts';
import { concat } from '../transform/concat.ts';
import { excludeKeyvals, filterKeyvals } from '../transform/filter-keyvals.ts';
import { filterKeyvalsRegex } from '../transform/filter-keyvals-regex.ts';
import { filterPeriodIntersect } from '../transform/filter-period-intersect.ts';
import { flood, PULSETIME_US } from '../transform/flood.ts';
import { mergeByKeys } from '../transform/merge-by-keys.ts';
import { mergeSubwatcherFields } from '../transform/merge-subwatcher-fields.ts';
import { periodUnion } from '../transform/period-union.ts';
import { simplifyTitles } from '../transform/simplify-titles.ts';
import { sortByDuration } from '../transform/sort-by-duration.ts';
import { sortByTimestamp } from '../transform/sort-by-timestamp.ts';
import { splitUrlEvents } from '../transform/split-url.ts';
import { sumDurations } from '../transform/sum-durations.ts';
import { tag } from '../transform/tag.ts';
import { unionNoOverlap } from '../transform/union-no-overlap.ts';
import { dataSize, spanToWire, valueToJson } from '../answer.ts';
import { findBucket } from './find-bucket.ts';
import type { Meter } from '../limits.ts';
import { QueryError, short } from '../query-error.ts';
import type { PatternCache } from '../regex/pattern-cache.ts';
import { PatternError } from '../regex/pattern.ts';
import { readCategories, readTags } from './rules.ts';
import { define, type QueryFunction } from './signature.ts';
import { equalValues, isDict, isList, kindOf, weightOf, type Value } from './value.ts';

/** Every function of the language, in the order of spec/query 3. A Map, so that `constructor` is not a function. */
export const FUNCTIONS: ReadonlyMap<string, QueryFunction> = new Map([
  [
    'query_bucket',
    define({ bucket: 'string' }, ({ bucket }, { reader, variables }) => reader.events(bucket, variables.period())),
  ],
  [
    'query_bucket_eventcount',
    define({ bucket: 'string' }, ({ bucket }, { reader, variables }) => reader.count(bucket, variables.period())),
  ],
  [
    'find_bucket',
    define({ text: 'string', host: 'string?' }, async ({ text, host }, { reader }) => {
      const bucket = findBucket(await reader.buckets(), text, host);
      const ofHost = host ? ` of host ${JSON.stringify(short(host))}` : '';
      return bucket?.id ?? fail(`there is no bucket like ${JSON.stringify(short(text))}${ofHost}`);
    }),
  ],
  ['query_bucket_names', define({}, async (_, { reader }) => (await reader.buckets()).map((bucket) => bucket.id))],

  [
    'flood',
    define({ events: 'events', pulsetime: 'number?' }, ({ events, pulsetime }) =>
      flood(events, pulsetime === undefined ? PULSETIME_US : Math.round(pulsetime * 1e6)),
    ),
  ],
  [
    'filter_period_intersect',
    define({ events: 'events', filter: 'events' }, ({ events, filter }) => filterPeriodIntersect(events, filter)),
  ],
  ['period_union', define({ first: 'events', second: 'events' }, ({ first, second }) => periodUnion(first, second))],
  [
    'union_no_overlap',
    define({ first: 'events', second: 'events' }, ({ first, second }) => unionNoOverlap(first, second)),
  ],
  [
    'merge_events_by_keys',
    define({ events: 'events', keys: 'strings' }, ({ events, keys }) => mergeByKeys(events, keys)),
  ],
  [
    'chunk_events_by_key',
    define({ events: 'events', key: 'string' }, ({ events, key }, { meter }) => {
      const chunks = chunkByKey(events, key, spanToWire);
      for (const chunk of chunks) meter.spend(dataSize(chunk.data));
      return chunks;
    }),
  ],

  ['sort_by_timestamp', define({ events: 'events' }, ({ events }) => sortByTimestamp(events))],
  ['sort_by_duration', define({ events: 'events' }, ({ events }) => sortByDuration(events))],
  [
    'limit_events',
    define({ events: 'events', count: 'integer' }, ({ events, count }) => events.slice(0, Math.max(0, count))),
  ],
  ['concat', define({ events: 'events…' }, ({ events }) => concat(events))],
  ['sum_durations', define({ events: 'events' }, ({ events }) => sumDurations(events))],

  [
    'filter_keyvals',
    define({ events: 'events', key: 'string', values: 'list' }, ({ events, key, values }, { meter }) =>
      filterKeyvals(events, key, toJson(values, meter)),
    ),
  ],
  [
    'exclude_keyvals',
    define({ events: 'events', key: 'string', values: 'list' }, ({ events, key, values }, { meter }) =>
      excludeKeyvals(events, key, toJson(values, meter)),
    ),
  ],
  [
    'filter_keyvals_regex',
    define({ events: 'events', key: 'string', pattern: 'string' }, ({ events, key, pattern }, { patterns, meter }) =>
      filterKeyvalsRegex(events, key, compiled(pattern, patterns, meter)),
    ),
  ],
  ['split_url_events', define({ events: 'events' }, ({ events }) => splitUrlEvents(events))],
  [
    'simplify_window_titles',
    define({ events: 'events', key: 'string' }, ({ events, key }) => simplifyTitles(events, key)),
  ],
  [
    'categorize',
    define({ events: 'events', rules: 'list' }, ({ events, rules }, context, at) =>
      categorize(events, readCategories(rules, context, at)),
    ),
  ],
  [
    'tag',
    define({ events: 'events', rules: 'list' }, ({ events, rules }, context, at) =>
      tag(events, readTags(rules, context, at)),
    ),
  ],
  [
    'merge_subwatcher_fields',
    define(
      { base: 'events', sub: 'events', keys: 'strings', conflict: 'string?' },
      ({ base, sub, keys, conflict = 'base_wins' }, { meter }) => {
        if (conflict !== 'base_wins' && conflict !== 'sub_wins') {
          return fail(`conflict must be "base_wins" or "sub_wins", not ${JSON.stringify(short(conflict))}`);
        }
        return mergeSubwatcherFields(base, sub, keys, conflict, meter.spend);
      },
    ),
  ],

  ['nop', define({}, () => 1)],
  ['print', define({ values: 'any…' }, () => null)],
  [
    'contains',
    define({ container: 'any', value: 'any' }, ({ container, value }, { meter }) => contains(container, value, meter)),
  ],
]);

const fail = (text: string): never => {
  throw new QueryError('QueryFunctionException', text);
};

/** The search for a filter's pattern. If that can't be used, the query fails. */
const compiled = (pattern: string, patterns: PatternCache, meter: Meter): ((text: string) => boolean) => {
  try {
    return patterns.compile(pattern, false, meter);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    const place = error.position === null ? '' : ` at its character ${error.position}`;
    return fail(`the pattern ${JSON.stringify(short(pattern))} can't be used: ${error.message}${place}`);
  }
};

const toJson = (values: readonly Value[], meter: Meter): unknown[] =>
  values.map((value) => valueToJson(value, meter.spend));

/** Deep membership in a list, or a key of a dict. */
const contains = (container: Value, value: Value, meter: Meter): boolean => {
  if (isList(container)) {
    meter.spend(Math.min(weightOf(container).size, container.length * weightOf(value).size));
    return container.some((item) => equalValues(item, value));
  }
  if (!isDict(container))
    return fail(`contains(container, value): container must be a list or a dict, not ${kindOf(container)}`);
  return typeof value === 'string'
    ? container.has(value)
    : fail(`contains(dict, key): key must be a string, not ${kindOf(value)}`);
};
