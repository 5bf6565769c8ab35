/** What was changed of the categories and is not stored yet. It outlives the screen: looking at a day loses nothing. */
import { equalJson } from '../../../../domain/data.ts';
import type { Account } from '../../data/account.svelte.ts';
import { ask } from '../../data/ask.ts';
import { AccountDocument, StoreCategoriesDocument } from '../../data/generated.ts';
import { queries } from '../../data/queries.ts';
import { listOf } from '../overview/rules.ts';
import type { List } from './rules-draft.ts';

/** `field`: what the step changed, so that the letters of a word are one step. */
type Step = { readonly list: List; readonly field: string };
type Kept = { readonly email: string; readonly base: List; readonly list: List; readonly past: readonly Step[] };

/** Steps that can be taken back. */
const MOST_STEPS = 200;

let kept = $state.raw<Kept | null>(null);

export const makeDraft = (account: () => Account) => {
  let saving = $state(false);
  let failed = $state<string | null>(null);
  const stored = $derived(listOf(account().classes));
  const now = $derived.by((): Kept => {
    const { email } = account();
    // What others store is shown at once where nothing was changed here.
    const mine = kept?.email === email && !(equalJson(kept.list, kept.base) && !equalJson(kept.base, stored));
    return kept !== null && mine ? kept : { email, base: stored, list: stored, past: [] };
  });
  const isChanged = $derived(!equalJson(now.list, stored));
  const isStale = $derived(isChanged && !saving && !equalJson(now.base, stored));

  return {
    get list() {
      return now.list;
    },
    /** Whether it says something else than what is stored. */
    get isChanged() {
      return isChanged;
    },
    /** Whether something else was stored since the first change. */
    get isStale() {
      return isStale;
    },
    get steps() {
      return now.past.length;
    },
    get saving() {
      return saving;
    },
    /** The server's words against the last try to save. */
    get failed() {
      return failed;
    },
    change: (list: List, field: string): void => {
      const before = now;
      if (list === before.list) return;
      const isSameStep = field !== '' && before.past.at(-1)?.field === field;
      const past = isSameStep ? before.past : [...before.past, { list: before.list, field }].slice(-MOST_STEPS);
      kept = { ...before, list, past };
    },
    undo: (): void => {
      const last = now.past.at(-1);
      if (last) kept = { ...now, list: last.list, past: now.past.slice(0, -1) };
    },
    /** Back to what is stored. */
    discard: (): void => {
      kept = null;
      failed = null;
    },
    /** Stores it, unless something else was stored meanwhile and nobody has seen that yet. */
    save: async (): Promise<void> => {
      if (saving) return;
      const { list, base } = now;
      const known = stored;
      saving = true;
      failed = null;
      try {
        const { setting } = await ask(AccountDocument, {});
        const there = listOf(setting?.value);
        if (equalJson(there, base) || equalJson(there, known)) {
          await ask(StoreCategoriesDocument, { classes: list });
          // What was typed meanwhile is a change of what is stored now.
          if (kept !== null) kept = { ...kept, base: list };
        }
        await queries.invalidateQueries();
      } catch (error) {
        failed = error instanceof Error ? error.message : String(error);
      } finally {
        saving = false;
      }
    },
  };
};
