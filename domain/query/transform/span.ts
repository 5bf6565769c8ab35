import type { JsonObject } from '../../data.ts';
import { durationUs, type StoredEvent } from '../../event.ts';

/**
 * An event as the query language handles it. `id` is null when it stands for no single stored event (spec/query 1).
 *
 * Times are whole microseconds in plain numbers: integers, as spec/query 6 wants them, at a fraction of bigint's cost
 * (a year is 500,000 events, and every function makes new ones). A double holds each microsecond from 1684 to 2255;
 * beyond, a time may be off by one. Start and end rather than a duration, so that an end that becomes a start leaves no
 * sliver. `end` is never before `start`.
 */
export type Span = {
  readonly id: number | null;
  readonly start: number;
  readonly end: number;
  readonly data: JsonObject;
};

/** A stored event's span. A negative duration, which aw-server may contain, counts as zero here (spec/hazards C42). */
export const spanOf = (event: StoredEvent): Span => {
  const start = Number(event.startUs);
  return { id: event.id, start, end: Math.max(start, start + Number(durationUs(event))), data: event.data };
};

export const lengthOf = (span: Span): number => span.end - span.start;

/** The same event with another start and end. */
export const withTimes = (span: Span, start: number, end: number): Span => ({
  id: span.id,
  start,
  end,
  data: span.data,
});

/** The same event with other data. */
export const withData = (span: Span, data: JsonObject): Span => ({
  id: span.id,
  start: span.start,
  end: span.end,
  data,
});
