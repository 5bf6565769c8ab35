import type { Need } from '../../auth/scope.ts';
import type { Builder } from '../builder.ts';
import { costOfRow, costOfRows } from '../cost.ts';

/** An answer that has the device in question. */
const devicePayload = (builder: Builder, name: string, needs: Need, description: string) =>
  builder.objectRef<{ id: string }>(name).implement({
    needs,
    description,
    fields: (t) => ({
      device: t.prismaField({
        type: 'Device',
        description: 'The device.',
        complexity: costOfRow,
        resolve: (query, { id }, _args, { viewer, resolvers }) => resolvers.graph.device(viewer(), id, query),
      }),
    }),
  });

/** Devices, and the change by which a client that lost its state becomes one of them again. */
export const addDevice = (builder: Builder): void => {
  builder.prismaObject('Device', {
    needs: 'read',
    fields: (t) => ({
      id: t.exposeID('id', { needs: 'sync', description: 'The server’s own id for the device.' }),
      deviceId: t.exposeID('deviceId', { needs: 'sync' }),
      hostname: t.exposeString('hostname', { needs: 'sync' }),
      label: t.exposeString('label', { nullable: true }),
      awDeviceId: t.exposeString('awDeviceId', { needs: 'sync', nullable: true }),
      createdAt: t.expose('createdAt', { type: 'DateTime' }),
      lastSyncAt: t.expose('lastSyncAt', { needs: 'sync', type: 'DateTime', nullable: true }),
      pass: t.exposeInt('pass', { needs: 'sync' }),
      buckets: t.relation('buckets', {
        description: 'The buckets recorded on it, in order of creation.',
        query: { orderBy: { number: 'asc' } },
        complexity: (_args, { sizes }) => costOfRows(sizes.bucketsPerDevice),
      }),
    }),
  });
  builder.queryField('devices', (t) =>
    t.prismaField({
      needs: 'sync',
      type: ['Device'],
      description: 'The account’s devices in order of registration, its own among them once it holds a bucket.',
      complexity: (_args, { sizes }) => costOfRows(sizes.devices),
      resolve: (query, _root, _args, { viewer, resolvers }) => resolvers.graph.devices(viewer(), query),
    }),
  );

  const RenameInput = builder.inputType('RenameDeviceInput', {
    description: 'A device, and what it is to be called.',
    fields: (t) => ({
      deviceId: t.id({ required: true, description: 'The id that it registered under.' }),
      label: t.string({ description: 'The name; null or left out: its hostname again.' }),
    }),
  });
  builder.mutationField('renameDevice', (t) =>
    t.field({
      needs: 'full',
      type: devicePayload(builder, 'RenameDevicePayload', 'full', 'The device with its label.'),
      description: 'Labels a device for its owner. The hostname stays what the device says.',
      args: { input: t.arg({ type: RenameInput, required: true, description: 'The device and its label.' }) },
      resolve: (_root, { input }, { viewer, resolvers }) =>
        resolvers.devices.rename(viewer(), input.deviceId, input.label ?? null),
    }),
  );

  const ReclaimInput = builder.inputType('ReclaimDeviceInput', {
    description: 'A device that a client without state turned out to be.',
    fields: (t) => ({ deviceId: t.id({ required: true, description: 'The id that it registered under.' }) }),
  });
  builder.mutationField('reclaimDevice', (t) =>
    t.field({
      needs: 'pass',
      type: devicePayload(builder, 'ReclaimDevicePayload', 'pass', 'The device to go on as, from its `pass`.'),
      description:
        'Lets a client that lost its state continue as a device of the account. A key that is bound to a ' +
        'device without buckets is bound to this one from then on, and the empty device is deleted; ' +
        '`FORBIDDEN` where that device has any.',
      args: { input: t.arg({ type: ReclaimInput, required: true, description: 'The device.' }) },
      resolve: (_root, { input }, { viewer, resolvers }) => resolvers.devices.reclaim(viewer(), input.deviceId),
    }),
  );
};
