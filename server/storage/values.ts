/**
 * The distinct data of an account's events, each once: finding the number of one, making those that are missing. What
 * nothing uses any more goes by value-sweep.ts.
 */
import { batches } from '../../domain/batch.ts';
import type { JsonObject } from '../../domain/data.ts';
import type { Tx } from './database.ts';
import { toJsonb } from './jsonb.ts';
import { valueNumbers } from './sql/value-numbers.ts';

/** The distinct data of a batch, as text that jsonb takes too, and for each event which of them it has. */
export type DistinctData = {
  readonly data: readonly JsonObject[];
  readonly texts: readonly string[];
  readonly places: readonly number[];
};

/** Sorts out the data of events. An object that several share is looked at once. */
export const distinctData = (events: readonly { readonly data: JsonObject }[]): DistinctData => {
  const distinct: JsonObject[] = [];
  const byObject = new Map<JsonObject, number>();
  const byText = new Map<string, number>();
  const places = events.map(({ data }) => {
    let place = byObject.get(data);
    if (place === undefined) {
      const text = toJsonb(data);
      place = byText.get(text);
      if (place === undefined) {
        place = distinct.push(data) - 1;
        byText.set(text, place);
      }
      byObject.set(data, place);
    }
    return place;
  });
  return { data: distinct, texts: [...byText.keys()], places };
};

/** Characters of one statement: what kt-client pushes at once. 16 MB in one stop the thread for a tenth of a second. */
const AT_ONCE = 4_000_000;

/**
 * The numbers of an account's values with these data (texts that jsonb takes), in the order given: see
 * sql/value-numbers.ts. The caller holds the account's lock (changes.ts, `lockAccount`), and uses them in the same
 * transaction: nobody sweeps a value meanwhile.
 */
export const valuesFor = async (tx: Tx, account: number, texts: readonly string[]): Promise<number[]> => {
  const numbers: number[] = [];
  for (const some of batches(texts, Infinity, AT_ONCE, ({ length }) => length)) {
    const [row] = await tx.$queryRaw<{ numbers: string }[]>(valueNumbers(account, `[${some.join(',')}]`));
    for (const number of row!.numbers.split(',')) numbers.push(Number(number));
  }
  return numbers;
};
