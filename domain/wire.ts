/**
 * aw-server's JSON, in both directions: the REST API speaks it as a server, kt-client as a client (spec/rest 2). What
 * does not have its shape fails with `malformed`, which REST answers with 422.
 */
import type { Bucket, BucketBounds } from './bucket.ts';
import { isJsonObject, type JsonObject } from './data.ts';
import { KtError } from './errors.ts';
import { isEventId, isEventInRange, type Event, type StoredEvent } from './event.ts';
import {
  formatTime,
  nanosToSeconds,
  parseLenientTime,
  parseOpenTime,
  secondsToNanos,
  type Micros,
  type ZoneNote,
} from './time.ts';

export type WireEvent = { id: number; timestamp: string; duration: number; data: JsonObject };
export type WireBucket = {
  id: string;
  type: string;
  client: string;
  hostname: string;
  created: string | null;
  data: JsonObject;
  metadata: { start: string | null; end: string | null };
  events: null;
  /** Missing if the bucket is empty: scripts sort by it (spec/rest DEV-17). */
  last_updated?: string;
};

/** An event of a request body; `id` null means "give it one". */
export type EventInput = Event & { readonly id: number | null };
/**
 * A bucket of a request body. `events` are the well-formed events in it; the others are dropped silently, as
 * aw-server-rust does.
 */
export type BucketInput = Omit<Bucket, 'id'> & { readonly id: string | null; readonly events: EventInput[] };

const malformed = (message: string): never => {
  throw new KtError('malformed', message);
};

const object = (value: unknown, what: string): JsonObject =>
  isJsonObject(value) ? value : malformed(`${what} must be a JSON object`);

const timeField = (value: unknown, what: string, field: string, zones: ZoneNote | undefined): Micros =>
  (typeof value === 'string' ? parseOpenTime(value, zones) : null) ??
  malformed(
    `${what}.${field} must be an RFC 3339 timestamp between 1677-09-21 and 2262-04-11, like 2024-05-31T09:30:00Z`,
  );

/**
 * An event of a request. `zones` notes a time without a zone, which is read as UTC. Fails with `malformed`; the message
 * names the field.
 */
export const eventFromWire = (value: unknown, what = 'event', zones?: ZoneNote): EventInput => {
  const raw = object(value, what);
  const startUs = timeField(raw['timestamp'], what, 'timestamp', zones);
  const seconds = raw['duration'] === undefined ? 0 : raw['duration'];
  const durationNs =
    (typeof seconds === 'number' ? secondsToNanos(seconds) : null) ??
    malformed(`${what}.duration must be a number of seconds`);
  const data = isJsonObject(raw['data']) ? raw['data'] : malformed(`${what}.data must be a JSON object`);
  const id = raw['id'] ?? null;
  if (id !== null && !isEventId(id)) return malformed(`${what}.id must be a whole number of 64 bits, or null`);
  const event = { id, startUs, durationNs, data };
  return isEventInRange(event) ? event : malformed(`${what} ends outside 1677-09-21 … 2262-04-11`);
};

/** Exactly the four keys that the Python client's constructor takes. */
export const eventToWire = (event: StoredEvent): WireEvent => ({
  id: event.id,
  timestamp: formatTime(event.startUs),
  duration: nanosToSeconds(event.durationNs),
  data: event.data,
});

/**
 * An event to be inserted: without an id, which in aw-server would overwrite a row of another bucket (spec/hazards C8).
 */
export const newEventToWire = (event: Event): Omit<WireEvent, 'id'> => ({
  timestamp: formatTime(event.startUs),
  duration: nanosToSeconds(event.durationNs),
  data: event.data,
});

/** The events in a list; other items are dropped silently, as aw-server-rust does on creation and import. */
export const wellFormedEvents = (items: readonly unknown[], zones?: ZoneNote): EventInput[] =>
  items.flatMap((item) => {
    try {
      return [eventFromWire(item, 'event', zones)];
    } catch {
      return [];
    }
  });

/** A bucket to be created or imported. Fails with `malformed`. */
export const bucketFromWire = (value: unknown, zones?: ZoneNote): BucketInput => {
  const raw = object(value, 'bucket');
  const string = (key: string): string =>
    typeof raw[key] === 'string' ? raw[key] : malformed(`bucket.${key} must be a string`);
  const optionalTime = (key: string): Micros | null =>
    raw[key] == null ? null : timeField(raw[key], 'bucket', key, zones);
  optionalTime('last_updated'); // accepted without effect, but a malformed one is refused
  if (raw['events'] != null && !Array.isArray(raw['events'])) malformed('bucket.events must be an array or null');
  return {
    id: raw['id'] === undefined ? null : string('id'),
    type: string('type'),
    client: string('client'),
    hostname: string('hostname'),
    createdUs: optionalTime('created'),
    data: raw['data'] === undefined ? {} : object(raw['data'], 'bucket.data'),
    events: wellFormedEvents((raw['events'] ?? []) as unknown[], zones),
  };
};

/**
 * A bucket as aw-server-rust lists it, with `last_updated` filled if there is one (spec/rest DEV-7, DEV-17) and true
 * bounds (spec/rest DEV-6). `id` is the name in the REST API.
 */
export const bucketToWire = (bucket: Bucket, bounds: BucketBounds): WireBucket => {
  const text = (us: Micros | null) => (us === null ? null : formatTime(us));
  return {
    id: bucket.id,
    type: bucket.type,
    client: bucket.client,
    hostname: bucket.hostname,
    created: text(bucket.createdUs),
    data: bucket.data,
    metadata: { start: text(bounds.firstStartUs), end: text(bounds.lastEndUs) },
    events: null,
    ...(bounds.lastEndUs === null ? {} : { last_updated: formatTime(bounds.lastEndUs) }),
  };
};

/**
 * A bucket as either aw-server lists it: the Python one leaves out `data` and `metadata`, and prints `"name": null`.
 */
export const bucketOfServer = (id: string, value: unknown): Bucket => {
  const raw = object(value, `bucket ${id}`);
  const string = (key: string) => (typeof raw[key] === 'string' ? raw[key] : '');
  return {
    id,
    type: string('type'),
    client: string('client'),
    hostname: string('hostname'),
    createdUs: typeof raw['created'] === 'string' ? parseLenientTime(raw['created']) : null,
    data: isJsonObject(raw['data']) ? raw['data'] : {},
  };
};
