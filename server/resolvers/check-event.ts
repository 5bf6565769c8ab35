import { jsonFault, sizeFault, type JsonObject } from '../../domain/data.ts';
import { KtError } from '../../domain/errors.ts';
import { instantOf, isEventInRange, parseEventId, type Event } from '../../domain/event.ts';
import { MOST_AT_ONCE } from '../../domain/instant-room.ts';
import { makeBytesOf } from '../../domain/stored-size.ts';
import { floorDiv, formatTime, type Micros } from '../../domain/time.ts';
import type { BucketKey } from '../storage/bucket-key.ts';
import type { Tx } from '../storage/database.ts';
import { contentBetween, contentPerInstant } from '../storage/instants.ts';
import { makeTurns } from './yield-to-others.ts';

/**
 * Fails with `invalid` for an event that can't be stored, and with `too_large` when its data take more than `most`
 * bytes as stored; `what` names the event in the message.
 */
export const checkEvent = (event: Event, most: number, what = 'the event'): void => {
  checkTimes(event, what);
  checkData(event.data, most, what);
};

const checkTimes = (event: Event, what: string): void => {
  if (!isEventInRange(event)) throw new KtError('invalid', `${what} begins or ends outside 1677-09-21 … 2262-04-11`);
};

const checkData = (data: JsonObject, most: number, what: string): void => {
  const fault = jsonFault(data);
  if (fault) throw new KtError('invalid', `${what} has data that can not be kept: ${fault}`);
  const size = sizeFault(data, most);
  if (size) throw new KtError('too_large', `${what} has data that can not be kept: ${size}`);
};

/** The same for all events of a request, counted by `makeIntake`. Data that several share is looked at once. */
export const checkEvents = async (account: number, events: readonly Event[], most: number): Promise<void> => {
  const checked = new Set<JsonObject>();
  const bytesOf = makeBytesOf();
  const take = makeIntake();
  const turns = makeTurns(account);
  for (const [i, event] of events.entries()) {
    checkTimes(event, `event ${i}`);
    if (!checked.has(event.data)) checkData(event.data, most, `event ${i}`);
    checked.add(event.data);
    take(bytesOf(event.data));
    if (turns.isOver()) await turns.next();
  }
};

/**
 * The id of an event from a request. One above 2^53 is valid, but no event has it. Fails with `invalid`; beyond 64 bits
 * with `malformed`.
 */
export const eventIdOf = (text: string): number => {
  if (!/^[+-]?\d+$/.test(text)) throw new KtError('invalid', 'an event id is a whole number');
  const id = parseEventId(text);
  if (id === null) throw new KtError('malformed', 'an event id is a whole number of 64 bits');
  return id;
};

/**
 * The most events of one request, and the most bytes of their data as stored: with more, other requests would wait for
 * a second.
 */
export const MOST_IN_A_REQUEST = { events: 25_000, bytes: 32_000_000 };

/**
 * Counts the events of one request, each with the size of its data. Fails with `too_large` at the first that exceeds a
 * limit.
 */
export const makeIntake = (): ((bytes: number) => void) => {
  let left = { ...MOST_IN_A_REQUEST };
  return (bytes) => {
    left = { events: left.events - 1, bytes: left.bytes - bytes };
    if (left.events >= 0 && left.bytes >= 0) return;
    throw new KtError(
      'too_large',
      `one request takes at most ${MOST_IN_A_REQUEST.events} events, ` +
        `or ${MOST_IN_A_REQUEST.bytes} bytes of data once stored: send them in parts, or import them as a file`,
    );
  };
};

/** Batches so small need no check, however many of their events share an instant. */
const SMALL = MOST_AT_ONCE.bytes / MOST_AT_ONCE.events;

/** The reason for refusing an event whose instant is full. */
export const crowdedReason = (startUs: Micros): string =>
  `a bucket holds at most ${MOST_AT_ONCE.events} events, or ${MOST_AT_ONCE.bytes} bytes, ` +
  `that start in the same millisecond, ${formatTime(floorDiv(startUs, 1000n) * 1000n)}`;

/**
 * Those of `events`, about to be written, that exceed the limits of their instant; nearly always none. `isKnown` tells
 * which of them replace a row. Measures the whole stretch of time first, and single instants only if it holds much. The
 * caller holds the bucket's lock.
 */
export const crowded = async <E extends Event>(
  tx: Tx,
  bucket: BucketKey,
  events: readonly E[],
  isKnown: (events: readonly E[]) => Promise<(event: E) => boolean>,
): Promise<Set<E>> => {
  const refused = new Set<E>();
  if (events.length === 0) return refused;
  const bytesOf = makeBytesOf();
  const bytes = events.reduce((sum, { data }) => sum + bytesOf(data), 0);
  let first = events[0]!;
  let last = first;
  for (const event of events) {
    if (event.startUs < first.startUs) first = event;
    if (event.startUs > last.startUs) last = event;
  }
  const held = await contentBetween(tx, bucket, instantOf(first), instantOf(last), MOST_AT_ONCE.events);
  if (held.events + events.length <= MOST_AT_ONCE.events && held.bytes + bytes <= MOST_AT_ONCE.bytes) return refused;

  const each = await contentPerInstant(tx, bucket, [...new Set(events.map(instantOf))]);
  const known = await isKnown(events);
  for (const event of events) {
    const instant = instantOf(event);
    const there = each.get(instant) ?? { events: 0, bytes: 0 };
    const more = { events: known(event) ? 0 : 1, bytes: bytesOf(event.data) };
    const fits = there.events + more.events <= MOST_AT_ONCE.events && there.bytes + more.bytes <= MOST_AT_ONCE.bytes;
    if (!fits && !(known(event) && more.bytes <= SMALL)) refused.add(event);
    else
      each.set(instant, {
        events: there.events + more.events,
        bytes: there.bytes + (known(event) && more.bytes <= SMALL ? 0 : more.bytes),
      });
  }
  return refused;
};

/** Fails with `too_large` when an instant has no room for one of `events`. All of them count as new. */
export const mustHaveRoomFor = async (tx: Tx, bucket: BucketKey, events: readonly Event[]): Promise<void> => {
  const [event] = await crowded(tx, bucket, events, async () => () => false);
  if (event) throw new KtError('too_large', crowdedReason(event.startUs));
};
