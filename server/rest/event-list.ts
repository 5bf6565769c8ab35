import { setImmediate as others } from 'node:timers/promises';
import type { StoredEvent } from '../../domain/event.ts';
import { bytesOfEvents } from '../../domain/wire-bytes.ts';
import { okJson, okStream, okText } from './answer.ts';

/**
 * A list as a response, from its pages (`texts` of resolvers/events.ts): with a length if it is one page, otherwise
 * streamed, whatever its size. An error before the second page becomes an error response; a later one can only cut the
 * response off, and is passed to `onBroken`.
 */
export const answerEvents = async (
  pages: AsyncGenerator<Uint8Array>,
  onBroken: (error: unknown) => void,
): Promise<Response> => {
  const first = await pages.next();
  if (first.done) return okText('[]');
  const second = await pages.next();
  if (second.done) return okJson(Buffer.concat([OPEN, first.value, CLOSE]));
  return okStream(joined(first.value, second.value, pages), {}, onBroken);
};

const OPEN = Buffer.from('[');
const COMMA = Buffer.from(',');
const CLOSE = Buffer.from(']');

/** How many events are printed at a time: some 6 ms, while others wait. */
const PAGE = 5_000;

/** Events that were just stored, as a response: streamed if they are more than a page. */
export const answerStored = async (
  events: readonly StoredEvent[],
  onBroken: (error: unknown) => void,
): Promise<Response> =>
  events.length <= PAGE
    ? okJson(Buffer.concat([OPEN, bytesOfEvents(events), CLOSE]))
    : okStream(inParts(events), {}, onBroken);

async function* inParts(events: readonly StoredEvent[]): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < events.length; from += PAGE) {
    yield from === 0 ? OPEN : COMMA;
    yield bytesOfEvents(events.slice(from, from + PAGE));
    await others();
  }
  yield CLOSE;
}

async function* joined(
  first: Uint8Array,
  second: Uint8Array,
  pages: AsyncGenerator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield OPEN;
  yield first;
  yield second;
  yield* pages;
  yield CLOSE;
}
