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
 * The JSON of up to `limit` events, comma between, a page at a time. The pages are no snapshot, which would hold a connection for
 * as long as somebody takes to read: an event that is moved meanwhile may be in two of them or in none, as with a client that
 * pages by itself.
 */
export async function* eventPages(limit: number | null, read: ReadPage): AsyncGenerator<string> {
  let left = limit ?? Infinity;
  let page: Listed[] = [];
  do {
    const more = page.length > 0;
    page = await read(Math.min(PAGE, left), page.at(-1)?.position ?? null);
    left -= page.length;
    if (page.length > 0) yield `${more ? ',' : ''}${textsOf(page).join(',')}`;
    if (page.length === PAGE) await others();
  } while (page.length === PAGE && left > 0);
}

/** Each as JSON. A page has far fewer data than events, and equal ones are one object: nobody prints them again. */
const textsOf = (page: readonly Listed[]): string[] => {
  const printed = new Map<object, string>();
  return page.map(({ event }) => {
    const { data, ...facts } = eventToWire(event);
    let text = printed.get(data);
    if (text === undefined) printed.set(data, (text = JSON.stringify(data)));
    return `${JSON.stringify(facts).slice(0, -1)},"data":${text}}`;
  });
};

/** All of them as one text: a list is answered with its length, or with its error. */
export const eventListText = async (limit: number | null, read: ReadPage): Promise<string> => {
  const parts: string[] = [];
  for await (const part of eventPages(limit, read)) parts.push(part);
  return `[${parts.join('')}]`;
};
