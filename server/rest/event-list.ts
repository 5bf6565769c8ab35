import { setImmediate as others } from 'node:timers/promises';
import type { StoredEvent } from '../../domain/event.ts';
import { eventToWire } from '../../domain/wire.ts';
import type { EventList, Position } from '../resolvers/events.ts';
import { okStream, okText } from './answer.ts';

/** Reads a page after a place, in the same bucket as the page before. */
type ReadPage = (
  limit: number,
  after: { readonly bucket: number; readonly position: Position } | null,
) => Promise<EventList>;

/**
 * Events read and serialized at a time. The embedded database runs on our thread, and 100 k rows at once would block
 * everybody for 1.6 s. Paging alone does not help: its promises resolve without returning to the event loop.
 */
const PAGE = 5000;

/**
 * The JSON of up to `limit` events, separated by commas, a page at a time. The pages are not from one snapshot, which
 * would hold a connection for as long as the client reads: an event that is moved meanwhile may be in two of them or in
 * none, as for a client that pages by itself.
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

/**
 * Each as JSON. A page has far fewer distinct data than events, and equal data is one object, which is serialized once.
 */
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
 * The list as a response: with a length if it is one page, otherwise streamed, whatever its size. An error before the
 * second page becomes an error response; a later one can only cut the response off, and is passed to `onBroken`.
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

/** Events that were just stored, as a response: streamed if they are more than a page. */
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
