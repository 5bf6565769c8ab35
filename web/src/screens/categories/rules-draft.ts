/**
 * Changes of aw-webui's setting `classes`, as a list that is not stored yet. Pure: each returns a new list. What is no
 * category, and what is not understood of one, stays as it is and where it is, since other programs own it too.
 */
import { STEP } from '../../place/current.ts';
import { isClass, patternWith } from '../overview/rules.ts';

export type List = readonly unknown[];
type Name = readonly string[];

/** A category as the list has it, at its place there. `regex` null: it has no rule of its own. */
export type Rule = {
  readonly place: number;
  readonly name: Name;
  readonly regex: string | null;
  readonly ignoreCase: boolean;
  /** The keys of the data that are searched; null: all. */
  readonly selectKeys: readonly string[] | null;
  /** Null: ten for each level of the name. */
  readonly priority: number | null;
  readonly color: string | null;
  readonly score: number | null;
};

/** What a person may change of it. */
export type Change = Partial<Omit<Rule, 'place' | 'name'>>;

/** What GraphQL takes for a priority. */
const MOST = 2 ** 31 - 1;
/** Characters of a text that a pattern is made of: longer titles differ before. */
const MOST_TEXT = 200;

const objectOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
const numberOf = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null;
const wholeOf = (value: unknown): number | null => (Number.isSafeInteger(value) ? (value as number) : null);

export const rulesIn = (list: List): Rule[] =>
  list.flatMap((each, place) => {
    if (!isClass(each)) return [];
    const { type, regex, ignore_case: ignoreCase, select_keys: keys, priority, weight } = each.rule;
    const { color, score } = objectOf((each as { data?: unknown }).data);
    const searched =
      Array.isArray(keys) && keys.length > 0 && keys.every((key): key is string => typeof key === 'string');
    return [
      {
        place,
        name: each.name,
        regex: type === 'none' || type === null || typeof regex !== 'string' ? null : regex,
        ignoreCase: ignoreCase === true,
        selectKeys: searched ? (keys as string[]) : null,
        priority: wholeOf(priority) ?? wholeOf(weight),
        color: textOf(color),
        score: numberOf(score),
      },
    ];
  });

/** Rules as `previewCategories` takes them, in their order. */
export const inputsOf = (rules: readonly Rule[]) =>
  rules.map(({ name, regex, ignoreCase, selectKeys, priority }) => ({
    name: [...name],
    regex,
    ignoreCase,
    selectKeys: selectKeys && [...selectKeys],
    priority: priority === null ? null : Math.max(-MOST, Math.min(MOST, priority)),
  }));

/** `all` without the keys that are to go, and with those that have a value. */
const withValues = (all: Readonly<Record<string, unknown>>, values: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries({ ...all, ...values }).filter(([, value]) => value !== undefined));

/** The list with another rule, colour or score at a place. An empty pattern is none: it would match everything. */
export const changed = (list: List, place: number, change: Change): List =>
  list.map((each, i) => {
    if (i !== place || !isClass(each)) return each;
    const rule = {
      ...('regex' in change
        ? textOf(change.regex) === null
          ? { type: 'none', regex: undefined }
          : { type: 'regex', regex: change.regex }
        : {}),
      ...('ignoreCase' in change ? { ignore_case: change.ignoreCase === true } : {}),
      ...('selectKeys' in change ? { select_keys: change.selectKeys ?? undefined } : {}),
      ...('priority' in change ? { priority: change.priority ?? undefined, weight: undefined } : {}),
    };
    const data = {
      ...('color' in change ? { color: change.color ?? undefined } : {}),
      ...('score' in change ? { score: change.score ?? undefined } : {}),
    };
    const before = (each as { data?: unknown }).data;
    return {
      ...each,
      rule: withValues(each.rule, rule),
      ...(before === undefined && Object.keys(data).length === 0 ? {} : { data: withValues(objectOf(before), data) }),
    };
  });

const isWithin = (name: Name, root: Name): boolean => root.every((part, i) => name[i] === part);
const isSame = (a: Name, b: Name): boolean => a.length === b.length && isWithin(a, b);

/** Whether another category of the list has the same name: two rules of one category. */
const isShared = (list: List, place: number, name: Name): boolean =>
  list.some((each, i) => i !== place && isClass(each) && isSame(each.name, name));

/** The list with another name at a place; what is below goes with it, unless another one has that name as well. */
export const renamed = (list: List, place: number, to: Name): List => {
  const at = list[place];
  if (!isClass(at) || to.length === 0) return list;
  const from = at.name;
  const alone = isShared(list, place, from);
  return list.map((each, i) => {
    if (!isClass(each) || (i !== place && (alone || !isWithin(each.name, from)))) return each;
    return { ...each, name: [...to, ...each.name.slice(from.length)] };
  });
};

/** Where a category may be moved: into any that is not below it. */
export const parentsFor = (rules: readonly Rule[], { name }: Rule): Name[] => {
  const names = new Map(rules.map((rule) => [rule.name.join(STEP), rule.name]));
  const own = name.slice(0, -1);
  if (own.length > 0) names.set(own.join(STEP), own);
  return [...names.values()].filter((each) => !isWithin(each, name));
};

/** The list without the category at a place, and without what is below it, unless another one has that name as well. */
export const without = (list: List, place: number): List => {
  const at = list[place];
  if (!isClass(at)) return list;
  const alone = isShared(list, place, at.name);
  return list.filter((each, i) => i !== place && (alone || !isClass(each) || !isWithin(each.name, at.name)));
};

/** The list with one more category at its end, which has no rule yet; its name is told from others by a number. */
export const added = (list: List, parent: Name, word: string): List => {
  let name = [...parent, word];
  for (let number = 2; isShared(list, -1, name); number++) name = [...parent, `${word} ${number}`];
  return [...list, { name, rule: { type: 'none' }, data: {} }];
};

/** A window as the preview tells of it. */
type Window = { readonly app?: string | null | undefined; readonly title?: string | null | undefined };

/** The text of a window that a rule could find it by; null: none. A rule that looks at `app` alone gets that. */
export const textFor = ({ selectKeys }: Rule, { app, title }: Window): string | null => {
  const may = (key: string) => selectKeys === null || selectKeys.includes(key);
  const text = (may('title') ? textOf(title) : null) ?? (may('app') ? textOf(app) : null);
  return text === null ? null : [...text].slice(0, MOST_TEXT).join('');
};

/** The list whose rule at a place finds a text too. */
export const withFound = (list: List, { place, regex }: Rule, text: string): List =>
  changed(list, place, { regex: patternWith(regex, text) });

/** What an address calls a category: its name, and which of those that share it, from 0. */
export const calledAt = (rules: readonly Rule[], { place, name }: Rule): { category: string; nth: string | null } => {
  const before = rules.filter((rule) => rule.place < place && rule.name.join(STEP) === name.join(STEP)).length;
  return { category: name.join(STEP), nth: before === 0 ? null : String(before) };
};

/** The category that an address names; null if there is none. */
export const ruleCalled = (rules: readonly Rule[], category: string | null, nth: string | null): Rule | null =>
  rules.filter(({ name }) => name.join(STEP) === category)[nth === null ? 0 : Number(nth)] ?? null;

/** A line of the tree: what it is called below the one above that it belongs to, and how many are above it. */
type Line = { readonly rule: Rule; readonly label: string; readonly depth: number };

/** The rules as a tree, by name. A category whose parents are not in the list is called by all of its name. */
export const treeOf = (rules: readonly Rule[]): Line[] => {
  const sorted = [...rules].sort((a, b) => compareNames(a.name, b.name) || a.place - b.place);
  const above: Name[] = [];
  return sorted.map((rule) => {
    while (above.length > 0 && !isBelow(rule.name, above.at(-1)!)) above.pop();
    const label = rule.name.slice(above.at(-1)?.length ?? 0).join(STEP);
    const depth = above.length;
    above.push(rule.name);
    return { rule, label, depth };
  });
};

const isBelow = (name: Name, root: Name): boolean => name.length > root.length && isWithin(name, root);

const compareNames = (a: Name, b: Name): number => {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = a[i]!.localeCompare(b[i]!);
    if (order !== 0) return order;
    // Told apart where they sort alike: a tree's branches must not mix.
    if (a[i] !== b[i]) return a[i]! < b[i]! ? -1 : 1;
  }
  return a.length - b.length;
};

/** What a category gains from others, and loses to others, the longest first. */
export const movesOf = <Move extends { readonly from: Name; readonly to: Name }>(
  moves: readonly Move[],
  name: Name,
): { readonly gains: Move[]; readonly losses: Move[] } => ({
  gains: moves.filter(({ to }) => isSame(to, name)),
  losses: moves.filter(({ from }) => isSame(from, name)),
});

/** A pattern before, at and after the character (from 1) where it can not be read. At its end nothing is left. */
export const splitAt = (pattern: string, position: number): readonly [string, string, string] => {
  const characters = [...pattern];
  const at = Math.min(Math.max(position, 1), characters.length + 1) - 1;
  return [characters.slice(0, at).join(''), characters[at] ?? '', characters.slice(at + 1).join('')];
};
