import type { JsonObject } from '../../../domain/data.ts';
import { KtError } from '../../../domain/errors.ts';
import type { Viewer } from '../../auth/viewer.ts';
import { run } from '../../storage/database.ts';
import { fromJsonb } from '../../storage/jsonb.ts';
import { valueTexts } from '../../storage/value-texts.ts';
import type { Deps } from '../deps.ts';
import { yieldToOthers } from '../yield-to-others.ts';
import type { makeCategories } from './categories.ts';

/** The data that events have in common, and its category. */
export type EventValue = { readonly id: number; readonly data: JsonObject; readonly category: readonly string[] };

const MOST = 1_000;
const MOST_VALUE = 2 ** 31 - 1;

/** What the values of lanes are. */
export const makeEventValues = (
  { database }: Pick<Deps, 'database'>,
  categories: ReturnType<typeof makeCategories>,
) => ({
  /**
   * Those of these numbers that are there, each once, by number. Fails with `too_large` for more than 1,000, and as
   * queries do where rules of categories take too long.
   */
  list: async (viewer: Viewer, ids: readonly number[], signal: AbortSignal): Promise<EventValue[]> => {
    if (ids.length > MOST) throw new KtError('too_large', `at most ${MOST} values are told at once: ask in parts`);
    const asked = [...new Set(ids)].filter((id) => id > 0 && id <= MOST_VALUE).sort((a, b) => a - b);
    const categoryOf = await categories.learn(viewer, asked, signal);
    const found: EventValue[] = [];
    for (let rest: readonly number[] = asked; rest.length > 0 && !signal.aborted; ) {
      const page = await run(database, (tx) => valueTexts(tx, viewer.account, rest));
      for (const { value, json } of page.texts) {
        const category = categoryOf(value);
        if (category !== undefined) found.push({ id: value, data: fromJsonb(json), category });
      }
      rest = page.rest;
      await yieldToOthers(viewer.account);
    }
    return found;
  },
});
