/**
 * A program in ActivityWatch's query language that says what the table says of one device: for its own server, and for
 * scripts that ask it. Pure.
 */
import { windowPattern } from '../../../../domain/facts/browsers.ts';
import { categoryRules, isSayable, quoted } from '../../../../domain/facts/category-program.ts';
import { STEP, type Filters } from '../../place/current.ts';
import type { DimensionName } from '../../place/scope.ts';

type Bucket = { readonly bucketId: string; readonly type: string };

export type ProgramOf = {
  readonly by: DimensionName;
  readonly filters: Filters;
  readonly buckets: readonly Bucket[];
  /** The setting `classes`. */
  readonly classes: unknown;
  /** Whether a tab that plays sound counts as somebody there: the setting `include_audible`. */
  readonly audible: boolean;
};

/** The key of an event's data that holds it. */
const KEYS = { category: '$category', app: 'app', title: 'title', domain: '$domain' } as const;

/** Null where the language has no words for it: texts that end with a backslash, or a device without windows. */
export const programOf = ({ by, filters, buckets, classes, audible }: ProgramOf): string | null => {
  const of = (type: string) => buckets.filter((bucket) => bucket.type === type).map(({ bucketId }) => bucketId);
  const [windows, afk, web] = [of('currentwindow'), of('afkstatus'), of('web.tab.current')];
  const texts = [...windows, ...afk, ...web, ...Object.values(filters).flatMap((text) => text.split(STEP))];
  if (windows.length === 0 || !texts.every(isSayable)) return null;

  const ofTabs = by === 'domain' || filters.domain !== undefined;
  const needsTabs = ofTabs || (audible && afk.length > 0);
  const lines = [`windows = ${flooded(windows)};`];
  if (needsTabs) {
    const each = web.map((id) => {
      const shown = `filter_keyvals_regex(windows, "app", ${quoted(windowPattern(id))})`;
      return `filter_period_intersect(${flooded([id])}, ${shown})`;
    });
    lines.push(`tabs = sort_by_timestamp(${together(each)});`);
  }
  if (!ofTabs && afk.length > 0) {
    lines.push(`active = filter_keyvals(${flooded(afk)}, "status", ["not-afk"]);`);
    if (audible) lines.push('active = period_union(active, filter_keyvals(tabs, "audible", [true]));');
  }
  const isOfPresence = by === 'device' && Object.keys(filters).length === 0;
  if (isOfPresence) return [...lines, `RETURN = sum_durations(${afk.length > 0 ? 'active' : 'windows'});`].join('\n');

  if (ofTabs) lines.push('events = split_url_events(tabs);');
  else lines.push(`events = ${afk.length > 0 ? 'filter_period_intersect(windows, active)' : 'windows'};`);
  if (by === 'category' || filters.category !== undefined)
    lines.push(`events = categorize(events, [${categoryRules(classes).join(', ')}]);`);
  for (const name of ['category', 'app', 'title', 'domain'] as const) {
    const wanted = filters[name];
    if (wanted === undefined) continue;
    const value = name === 'category' ? `[${wanted.split(STEP).map(quoted).join(', ')}]` : quoted(wanted);
    lines.push(`events = filter_keyvals(events, "${KEYS[name]}", [${value}]);`);
  }
  const answer =
    by === 'device' ? 'sum_durations(events)' : `sort_by_duration(merge_events_by_keys(events, ["${KEYS[by]}"]))`;
  return [...lines, `RETURN = ${answer};`].join('\n');
};

const flooded = (ids: readonly string[]): string => together(ids.map((id) => `flood(query_bucket(${quoted(id)}))`));

const together = (lists: readonly string[]): string =>
  lists.length === 0 ? '[]' : lists.reduce((sum, list) => `concat(${sum}, ${list})`);
