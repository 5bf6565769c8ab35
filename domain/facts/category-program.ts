import { isJsonObject } from '../data.ts';
import { rankOfDepth } from '../query/transform/categorize.ts';

/** The bucket that the program reads: it stands for the values that are to be decided. */
export const VALUES_BUCKET = 'values';

/**
 * The program that gives each value its `$category` by the account's setting `classes` (aw-webui's: a list of objects
 * with `name` and `rule`), as aw-webui writes it into its queries. What is no rule is left out: one mistake in a
 * setting must not hide everything. Tabs have `$domain` and its like by then, for rules that look at these.
 */
export const categoryProgram = (classes: unknown): string => programWith(categoryRules(classes));

/** The rules of the setting, each as a program names it. */
export const categoryRules = (classes: unknown): string[] =>
  (Array.isArray(classes) ? classes : []).flatMap((each: unknown) => {
    const rule = isJsonObject(each) ? ruleOf(each) : null;
    return rule === null ? [] : [rule];
  });

const programWith = (rules: readonly string[]): string =>
  `RETURN = categorize(split_url_events(query_bucket("${VALUES_BUCKET}")), [${rules.join(', ')}]);`;

/** A rule that is not stored yet, as a person writes it. No `regex`: a category without a rule of its own. */
export type DraftRule = {
  readonly name: readonly string[];
  readonly regex: string | null;
  readonly ignoreCase: boolean;
  readonly selectKeys: readonly string[] | null;
  readonly priority: number | null;
};

/**
 * The same program with each rule's place in the list, as text, for its name: so it tells which one wins. `places`:
 * those of the rules that are in it, in its order.
 */
export const draftProgram = (rules: readonly DraftRule[]): { readonly program: string; readonly places: number[] } => {
  const places: number[] = [];
  const texts: string[] = [];
  for (const [place, { name, regex, ignoreCase, selectKeys, priority }] of rules.entries()) {
    // What the program of the setting leaves out is left out here too.
    if (ruleOf({ name, rule: { regex, select_keys: selectKeys } }) === null) continue;
    const rule = { regex, ignore_case: ignoreCase, select_keys: selectKeys, priority: priority ?? rankOfDepth(name) };
    texts.push(ruleOf({ name: [String(place)], rule })!);
    places.push(place);
  }
  return { program: programWith(texts), places };
};

const ruleOf = ({ name, rule }: Readonly<Record<string, unknown>>): string | null => {
  if (!isTexts(name) || name.length === 0 || !isJsonObject(rule)) return null;
  const { type, regex, ignore_case: ignoreCase, select_keys: selectKeys, priority, weight } = rule;
  if (typeof regex !== 'string' || type === 'none' || type === null) return null;
  const rank = Number.isSafeInteger(priority) ? priority : weight;
  const fields = [
    `"type": "regex", "regex": ${patternOf(regex)}`,
    ...(ignoreCase === true ? ['"ignore_case": true'] : []),
    ...(isTexts(selectKeys) && selectKeys.length > 0 ? [`"select_keys": [${selectKeys.map(quoted).join(', ')}]`] : []),
    ...(Number.isSafeInteger(rank) ? [`"priority": ${String(rank)}`] : []),
  ];
  return `[[${name.map(quoted).join(', ')}], {${fields.join(', ')}}]`;
};

/**
 * Texts that the language can say (spec/query 2.2): its one escape is that of the quote, so none ends with a backslash.
 */
const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string' && isSayable(item));
export const isSayable = (text: string): boolean => !text.endsWith('\\');

/** A text as a program says it. */
export const quoted = (text: string): string => `"${text.replaceAll('"', '\\"')}"`;

/** A group that matches nothing, behind a backslash at the end: it changes no pattern that could be used. */
const patternOf = (regex: string): string => quoted(regex.endsWith('\\') ? `${regex}(?:)` : regex);
