/**
 * What a table is told apart by, and of what alone it is: as the address says it, and as the server is asked for it.
 * Pure.
 */
import type { ActivityFilterInput, CountMode, Dimension } from '../data/generated.ts';
import { filterInput, filtersOf, STEP, type Filters } from './current.ts';

export const DIMENSIONS = ['category', 'app', 'title', 'domain', 'device'] as const;
export type DimensionName = (typeof DIMENSIONS)[number];

const GRAPHQL = { category: 'CATEGORY', app: 'APP', title: 'TITLE', domain: 'DOMAIN', device: 'DEVICE' } as const;

/** `device`: one alone, counted for itself; null: all of them. */
export type Scope = { readonly by: DimensionName; readonly filters: Filters; readonly device: string | null };

export const scopeOf = (params: URLSearchParams): Scope => ({
  by: DIMENSIONS.find((name) => name === params.get('by')) ?? 'category',
  filters: filtersOf(params),
  device: params.get('device'),
});

/** The parameters that narrow what is shown. */
export const paramsOf = ({ filters, device }: Pick<Scope, 'filters' | 'device'>): Record<string, string> => ({
  ...filters,
  ...(device === null ? {} : { device }),
});

type Row = {
  readonly deviceId: string | null;
  readonly category: readonly string[] | null;
  readonly app: string | null;
  readonly title: string | null;
  readonly domain: string | null;
};

/** What a row is called, as an address names it. What has no name, and what has an empty one, are the same here. */
export const nameIn = (row: Row, by: DimensionName): string => {
  if (by === 'category') return (row.category ?? []).join(STEP);
  return (by === 'device' ? row.deviceId : row[by]) ?? '';
};

type Asked = {
  readonly by: Dimension[];
  readonly mode: CountMode;
  readonly deviceIds: string[] | null;
  readonly filter: ActivityFilterInput | null;
};

/**
 * What the server is asked, of some names alone if they are given. Devices are counted each for itself: what a device
 * is shown with leads to a page that says the same.
 */
export const askedOf = ({ by, filters, device }: Scope, names: readonly string[] | null = null): Asked => {
  const only = names && by !== 'device' ? ownFilter(by, names) : {};
  const filter = { ...filterInput(filters), ...only };
  return {
    by: [GRAPHQL[by]],
    mode: by === 'device' || device !== null ? 'SUM' : 'UNION',
    deviceIds: device !== null ? [device] : names && by === 'device' ? [...names] : null,
    filter: Object.keys(filter).length === 0 ? null : filter,
  };
};

const ownFilter = (by: Exclude<DimensionName, 'device'>, names: readonly string[]): ActivityFilterInput => {
  if (by === 'category') return { categories: names.map((name) => name.split(STEP)) };
  if (by === 'app') return { apps: [...names] };
  return by === 'title' ? { titles: [...names] } : { domains: [...names] };
};

/** What a thing is looked into by, the next best first. */
const INTO: Readonly<Record<DimensionName, readonly DimensionName[]>> = {
  category: ['app', 'title', 'device'],
  app: ['title', 'device', 'category'],
  domain: ['title', 'device'],
  title: ['app', 'device', 'category'],
  device: ['category', 'app', 'title'],
};

/** The parameters of a page that shows what a row is made of; null where nothing is left to tell it apart by. */
export const into = (scope: Scope, name: string): Record<string, string> | null => {
  const set = { ...paramsOf(scope), [scope.by]: name };
  const next = INTO[scope.by].find((each) => !(each in set));
  return next === undefined ? null : { ...set, by: next };
};
