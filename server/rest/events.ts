import { makeBytesOf } from '../../domain/stored-size.ts';
import { eventFromRead, makeEventReader } from '../../domain/wire-reader.ts';
import { eventToWire, type EventInput } from '../../domain/wire.ts';
import { FEW } from '../resolvers/events.ts';
import { eventIdOf, makeIntake } from '../resolvers/check-event.ts';
import { makeTurns } from '../resolvers/yield-to-others.ts';
import { done, ok } from './answer.ts';
import { answerEvents, answerStored } from './event-list.ts';
import { limit, period } from './parameters.ts';
import type { Handler, UploadHandler } from './route.ts';

export const list: Handler = async ({ viewer, bucket, query, zones, resolvers, onBroken }) => {
  const within = period(query, zones);
  const most = limit(query);
  if (most === null || most === 0 || most > FEW)
    return answerEvents(resolvers.events.texts(viewer, bucket, within, most), onBroken);
  const { events } = await resolvers.events.list(viewer, bucket, within, most);
  return ok(events.map(({ event }) => eventToWire(event)));
};

/** The approximate size of an event without its data, in bytes. */
const EVENT_ITSELF = 200;

/** Each event is validated as it arrives, so that a list of nonsense fails at its first element. */
export const insert: UploadHandler = async ({ viewer, bucket, elements, held, zones, resolvers, onBroken }) => {
  const events: EventInput[] = [];
  const take = makeIntake();
  const bytesOf = makeBytesOf();
  const turns = makeTurns(viewer.account);
  for await (const items of elements(makeEventReader())) {
    for (const item of items) {
      const event = eventFromRead(item, `events[${events.length}]`, zones);
      const bytes = bytesOf(event.data);
      take(bytes);
      held.hold(bytes + EVENT_ITSELF);
      events.push(event);
    }
    // What is here already comes without a turn of the event loop in between.
    if (turns.isOver()) await turns.next();
  }
  return answerStored(viewer.account, await resolvers.events.insert(viewer, bucket, events), onBroken);
};

/** Of a period, if one is given (spec/rest DEV-10). */
export const count: Handler = async ({ viewer, bucket, query, zones, resolvers }) =>
  ok(await resolvers.events.count(viewer, bucket, period(query, zones)));

export const get: Handler = async ({ viewer, bucket, event, resolvers }) =>
  ok(eventToWire(await resolvers.events.get(viewer, bucket, eventIdOf(event))));

/** Succeeds also when there is no such event (spec/rest 3.10). */
export const remove: Handler = async ({ viewer, bucket, event, resolvers }) => {
  await resolvers.events.delete(viewer, bucket, eventIdOf(event));
  return done();
};
