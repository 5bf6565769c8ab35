import { storedBytes } from '../../../domain/stored-size.ts';
import { eventIdOf } from '../../resolvers/check-event.ts';
import type { Builder } from '../builder.ts';
import { costOfList } from '../cost.ts';
import { COUNTED, makePageArgs, PAGE_READ, readPage, sizeOf } from '../page.ts';
import type { addBucket } from './bucket.ts';
import type { addEvent } from './event.ts';

const facts = { number: true } as const;

const addEventsConnection = (builder: Builder, Event: ReturnType<typeof addEvent>) =>
  builder.connectionObject(
    {
      name: 'BucketEventsConnection',
      description: 'A page of a bucket’s events.',
      type: Event,
      // The field that returns the connection declares how many there may be.
      edgesField: { description: 'The events, newest start first.', complexity: costOfList(1) },
    },
    { description: 'An event and its place in the list.', nodeField: { description: 'The event.' } },
  );

/** What is in a bucket: its events as a connection, one of them, and what there is to say of all. */
export const addBucketEvents = (
  builder: Builder,
  Bucket: ReturnType<typeof addBucket>,
  Event: ReturnType<typeof addEvent>,
): void => {
  const Connection = addEventsConnection(builder, Event);
  builder.prismaObjectFields(Bucket, (t) => ({
    eventCount: t.int({
      needs: 'sync',
      description: 'How many events it has; with `start` or `end`, how many `events` would list.',
      select: facts,
      // One statement counts all events of many buckets, but each period needs a statement of its own.
      complexity: ({ start, end }) => (start == null && end == null ? COUNTED : { field: PAGE_READ, multiplier: 1 }),
      args: {
        start: t.arg({ type: 'DateTime', description: 'Only events that end at this time or later.' }),
        end: t.arg({ type: 'DateTime', description: 'Only events that begin at this time or earlier.' }),
      },
      resolve: ({ number }, { start, end }, { loaders, viewer, resolvers }) =>
        start == null && end == null
          ? loaders.counts.load(number)
          : resolvers.events.count(viewer(), { number }, { startUs: start ?? null, endUs: end ?? null }),
    }),
    event: t.field({
      type: Event,
      nullable: true,
      description: 'One of its events, not clipped; null when it has none with this id.',
      select: facts,
      complexity: { field: PAGE_READ, multiplier: 1 },
      args: { id: t.arg.id({ required: true, description: 'The event’s `id`.' }) },
      resolve: async (bucket, { id }, { viewer, resolvers, spend }) => {
        const event = await resolvers.events.find(viewer(), { number: bucket.number }, eventIdOf(id));
        if (event) spend(storedBytes(event.data));
        return event;
      },
    }),
    exportPath: t.string({
      description:
        'Path, below this server’s address, of the bucket as a file that can be imported: GET it with an ' +
        'API key. A request that names a device gets that device’s bucket of this id, if it has one.',
      select: { publicId: true },
      resolve: ({ publicId }) => `/api/0/buckets/${encodeURIComponent(publicId)}/export`,
    }),
    pushedCount: t.int({
      needs: 'sync',
      description:
        'How many of its events its device pushed. No device owns the others: they were imported, put ' +
        'back, or are of an earlier epoch.',
      select: facts,
      resolve: async ({ number }, _args, { loaders }) => (await loaders.facts.load(number)).sourceRows,
    }),
    firstEventAt: t.field({
      needs: 'sync',
      type: 'DateTime',
      nullable: true,
      description: 'When its first event begins; null when it is empty.',
      select: facts,
      complexity: COUNTED,
      resolve: async ({ number }, _args, { loaders }) => (await loaders.bounds.load(number)).firstStartUs,
    }),
    lastEventAt: t.field({
      needs: 'sync',
      type: 'DateTime',
      nullable: true,
      description: 'The latest end of any of its events; null when it is empty.',
      select: facts,
      complexity: COUNTED,
      resolve: async ({ number }, _args, { loaders }) => (await loaders.bounds.load(number)).lastEndUs,
    }),
    events: t.field({
      type: Connection,
      description:
        'Its events, chosen, clipped and ordered as `GET /api/0/buckets/{id}/events` does: newest start first.',
      select: facts,
      complexity: ({ first }) => costOfList(sizeOf(first), PAGE_READ),
      args: {
        start: t.arg({ type: 'DateTime', description: 'Only events that end at this time or later, cut to it.' }),
        end: t.arg({ type: 'DateTime', description: 'Only events that begin at this time or earlier, cut to it.' }),
        ...makePageArgs(builder),
      },
      resolve: ({ number }, { start, end, ...page }, { viewer, resolvers, spend }) =>
        readPage(page, spend, (limit, after) =>
          resolvers.events.list(viewer(), { number }, { startUs: start ?? null, endUs: end ?? null }, limit, after),
        ),
    }),
  }));
};
