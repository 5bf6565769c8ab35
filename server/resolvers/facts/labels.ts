/**
 * What of a value an answer tells: its category, application, title, domain and address, as far as they are asked for.
 */
import type { Viewer } from '../../auth/viewer.ts';
import { makeByValue } from './by-value.ts';
import type { makeCategories } from './categories.ts';
import type { Parts, ValueParts } from './value-parts.ts';

/** What a value can be told apart by. */
export type Tell = 'CATEGORY' | 'APP' | 'TITLE' | 'DOMAIN' | 'URL';

/** What is told of some values; null where the value has no such thing, and where it was not asked for. */
export type Label = Parts & { readonly category: readonly string[] | null };

/**
 * Values that an answer is about: those that have one of each list; null: whatever they have. An empty text stands for
 * none as well: a phone's windows have no title.
 */
export type Only = {
  readonly categories: readonly (readonly string[])[] | null;
  readonly apps: readonly string[] | null;
  readonly titles: readonly string[] | null;
  readonly domains: readonly string[] | null;
  readonly urls: readonly string[] | null;
};
export const ANY: Only = { categories: null, apps: null, titles: null, domains: null, urls: null };

const NONE: Label = { category: null, app: null, title: null, domain: null, url: null };

/**
 * Gives each distinct label a number, and each value its label's: -1 if it is not among those asked for, or gone.
 * `learn` is called with the values of each page that are not known before they are looked up.
 */
export const makeLabels = (
  parts: ValueParts,
  categories: ReturnType<typeof makeCategories>,
  viewer: Viewer,
  by: ReadonlySet<Tell>,
  only: Only,
  signal: AbortSignal,
) => {
  const labels: Label[] = [];
  const numbers = new Map<string, number>();
  const ofValue = makeByValue();
  ofValue.set(0, -1);
  const wantsCategory = by.has('CATEGORY') || only.categories !== null;
  const wantsData = (['APP', 'TITLE', 'DOMAIN', 'URL'] as const).some((tell) => by.has(tell)) || hasDataFilter(only);
  const allowed = allowedBy(only);

  /** The numbers of what differs in its category alone: a name is one object, however many values have it. */
  const ofCategory = new Map<readonly string[] | null, number>();
  const numberOf = (full: Label): number => {
    if (!allowed(full)) return -1;
    const label: Label = {
      category: by.has('CATEGORY') ? full.category : null,
      app: by.has('APP') ? full.app : null,
      title: by.has('TITLE') ? full.title : null,
      domain: by.has('DOMAIN') ? full.domain : null,
      url: by.has('URL') ? full.url : null,
    };
    const key = JSON.stringify(label);
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, labels.length);
    return labels.push(label) - 1;
  };

  return {
    labels,
    learn: async (values: Iterable<number>): Promise<void> => {
      const fresh = [...values];
      const categoryOf = wantsCategory ? await categories.learn(viewer, fresh, signal) : () => null;
      if (!wantsData) {
        for (const value of fresh) {
          const category = categoryOf(value);
          if (category === undefined) {
            ofValue.set(value, -1);
            continue;
          }
          const number = ofCategory.get(category) ?? numberOf({ ...NONE, category });
          ofCategory.set(category, number);
          ofValue.set(value, number);
        }
        return;
      }
      for (const value of fresh) ofValue.set(value, -1);
      await parts.learn(
        viewer.account,
        fresh,
        (value, told) => {
          const category = categoryOf(value);
          if (category !== undefined) ofValue.set(value, numberOf({ category, ...told }));
        },
        signal,
      );
    },
    isKnown: ofValue.has,
    numberOf: ofValue.get,
  };
};

const hasDataFilter = ({ apps, titles, domains, urls }: Only): boolean =>
  [apps, titles, domains, urls].some((list) => list !== null);

const allowedBy = ({ categories, apps, titles, domains, urls }: Only): ((label: Label) => boolean) => {
  const names = categories && new Set(categories.map((name) => JSON.stringify(name)));
  const lists = [
    [apps && new Set(apps), 'app'],
    [titles && new Set(titles), 'title'],
    [domains && new Set(domains), 'domain'],
    [urls && new Set(urls), 'url'],
  ] as const;
  return (label) =>
    (names === null || names.has(JSON.stringify(label.category))) &&
    lists.every(([list, key]) => list === null || list.has(label[key] ?? ''));
};
