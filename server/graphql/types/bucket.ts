import { isJsonObject } from '../../../domain/data.ts';
import { KtError } from '../../../domain/errors.ts';
import { storedBytes } from '../../../domain/stored-size.ts';
import { eventIdOf } from '../../resolvers/check-event.ts';
import type { Builder } from '../builder.ts';
import { costOfList, costOfRow, costOfRows } from '../cost.ts';
import { COUNTED, makePageArgs, PAGE_READ, readPage, sizeOf } from '../page.ts';
import type { addEvent } from './event.ts';
import type { addFormer } from './former.ts';

/** Buckets, with their events as a connection, and the two changes to them. */
export const addBucket = (
  builder: Builder,
  Event: ReturnType<typeof addEvent>,
  Former: ReturnType<typeof addFormer>,
) => {
  const Connection = builder.connectionObject(
    {
      name: 'BucketEventsConnection',
      description: 'A page of a bucket’s events.',
      type: Event,
      // The field that returns the connection declares how many there may be.
      edgesField: { description: 'The events, newest start first.', complexity: costOfList(1) },
    },
    { description: 'An event and its place in the list.', nodeField: { description: 'The event.' } },
  );

  const facts = { id: true } as const;
  const Bucket = builder.prismaObject('Bucket', {
    select: { id: true, publicId: true },
    fields: (t) => ({
      id: t.exposeID('publicId', {
        description:
          'The bucket’s unique name in this account, in GraphQL and REST. It changes in one case: when a ' +
          'bucket of this name is created without a device, that one gets the name, and the bucket that a ' +
          'device pushes gets another.',
      }),
      bucketId: t.exposeString('bucketId'),
      type: t.exposeString('type'),
      client: t.exposeString('client'),
      hostname: t.exposeString('hostname'),
      created: t.field({
        type: 'DateTime',
        description: 'When it was created, as its device gave it.',
        select: facts,
        resolve: async ({ id }, _args, { loaders }) => (await loaders.facts.load(id)).createdUs,
      }),
      data: t.field({
        type: 'JSON',
        description: 'Further data about the bucket, as its watcher gave it: an object.',
        select: facts,
        resolve: async ({ id }, _args, { loaders }) => (await loaders.facts.load(id)).data,
      }),
      device: t.relation('device', { complexity: costOfRow }),
      former: t.field({
        type: Former,
        nullable: true,
        description:
          'Where it was before its device took it over; null if none did, or if another bucket has that ' +
          'place now.',
        select: facts,
        resolve: async ({ id }, _args, { loaders }) => (await loaders.facts.load(id)).former,
      }),
      eventCount: t.int({
        description: 'How many events it has; with `start` or `end`, how many `events` would list.',
        select: facts,
        // One statement counts all events of many buckets, but each period needs a statement of its own.
        complexity: ({ start, end }) => (start == null && end == null ? COUNTED : { field: PAGE_READ, multiplier: 1 }),
        args: {
          start: t.arg({ type: 'DateTime', description: 'Only events that end at this time or later.' }),
          end: t.arg({ type: 'DateTime', description: 'Only events that begin at this time or earlier.' }),
        },
        resolve: ({ id }, { start, end }, { loaders, viewer, resolvers }) =>
          start == null && end == null
            ? loaders.counts.load(id)
            : resolvers.events.count(viewer(), { uuid: id }, { startUs: start ?? null, endUs: end ?? null }),
      }),
      event: t.field({
        type: Event,
        nullable: true,
        description: 'One of its events, not clipped; null when it has none with this id.',
        select: facts,
        complexity: { field: PAGE_READ, multiplier: 1 },
        args: { id: t.arg.id({ required: true, description: 'The event’s `id`.' }) },
        resolve: async (bucket, { id }, { viewer, resolvers, spend }) => {
          const event = await resolvers.events.find(viewer(), { uuid: bucket.id }, eventIdOf(id));
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
        description:
          'How many of its events its device pushed. No device owns the others: they were imported, put ' +
          'back, or are of an earlier epoch.',
        select: facts,
        resolve: async ({ id }, _args, { loaders }) => (await loaders.facts.load(id)).sourceRows,
      }),
      firstEventAt: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'When its first event begins; null when it is empty.',
        select: facts,
        complexity: COUNTED,
        resolve: async ({ id }, _args, { loaders }) => (await loaders.bounds.load(id)).firstStartUs,
      }),
      lastEventAt: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'The latest end of any of its events; null when it is empty.',
        select: facts,
        complexity: COUNTED,
        resolve: async ({ id }, _args, { loaders }) => (await loaders.bounds.load(id)).lastEndUs,
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
        resolve: ({ id }, { start, end, ...page }, { viewer, resolvers, spend }) =>
          readPage(page, spend, (limit, after) =>
            resolvers.events.list(viewer(), { uuid: id }, { startUs: start ?? null, endUs: end ?? null }, limit, after),
          ),
      }),
    }),
  });

  builder.queryFields((t) => ({
    buckets: t.prismaField({
      type: ['Bucket'],
      description: 'The account’s buckets in order of creation.',
      complexity: ({ deviceId }, { sizes }) => costOfRows(deviceId == null ? sizes.buckets : sizes.bucketsPerDevice),
      args: {
        deviceId: t.arg.id({ description: 'Only those of the device that registered under this id.' }),
        type: t.arg.string({ description: 'Only those of this type.' }),
      },
      resolve: (query, _root, args, { viewer, resolvers }) => resolvers.graph.buckets(viewer(), args, query),
    }),
    bucket: t.prismaField({
      type: 'Bucket',
      nullable: true,
      complexity: costOfRow,
      description: 'One bucket, by `id` or by `bucketId`; null when the account has no such bucket.',
      args: {
        id: t.arg.id({ description: 'Its `id`.' }),
        bucketId: t.arg.string({
          description:
            'Its id on the device that the request names (`X-Device-Id`, or the device of its key); ' +
            'else the `id` of any bucket, as in REST paths.',
        }),
      },
      resolve: (query, _root, { id, bucketId }, { viewer, resolvers }) => {
        if ((id == null) === (bucketId == null))
          throw new KtError('invalid', 'name the bucket either by `id` or by `bucketId`');
        return resolvers.graph.bucket(viewer(), id == null ? bucketId! : { publicId: id }, query);
      },
    }),
  }));

  const CreateInput = builder.inputType('CreateBucketInput', {
    description: 'A bucket to be created.',
    fields: (t) => ({
      bucketId: t.string({
        required: true,
        description: 'Its id on its device, and in the account’s list unless another bucket has it there.',
      }),
      type: t.string({ required: true, description: 'What its events are, like `currentwindow`.' }),
      client: t.string({ required: true, description: 'The program that writes its events.' }),
      hostname: t.string({
        required: true,
        description: 'The host it is recorded on; `!local` for the server itself.',
      }),
      created: t.field({ type: 'DateTime', description: 'When it was created; now by default.' }),
      data: t.field({ type: 'JSON', description: 'Further data about the bucket: an object.' }),
    }),
  });
  const CreatePayload = builder.objectRef<{ publicId: string; created: boolean }>('CreateBucketPayload').implement({
    description: 'The bucket that is there now.',
    fields: (t) => ({
      bucket: t.prismaField({
        type: 'Bucket',
        description: 'The bucket.',
        complexity: costOfRow,
        resolve: async (query, { publicId }, _args, { viewer, resolvers }) =>
          (await resolvers.graph.bucket(viewer(), { publicId }, query))!,
      }),
      wasCreated: t.exposeBoolean('created', {
        description: 'False when it was there already; then nothing about it changed.',
      }),
    }),
  });
  builder.mutationField('createBucket', (t) =>
    t.field({
      type: CreatePayload,
      description:
        'Creates a bucket on the device that the request names (`X-Device-Id`, or the device of its key), else on ' +
        'the account’s own. One that exists is left as it is; but the account’s own device gets a new one where ' +
        'another device pushes a bucket of this `id`, which then gets another `id`.',
      args: { input: t.arg({ type: CreateInput, required: true, description: 'The bucket.' }) },
      resolve: async (_root, { input }, { viewer, resolvers }) => {
        const data: unknown = input.data ?? {};
        if (!isJsonObject(data)) throw new KtError('malformed', 'a bucket’s data must be a JSON object');
        const { bucket, created } = await resolvers.buckets.create(viewer(), {
          id: input.bucketId,
          type: input.type,
          client: input.client,
          hostname: input.hostname,
          createdUs: input.created ?? null,
          data,
        });
        return { publicId: bucket.publicId, created };
      },
    }),
  );

  const DeleteInput = builder.inputType('DeleteBucketInput', {
    description: 'A bucket to be deleted.',
    fields: (t) => ({ id: t.id({ required: true, description: 'Its `id`.' }) }),
  });
  const DeletePayload = builder.objectRef<{ id: string }>('DeleteBucketPayload').implement({
    description: 'The bucket that is gone.',
    fields: (t) => ({ id: t.exposeID('id', { description: 'The `id` it had.' }) }),
  });
  builder.mutationField('deleteBucket', (t) =>
    t.field({
      type: DeletePayload,
      description:
        'Deletes a bucket with all its events. A device that still has it brings it back with its next sync.',
      args: { input: t.arg({ type: DeleteInput, required: true, description: 'The bucket.' }) },
      resolve: async (_root, { input }, { viewer, resolvers }) => {
        await resolvers.buckets.delete(viewer(), { publicId: input.id });
        return { id: input.id };
      },
    }),
  );
  return Bucket;
};
