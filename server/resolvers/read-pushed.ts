/** Reads what a device pushes, which is not validated yet: one bad event must not stop its batch. */
import { isJsonObject, jsonFault, sizeFault } from '../../domain/data.ts';
import { KtError } from '../../domain/errors.ts';
import { isEventInRange, type SourcedEvent } from '../../domain/event.ts';
import type { EventRow, Whole } from '../../domain/sync/columns.ts';
import { isTimeInRange, parseLenientTime, type Micros } from '../../domain/time.ts';

/** An event as it was sent. Events with the same data have the same object. */
export type PushedEvent = EventRow<unknown> & { readonly sourceId: Whole };

/** A deletion as it was sent: a source id that the device no longer has, and the content hash of the row. */
export type PushedDelete = { readonly sourceId: string; readonly hash: bigint };

/**
 * Reads the events of one push: each, or the reason for refusing it. Data that several events share are examined once.
 * `most`: bytes of one event's data as stored.
 */
export const makeReadEvent = (most: number): ((pushed: PushedEvent) => SourcedEvent | string) => {
  const faults = new Map<unknown, string | null>();
  const faultOf = (data: unknown): string | null => {
    const known = faults.get(data);
    if (known !== undefined) return known;
    const fault = isJsonObject(data) ? (jsonFault(data) ?? sizeFault(data, most)) : null;
    const told = isJsonObject(data) ? fault && `data can not be kept: ${fault}` : 'data must be a JSON object';
    faults.set(data, told);
    return told;
  };
  return (pushed) => {
    const { sourceId, startUs, durationNs, data } = pushed;
    if (!Number.isSafeInteger(Number(sourceId))) return 'sourceId must be a whole number below 2^53';
    if (!isTimeInRange(startUs)) return 'it starts outside 1677-09-21 … 2262-04-11';
    const fault = faultOf(data);
    if (fault !== null) return fault;
    // It nearly always is one as it came.
    const event = (
      typeof sourceId === 'number' ? pushed : { sourceId: Number(sourceId), startUs, durationNs, data }
    ) as SourcedEvent;
    return isEventInRange(event) ? event : 'the event ends outside 1677-09-21 … 2262-04-11';
  };
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
