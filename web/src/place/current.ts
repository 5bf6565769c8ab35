/** What the address says of what is to be shown: which days, and of what alone. Pure, but for where links lead. */
import type { ActivityFilterInput } from '../data/generated.ts';
import { formatDay } from '../../../domain/day.ts';
import { pathOf, rangeAround, rangeNamed, SPANS, type Range, type Span } from './range.ts';

type Calendar = { readonly today: number; readonly startOfWeek: number };

const isSpan = (name: string | undefined): name is Span => SPANS.some((span) => span === name);

/** Whether the path is that of the overview: today, or of any span. */
export const isOverview = ([first, second]: readonly string[]): boolean =>
  first === undefined || (isSpan(first) && second !== undefined);

/** The days that an address names; null if it names none that exist. `usual`: where it says nothing. */
export const rangeOf = (
  path: readonly string[],
  params: URLSearchParams,
  calendar: Calendar,
  usual: Span = 'day',
): Range | null => {
  const named = isOverview(path) ? path : (params.get('in') ?? '').split('/');
  const [span, name] = named;
  if (!span) return rangeAround(usual, calendar.today, calendar.startOfWeek);
  return isSpan(span) && name !== undefined ? rangeNamed(span, name, calendar.startOfWeek) : null;
};

/** The path of an overview of these days. */
export const overviewOf = (range: Range, today: number): string =>
  range.span === 'day' && range.first === today ? '' : pathOf(range);

/** Days as GraphQL takes them. */
export const inputOf = ({ first, last }: Pick<Range, 'first' | 'last'>): { first: string; last: string } => ({
  first: formatDay(first),
  last: formatDay(last),
});

/** What may be asked for alone, as parameters of an address. */
export const FILTERS = ['category', 'app', 'title', 'domain'] as const;
export type FilterName = (typeof FILTERS)[number];
export type Filters = Readonly<Partial<Record<FilterName, string>>>;

/** Between the names of a category, as ActivityWatch writes it. */
export const STEP = ' > ';

export const filtersOf = (params: URLSearchParams): Filters =>
  Object.fromEntries(FILTERS.flatMap((name) => (params.has(name) ? [[name, params.get(name)!]] : [])));

export const filterInput = ({ category, app, title, domain }: Filters): ActivityFilterInput | null => {
  const input = {
    ...(category === undefined ? {} : { categories: [category.split(STEP)] }),
    ...(app === undefined ? {} : { apps: [app] }),
    ...(title === undefined ? {} : { titles: [title] }),
    ...(domain === undefined ? {} : { domains: [domain] }),
  };
  return Object.keys(input).length === 0 ? null : input;
};

/** A path with parameters behind it. */
export const withParams = (path: string, params: Readonly<Record<string, string>>): string => {
  const search = new URLSearchParams(params).toString();
  return search === '' ? path : `${path}?${search}`;
};
