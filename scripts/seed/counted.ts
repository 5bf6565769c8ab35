/** Sums of a day, as they are meant. Times and lengths are whole ms. */

/** How long by name, as pairs: a name may be anything; null: there is none, as a phone's windows have no title. */
export type Told = readonly (readonly [name: string | null, ms: number])[];

type Hour = { readonly activeMs: number; readonly categories: Told };
/**
 * `activeMs`: somebody was there. Windows (apps, titles, categories) count while somebody was there, tabs (domains,
 * urls) while their browser's window was in front. A category is named from the root down: `Work > Programming`. Hours
 * are by the clock on the wall, by when they begin.
 */
export type Sums = {
  readonly activeMs: number;
  readonly hours: readonly (readonly [startMs: number, hour: Hour])[];
  readonly apps: Told;
  readonly titles: Told;
  readonly categories: Told;
  readonly domains: Told;
  readonly urls: Told;
};

type Named = Map<string | null, number>;

/** What counts in a stretch of time; null: nothing of the kind. */
export type Counted = {
  readonly isPresent: boolean;
  readonly window: { readonly app: string; readonly title: string | null; readonly category: string } | null;
  readonly tab: { readonly domain: string | null; readonly url: string } | null;
};

const add = (to: Named, name: string | null, ms: number): void => void to.set(name, (to.get(name) ?? 0) + ms);

export const makeCounter = () => {
  let activeMs = 0;
  const hours = new Map<number, { activeMs: number; categories: Named }>();
  const named = { apps: new Map(), titles: new Map(), categories: new Map(), domains: new Map(), urls: new Map() } as {
    [kind in 'apps' | 'titles' | 'categories' | 'domains' | 'urls']: Named;
  };
  return {
    count: ({ isPresent, window, tab }: Counted, hour: number, ms: number): void => {
      if (tab) {
        add(named.domains, tab.domain, ms);
        add(named.urls, tab.url, ms);
      }
      if (!isPresent) return;
      activeMs += ms;
      const of = hours.get(hour) ?? { activeMs: 0, categories: new Map() };
      hours.set(hour, of);
      of.activeMs += ms;
      if (!window) return;
      add(of.categories, window.category, ms);
      add(named.apps, window.app, ms);
      add(named.titles, window.title, ms);
      add(named.categories, window.category, ms);
    },
    sums: (): Sums => ({
      activeMs,
      hours: [...hours].map(([start, of]) => [start, { activeMs: of.activeMs, categories: [...of.categories] }]),
      apps: [...named.apps],
      titles: [...named.titles],
      categories: [...named.categories],
      domains: [...named.domains],
      urls: [...named.urls],
    }),
  };
};

/** Days, or devices, as one. */
export const sumOf = (all: readonly Sums[]): Sums => {
  const named = (of: (sums: Sums) => Told): Told => {
    const sum: Named = new Map();
    for (const sums of all) for (const [name, ms] of of(sums)) add(sum, name, ms);
    return [...sum];
  };
  const starts = [...new Set(all.flatMap(({ hours }) => hours.map(([start]) => start)))].sort((a, b) => a - b);
  const byStart = new Map<number, Hour[]>(starts.map((start) => [start, []]));
  for (const { hours } of all) for (const [start, hour] of hours) byStart.get(start)!.push(hour);
  return {
    activeMs: all.reduce((ms, { activeMs }) => ms + activeMs, 0),
    hours: [...byStart].map(([start, hours]) => {
      const categories: Named = new Map();
      for (const hour of hours) for (const [name, ms] of hour.categories) add(categories, name, ms);
      return [start, { activeMs: hours.reduce((ms, hour) => ms + hour.activeMs, 0), categories: [...categories] }];
    }),
    apps: named(({ apps }) => apps),
    titles: named(({ titles }) => titles),
    categories: named(({ categories }) => categories),
    domains: named(({ domains }) => domains),
    urls: named(({ urls }) => urls),
  };
};
