import { batches } from '../../domain/batch.ts';
import type { StoredEvent } from '../../domain/event.ts';
import { makeBytesOf } from '../../domain/stored-size.ts';
import { bytesOfEvents } from '../../domain/wire-bytes.ts';
import type { PageOfText } from '../resolvers/events.ts';
import { yieldToOthers } from '../resolvers/yield-to-others.ts';
import { okJson, okStream, okText } from './answer.ts';

/**
 * A list as a response, from its pages (`texts` of resolvers/events.ts): with a length if it is one page, otherwise
 * streamed, whatever its size. An error before the first page becomes an error response; a later one can only cut the
 * response off, and is passed to `onBroken`.
 */
export const answerEvents = async (
  pages: AsyncGenerator<PageOfText>,
  onBroken: (error: unknown) => void,
): Promise<Response> => {
  const first = await pages.next();
  if (first.done) return okText('[]');
  const { json, more } = first.value;
  return more ? okStream(joined(json, pages), {}, onBroken) : okJson(Buffer.concat([OPEN, json, CLOSE]));
};

const OPEN = Buffer.from('[');
const COMMA = Buffer.from(',');
const CLOSE = Buffer.from(']');

/** How many events are printed at a time, and bytes of their data: some 6 ms, while others wait. */
const PAGE = { events: 5_000, bytes: 1_000_000 };

/** Events that were just stored, as a response: streamed if they are more than a page. */
export const answerStored = async (
  account: number,
  events: readonly StoredEvent[],
  onBroken: (error: unknown) => void,
): Promise<Response> => {
  const bytesOf = makeBytesOf();
  const parts = [...batches(events, PAGE.events, PAGE.bytes, ({ data }) => bytesOf(data))];
  return parts.length <= 1
    ? okJson(Buffer.concat([OPEN, bytesOfEvents(events), CLOSE]))
    : okStream(inParts(account, parts), {}, onBroken);
};

async function* inParts(account: number, parts: readonly (readonly StoredEvent[])[]): AsyncGenerator<Uint8Array> {
  for (const [place, part] of parts.entries()) {
    yield place === 0 ? OPEN : COMMA;
    yield bytesOfEvents(part);
    await yieldToOthers(account);
  }
  yield CLOSE;
}

async function* joined(first: Uint8Array, others: AsyncGenerator<PageOfText>): AsyncGenerator<Uint8Array> {
  yield OPEN;
  yield first;
  for await (const { json } of others) yield json;
  yield CLOSE;
}
