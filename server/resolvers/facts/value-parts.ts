/** What a value says of itself, for the sums of what was used: its application, title, domain and address. */
import type { JsonObject } from '../../../domain/data.ts';
import { splitUrl } from '../../../domain/query/transform/split-url.ts';
import { run } from '../../storage/database.ts';
import { fromJsonb } from '../../storage/jsonb.ts';
import { valueTexts } from '../../storage/value-texts.ts';
import type { Deps } from '../deps.ts';
import { makeTurns, yieldToOthers } from '../yield-to-others.ts';

/** Null where the value has no such thing. */
export type Parts = {
  readonly app: string | null;
  readonly title: string | null;
  readonly domain: string | null;
  readonly url: string | null;
};

/** Characters that are remembered, of all accounts together, and what a value takes besides: some 16 MB. */
const MOST_REMEMBERED = 8_000_000;
const EACH = 100;

/**
 * Reads values, and remembers what they said: the page of a day asks for the same values by application, title and
 * category, and the next day has most of them again. A value's number never means another data.
 */
export const makeValueParts = ({ database }: Pick<Deps, 'database'>) => {
  const accounts = new Map<number, { readonly byValue: Map<number, Parts>; size: number }>();
  let total = 0;
  /** Who reads for an account, to its end: what is asked at the same time is read once. */
  const reading = new Map<number, Promise<void>>();

  const rememberedOf = (account: number) => {
    const of = accounts.get(account) ?? { byValue: new Map<number, Parts>(), size: 0 };
    accounts.delete(account);
    accounts.set(account, of);
    return of;
  };
  /** Forgets the accounts asked longest ago while there is too much; false: there is no room for this one. */
  const hasRoom = (account: number, size: number): boolean => {
    for (const [other, { size: theirs }] of accounts) {
      if (total + size <= MOST_REMEMBERED || other === account) break;
      total -= theirs;
      accounts.delete(other);
    }
    return total + size <= MOST_REMEMBERED;
  };

  const readPage = async (
    account: number,
    values: readonly number[],
    found: (value: number, parts: Parts) => void,
  ): Promise<readonly number[]> => {
    const of = rememberedOf(account);
    const missing: number[] = [];
    const turns = makeTurns(account);
    for (const value of values) {
      const known = of.byValue.get(value);
      if (known) found(value, known);
      else missing.push(value);
      if (turns.isOver()) await turns.next();
    }
    if (missing.length === 0) return [];
    const { texts, rest } = await run(database, (tx) => valueTexts(tx, account, missing));
    await yieldToOthers(account);
    for (const { value, json } of texts) {
      const parts = partsOf(fromJsonb(json));
      const size = EACH + sizeOf(parts);
      if (hasRoom(account, size) && accounts.get(account) === of) {
        of.byValue.set(value, parts);
        of.size += size;
        total += size;
      }
      found(value, parts);
      if (turns.isOver()) await turns.next();
    }
    return rest;
  };

  return {
    /** Tells `found` of each of these values that is still there, until `signal` aborts. */
    learn: async (
      account: number,
      values: readonly number[],
      found: (value: number, parts: Parts) => void,
      signal: AbortSignal,
    ): Promise<void> => {
      for (let rest = values; rest.length > 0 && !signal.aborted; ) {
        const before = reading.get(account) ?? Promise.resolve();
        const page = before.then(() => readPage(account, rest, found));
        const settled = page.then(
          () => {},
          () => {},
        );
        reading.set(account, settled);
        try {
          rest = await page;
        } finally {
          if (reading.get(account) === settled) reading.delete(account);
        }
        await yieldToOthers(account);
      }
    },
  };
};

export type ValueParts = ReturnType<typeof makeValueParts>;

const sizeOf = ({ app, title, domain, url }: Parts): number =>
  [app, title, domain, url].reduce((sum, text) => sum + (text?.length ?? 0), 0);

const partsOf = (data: JsonObject): Parts => {
  const text = (key: string): string | null => {
    const value = Object.hasOwn(data, key) ? data[key] : null;
    return typeof value === 'string' ? value : null;
  };
  const url = text('url');
  const domain = url === null ? null : splitUrl(url)?.['$domain'];
  return { app: text('app'), title: text('title'), url, domain: typeof domain === 'string' ? domain : null };
};
