import type { Tx } from './database.ts';
import { dataLines, type DataLine } from './event-page.ts';
import { dataOf } from './pages.ts';

/** Values of a page, and bytes of their data: reading them takes 20 ms of the server's thread. */
const PAGE = { values: 4_000, bytes: 1_000_000 };

/**
 * The data of an account's values, from the first of them on: as many as fit into a page, without those that are gone.
 * `rest`: those that are left to be read.
 */
export const valueTexts = async (
  tx: Tx,
  account: number,
  values: readonly number[],
): Promise<{ data: string; texts: readonly DataLine[]; rest: readonly number[] }> => {
  const asked = values.slice(0, PAGE.values);
  const data = await dataOf(tx, account, asked, PAGE.bytes);
  const texts = [...dataLines(data)];
  const read = new Set(texts.map(({ value }) => value));
  const through = read.size === 0 ? asked.length : asked.findLastIndex((one) => read.has(one)) + 1;
  return { data, texts, rest: values.slice(through) };
};
