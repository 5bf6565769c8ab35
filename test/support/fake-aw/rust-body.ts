/**
 * What [R] accepts in a body (spec/rest 1.4, 2). A wrong shape is `Misshapen`, a 422; broken JSON is a 400 and thrown
 * elsewhere.
 */
import { isObject, sortedKeys, type Json, type JsonObject } from './json.ts';
import { durationRust, parseLenientRust } from './time.ts';

export class Misshapen extends Error {}

export type EventIn = { id: number | null; start: bigint; duration: bigint; data: JsonObject };

export type BucketIn = {
  id: string;
  type: string;
  client: string;
  hostname: string;
  created: bigint | null;
  lastUpdated: bigint | null;
  data: JsonObject;
  events: EventIn[];
};

export function eventIn(json: Json | undefined): EventIn {
  if (!isObject(json)) throw new Misshapen('an event must be an object');
  const { id = null, timestamp, duration = 0, data } = json;
  // JavaScript cannot tell 5 from 5.0, and no integer between 2^53 and 2^63 exactly: such ids are taken as they come
  if (id !== null && !(typeof id === 'number' && Number.isInteger(id) && id >= -(2 ** 63) && id < 2 ** 63))
    throw new Misshapen('id must be a 64-bit integer or null');
  if (typeof duration !== 'number') throw new Misshapen('duration must be a number');
  if (!isObject(data)) throw new Misshapen('data must be an object');
  return { id, start: time(timestamp, 'timestamp'), duration: durationRust(duration), data: sortedKeys(data) };
}

export function eventsIn(json: Json): EventIn[] {
  if (!Array.isArray(json)) throw new Misshapen('events must be an array'); // also for a single object (spec/rest 3.7)
  return json.map(eventIn);
}

export function bucketIn(json: Json | undefined): BucketIn {
  if (!isObject(json)) throw new Misshapen('a bucket must be an object');
  const { id = '', type, client, hostname, created = null, last_updated = null, data = {}, events = null } = json;
  if (!isObject(data)) throw new Misshapen('data must be an object');
  if (events !== null && !Array.isArray(events)) throw new Misshapen('events must be an array or null');
  return {
    id: text(id, 'id'),
    type: text(type, 'type'),
    client: text(client, 'client'),
    hostname: text(hostname, 'hostname'),
    created: created === null ? null : time(created, 'created'),
    lastUpdated: last_updated === null ? null : time(last_updated, 'last_updated'),
    data: sortedKeys(data),
    events: (events ?? []).flatMap(validEvent),
  };
}

export function exportIn(json: Json): BucketIn[] {
  if (!isObject(json) || !isObject(json['buckets'])) throw new Misshapen('buckets must be an object');
  return Object.values(json['buckets']).map(bucketIn);
}

/** Inside a bucket, elements that are no events are skipped silently */
function validEvent(json: Json): EventIn[] {
  try {
    return [eventIn(json)];
  } catch (error) {
    if (error instanceof Misshapen) return [];
    throw error;
  }
}

function text(value: Json | undefined, name: string): string {
  if (typeof value !== 'string') throw new Misshapen(`${name} must be a string`);
  return value;
}

function time(value: Json | undefined, name: string): bigint {
  const ns = typeof value === 'string' ? parseLenientRust(value) : null;
  if (ns === null) throw new Misshapen(`${name} is no timestamp`);
  return ns;
}
