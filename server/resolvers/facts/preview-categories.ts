/** What other rules would change: the time that they move between categories (spec/product 4.4). */
import { KtError } from '../../../domain/errors.ts';
import { cutDays, utcDays } from '../../../domain/facts/calendar.ts';
import { draftProgram, type DraftRule } from '../../../domain/facts/category-program.ts';
import { readShares } from '../../../domain/facts/shares.ts';
import type { QueryWarning } from '../../../domain/query/warnings.ts';
import type { Viewer } from '../../auth/viewer.ts';
import * as rows from '../../storage/day-facts.ts';
import { portOf, run } from '../../storage/database.ts';
import type { Deps } from '../deps.ts';
import type { Summing } from '../reading.ts';
import { makeTurns, yieldToOthers } from '../yield-to-others.ts';
import { checkRange } from './activity.ts';
import { calendarOf } from './calendar-settings.ts';
import type { makeCategories } from './categories.ts';
import type { KeepFacts } from './keep-facts.ts';
import { makeSums } from './sums.ts';
import type { Parts, ValueParts } from './value-parts.ts';

type Name = readonly string[];

/** A rule whose pattern can't be used, and so matches nothing: its place in the list, and where in the pattern. */
export type RuleFault = { readonly rule: number; readonly message: string; readonly position: number | null };

/** Time that one category loses to another. */
export type CategoryMove = { readonly from: Name; readonly to: Name; readonly seconds: number };

/** What a window showed: its category now and by the rules, and the place of the rule that decides; null: none does. */
export type PreviewedTitle = {
  readonly app: string | null;
  readonly title: string | null;
  readonly before: Name;
  readonly after: Name;
  readonly rule: number | null;
  readonly seconds: number;
};

export type CategoryPreview = {
  /** The facts include everything up to it, but for `missingDays`. */
  readonly revision: bigint;
  readonly missingDays: number;
  readonly seconds: number;
  /** The longest first. */
  readonly moves: readonly CategoryMove[];
  readonly categories: readonly { readonly name: Name; readonly before: number; readonly after: number }[];
  readonly faults: readonly RuleFault[];
  /** The first of the titles that are wanted, the longest first. */
  titles(wanted: WantedTitles): Promise<readonly PreviewedTitle[]>;
};

/**
 * Which titles: those whose category changes, or that a rule decides, or that it matches though another one wins, or of
 * one category by the rules; null: any. Rules are told by their place.
 */
type WantedTitles = {
  readonly first: number;
  readonly changed: boolean;
  readonly rule: number | null;
  readonly matching: number | null;
  readonly category: Name | null;
};

const MOST_RULES = 2_000;
/** Characters of all rules together: what a setting takes at most, in ASCII. */
const MOST_TEXT = 1_000_000;

const UNCATEGORIZED: Name = ['Uncategorized'];
const keyOf = (name: Name): string => JSON.stringify(name);

const checkRules = (rules: readonly DraftRule[]): void => {
  const length = (texts: readonly string[]) => texts.reduce((sum, text) => sum + text.length, 0);
  const all = rules.reduce(
    (sum, { name, regex, selectKeys }) => sum + length(name) + (regex?.length ?? 0) + length(selectKeys ?? []),
    0,
  );
  if (rules.length > MOST_RULES || all > MOST_TEXT)
    throw new KtError('too_large', `at most ${MOST_RULES} rules of ${MOST_TEXT} characters in all can be tried out`);
  const empty = rules.findIndex(({ name }) => name.length === 0);
  if (empty !== -1)
    throw new KtError('invalid', `rule ${empty + 1} has no name: give its category, from the root down`);
};

/** What is wrong with rules: warnings of the program name them by their place in it. Names can't be said by it. */
const faultsOf = (rules: readonly DraftRule[], places: readonly number[], warnings: readonly QueryWarning[]) => {
  const faults: RuleFault[] = warnings.map(({ rule, message, position }) => ({
    rule: places[rule - 1]!,
    // The function and the number in the program say nothing to people.
    message: message.replace(/^categorize, rule \d+: /, ''),
    position,
  }));
  for (const [rule, { name, selectKeys }] of rules.entries())
    if ([...name, ...(selectKeys ?? [])].some((text) => text.endsWith('\\')))
      faults.push({ rule, message: 'a name can not end with a backslash: the rule is left out', position: null });
  return faults.sort((a, b) => a.rule - b.rule);
};

type Sum = { readonly value: number; readonly ms: number; readonly before: Name; readonly rule: number | null };

export const makePreviewCategories = (
  { database }: Pick<Deps, 'database'>,
  keep: KeepFacts,
  categories: ReturnType<typeof makeCategories>,
  parts: ValueParts,
  summing: Summing,
) => {
  /** How long each value was the active window of all devices as one, in ms. */
  const timeOfValues = async (account: number, first: number, last: number, signal: AbortSignal) => {
    const cut = cutDays(await calendarOf(portOf(database), account), 'NONE', first, last);
    const [from, to] = utcDays(cut);
    const { revision, missing } = await keep.freshen(account, from, to, signal);
    const sums = makeSums(cut);
    const window = rows.kindNumber('window');
    for (let at: number | null = from; at !== null && !signal.aborted; ) {
      const start: number = at;
      const page = await run(database, (tx) => rows.page(tx, account, [rows.UNION], [window], start, to));
      for (const { day, packed } of page.rows)
        for (const share of readShares(packed)) sums.add(share.packed, day, '', (value) => (value === 0 ? -1 : value));
      at = page.next;
      await yieldToOthers(account);
    }
    return { revision, missing, values: [...sums.rows()].map(({ label, ms }) => ({ value: label, ms })) };
  };

  /** The titles of the longest of these, those that are equal as one. */
  const titlesOf = async (
    account: number,
    sums: readonly Sum[],
    ruled: (rule: number | null) => Name,
    signal: AbortSignal,
  ): Promise<PreviewedTitle[]> => {
    const found = new Map<string, PreviewedTitle>();
    const byValue = new Map(sums.map((sum) => [sum.value, sum]));
    const told = ({ app, title }: Parts, { ms, before, rule }: Sum): void => {
      const one = { app, title, before, after: ruled(rule), rule };
      const key = JSON.stringify(one);
      found.set(key, { ...one, seconds: (found.get(key)?.seconds ?? 0) + ms / 1000 });
    };
    await parts.learn(account, [...byValue.keys()], (value, said) => told(said, byValue.get(value)!), signal);
    return [...found.values()].sort((a, b) => b.seconds - a.seconds);
  };

  const tryOut = async (
    viewer: Viewer,
    rules: readonly DraftRule[],
    { first, last }: { readonly first: number; readonly last: number },
    signal: AbortSignal,
  ): Promise<CategoryPreview> => {
    checkRange(first, last);
    checkRules(rules);
    const { account } = viewer;
    const { revision, missing, values } = await timeOfValues(account, first, last, signal);
    const numbers = values.map(({ value }) => value);
    const { program, places } = draftProgram(rules);
    const [categoryOf, { byValue, warnings }] = await Promise.all([
      categories.learn(viewer, numbers, signal),
      categories.tryOut(viewer, program, numbers, signal),
    ]);
    const ruled = (rule: number | null): Name => (rule === null ? UNCATEGORIZED : rules[rule]!.name);

    const sums: Sum[] = [];
    const moves = new Map<string, { from: Name; to: Name; ms: number }>();
    const totals = new Map<string, { name: Name; before: number; after: number }>();
    const add = (name: Name, key: 'before' | 'after', ms: number): void => {
      const total = totals.get(keyOf(name)) ?? { name, before: 0, after: 0 };
      totals.set(keyOf(name), total);
      total[key] += ms;
    };
    const turns = makeTurns(account);
    for (const { value, ms } of values) {
      if (turns.isOver()) await turns.next();
      const [before, winner] = [categoryOf(value), byValue.get(value)];
      // Deleted meanwhile.
      if (before === undefined || winner === undefined) continue;
      const rule = winner === UNCATEGORIZED[0] ? null : Number(winner);
      const after = ruled(rule);
      sums.push({ value, ms, before, rule });
      add(before, 'before', ms);
      add(after, 'after', ms);
      if (keyOf(before) === keyOf(after)) continue;
      const key = JSON.stringify([before, after]);
      const move = moves.get(key) ?? { from: before, to: after, ms: 0 };
      moves.set(key, move);
      move.ms += ms;
    }
    sums.sort((a, b) => b.ms - a.ms || a.value - b.value);

    /** The values that a rule matches: by itself, it wins wherever it does. */
    const matchedBy = async (place: number): Promise<(value: number) => boolean> => {
      const rule = rules[place];
      if (!rule) return () => false;
      const alone = await categories.tryOut(viewer, draftProgram([rule]).program, numbers, signal);
      return (value) => alone.byValue.get(value) === '0';
    };
    return {
      revision,
      missingDays: missing,
      seconds: sums.reduce((sum, { ms }) => sum + ms, 0) / 1000,
      moves: [...moves.values()]
        .sort((a, b) => b.ms - a.ms)
        .map(({ from, to, ms }) => ({ from, to, seconds: ms / 1000 })),
      categories: [...totals.values()]
        .sort((a, b) => Math.max(b.before, b.after) - Math.max(a.before, a.after))
        .map(({ name, before, after }) => ({ name, before: before / 1000, after: after / 1000 })),
      faults: faultsOf(rules, places, warnings.first),
      titles: async (wanted) => {
        const category = wanted.category && keyOf(wanted.category);
        const isMatched = wanted.matching === null ? () => true : await matchedBy(wanted.matching);
        const chosen = sums.filter(
          ({ before, rule, value }) =>
            isMatched(value) &&
            (!wanted.changed || keyOf(before) !== keyOf(ruled(rule))) &&
            (wanted.rule === null || wanted.rule === rule) &&
            (category === null || category === keyOf(ruled(rule))),
        );
        return titlesOf(account, chosen.slice(0, wanted.first), ruled, signal);
      },
    };
  };

  return {
    /**
     * Tries out rules on some days of the account, of all devices as one; nothing is stored. Fails as `activity` does,
     * with `invalid` for a rule without a name, with `too_large` for too many, and as queries do where they take too
     * long. A pattern that can't be used is no failure: it matches nothing, and is among the `faults`.
     */
    previewCategories: async (
      viewer: Viewer,
      rules: readonly DraftRule[],
      range: { readonly first: number; readonly last: number },
      signal: AbortSignal,
    ): Promise<CategoryPreview> => summing(viewer.account, signal, () => tryOut(viewer, rules, range, signal)),
  };
};
