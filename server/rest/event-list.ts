import { setImmediate as others } from 'node:timers/promises';
import { eventToWire } from '../../domain/wire.ts';
import type { Resolvers } from '../resolvers/resolvers.ts';

type Listed = Awaited<ReturnType<Resolvers['events']['list']>>[number];
type ReadPage = (limit: number, after: Listed['position'] | null) => Promise<Listed[]>;

/**
 * Events read and written as text at a time. The embedded database runs on our thread, and 100 k rows at once would stop
 * everybody for 1.6 s (stack-notes.md 4). Pages alone don't help: its promises settle without the event loop having had a turn.
 */
const PAGE = 5000;

/**
 * The JSON of up to `limit` events, read by the page and kept as text alone. The pages are no snapshot: an event that is moved
 * meanwhile may be in two of them or in none, as with a client that pages by itself.
 */
export const eventListText = async (limit: number | null, read: ReadPage): Promise<string> => {
  const parts: string[] = [];
  let page: Listed[] = [];
  do {
    page = await read(Math.min(PAGE, (limit ?? Infinity) - parts.length), page.at(-1)?.position ?? null);
    for (const { event } of page) parts.push(JSON.stringify(eventToWire(event)));
    if (page.length === PAGE) await others();
  } while (page.length === PAGE);
  return `[${parts.join(',')}]`;
};
