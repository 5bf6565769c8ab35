/** Which category each value has, by the account's setting `classes`, decided once. */
import { categoryProgram, VALUES_BUCKET } from '../../../domain/facts/category-program.ts';
import type { PageColumns } from '../../../domain/query/dataset.ts';
import { NO_WARNINGS } from '../../../domain/query/warnings.ts';
import type { QuerySource } from '../../../domain/query/query-runner.ts';
import type { Viewer } from '../../auth/viewer.ts';
import { portOf, run } from '../../storage/database.ts';
import * as settings from '../../storage/settings.ts';
import { valueTexts } from '../../storage/value-texts.ts';
import type { Deps } from '../deps.ts';

export type CategoryOf = (value: number) => readonly string[] | undefined;

/** Decisions that are remembered, of all accounts together. A value's number never means another data. */
const MOST_REMEMBERED = 200_000;
/** Values that a thread decides at a time. */
const AT_ONCE = 10_000;

type Remembered = { readonly program: string; readonly byValue: Map<number, readonly string[]> };

/** What the program says of a value. */
type Decided = { readonly id: number; readonly data: { readonly $category: readonly string[] } };

export const makeCategories = ({ database, runQuery }: Pick<Deps, 'database' | 'runQuery'>) => {
  const accounts = new Map<number, Remembered>();
  let total = 0;

  /** What is known of an account under these rules; that of the account asked longest ago is forgotten. */
  const remembered = (account: number, program: string): Remembered => {
    const before = accounts.get(account);
    accounts.delete(account);
    if (before && before.program !== program) total -= before.byValue.size;
    const now = before?.program === program ? before : { program, byValue: new Map() };
    accounts.set(account, now);
    for (const [other, { byValue }] of accounts) {
      if (total <= MOST_REMEMBERED || other === account) break;
      total -= byValue.size;
      accounts.delete(other);
    }
    return now;
  };

  /** Rules come from people, and may run long: so the query language decides, in a thread, within its limits. */
  const decide = async (viewer: Viewer, program: string, values: readonly number[], signal: AbortSignal) => {
    const { json, warnings } = await runQuery({
      request: { query: [program], timeperiods: ['2000-01-01T00:00:00Z/2000-01-02T00:00:00Z'] },
      source: sourceOf(database, viewer.account, values),
      account: viewer.userId,
      signal,
    });
    return { decided: (JSON.parse(new TextDecoder().decode(json)) as Decided[][])[0]!, warnings };
  };

  return {
    /**
     * Learns the categories of these values, and returns what tells them; a value that is gone has none. Fails as
     * queries do, where rules take too long.
     */
    learn: async (viewer: Viewer, values: Iterable<number>, signal: AbortSignal): Promise<CategoryOf> => {
      const classes = (await settings.find(portOf(database), viewer.account, 'classes'))?.value;
      const program = categoryProgram(classes);
      const known = remembered(viewer.account, program);
      const asked = [...values].filter((value) => !known.byValue.has(value));
      const names = new Map<string, readonly string[]>();
      for (let from = 0; from < asked.length; from += AT_ONCE) {
        const { decided } = await decide(viewer, program, asked.slice(from, from + AT_ONCE), signal);
        for (const { id, data } of decided) {
          // Each name once, however many values have it.
          const key = JSON.stringify(data.$category);
          const name = names.get(key) ?? data.$category;
          names.set(key, name);
          if (!known.byValue.has(id)) total++;
          known.byValue.set(id, name);
        }
      }
      return (value) => known.byValue.get(value);
    },

    /**
     * What a program says of these values, which is not remembered, and its warnings: patterns that can't be used.
     * Fails as `learn` does.
     */
    tryOut: async (viewer: Viewer, program: string, values: readonly number[], signal: AbortSignal) => {
      const byValue = new Map<number, string>();
      let warnings = NO_WARNINGS;
      // At least once: patterns are told of where there is nothing to match as well.
      for (let from = 0; from === 0 || from < values.length; from += AT_ONCE) {
        const found = await decide(viewer, program, values.slice(from, from + AT_ONCE), signal);
        for (const { id, data } of found.decided) byValue.set(id, data.$category[0]!);
        warnings = found.warnings;
      }
      return { byValue, warnings };
    },
  };
};

/** Values as events of a bucket: each has its number for an id, and no length. */
const sourceOf = (database: Deps['database'], account: number, values: readonly number[]): QuerySource => ({
  buckets: async () => [{ id: VALUES_BUCKET, type: '', client: '', hostname: '', ordinal: 0 }],
  pages: async function* () {
    for (let rest = values; rest.length > 0; ) {
      const page = await run(database, (tx) => valueTexts(tx, account, rest));
      rest = page.rest;
      yield { ...columnsOf(page.texts.map(({ value }) => value)), data: page.data };
    }
  },
  count: async () => values.length,
});

/** Events at the same time, without length, each with its value's number for an id. */
const columnsOf = (values: readonly number[]): Omit<PageColumns, 'data'> => {
  const zeros = new Uint8Array(values.length * 8);
  const [ids, numbers] = [Buffer.alloc(values.length * 8), Buffer.alloc(values.length * 4)];
  for (const [row, value] of values.entries()) {
    ids.writeBigInt64BE(BigInt(value), row * 8);
    numbers.writeInt32BE(value, row * 4);
  }
  return { ids, starts: zeros, durations: zeros, values: numbers };
};
