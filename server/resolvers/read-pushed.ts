/** Reads what a device pushes, which is not validated yet: one bad event must not stop its batch. */
import { isJsonObject, jsonFault, sizeFault } from '../../domain/data.ts';
import { KtError } from '../../domain/errors.ts';
import { isEventInRange, type SourcedEvent } from '../../domain/event.ts';
import { parseLenientTime, secondsToNanos, type Micros } from '../../domain/time.ts';

/** An event as it was sent. */
export type PushedEvent = {
  readonly sourceId: string;
  readonly timestamp: string;
  readonly duration: number;
  readonly data: unknown;
};

/** A deletion as it was sent: a source id that the device no longer has, and the content hash of the row. */
export type PushedDelete = { readonly sourceId: string; readonly hash: bigint };

/** The event, or the reason for refusing it. */
export const readEvent = (
  { sourceId, timestamp, duration, data }: PushedEvent,
  most: number,
): SourcedEvent | string => {
  const id = Number(sourceId);
  if (!/^-?\d+$/.test(sourceId) || !Number.isSafeInteger(id)) return 'sourceId must be a whole number below 2^53';
  const startUs = parseLenientTime(timestamp);
  if (startUs === null) return 'timestamp must be RFC 3339 with an offset, between 1677-09-21 and 2262-04-11';
  const durationNs = secondsToNanos(duration);
  if (durationNs === null) return 'duration must be a number of seconds';
  if (!isJsonObject(data)) return 'data must be a JSON object';
  const fault = jsonFault(data) ?? sizeFault(data, most);
  if (fault) return `data can not be kept: ${fault}`;
  const event = { sourceId: id, startUs, durationNs, data };
  return isEventInRange(event) ? event : 'the event ends outside 1677-09-21 … 2262-04-11';
};

/** When a bucket was created; null where its aw-server does not say. Fails with `malformed`. */
export const readCreated = (created: string | null): Micros | null => {
  const us = created === null ? null : parseLenientTime(created);
  if (us === null && created !== null) {
    throw new KtError('malformed', '`created` must be RFC 3339 with an offset, between 1677-09-21 and 2262-04-11');
  }
  return us;
};

/** Fails with `invalid`. */
export const readDelete = ({ sourceId, hash }: PushedDelete): { sourceId: number; hash: bigint } => {
  if (!/^-?\d{1,16}$/.test(sourceId) || hash !== BigInt.asIntN(64, hash))
    throw new KtError(
      'invalid',
      'a deletion names an event by its sourceId, a whole number, and its content hash, one of 64 bits',
    );
  return { sourceId: Number(sourceId), hash };
};
