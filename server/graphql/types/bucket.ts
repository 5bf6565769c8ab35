import { KtError } from '../../../domain/errors.ts';
import type { Builder } from '../builder.ts';
import { costOfRow, costOfRows } from '../cost.ts';
import type { addFormer } from './former.ts';

const facts = { number: true } as const;

/** A bucket and its properties; bucket-events.ts adds what is in it. */
export const addBucket = (builder: Builder, Former: ReturnType<typeof addFormer>) =>
  builder.prismaObject('Bucket', {
    needs: 'read',
    select: { account: true, number: true, publicId: true },
    fields: (t) => ({
      id: t.exposeID('publicId', {
        needs: 'sync',
        description:
          'The bucket’s unique name in this account, in GraphQL and REST. It changes in one case: when a ' +
          'bucket of this name is created without a device, that one gets the name, and the bucket that a ' +
          'device pushes gets another.',
      }),
      bucketId: t.exposeString('bucketId', { needs: 'sync' }),
      type: t.exposeString('type', { needs: 'sync' }),
      client: t.exposeString('client', { needs: 'sync' }),
      hostname: t.exposeString('hostname', { needs: 'sync' }),
      created: t.field({
        needs: 'sync',
        type: 'DateTime',
        description: 'When it was created, as its device gave it.',
        select: facts,
        resolve: async ({ number }, _args, { loaders }) => (await loaders.facts.load(number)).createdUs,
      }),
      data: t.field({
        needs: 'sync',
        type: 'JSON',
        description: 'Further data about the bucket, as its watcher gave it: an object.',
        select: facts,
        resolve: async ({ number }, _args, { loaders }) => (await loaders.facts.load(number)).data,
      }),
      device: t.relation('device', { needs: 'sync', complexity: costOfRow }),
      former: t.field({
        needs: 'sync',
        type: Former,
        nullable: true,
        description:
          'Where it was before its device took it over; null if none did, or if another bucket has that ' +
          'place now.',
        select: facts,
        resolve: async ({ number }, _args, { loaders }) => (await loaders.facts.load(number)).former,
      }),
    }),
  });

/** Buckets of the account: all of them, and one by its name. */
export const addBucketQueries = (builder: Builder): void => {
  builder.queryFields((t) => ({
    buckets: t.prismaField({
      needs: 'sync',
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
      needs: 'sync',
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
};
