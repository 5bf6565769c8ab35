import type { EventAt } from '../../resolvers/events-at.ts';
import type { Builder } from '../builder.ts';
import { costOfList } from '../cost.ts';
import type { addEvent } from './event.ts';

/** What was going on at an instant, with where each event came from. */
export const addEventsAt = (builder: Builder, Event: ReturnType<typeof addEvent>): void => {
  const Ref = builder.objectRef<EventAt>('EventAt').implement({
    needs: 'read',
    description: 'An event with where it came from.',
    fields: (t) => ({
      event: t.field({ type: Event, description: 'The event, as it is here.', resolve: ({ event }) => event }),
      publicBucketId: t.exposeID('publicId', { description: 'Its bucket, by its `id`.' }),
      deviceId: t.exposeID('deviceId', { description: 'The device, by the id it registered under.' }),
      sourceId: t.exposeID('sourceId', {
        nullable: true,
        description: 'Its id in the aw-server of the device that owns it; null where none does.',
      }),
      revision: t.expose('revision', {
        type: 'BigInt',
        description: 'The account’s revision at which it came, or grew or was edited last.',
      }),
      changedAt: t.expose('changedUs', {
        type: 'DateTime',
        description: 'When that was, by this server’s clock.',
      }),
    }),
  });
  builder.queryField('eventsAt', (t) =>
    t.field({
      needs: 'read',
      type: [Ref],
      description:
        'The events that an instant is in, bucket by bucket in order of creation: of each at most 20, those that ' +
        'began last first. At most 500 buckets are looked into.',
      args: {
        at: t.arg({ type: 'DateTime', required: true, description: 'The instant.' }),
        deviceIds: t.arg.idList({ description: 'Devices, by the ids they registered under; left out: all.' }),
      },
      // Nearly always one event of a bucket, of which a page each is read.
      complexity: (_args, { sizes }) => costOfList(Math.min(sizes.buckets, 500) * 2, Math.min(sizes.buckets, 500) * 10),
      resolve: async (_root, { at, deviceIds }, { viewer, resolvers, spend }) => {
        const found = await resolvers.eventsAt.list(viewer(), at, deviceIds ? deviceIds.map(String) : null);
        for (const { event } of found) spend(JSON.stringify(event.data).length);
        return found;
      },
    }),
  );
};
