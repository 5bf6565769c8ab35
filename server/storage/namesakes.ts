import type { Called } from '../../domain/sync/history.ts';
import type { Tx } from './database.ts';
import { namesakesOf, type Namesake } from './sql/namesakes.ts';

export type { Namesake } from './sql/namesakes.ts';

/** The first `count` non-empty buckets after a public name that have one of these ids and types on a device. */
export const list = (
  tx: Tx,
  account: number,
  called: readonly Called[],
  after: string,
  count: number,
): Promise<Namesake[]> => tx.$queryRaw<Namesake[]>(namesakesOf(account, called, after, count));
