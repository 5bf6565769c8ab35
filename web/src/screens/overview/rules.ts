/** aw-webui's setting `classes`: categories with their rules. Pure; what is not understood is left as it is. */

type Class = { readonly name: readonly string[]; readonly rule: Readonly<Record<string, unknown>> };

export const isClass = (value: unknown): value is Class =>
  typeof value === 'object' &&
  value !== null &&
  'name' in value &&
  Array.isArray(value.name) &&
  value.name.length > 0 &&
  value.name.every((part: unknown) => typeof part === 'string') &&
  'rule' in value &&
  typeof value.rule === 'object' &&
  value.rule !== null;

export const listOf = (classes: unknown): readonly unknown[] => (Array.isArray(classes) ? classes : []);

/** The names of the categories that there are, as they are listed. */
export const categoriesIn = (classes: unknown): (readonly string[])[] =>
  listOf(classes).flatMap((each) => (isClass(each) ? [each.name] : []));

/** A text as a pattern that finds just that. */
export const patternFor = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');

/** A pattern that finds a text too, besides what it found before. */
export const patternWith = (before: string | null, text: string): string =>
  before === null || before === '' ? patternFor(text) : `${before}|${patternFor(text)}`;

/** The setting with one more text that a category's rule finds. Categories that have no such name stay as they are. */
export const withText = (classes: unknown, category: readonly string[], text: string): unknown[] =>
  listOf(classes).map((each) => {
    if (!isClass(each) || JSON.stringify(each.name) !== JSON.stringify(category)) return each;
    const before = each.rule['type'] === 'regex' && typeof each.rule['regex'] === 'string' ? each.rule['regex'] : null;
    return { ...each, rule: { ...each.rule, type: 'regex', regex: patternWith(before, text) } };
  });
