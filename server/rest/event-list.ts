import { setImmediate as others } from 'node:timers/promises';
import type { StoredEvent } from '../../domain/event.ts';
import { eventToWire } from '../../domain/wire.ts';
import type { EventList, Position } from '../resolvers/events.ts';
import { okStream, okText } from './answer.ts';

/** Reads a page behind a place in the bucket that the page before was of. */
type ReadPage = (
  limit: number,
  after: { readonly bucket: string; readonly position: Position } | null,
) => Promise<EventList>;

/**
 * Events read and written as text at a time. The embedded database runs on our thread, and 100 k rows at once would
 * stop everybody for 1.6 s. Pages alone don't help: its promises settle without the event loop having had a turn.
 */
const PAGE = 5000;

/**
 * The JSON of up to `limit` events, comma between, a page at a time. The pages are no snapshot, which would hold a
 * connection for as long as somebody takes to read: an event that is moved meanwhile may be in two of them or in none,
 * as with a client that pages by itself.
 */
export async function* eventPages(limit: number | null, read: ReadPage): AsyncGenerator<string> {
  let left = limit ?? Infinity;
  let page: EventList | null = null;
  while (left > 0 && page?.more !== false) {
    if (page) await others();
    const last: EventList['events'][number] | undefined = page?.events.at(-1);
    const first = page === null;
    page = await read(Math.min(PAGE, left), page && last ? { bucket: page.bucket, position: last.position } : null);
    left -= page.events.length;
    if (page.events.length > 0) yield `${first ? '' : ','}${textsOf(page.events.map(({ event }) => event)).join(',')}`;
  }
}

/** Each as JSON. A page has far fewer data than events, and equal ones are one object: nobody prints them again. */
const textsOf = (events: readonly StoredEvent[]): string[] => {
  const printed = new Map<object, string>();
  return events.map((event) => {
    const { data, ...facts } = eventToWire(event);
    let text = printed.get(data);
    if (text === undefined) printed.set(data, (text = JSON.stringify(data)));
    return `${JSON.stringify(facts).slice(0, -1)},"data":${text}}`;
  });
};

/**
 * The list as an answer: with its length where it is one page, and else written while it is read, whatever it
 * holds. What fails before the second page is an error of its own; later it can only cut the answer off,
 * which `onBroken` hears of.
 */
export const answerEvents = async (
  limit: number | null,
  read: ReadPage,
  onBroken: (error: unknown) => void,
): Promise<Response> => {
  const pages = eventPages(limit, read);
  const first = await pages.next();
  if (first.done) return okText('[]');
  const second = await pages.next();
  if (second.done) return okText(`[${first.value}]`);
  return okStream(joined(first.value, second.value, pages), {}, onBroken);
};

/** Events that were just stored, as an answer: written while it is read where they are more than a page. */
export const answerStored = async (
  events: readonly StoredEvent[],
  onBroken: (error: unknown) => void,
): Promise<Response> =>
  events.length <= PAGE ? okText(`[${textsOf(events).join(',')}]`) : okStream(inParts(events), {}, onBroken);

async function* inParts(events: readonly StoredEvent[]): AsyncGenerator<string> {
  for (let from = 0; from < events.length; from += PAGE) {
    yield `${from === 0 ? '[' : ','}${textsOf(events.slice(from, from + PAGE)).join(',')}`;
    await others();
  }
  yield ']';
}

async function* joined(first: string, second: string, pages: AsyncGenerator<string>): AsyncGenerator<string> {
  yield `[${first}`;
  yield second;
  yield* pages;
  yield ']';
}
