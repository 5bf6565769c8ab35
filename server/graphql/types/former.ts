import type { FormerPlace } from '../../../domain/sync/push.ts';
import type { Builder } from '../builder.ts';

/** What a bucket was before a device took it over. Shared by buckets and registrations, which tell it. */
export const addFormer = (builder: Builder) =>
  builder.objectRef<FormerPlace>('FormerBucket').implement({
    needs: 'sync',
    description: 'The place of a bucket before a device took it over: copies may have been made from it.',
    fields: (t) => ({
      deviceId: t.exposeID('deviceId', { description: 'The device it belonged to, by the id it registered under.' }),
      bucketId: t.exposeString('bucketId', { description: 'Its id there.' }),
    }),
  });
