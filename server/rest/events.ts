import { eventsFromWire, eventToWire } from '../../domain/wire.ts';
import { done, ok } from './answer.ts';
import { answerEvents } from './event-list.ts';
import { eventId, limit, period } from './parameters.ts';
import type { Handler } from './route.ts';

export const list: Handler = async ({ viewer, bucket, query, resolvers, onBroken }) => {
  const within = period(query);
  return answerEvents(limit(query), (most, after) => resolvers.events.list(viewer, bucket, within, most, after), onBroken);
};

export const insert: Handler = async ({ viewer, bucket, body, resolvers }) =>
  ok((await resolvers.events.insert(viewer, bucket, eventsFromWire(body))).map(eventToWire));

/** Of a period, where one is given (DEV-10). */
export const count: Handler = async ({ viewer, bucket, query, resolvers }) => ok(await resolvers.events.count(viewer, bucket, period(query)));

export const get: Handler = async ({ viewer, bucket, event, resolvers }) =>
  ok(eventToWire(await resolvers.events.get(viewer, bucket, eventId(event))));

/** As good for an event that is not there (aw-rest-api.md 3.10). */
export const remove: Handler = async ({ viewer, bucket, event, resolvers }) => {
  await resolvers.events.delete(viewer, bucket, eventId(event));
  return done();
};
