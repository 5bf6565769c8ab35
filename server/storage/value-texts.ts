import type { Tx } from './database.ts';
import { dataLines, type DataLine } from './event-page.ts';
import { dataOf, PAGE_BYTES } from './pages.ts';

/**
 * The data of an account's values, from the first of them on: as many as fit into a page, without those that are gone.
 * `rest`: those that are left to be read.
 */
export const valueTexts = async (
  tx: Tx,
  account: number,
  values: readonly number[],
): Promise<{ data: string; texts: readonly DataLine[]; rest: readonly number[] }> => {
  const data = await dataOf(tx, account, values, PAGE_BYTES);
  const texts = [...dataLines(data)];
  const read = new Set(texts.map(({ value }) => value));
  return { data, texts, rest: read.size === 0 ? [] : values.slice(values.findLastIndex((one) => read.has(one)) + 1) };
};
