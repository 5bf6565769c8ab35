import { nanosToSeconds, secondsToNanos } from '../../../domain/time.ts';
import { KtError } from '../../../domain/errors.ts';
import { isJsonObject } from '../../../domain/data.ts';
import { isEventInRange, parseEventId, type StoredEvent } from '../../../domain/event.ts';
import { eventIdOf } from '../../resolvers/check-event.ts';
import type { EventWrite } from '../../resolvers/events.ts';
import type { Builder } from '../builder.ts';
import { costOfList } from '../cost.ts';

/** The event type that the API, changes and heartbeats return. */
export const addEvent = (builder: Builder) =>
  builder.objectRef<StoredEvent>('Event').implement({
    needs: 'read',
    description: 'What happened, from when, for how long.',
    fields: (t) => ({
      id: t.exposeID('id', { description: 'The event’s id on this server: a whole number, never reused.' }),
      timestamp: t.field({ type: 'DateTime', description: 'When it began.', resolve: (event) => event.startUs }),
      duration: t.float({
        description: 'How long it lasted, in seconds. May be 0 or negative.',
        resolve: (event) => nanosToSeconds(event.durationNs),
      }),
      data: t.field({
        type: 'JSON',
        description: 'What happened, as the watcher recorded it: an object.',
        resolve: (event) => event.data,
      }),
    }),
  });
type EventRef = ReturnType<typeof addEvent>;

/** An event's id from the input. Fails with `malformed`. */
export const readId = (text: string): number => {
  const id = /^\d+$/.test(text) ? parseEventId(text) : null;
  if (id === null) throw new KtError('malformed', 'an event’s id must be a whole number of 64 bits');
  return id;
};

/** A bucket by its `id` in GraphQL, whichever device the request acts for. */
export const publicly = ({ publicBucketId }: { publicBucketId: string }): { publicId: string } => ({
  publicId: publicBucketId,
});

const addEventInput = (builder: Builder) =>
  builder.inputType('EventInput', {
    description: 'An event to be stored.',
    fields: (t) => ({
      id: t.id({
        description: 'The id of an event of the same bucket, which it then replaces. Any other id is not kept.',
      }),
      timestamp: t.field({ type: 'DateTime', required: true, description: 'When it began.' }),
      duration: t.float({ defaultValue: 0, description: 'How long it lasted, in seconds.' }),
      data: t.field({ type: 'JSON', required: true, description: 'What it was: an object.' }),
    }),
  });
type RawEvent = ReturnType<typeof addEventInput>['$inferInput'];

const readEvent = ({ id, timestamp, duration, data }: RawEvent): EventWrite => {
  const durationNs = secondsToNanos(duration ?? 0);
  if (durationNs === null)
    throw new KtError('malformed', 'an event’s duration must be a number of seconds below 292 years');
  if (!isJsonObject(data)) throw new KtError('malformed', 'an event’s data must be a JSON object');
  const event = { id: id == null ? null : readId(id), startUs: timestamp, durationNs, data };
  if (!isEventInRange(event)) throw new KtError('malformed', 'an event ends outside 1677-09-21 … 2262-04-11');
  return event;
};

/** Writing events by hand: insert, delete, heartbeat, as the aw-server routes of these names do. */
export const addEventMutations = (builder: Builder, Event: EventRef): void => {
  const Input = addEventInput(builder);
  const InsertInput = builder.inputType('InsertEventsInput', {
    description: 'Events for one bucket.',
    fields: (t) => ({
      publicBucketId: t.id({ required: true, description: 'The bucket, by its `id`.' }),
      events: t.field({ type: [Input], required: true, description: 'The events, in any order.' }),
    }),
  });
  const InsertPayload = builder.objectRef<{ events: StoredEvent[] }>('InsertEventsPayload').implement({
    needs: 'full',
    description: 'The events as they were stored.',
    fields: (t) => ({
      events: t.field({
        type: [Event],
        description: 'In the order they were given, with their ids.',
        complexity: costOfList(5000),
        resolve: (payload) => payload.events,
      }),
    }),
  });
  builder.mutationField('insertEvents', (t) =>
    t.field({
      needs: 'full',
      type: InsertPayload,
      description:
        'Stores events as they are, all or none, without merging them. `CONFLICT` for one that a device owns, ' +
        'and for new ones in a bucket that a device pushes.',
      args: { input: t.arg({ type: InsertInput, required: true, description: 'The bucket and its events.' }) },
      resolve: async (_root, { input }, { viewer, resolvers }) => ({
        events: await resolvers.events.insert(viewer(), publicly(input), input.events.map(readEvent)),
      }),
    }),
  );

  const DeleteInput = builder.inputType('DeleteEventInput', {
    description: 'One event of one bucket.',
    fields: (t) => ({
      publicBucketId: t.id({ required: true, description: 'The bucket, by its `id`.' }),
      id: t.id({ required: true, description: 'The event.' }),
    }),
  });
  const DeletePayload = builder.objectRef<{ deleted: boolean }>('DeleteEventPayload').implement({
    needs: 'full',
    description: 'What became of it.',
    fields: (t) => ({
      wasDeleted: t.exposeBoolean('deleted', { description: 'False when the bucket had no such event.' }),
    }),
  });
  builder.mutationField('deleteEvent', (t) =>
    t.field({
      needs: 'full',
      type: DeletePayload,
      description: 'Deletes one event. `CONFLICT` for one that a device owns: delete it there.',
      args: { input: t.arg({ type: DeleteInput, required: true, description: 'The event.' }) },
      resolve: async (_root, { input }, { viewer, resolvers }) => ({
        deleted: await resolvers.events.delete(viewer(), publicly(input), eventIdOf(input.id)),
      }),
    }),
  );

  const HeartbeatInput = builder.inputType('HeartbeatInput', {
    description: 'A heartbeat for one bucket.',
    fields: (t) => ({
      publicBucketId: t.id({ required: true, description: 'The bucket, by its `id`.' }),
      event: t.field({ type: Input, required: true, description: 'The heartbeat.' }),
      pulsetime: t.float({
        required: true,
        description: 'How long after the last event’s end a beat still continues it, in seconds.',
      }),
    }),
  });
  const HeartbeatPayload = builder.objectRef<{ event: StoredEvent }>('HeartbeatPayload').implement({
    needs: 'full',
    description: 'The event that the heartbeat created or extended.',
    fields: (t) => ({
      event: t.field({ type: Event, description: 'As it is now.', resolve: (payload) => payload.event }),
    }),
  });
  builder.mutationField('heartbeat', (t) =>
    t.field({
      needs: 'full',
      type: HeartbeatPayload,
      description:
        'Says that something is still going on: the last event grows, or a new one begins. ' +
        '`CONFLICT` in a bucket that a device pushes.',
      args: { input: t.arg({ type: HeartbeatInput, required: true, description: 'The heartbeat.' }) },
      resolve: async (_root, { input }, { viewer, resolvers }) => ({
        event: await resolvers.heartbeats.receive(viewer(), publicly(input), readEvent(input.event), input.pulsetime),
      }),
    }),
  );
};
