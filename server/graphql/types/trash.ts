import { nanosToSeconds } from '../../../domain/time.ts';
import type { PutBack, TrashedEvent } from '../../resolvers/trash.ts';
import type { Builder } from '../builder.ts';
import { costOfList } from '../cost.ts';
import { COUNTED, makePageArgs, PAGE_READ, readPage, sizeOf } from '../page.ts';
import { publicly, readId } from './event.ts';

/** Events of a bucket that syncs deleted: for 30 days they can be listed and put back. */
export const addTrash = (builder: Builder): void => {
  const Trashed = builder.objectRef<TrashedEvent>('TrashedEvent').implement({
    needs: 'read',
    description: 'An event that a sync deleted because its device no longer had it.',
    fields: (t) => ({
      id: t.exposeID('id', { description: 'The id it had. Once put back, it has another.' }),
      timestamp: t.field({ type: 'DateTime', description: 'When it began.', resolve: (event) => event.startUs }),
      duration: t.float({
        description: 'How long it lasted, in seconds.',
        resolve: (event) => nanosToSeconds(event.durationNs),
      }),
      data: t.field({
        type: 'JSON',
        description: 'What happened, as the watcher recorded it: an object.',
        resolve: (event) => event.data,
      }),
      trashedAt: t.field({
        type: 'DateTime',
        description: 'When it was deleted. 30 days later it is purged.',
        resolve: (event) => event.trashedUs,
      }),
    }),
  });
  const Connection = builder.connectionObject(
    {
      name: 'BucketTrashConnection',
      description: 'A page of what a sync deleted of a bucket.',
      type: Trashed,
      edgesField: { description: 'The events, newest start first.', complexity: costOfList(1) },
    },
    { description: 'An event of the trash and its place in the list.', nodeField: { description: 'The event.' } },
  );
  builder.prismaObjectFields('Bucket', (t) => ({
    trash: t.field({
      type: Connection,
      description:
        'Events that a sync deleted from it in the last 30 days, and that were not put back. Deleted along ' +
        'with the bucket.',
      select: { number: true },
      complexity: ({ first }) => costOfList(sizeOf(first), PAGE_READ),
      args: makePageArgs(builder),
      resolve: ({ number }, page, { viewer, resolvers, spend }) =>
        readPage(page, spend, async (limit, after) => {
          const { events, ...rest } = await resolvers.trash.list(viewer(), number, limit, after);
          return { ...rest, events: events.map((event) => ({ event, position: event })) };
        }),
    }),
    trashCount: t.int({
      description: 'How many events its trash holds.',
      select: { number: true },
      complexity: COUNTED,
      resolve: ({ number }, _args, { loaders }) => loaders.trashed.load(number),
    }),
    trashedLastDay: t.int({
      needs: 'sync',
      description:
        'How many events syncs deleted from it in the last 24 hours, without those put back; 1,000 means ' +
        '1,000 or more.',
      select: { number: true },
      complexity: COUNTED,
      resolve: ({ number }, _args, { loaders }) => loaders.trashedLastDay.load(number),
    }),
  }));

  const Input = builder.inputType('RestoreEventsInput', {
    description: 'What is to be put back.',
    fields: (t) => ({
      publicBucketId: t.id({ required: true, description: 'The bucket, by its `id`.' }),
      eventIds: t.idList({ description: 'The events, by the ids that `trash` lists, at most 5,000. Without it, all.' }),
    }),
  });
  const Payload = builder.objectRef<PutBack>('RestoreEventsPayload').implement({
    needs: 'full',
    description: 'What became of it.',
    fields: (t) => ({
      restored: t.exposeInt('restored', {
        description: 'How many events are in the bucket again, under new ids, and owned by no device.',
      }),
      present: t.exposeInt('present', {
        description: 'How many were not added, because the bucket has an event with their start and data.',
      }),
      refused: t.exposeInt('refused', {
        description: 'How many stay in the trash, because too many events start in their millisecond.',
      }),
    }),
  });
  builder.mutationField('restoreEvents', (t) =>
    t.field({
      needs: 'full',
      type: Payload,
      description:
        'Puts back what a sync deleted, as an import would: what is there by start and data is not added. ' +
        'The device that no longer has it does not get it back. Safe to repeat.',
      args: { input: t.arg({ type: Input, required: true, description: 'What is to be put back.' }) },
      resolve: (_root, { input }, { viewer, resolvers, signal }) =>
        resolvers.trash.restore(viewer(), publicly(input), input.eventIds ? input.eventIds.map(readId) : null, signal),
    }),
  );
};
