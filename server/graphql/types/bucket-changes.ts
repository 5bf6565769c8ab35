import { isJsonObject } from '../../../domain/data.ts';
import { KtError } from '../../../domain/errors.ts';
import type { Builder } from '../builder.ts';
import { costOfRow } from '../cost.ts';

/** Creating a bucket, which leaves one that exists as it is. */
export const addCreateBucket = (builder: Builder): void => {
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
    needs: 'full',
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
      needs: 'full',
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
};

/** Deleting a bucket with all its events. */
export const addDeleteBucket = (builder: Builder): void => {
  const DeleteInput = builder.inputType('DeleteBucketInput', {
    description: 'A bucket to be deleted.',
    fields: (t) => ({ id: t.id({ required: true, description: 'Its `id`.' }) }),
  });
  const DeletePayload = builder.objectRef<{ id: string }>('DeleteBucketPayload').implement({
    needs: 'full',
    description: 'The bucket that is gone.',
    fields: (t) => ({ id: t.exposeID('id', { description: 'The `id` it had.' }) }),
  });
  builder.mutationField('deleteBucket', (t) =>
    t.field({
      needs: 'full',
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
};
